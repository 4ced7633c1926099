"""wget2, which asks libproxy where it is built with that, and Ruby: a port in the list is compared with the URL's.

Source: libproxy, src/backend/px-manager.c (px_manager_is_ignore); rockdaboot/wget2, libwget/http.c
(wget_http_match_no_proxy); ruby/uri, lib/uri/generic.rb (find_proxy, use_proxy?).
"""

from __future__ import annotations

import re
import socket
from typing import Callable, Mapping, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import unquote, urlsplit

from dockproxy.model import saturated
from dockproxy.noproxy import idna, other_clients
from dockproxy.noproxy.entries import BuiltIn
from dockproxy.secret import go_netip

WORDS = re.compile(r"[^:,\s]+(?::[0-9]+)?", re.ASCII)
"""The entries that Ruby sees in a list."""


class Request(NamedTuple):
    """``host`` is in lower case and ``written`` as the URL has it, both without brackets; ``port`` is the one that is
    written, ``default`` the scheme's."""

    host: str
    written: str
    port: Optional[int]
    default: int


Decide = Callable[[Request], Optional[str]]
"""Takes a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def request(url: str) -> Request:
    """Raises ValueError where there is no host."""
    host, parts = other_clients.host_of(url), urlsplit(url)
    return Request(host.plain, unquote(host.written), parts.port, 443 if parts.scheme == "https" else 80)


class Entry(NamedTuple):
    """An entry of libproxy's: a name with its port, None where any is meant, and the network or address that it is."""

    text: str
    name: str
    port: Optional[int]
    has_port: bool
    network: Optional[Tuple[bytes, int]]


def libproxy(no_proxy: str) -> Decide:
    """wget2 2: names, their case counts, and what is below them, also with a dot or ``*.`` before; the port must be
    written in the URL, too; networks without bits behind the prefix; ``<local>`` is every name without a dot."""
    entries = [_entry(text) for text in no_proxy.split(",")]

    def decide(asked: Request) -> Optional[str]:
        host, is_local = asked.written, not re.search("[.:]", asked.written)
        address = go_netip.parse_addr(host)

        def matches(entry: Entry) -> bool:
            if entry.text == "*" or (is_local and entry.text == "<local>"):
                return True
            if (not entry.has_port or entry.port == asked.port) and _is_below(entry.name, host):
                return True
            return address is not None and entry.network is not None and go_netip.holds(*entry.network, address.packed)

        return next((entry.text for entry in entries if matches(entry)), None)

    return decide


def _entry(text: str) -> Entry:
    name, *ports = text.split(":")
    has_port = len(ports) == 1
    single = go_netip.parse_addr(text)
    network = (single.packed, len(single.packed) * 8) if single is not None else _network(text)
    return Entry(text, name, _number(ports[0]) if has_port else None, has_port, network)


def _number(text: str) -> int:
    """As C's atoi; what is longer is no port either."""
    found = re.match(r"\s*([0-9]+)", text)
    return saturated(found[1]) if found is not None else 0


def _is_below(name: str, host: str) -> bool:
    if host == name or len(name) < 3:
        return host == name
    dot = 2 if name.startswith("*.") else 1 if name.startswith(".") else 0
    # A name that begins like the entry is taken for the whole: only as many letters as it has are compared.
    if dot and name[dot:].lower().startswith(host.lower()):
        return True
    return host.endswith(f".{name}") or (dot > 0 and host.endswith(name[dot - 1 :]))


def _network(entry: str) -> Optional[Tuple[bytes, int]]:
    found = re.fullmatch(r"([^/]*)/\s*\+?([0-9]+)", entry)
    network = go_netip.parse_addr(found[1]) if found is not None else None
    if found is None or network is None:
        return None
    bits, base = int(found[2][:20]), int.from_bytes(network.packed, "big")
    free = len(network.packed) * 8 - bits
    return (network.packed, bits) if free >= 0 and base >> free << free == base else None


def wget2(no_proxy: str) -> Decide:
    """wget2 1.99, which does without libproxy: the name itself, or with a dot before it what is below; blanks count."""
    entries = [entry for entry in no_proxy.split(",") if entry and len(entry.encode()) < 256]
    known = [(entry, idna.to_ascii(entry.lower())) for entry in entries]

    def decide(asked: Request) -> Optional[str]:
        host = asked.host
        return next((e for e, name in known if host.endswith(name) and (host == name or name[:1] == ".")), None)

    return decide


class RubyEntry(NamedTuple):
    """An entry of Ruby's: what a name is compared with, which has a dot before it; its port, None where any is meant;
    the network that it is."""

    text: str
    ending: str
    is_below: bool
    port: Optional[int]
    network: Optional[Tuple[int, int]]


def ruby(no_proxy: str) -> Decide:
    """Entries end at a colon, too, but for a port; IPv4 networks. Ruby looks a name up and compares its address as
    well: here nothing is looked up, and ``localhost`` alone is known to be loopback."""
    entries = [_ruby_entry(found[0]) for found in WORDS.finditer(no_proxy)]
    return lambda asked: _ruby(entries, asked)


def _ruby_entry(text: str) -> RubyEntry:
    name, _, port = text.partition(":")
    is_below = name.startswith(".")
    ending = name.lower() if is_below else f".{name.lower()}"
    return RubyEntry(text, ending, is_below, saturated(port) if port else None, _mask(name))


def _ruby(entries: Sequence[RubyEntry], asked: Request) -> Optional[str]:
    address = _address(asked.host)
    if asked.host == "localhost" or (address is not None and re.match(r"127\.|::1\Z", address)):
        return BuiltIn("localhost")
    parsed = go_netip.parse_addr(address) if address is not None else None
    value = int.from_bytes(parsed.packed, "big") if parsed is not None and len(parsed.packed) == 4 else None
    port, dotted = asked.port if asked.port is not None else asked.default, f".{asked.host}"
    return next(
        (
            entry.text
            for entry in entries
            if entry.port in (None, port)
            and (
                (asked.host if entry.is_below else dotted).endswith(entry.ending)
                or (value is not None and entry.network is not None and value | entry.network[1] == entry.network[0])
            )
        ),
        None,
    )


def _address(host: str) -> Optional[str]:
    """The address as the resolver shows it, without asking for a name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _mask(text: str) -> Optional[Tuple[int, int]]:
    """The last address of a text such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or an address alone, and what varies in it."""
    name, slash, mask = text.partition("/")
    network, netmask = go_netip.parse_addr(name), go_netip.parse_addr(mask)
    if not slash:
        free = 0
    elif re.fullmatch("[1-9]?[0-9]", mask) and int(mask) <= 32:
        free = (1 << 32 >> int(mask)) - 1
    else:
        free = int.from_bytes(netmask.packed, "big") ^ 0xFFFFFFFF if netmask is not None else 1 << 32
    # In a mask of its own the ones stand before the zeros.
    if network is None or free >> 32 or free & (free + 1):
        return None
    return int.from_bytes(network.packed, "big") | free, free


CLIENTS: Mapping[str, Callable[[str], Decide]] = {"wget2": libproxy, "wget2-1.99": wget2, "ruby": ruby}
"""Dialect to what takes a list apart."""
