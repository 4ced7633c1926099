"""The decisions of clients in JavaScript, which all see the URL as the WHATWG's parser leaves it.

Source: npm, @npmcli/agent, lib/proxy.js; nodejs/undici, lib/dispatcher/env-http-proxy-agent.js; nodejs/node,
lib/internal/http.js (ProxyConfig).
"""

from __future__ import annotations

import re
from typing import Callable, Mapping, NamedTuple, Optional
from urllib.parse import urlsplit

from dockproxy.noproxy import curl
from dockproxy.noproxy.entries import first, number
from dockproxy.secret import go_netip

DEFAULT_PORTS = {"http": "80", "https": "443"}


class Location(NamedTuple):
    """``host`` is in lower case, an IPv6 address without brackets, ``bracketed`` as ``URL.hostname`` has it.
    ``port`` is the scheme's where none is written."""

    host: str
    bracketed: str
    port: str


Bypass = Callable[[str, Location], Optional[str]]
"""Takes a list and a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def location(url: str) -> Location:
    """Raises ValueError where there is no host."""
    parts = urlsplit(url)
    # Addresses and international names become what curl makes of them, but for an IPv4 address inside one of IPv6.
    host = curl.host_of(url).lower()
    before, _, last = host.rpartition(":")
    if before and "." in last:
        numbers = [int(number) for number in last.split(".")]
        host = f"{before}:{numbers[0] << 8 | numbers[1]:x}:{numbers[2] << 8 | numbers[3]:x}"
    bracketed = f"[{host}]" if ":" in host else host
    return Location(host, bracketed, str(parts.port) if parts.port is not None else DEFAULT_PORTS[parts.scheme])


def npm(no_proxy: str, asked: Location) -> Optional[str]:
    """Whole labels from the end, with their case; empty ones do not count."""
    labels = asked.bracketed.split(".")[::-1]

    def matches(entry: str) -> bool:
        wanted = [label for label in entry.strip().split(".") if label][::-1]
        return bool(wanted) and labels[: len(wanted)] == wanted

    return first(no_proxy.split(","), matches)


def undici(no_proxy: str, asked: Location) -> Optional[str]:
    """A name and what is below it, with or without a port, a dot or ``*.`` before it; blanks part entries, too. Dots at
    the end do not count."""
    host = asked.host.rstrip(".")

    def matches(entry: str) -> bool:
        if entry == "*":
            return True
        found = re.fullmatch(r"\[(.+)\]:([0-9]+)", entry)
        if found is None:
            bare = entry[1:-1] if re.fullmatch(r"\[.+\]", entry) else entry
            found = re.fullmatch(r"(.+):([0-9]+)", bare) if bare.count(":") == 1 else None
            name, port = (found[1], found[2]) if found is not None else (bare, "0")
        else:
            name, port = found[1], found[2]
        name = re.sub(r"\A\*?\.", "", name).lower().rstrip(".")
        is_port = number(port) in (0, int(asked.port))
        return is_port and (host == name or host.endswith(f".{name}"))

    return first([entry for entry in re.split(r"[,\s]", no_proxy) if entry], matches)


def node_fetch(no_proxy: str, asked: Location) -> Optional[str]:
    """As undici 7, which Node has inside: ``*`` only alone, IPv6 addresses in brackets, and a dot at the end counts."""
    if no_proxy == "*":
        return no_proxy

    def matches(entry: str) -> bool:
        found = re.fullmatch("(.+):([0-9]+)", entry)
        name, port = (found[1], number(found[2])) if found is not None else (entry, 0)
        name = re.sub(r"\A\*?\.", "", name).lower()
        is_port = port in (0, int(asked.port))
        return is_port and (asked.bracketed == name or asked.bracketed.endswith(f".{name}"))

    return first([entry for entry in re.split(r"[,\s]", no_proxy) if entry], matches)


def node_http(no_proxy: str, asked: Location) -> Optional[str]:
    """A name alone, or with a dot or ``*.`` before it what is below it; ``*``; a range of IPv4 addresses."""

    def matches(entry: str) -> bool:
        text = entry.strip().lower()
        if text in ("*", asked.host, f"{asked.host}:{asked.port}"):
            return True
        if text.startswith("."):
            return asked.host == text[1:] or asked.host.endswith(text)
        return (text.startswith("*.") and asked.host.endswith(text[1:])) or _is_between(text, asked.host)

    return first(no_proxy.split(",") if no_proxy else [], matches)


def _is_between(text: str, host: str) -> bool:
    ends = [go_netip.parse_addr(end.strip()) for end in text.split("-")[:2]]
    addresses = [
        a.packed for a in (ends[0], go_netip.parse_addr(host), ends[-1]) if a is not None and len(a.packed) == 4
    ]
    return len(ends) == 2 and len(addresses) == 3 and addresses == sorted(addresses)


CLIENTS: Mapping[str, Bypass] = {"npm": npm, "undici": undici, "node-fetch": node_fetch, "node-http": node_http}
"""Dialect to its decision."""
