"""wget2, which asks libproxy where it is built with that, and Ruby: a port in the list is compared with the URL's.

Source: libproxy, src/backend/px-manager.c (px_manager_is_ignore); rockdaboot/wget2, libwget/http.c
(wget_http_match_no_proxy); ruby/uri, lib/uri/generic.rb (find_proxy, use_proxy?).
"""

from __future__ import annotations

import re
import socket
from typing import Callable, Mapping, NamedTuple, Optional
from urllib.parse import unquote, urlsplit

from dockproxy.noproxy import idna, other_clients
from dockproxy.noproxy.clients import BuiltIn
from dockproxy.noproxy.entries import first, number
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


Bypass = Callable[[str, Request], Optional[str]]
"""Takes a list and a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def request(url: str) -> Request:
    """Raises ValueError where there is no host."""
    host, parts = other_clients.host_of(url), urlsplit(url)
    return Request(host.plain, unquote(host.written), parts.port, 443 if parts.scheme == "https" else 80)


def libproxy(no_proxy: str, asked: Request) -> Optional[str]:
    """wget2 2: names, their case counts, and what is below them, also with a dot or ``*.`` before; the port must be
    written in the URL, too; networks without bits behind the prefix; ``<local>`` is every name without a dot."""
    host = asked.written
    address = go_netip.parse_addr(host)

    def matches(entry: str) -> bool:
        if entry == "*" or (entry == "<local>" and not re.search("[.:]", host)):
            return True
        name, *ports = entry.split(":")
        port = _number(ports[0]) if len(ports) == 1 else asked.port
        if port == asked.port and _is_below(name, host):
            return True
        single = go_netip.parse_addr(entry)
        if address is None or "/" not in entry:
            return address is not None and single is not None and single.packed == address.packed
        return _holds(entry, address.packed)

    return first(no_proxy.split(","), matches)


def _number(text: str) -> int:
    """As C's atoi; what is longer is no port either."""
    found = re.match(r"\s*([0-9]+)", text)
    return number(found[1]) if found is not None else 0


def _is_below(name: str, host: str) -> bool:
    if host == name or len(name) < 3:
        return host == name
    dot = 2 if name.startswith("*.") else 1 if name.startswith(".") else 0
    # A name that begins like the entry is taken for the whole: only as many letters as it has are compared.
    if dot and name[dot:].lower().startswith(host.lower()):
        return True
    return host.endswith(f".{name}") or (dot > 0 and host.endswith(name[dot - 1 :]))


def _holds(entry: str, packed: bytes) -> bool:
    found = re.fullmatch(r"([^/]*)/\s*\+?([0-9]+)", entry)
    network = go_netip.parse_addr(found[1]) if found is not None else None
    if found is None or network is None or len(network.packed) != len(packed):
        return False
    bits, base = int(found[2][:20]), int.from_bytes(network.packed, "big")
    free = len(packed) * 8 - bits
    return free >= 0 and base >> free << free == base and go_netip.holds(network.packed, bits, packed)


def wget2(no_proxy: str, asked: Request) -> Optional[str]:
    """wget2 1.99, which does without libproxy: the name itself, or with a dot before it what is below; blanks count."""

    def matches(entry: str) -> bool:
        name = idna.to_ascii(entry.lower())
        return name == asked.host or (name.startswith(".") and asked.host.endswith(name))

    return first([entry for entry in no_proxy.split(",") if entry and len(entry.encode()) < 256], matches)


def ruby(no_proxy: str, asked: Request) -> Optional[str]:
    """Entries end at a colon, too, but for a port; IPv4 networks. Ruby looks a name up and compares its address as
    well: here nothing is looked up, and ``localhost`` alone is known to be loopback."""
    address = _address(asked.host)
    if asked.host == "localhost" or (address is not None and re.match(r"127\.|::1\Z", address)):
        return BuiltIn("localhost")
    parsed = go_netip.parse_addr(address) if address is not None else None
    packed = parsed.packed if parsed is not None and len(parsed.packed) == 4 else None

    def matches(entry: str) -> bool:
        text, _, port = entry.partition(":")
        if port and number(port) != (asked.port if asked.port is not None else asked.default):
            return False
        name = text.lower()
        if asked.host.endswith(name if name.startswith(".") else f".{name}") or asked.host == name:
            return True
        return packed is not None and _masks(text, packed)

    return first([found[0] for found in WORDS.finditer(no_proxy)], matches)


def _address(host: str) -> Optional[str]:
    """The address as the resolver shows it, without asking for a name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _masks(text: str, packed: bytes) -> bool:
    """Whether a text such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or an address alone holds the address."""
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
        return False
    return int.from_bytes(network.packed, "big") | free == int.from_bytes(packed, "big") | free


CLIENTS: Mapping[str, Bypass] = {"wget2": libproxy, "wget2-1.99": wget2, "ruby": ruby}
"""Dialect to its decision."""
