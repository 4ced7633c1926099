"""The decisions of clients in JavaScript, which all see the URL as the WHATWG's parser leaves it.

Source: npm, @npmcli/agent, lib/proxy.js; nodejs/undici, lib/dispatcher/env-http-proxy-agent.js; nodejs/node,
lib/internal/http.js (ProxyConfig).
"""

from __future__ import annotations

import re
from typing import Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from dockproxy.model import saturated
from dockproxy.noproxy import curl
from dockproxy.secret import go_netip

DEFAULT_PORTS = {"http": "80", "https": "443"}


class Location(NamedTuple):
    """``host`` is in lower case, an IPv6 address without brackets; ``port`` is the scheme's where none is written."""

    host: str
    port: str

    @property
    def bracketed(self) -> str:
        """The host as ``URL.hostname`` has it."""
        return f"[{self.host}]" if ":" in self.host else self.host


Decide = Callable[[Location], Optional[str]]
"""Takes a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def location(url: str) -> Location:
    """Raises ValueError where there is no host."""
    parts = urlsplit(url)
    # Addresses and international names become what curl makes of them, but for an IPv4 address inside one of IPv6.
    host = curl.host_of(url).lower()
    before, _, last = host.rpartition(":")
    if before and "." in last:
        numbers = [int(part) for part in last.split(".")]
        host = f"{before}:{numbers[0] << 8 | numbers[1]:x}:{numbers[2] << 8 | numbers[3]:x}"
    return Location(host, str(parts.port) if parts.port is not None else DEFAULT_PORTS[parts.scheme])


def npm(no_proxy: str) -> Decide:
    """Whole labels from the end, with their case; empty ones do not count."""
    names = [(entry, ".".join(filter(None, entry.strip().split(".")))) for entry in no_proxy.split(",")]
    endings = [(entry, f".{name}") for entry, name in names if name]

    def decide(asked: Location) -> Optional[str]:
        host = f".{asked.bracketed}"
        return next((entry for entry, ending in endings if host.endswith(ending)), None)

    return decide


class Named(NamedTuple):
    """What an entry means: ``name`` and what ends with ``ending``, on ``port``, where 0 is any."""

    entry: str
    name: str
    ending: str
    port: int


def _first_named(known: Sequence[Named], host: str, port: str) -> Optional[str]:
    """``*`` means every host."""
    ports = (0, int(port))
    return next(
        (n.entry for n in known if n.port in ports and (host == n.name or host.endswith(n.ending) or n.name == "*")),
        None,
    )


def undici(no_proxy: str) -> Decide:
    """A name and what is below it, with or without a port, a dot or ``*.`` before it; blanks part entries, too. Dots at
    the end do not count."""

    def read(entry: str) -> Named:
        found = re.fullmatch(r"\[(.+)\]:([0-9]+)", entry)
        if found is None:
            bare = entry[1:-1] if re.fullmatch(r"\[.+\]", entry) else entry
            found = re.fullmatch(r"(.+):([0-9]+)", bare) if bare.count(":") == 1 else None
            name, port = (found[1], found[2]) if found is not None else (bare, "0")
        else:
            name, port = found[1], found[2]
        name = re.sub(r"\A\*?\.", "", name).lower().rstrip(".")
        # Only the whole entry means every host.
        return Named(entry, name if name != "*" or entry == "*" else "", f".{name}", saturated(port))

    known = [read(entry) for entry in words(no_proxy)]
    return lambda asked: _first_named(known, asked.host.rstrip("."), asked.port)


def words(no_proxy: str) -> List[str]:
    """What is between commas and blanks."""
    return [entry for entry in re.split(r"[,\s]", no_proxy) if entry]


def node_fetch(no_proxy: str) -> Decide:
    """As undici 7, which Node has inside: ``*`` only alone, IPv6 addresses in brackets, and a dot at the end counts."""

    def read(entry: str) -> Named:
        found = re.fullmatch("(.+):([0-9]+)", entry)
        name, port = (found[1], saturated(found[2])) if found is not None else (entry, 0)
        name = re.sub(r"\A\*?\.", "", name).lower()
        # A * among others is a name that no host has.
        return Named(entry, name if name != "*" else "", f".{name}", port)

    known = [Named(no_proxy, "*", "", 0)] if no_proxy == "*" else [read(entry) for entry in words(no_proxy)]
    return lambda asked: _first_named(known, asked.bracketed, asked.port)


def node_http(no_proxy: str) -> Decide:
    """A name alone, or with a dot or ``*.`` before it what is below it; ``*``; a range of IPv4 addresses."""
    texts = [(entry, entry.strip().lower()) for entry in no_proxy.split(",")] if no_proxy else []
    known = [(entry, text, text.removeprefix("."), _ending(text), _range(text)) for entry, text in texts]

    def decide(asked: Location) -> Optional[str]:
        names, host = ("*", asked.host, f"{asked.host}:{asked.port}"), asked.host
        address = go_netip.parse_addr(host)
        packed = address.packed if address is not None and len(address.packed) == 4 else None
        return next(
            (
                entry
                for entry, text, name, ending, between in known
                if text in names
                or (ending is not None and (host.endswith(ending) or host == name))
                or (between is not None and packed is not None and between[0] <= packed <= between[1])
            ),
            None,
        )

    return decide


def _ending(text: str) -> Optional[str]:
    return text.removeprefix("*") if text.startswith((".", "*.")) else None


def _range(text: str) -> Optional[Tuple[bytes, bytes]]:
    if "-" not in text:
        return None
    ends = [go_netip.parse_addr(end.strip()) for end in text.split("-")[:2]]
    packed = [end.packed for end in ends if end is not None and len(end.packed) == 4]
    return (packed[0], packed[1]) if len(packed) == 2 else None


CLIENTS: Mapping[str, Callable[[str], Decide]] = {
    "npm": npm, "undici": undici, "node-fetch": node_fetch, "node-http": node_http,
}  # fmt: skip
"""Dialect to what takes a list apart."""
