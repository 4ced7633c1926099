"""axios' decision, and that of proxy-from-env, which axios asks first and older ones asked alone.

Source: axios, lib/helpers/shouldBypassProxy.js; Rob--W/proxy-from-env, index.js.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Mapping, Optional, Tuple

from dockproxy.noproxy import idna
from dockproxy.noproxy.entries import first, number
from dockproxy.noproxy.javascript_clients import Bypass, Location
from dockproxy.secret import go_netip

LOOPBACK = ("localhost", "0.0.0.0", "::", "::1")  # noqa: S104 - nothing listens there
ADDRESS = re.compile(r"[0-9a-fx]+(?:\.[0-9a-fx]+){1,3}")
"""What may be an IPv4 address, also with fewer than four numbers, octal or hexadecimal."""


def axios(no_proxy: str, asked: Location) -> Optional[str]:
    """As proxy-from-env, or else with networks, and addresses however they are spelt; every loopback is the same."""
    host = _spelt(asked.host)
    address = go_netip.parse_addr(host)

    def matches(entry: str) -> bool:
        if "/" in entry:
            network = _network(entry)
            return network is not None and address is not None and go_netip.holds(*network, address.packed)
        name, port = _split(entry)
        suffix = _spelt(name).removeprefix("*")
        if not _spelt(name) or port not in ("", asked.port):
            return False
        if suffix.startswith("."):
            return host.endswith(suffix)
        return host == suffix or (_is_loopback(host) and _is_loopback(suffix))

    return first(_words(no_proxy), lambda entry: _from_env(entry.lower(), asked) or matches(entry.lower()))


def proxy_from_env(no_proxy: str, asked: Location) -> Optional[str]:
    """A name is that host only; with a dot or ``*`` before it any ending, of an address, too."""
    return first(_words(no_proxy), lambda entry: _from_env(entry.lower(), asked))


def _words(no_proxy: str) -> Tuple[str, ...]:
    return tuple(entry for entry in re.split(r"[,\s]", no_proxy) if entry)


def _from_env(entry: str, asked: Location) -> bool:
    found = re.fullmatch("(.+):([0-9]+)", entry)
    name, port = (found[1], number(found[2])) if found is not None else (entry, 0)
    if port not in (0, int(asked.port)):
        return False
    return asked.bracketed.endswith(name.removeprefix("*")) if name[0] in ".*" else asked.bracketed == name


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


CLIENTS: Mapping[str, Bypass] = {"axios": axios, "proxy-from-env": proxy_from_env}
"""Dialect to its decision."""
