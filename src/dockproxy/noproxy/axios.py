"""axios' decision, and that of proxy-from-env, which axios asks first and older ones asked alone.

Source: axios, lib/helpers/shouldBypassProxy.js; Rob--W/proxy-from-env, index.js.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Callable, Mapping, NamedTuple, Optional, Tuple

from dockproxy.noproxy import idna
from dockproxy.noproxy.javascript_clients import Decide, Location, words
from dockproxy.secret import go_netip

LOOPBACK = ("localhost", "0.0.0.0", "::", "::1")  # noqa: S104 - nothing listens there
ADDRESS = re.compile(r"[0-9a-fx]+(?:\.[0-9a-fx]+){1,3}")
"""What may be an IPv4 address, also with fewer than four numbers, octal or hexadecimal."""


class Named(NamedTuple):
    """What an entry means: a name, or with ``is_ending`` all that end so; on ``port``, where the empty one is any."""

    name: str
    is_ending: bool
    port: str
    is_loopback: bool = False

    def matches(self, host: str, port: str) -> bool:
        """Whether it means a host with this port."""
        return self.port in ("", port) and (host.endswith(self.name) if self.is_ending else host == self.name)


class Entry(NamedTuple):
    """An entry as it is written, and as the two readers of axios take it: the second knows networks, too."""

    text: str
    first: Named
    second: Optional[Named]
    network: Optional[Tuple[bytes, int]]


def axios(no_proxy: str) -> Decide:
    """As proxy-from-env, or else with networks, and addresses however they are spelt; every loopback is the same."""
    entries = [Entry(text, _from_env(text.lower()), *_own(text.lower())) for text in words(no_proxy)]

    def decide(asked: Location) -> Optional[str]:
        host, written, port = _spelt(asked.host), asked.bracketed, asked.port
        address, is_loopback = go_netip.parse_addr(host), _is_loopback(host)

        def matches(entry: Entry) -> bool:
            if entry.first.matches(written, port):
                return True
            if entry.second is None:
                network = entry.network
                return network is not None and address is not None and go_netip.holds(*network, address.packed)
            own = entry.second
            return own.matches(host, port) or (is_loopback and own.is_loopback and own.port in ("", port))

        return next((entry.text for entry in entries if matches(entry)), None)

    return decide


def proxy_from_env(no_proxy: str) -> Decide:
    """A name is that host only; with a dot or ``*`` before it any ending, of an address, too."""
    entries = [(text, _from_env(text.lower())) for text in words(no_proxy)]
    return lambda asked: next((text for text, named in entries if named.matches(asked.bracketed, asked.port)), None)


def _from_env(entry: str) -> Named:
    found = re.fullmatch("(.+):([0-9]+)", entry)
    name, port = (found[1], found[2].lstrip("0")) if found is not None else (entry, "")
    return Named(name.removeprefix("*"), name[0] in ".*", port)


def _own(entry: str) -> Tuple[Optional[Named], Optional[Tuple[bytes, int]]]:
    if "/" in entry:
        return None, _network(entry)
    name, port = _split(entry)
    spelt = _spelt(name)
    suffix = spelt.removeprefix("*")
    is_ending = suffix.startswith(".")
    # Nothing is a name that no host has.
    return Named(suffix if spelt else " ", is_ending, port, not is_ending and _is_loopback(suffix)), None


def _split(entry: str) -> Tuple[str, str]:
    """Host and port, which is empty where none counts."""
    found = re.fullmatch(r"\[([^\]]*)\](?::([0-9]+)|.*)", entry) or re.fullmatch("([^:]*):([0-9]+)", entry)
    return (found[1], (found[2] or "").lstrip("0")) if found is not None else (entry, "")


def _spelt(host: str) -> str:
    """An address in its shortest spelling, one of IPv4 inside IPv6 as IPv4; a name in ASCII without dots at its end."""
    host = (host[1:-1] if re.fullmatch(r"\[.*\]", host) else host).rstrip(".")
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            return host
        return str(address.ipv4_mapped or address) if "%" not in host else host
    prefix = "" if host.isascii() else host[: len(host) - len(host.lstrip("*."))]
    host = prefix + idna.to_ascii(host[len(prefix) :]).rstrip(".")
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) if ADDRESS.fullmatch(host) else host
    except OSError:
        return host


def _network(entry: str) -> Optional[Tuple[bytes, int]]:
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^\[\]]*[^\[\].])/(0|[1-9][0-9]{0,2})", entry)
    if found is not None and found[1].startswith("[") and ":" not in found[1]:
        return None
    base = go_netip.parse_addr(_spelt(found[1])) if found is not None else None
    if found is None or base is None or base.zone:
        return None
    # The prefix of an IPv4 network that is spelt as one of IPv6 counts the 96 bits before it.
    bits = int(found[2]) - (96 if ":" in found[1] and len(base.packed) == 4 else 0)
    return (base.packed, bits) if 0 <= bits <= len(base.packed) * 8 else None


def _is_loopback(host: str) -> bool:
    return (
        host in LOOPBACK
        or re.fullmatch(r"127(?:\.0*(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])){3}", host) is not None
    )


CLIENTS: Mapping[str, Callable[[str], Decide]] = {"axios": axios, "proxy-from-env": proxy_from_env}
"""Dialect to what takes a list apart."""
