"""The entries of a no-proxy list, and those that do not do what they look like to Go (x/net/http/httpproxy)."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Optional, Tuple

from dockproxy.noproxy import go, idna
from dockproxy.secret import go_netip, go_url


def _is_range(entry: str) -> bool:
    return "-" in entry and all(go_netip.parse_v4(end.strip()) is not None for end in entry.split("-", 1))


USELESS: Tuple[Tuple[Callable[[str], bool], str], ...] = (
    (
        lambda entry: len(entry.split(None, 1)) > 1,
        "entries are separated by commas, and this one holds a blank: it matches nothing",
    ),
    (
        lambda entry: ";" in entry,
        "entries are separated by commas, and this one holds a semicolon: it matches nothing",
    ),
    (lambda entry: "://" in entry, "an entry is a host, not a URL: it matches nothing"),
    (lambda entry: entry == "*", "it matches every host, so the proxy is never used"),
    (
        lambda entry: "*" in entry.removeprefix("*."),
        "dockerd knows no pattern but *.domain: it matches nothing",
    ),
    (lambda entry: "'" in entry or '"' in entry, "quotes are part of the entry: it matches nothing"),
    (_is_range, "dockerd knows no ranges of addresses: it matches nothing"),
)
"""What tells such an entry, and why it does nothing. Each looks at an entry once: it may have a megabyte."""

NO_NETWORK = "not a network, and no host has a slash: it matches nothing"
NO_PREFIX = "an IPv{} network ends in /0 to /{}: it matches nothing"
BRACKETS = "brackets need a port behind them: it matches nothing"
NO_HOST = "no host has such a name: it matches nothing"
NO_PORT = "what follows the colon is no port: it matches nothing"
NO_ADDRESS = "it looks like an address and is none; Go takes it as a name, and no name in DNS ends in a number"
PART = (
    "it looks like a part of an address, and no host has that for a name: it matches nothing; a network is "
    "written like 192.168.0.0/16"
)
INTERNATIONAL = "the Go of this engine needs the name that DNS knows, {}: it matches nothing"
TOO_LONG = "no host has a name this long, or more than 63 characters between two dots: it matches nothing"

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
"""What names in DNS consist of, and the underscore, which some have all the same."""

LONGEST, LONGEST_LABEL = 253, 63
"""RFC 1035, section 2.3.4."""


NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*\.?")
"""A name that Go does not look up (net, dnsclient.go: isDomainName)."""

PARTS = 3
"""So many numbers at most are a part of an address."""


class Refused(Exception):
    """Because of this entry the client does nothing at all, wherever a request goes."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry


class BuiltIn(str):
    """What a client adds to its list by itself, in the place of an entry of the user's, of which it is none."""

    __slots__ = ()


def split(text: str) -> List[str]:
    """The entries of a list."""
    return [e.strip() for e in text.split(",") if e.strip()]


def useless(text: str, dialect: str = go_url.ENGINE) -> Iterator[Tuple[str, str]]:
    """Each such entry of a list, and why, to a Go of a dialect (a key of ``secret.go_url.DIALECTS``)."""
    traits = go_url.DIALECTS[dialect]
    for entry in split(text):
        why = next((why for is_so, why in USELESS if is_so(entry)), None) or _impossible(entry, traits)
        if why is not None:
            yield entry, why


def _impossible(entry: str, traits: go_url.Traits) -> Optional[str]:
    """Why no request can match."""
    meant = go.meaning(entry, traits)
    if "/" in entry and not isinstance(meant, go.Network):
        return _no_network(entry.partition("/")[0], traits)
    if meant is None:
        return NO_HOST
    if meant.port and not _is_port(meant.port):
        return NO_PORT
    if isinstance(meant, go.Network):
        return None
    if meant.name.startswith("[") and entry.endswith("]"):
        return BRACKETS
    if traits.idna_2003 and not meant.name.isascii():
        return INTERNATIONAL.format(idna.to_ascii(meant.name))
    # The dot alone is for whatever is spelt with one at its end.
    labels = meant.name.removesuffix(".").split(".") if meant.name else []
    if not LETTERS.issuperset(meant.name) or "" in labels:
        return NO_HOST
    if NUMBERS.fullmatch(meant.name) is not None:
        return _only_numbers(meant.name, traits)
    return TOO_LONG if len(meant.name) > LONGEST or any(len(label) > LONGEST_LABEL for label in labels) else None


def address_ending(numbers: str) -> Optional[str]:
    """An address that ends like some numbers, as 10.1.2.3 like ``2.3``; None where there is none."""
    address = "10." * (PARTS - numbers.count(".")) + numbers
    return address if address != numbers and go_netip.parse_v4(address) is not None else None


def _only_numbers(name: str, traits: go_url.Traits) -> Optional[str]:
    if traits.names_match_addresses and address_ending(name) is not None:
        return None
    return PART if len(name.removesuffix(".").split(".")) <= PARTS else NO_ADDRESS


def _no_network(address: str, traits: go_url.Traits) -> str:
    meant = go.meaning(address, traits)
    if not isinstance(meant, go.Network) or meant.port:
        return NO_NETWORK
    return NO_PREFIX.format(6, 128) if ":" in address else NO_PREFIX.format(4, 32)


def _is_port(text: str) -> bool:
    """Go compares the text, so that zeros before a number make another one of it."""
    return text.isascii() and text.isdigit() and text[0] != "0" and int(text[:6]) < 65536
