"""The entries of a no-proxy list, and those that do not do what they look like to Go (x/net/http/httpproxy)."""

from __future__ import annotations

import re
from typing import Callable, Iterable, Iterator, List, Optional, Tuple

from dockproxy.noproxy import go

PATTERN = "dockerd knows no patterns but a leading *. : it matches nothing"
USELESS = (
    (re.compile(r"\s"), "entries are separated by commas, and this one holds a blank: it matches nothing"),
    (re.compile("://"), "an entry is a host, not a URL: it matches nothing"),
    (re.compile(r"\A\*\Z"), "it matches every host, so the proxy is never used"),
    (re.compile(r"(?!\A\*\.[^*]*\Z).*\*."), PATTERN),
    (re.compile(r".+\*\Z"), PATTERN),
    (re.compile(r"['\"]"), "quotes are part of the entry: it matches nothing"),
)


class Refused(Exception):
    """Because of this entry the client does nothing at all, wherever a request goes."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry


def split(text: str) -> List[str]:
    """The entries of a list."""
    return [e.strip() for e in text.split(",") if e.strip()]


def first(found: Iterable[str], matches: Callable[[str], bool]) -> Optional[str]:
    """The first entry that matches, as it is written."""
    return next((entry for entry in found if matches(entry)), None)


def useless(text: str) -> Iterator[Tuple[str, str]]:
    """Each such entry of a list, and why."""
    for entry in split(text):
        why: Optional[str] = next((why for pattern, why in USELESS if pattern.search(entry)), None)
        if why is None and "/" in entry and go.cidr(entry) is None:
            why = "not a network, and no host has a slash: it matches nothing"
        if why is not None:
            yield entry, why
