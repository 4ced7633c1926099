"""Which words of dockerd's command line a diff shows: its flags, and of their values those that are harmless."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, NamedTuple, Tuple

from dockproxy.model import DAEMON_VARIABLES, value_of
from dockproxy.report import display, harmless
from dockproxy.secret.masking import MASK
from dockproxy.sources import directives
from dockproxy.sources.dockerd_flag import PROGRAMS

PROGRAM = re.compile(rf"[-@:+!]*(?:/[A-Za-z0-9_.-]+)*/(?:{'|'.join(map(re.escape, PROGRAMS))})")

HOLDER = r"DOCKERD?_[A-Z_]+|OPTIONS|(?:ADD|BLOCK|INSECURE)_REGISTRY|other_args|command_args[a-z_]*"
"""Variables that hold flags of dockerd in the files of packages."""

HOLDS_FLAGS = re.compile(HOLDER)
REFERENCE = re.compile(rf"\$(?:{HOLDER})|\$\{{(?:{HOLDER})\}}")
FLAG = re.compile(
    r"(?P<head>(?:--(?P<name>[a-z0-9-]+)|-(?P<letter>[A-Za-z]))(?P<equals>=?))(?P<value>.*)",
    re.DOTALL,
)


class Shown(NamedTuple):
    """A word as it may be shown. ``is_rest``: it may be the rest of a password."""

    text: str
    is_rest: bool = False


def shown(words: Iterable[str]) -> Iterator[Shown]:
    """Each word behind the program."""
    awaiting, is_cut_off = "", False
    for word in words:
        head, name, value = ("", awaiting, word) if awaiting else _parts(word)
        awaiting = ""
        # Behind a word that dockerd does not know, even a flag may be the rest of a password, or another program's.
        is_cut_off = is_cut_off or not (name or REFERENCE.fullmatch(word))
        if is_cut_off:
            yield Shown(MASK, True)
        elif head == word and not head.endswith("="):
            awaiting = name if directives.TAKES_VALUE[name] else ""
            yield Shown(word)
        elif name:
            said = _value(name, value)
            is_cut_off = _is_cut_off(name, value, said)
            yield Shown(head + said)
        else:
            yield Shown(word)


def _parts(word: str) -> Tuple[str, str, str]:
    """A flag as it is written up to its =, its name, and the value; of what is no flag of dockerd only the last."""
    found = FLAG.fullmatch(word)
    name = (found["name"] or directives.SHORTHANDS.get(found["letter"], "")) if found is not None else ""
    if found is None or name not in directives.TAKES_VALUE or (found["value"] and not found["equals"]):
        return "", "", word
    return found["head"], name, found["value"]


def _value(name: str, text: str) -> str:
    if name in DAEMON_VARIABLES:
        return display.text(display.value(value_of(name, text)))
    return harmless.of_flag(name, text)


def _is_cut_off(name: str, value: str, said: str) -> bool:
    """Whether the next words may be the rest of a password; not of what is hidden whatever it is."""
    return said.endswith(MASK) and "@" not in value and (said != MASK or name in DAEMON_VARIABLES)
