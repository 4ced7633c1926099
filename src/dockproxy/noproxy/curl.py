"""curl's decision, which git's is too.

Source: curl, lib/noproxy.c and lib/proxy.c (check_noproxy); before 7.86 lib/url.c.
"""

from __future__ import annotations

import re
import socket
from typing import Callable, Iterator, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import unquote, urlsplit

from dockproxy.noproxy import idna
from dockproxy.secret import go_netip

Decide = Callable[[str], Optional[str]]
"""Takes a host; returns the entry because of which a request there goes direct, None where it goes to the proxy."""


class Traits(NamedTuple):
    """In what the versions of curl differ."""

    networks: Tuple[int, ...]
    """Sizes in bytes of the addresses that are compared as addresses, and with networks; others are names (7.86 for
    IPv4, 8.18 for IPv6)."""
    trailing_dots: bool = True
    """One at the end of a name is ignored (7.87)."""
    blanks: str = " \t"
    """What is a blank (before 7.86 only the space)."""
    blanks_end: bool = True
    """A blank in the middle of an entry ends the list, where it parted entries before (8.9)."""
    strict_bits: bool = True
    """The prefix of a network must be a number and nothing else (8.18)."""
    whole_names: bool = False
    """A name is that host only; with a dot before it any ending matches, but a longer one only of the last entry (7.86
    alone)."""


VERSIONS: Mapping[str, Traits] = {
    "curl": Traits((4, 16)),
    "git": Traits((4, 16)),
    "curl-8.14": Traits((4,), strict_bits=False),
    "curl-7.88": Traits((4,), blanks_end=False, strict_bits=False),
    "curl-7.86": Traits((4,), trailing_dots=False, blanks_end=False, strict_bits=False, whole_names=True),
    "curl-7.85": Traits((), trailing_dots=False, blanks=" ", blanks_end=False),
}
"""Dialect to its traits; that of git is of the libcurl that it is linked with."""

NUMBERS = re.compile(r"(?:0[xX])?[0-9a-fA-F]+(?:\.(?:0[xX])?[0-9a-fA-F]+){0,3}\.?")


def host_of(url: str) -> str:
    """The host as curl spells it: addresses in their usual form, international names in ASCII. Raises ValueError."""
    host = unquote(urlsplit(url).hostname or "")
    if not host:
        raise ValueError("the URL has no host")
    if ":" in host:
        address = go_netip.parse_addr(host.partition("%")[0])
        if address is None:
            raise ValueError("the brackets do not hold an IPv6 address")
        return socket.inet_ntop(socket.AF_INET6, address.packed)
    if NUMBERS.fullmatch(host):
        try:
            return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
        except OSError:
            return host
    return idna.to_ascii(host)


class Name(NamedTuple):
    """A host that an entry means, and how the longer ones end."""

    name: str
    ending: Optional[str]


def compiled(no_proxy: str, traits: Traits) -> Decide:
    """A list, which returns for a host the entry because of which a request there goes direct."""
    if no_proxy == "*":
        return lambda host: no_proxy
    entries = list(_entries(no_proxy, traits))
    read = _whole_name if traits.whole_names else _name
    names = [(entry, *read(entry, traits)) for entry in entries]
    if traits.whole_names and names and no_proxy.endswith(entries[-1]) and entries[-1].startswith("."):
        # Elsewhere what stands behind the entry is compared with the end of the name.
        names[-1] = (*names[-1][:2], names[-1][1])
    networks = [(entry, _network(entry, traits)) for entry in entries]

    def decide(host: str) -> Optional[str]:
        address = go_netip.parse_addr(host)
        if address is not None and len(address.packed) in traits.networks:
            packed = address.packed
            return next((entry for entry, found in networks if found and go_netip.holds(*found, packed)), None)
        text = host.lower()
        text = text.removesuffix(".") if traits.trailing_dots else text
        return next((e for e, name, end in names if text == name or (end is not None and text.endswith(end))), None)

    return decide


def _entries(no_proxy: str, traits: Traits) -> Iterator[str]:
    for words in (text.strip(traits.blanks) for text in no_proxy.split(",")):
        entry, *others = re.split(f"[{traits.blanks}]+", words)
        yield from [entry] if entry else []
        if others and traits.blanks_end:
            return
        yield from others


def _name(entry: str, traits: Traits) -> Name:
    suffix = entry.lower()
    suffix = suffix.removesuffix(".") if traits.trailing_dots else suffix
    suffix = suffix.removeprefix(".")
    return Name(suffix, f".{suffix}")


def _whole_name(entry: str, traits: Traits) -> Name:
    return Name(entry.lower().removeprefix("."), None)


def _network(entry: str, traits: Traits) -> Optional[Tuple[bytes, int]]:
    name, slash, text = entry.partition("/")
    network = go_netip.parse_addr(name)
    digits = re.match(r"[ \t]*([0-9]*)", text)
    number = digits.group(1) if digits is not None else ""
    if network is None or network.zone or (slash and traits.strict_bits and (number != text or not number)):
        return None
    size = len(network.packed) * 8
    # No number, as after a slash alone, and 0 mean the address itself.
    bits = int(number[:4] or "0") or size
    return (network.packed, bits) if bits <= size else None


def _of(traits: Traits) -> Callable[[str], Decide]:
    return lambda no_proxy: compiled(no_proxy, traits)


CLIENTS = {dialect: _of(traits) for dialect, traits in VERSIONS.items()}
"""Dialect to what takes a list apart."""
