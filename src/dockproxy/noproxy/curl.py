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


VERSIONS: Mapping[str, Traits] = {
    "curl": Traits((4, 16)),
    "git": Traits((4, 16)),
    "curl-8.14": Traits((4,), strict_bits=False),
    "curl-7.88": Traits((4,), blanks_end=False, strict_bits=False),
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


def bypass(no_proxy: str, host: str, traits: Traits) -> Optional[str]:
    """The entry because of which a request to the host goes direct; None where it goes to the proxy."""
    if no_proxy == "*":
        return no_proxy
    address, name = go_netip.parse_addr(host), host.lower()
    packed = address.packed if address is not None and len(address.packed) in traits.networks else None
    for entry in _entries(no_proxy, traits):
        if _holds(entry, packed, traits) if packed is not None else _names(entry, name, traits):
            return entry
    return None


def _entries(no_proxy: str, traits: Traits) -> Iterator[str]:
    for words in (text.strip(traits.blanks) for text in no_proxy.split(",")):
        entry, *others = re.split(f"[{traits.blanks}]+", words)
        yield from [entry] if entry else []
        if others and traits.blanks_end:
            return
        yield from others


def _names(entry: str, name: str, traits: Traits) -> bool:
    suffix = entry.lower()
    if traits.trailing_dots:
        name, suffix = name.removesuffix("."), suffix.removesuffix(".")
    suffix = suffix.removeprefix(".")
    return name == suffix or name.endswith(f".{suffix}")


def _holds(entry: str, packed: bytes, traits: Traits) -> bool:
    name, slash, text = entry.partition("/")
    network = go_netip.parse_addr(name)
    digits = re.match(r"[ \t]*([0-9]*)", text)
    number = digits.group(1) if digits is not None else ""
    if network is None or network.zone or len(network.packed) != len(packed):
        return False
    if slash and traits.strict_bits and (number != text or not number):
        return False
    size = len(packed) * 8
    # No number, as after a slash alone, and 0 mean the address itself.
    bits = int(number[:4] or "0") or size
    if bits > size:
        return False
    return go_netip.holds(network.packed, bits, packed)


def _of(traits: Traits) -> Callable[[str, str], Optional[str]]:
    return lambda no_proxy, host: bypass(no_proxy, host, traits)


CLIENTS = {dialect: _of(traits) for dialect, traits in VERSIONS.items()}
"""Dialect to its decision."""
