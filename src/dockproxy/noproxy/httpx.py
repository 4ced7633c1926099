"""httpx's decision: it makes URL patterns of the entries, and refuses to start with one that is no URL.

Source: encode/httpx, httpx/_utils.py (get_environment_proxies, URLPattern), httpx/_urlparse.py.
"""

from __future__ import annotations

import re
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Callable, NamedTuple, Optional, Tuple
from urllib.parse import quote

from dockproxy.noproxy import idna
from dockproxy.noproxy.entries import Refused
from dockproxy.noproxy.python_clients import shown
from dockproxy.secret import go_netip

URL = re.compile(r"(?:((?:[a-zA-Z][a-zA-Z0-9+.-]*)?):)?(?://([^/?#]*))?([^?#]*)")
AUTHORITY = re.compile(r"(?:.*@)?(\[.*\]|[^:@]*):?(.*)")
DEFAULT_PORTS = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443}
SAFE = "!$&'()*+,;=\"`{}%|\\"
LONGEST = 65536
ACE = "xn--"
"""How a name begins that httpx shows in its own letters, or fails to."""


class Target(NamedTuple):
    """A URL as httpx has it. ``port`` is None where it is the scheme's; an IPv6 address is as it is written."""

    scheme: str
    host: str
    port: Optional[int]


def target(url: str) -> Target:
    """Raises ValueError where httpx refuses the URL, or that has no host."""
    found = _parse(url)
    if not found.host:
        raise ValueError("the URL has no host")
    return found


def compiled(no_proxy: str) -> Callable[[Target], Optional[str]]:
    """A list, which returns for a request the entry because of which that goes direct. That raises Refused, and
    ValueError where httpx fails at the URL."""
    entries = [(entry, entry.strip()) for entry in no_proxy.split(",") if entry.strip()]
    everything = next((entry for entry, text in entries if text == "*"), None)
    if everything is not None:
        return lambda asked: everything
    try:
        patterns = [(entry, text, _refusing(entry, _pattern(text))) for entry, text in entries]
    except Refused as refused:
        return partial(_refuse, refused.entry)
    is_any_name = any(pattern.host.strip("*") for _, _, pattern in patterns)

    def decide(asked: Target) -> Optional[str]:
        if is_any_name and asked.host.startswith(ACE):
            raise ValueError("an international name that cannot be shown in its own letters")
        return next((entry for entry, text, pattern in patterns if _matches(text, pattern, asked)), None)

    return decide


def _refuse(entry: str, asked: Target) -> Optional[str]:
    raise Refused(entry)


def _refusing(entry: str, pattern: str) -> Target:
    try:
        found = _parse(pattern)
    except ValueError:
        raise Refused(entry) from None
    if found.host.startswith(ACE):
        raise Refused(entry)
    return found


def _pattern(text: str) -> str:
    address = text.partition("/")[0]
    if "://" in text:
        return text
    if _is_address(address):
        return f"all://[{text}]" if ":" in text else f"all://{text}"
    return f"all://{text}" if text.lower() == "localhost" else f"all://*{text}"


def _is_address(text: str) -> bool:
    try:
        return bool(IPv6Address(text)) if ":" in text else go_netip.parse_addr(text) is not None
    except ValueError:
        return False


def _matches(text: str, pattern: Target, asked: Target) -> bool:
    host = "" if pattern.host == "*" else pattern.host
    if pattern.scheme not in ("", "all", asked.scheme) or pattern.port not in (None, asked.port):
        return False
    if not host:
        # The proxy's own pattern is as good; this one takes its place only where it is spelt alike.
        return pattern.port is not None or text == f"{asked.scheme}://"
    if host.startswith("*."):
        return asked.host.endswith(host[1:]) and asked.host != host[1:]
    if host.startswith("*"):
        return asked.host == host[1:] or (asked.host.endswith(f".{host[1:]}") and asked.host != f".{host[1:]}")
    return asked.host == host


def _parse(url: str) -> Target:
    """Raises ValueError where httpx raises InvalidURL."""
    scheme, authority, path = _split(url)
    found = AUTHORITY.match(authority)
    host, port = (found[1], found[2]) if found is not None else ("", "")
    number = int(port) if port else None
    if not scheme and not authority and path.startswith(("//", ":")):
        raise ValueError("a path that no URL begins with")
    return Target(scheme.lower(), _host(host), None if number == DEFAULT_PORTS.get(scheme) else number)


def _split(url: str) -> Tuple[str, str, str]:
    found = URL.match(url)
    if len(url) > LONGEST or found is None or any(c.isascii() and not c.isprintable() for c in url):
        raise ValueError("too long, or with a control character")
    return found[1] or "", found[2] or "", found[3]


def _host(host: str) -> str:
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        return str(IPv4Address(host))
    if re.fullmatch(r"\[.*\]", host):
        IPv6Address(host[1:-1])
        return host[1:-1]
    spelt = host.lower()
    if not host.isascii():
        spelt = idna.to_ascii(spelt)
        if not spelt.isascii() or "*" in spelt:
            raise ValueError("no international name")
        return shown(spelt) if spelt.startswith(ACE) else spelt
    spelt = quote(spelt, safe=SAFE)
    is_shown = spelt.startswith(ACE) and re.fullmatch("[a-z0-9.-]*", spelt)
    return shown(spelt) if is_shown else spelt


CLIENTS = {"httpx": compiled}
"""Dialect to what takes a list apart."""
