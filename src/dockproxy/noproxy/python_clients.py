"""The decisions of Python's clients: urllib.request, and requests, pip and aiohttp, which ask it in the end.

Source: cpython, Lib/urllib/request.py (proxy_bypass_environment); psf/requests, src/requests/utils.py
(should_bypass_proxies); aio-libs/aiohttp, aiohttp/helpers.py (get_env_proxy_for_url).
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import Callable, Mapping, NamedTuple, Optional
from urllib.parse import urlsplit

from dockproxy.secret import go_netip

PORT = re.compile("(.*):([0-9]*)", re.DOTALL)


class Asked(NamedTuple):
    """The parts of a URL as ``urlsplit`` has them: ``host`` is in lower case and without brackets."""

    netloc: str
    host: str
    port: Optional[int]


Bypass = Callable[[str, Asked], Optional[str]]
"""Takes a list and a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def asked(url: str) -> Asked:
    """Raises ValueError where there is no host."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("the URL has no host")
    return Asked(parts.netloc, parts.hostname, parts.port)


def urllib(no_proxy: str, request: Asked) -> Optional[str]:
    """Names with or without the port of the URL, each a suffix behind a dot; ``*`` only alone."""
    return _environment(no_proxy, request.netloc)


def aiohttp(no_proxy: str, request: Asked) -> Optional[str]:
    """As urllib, which is asked without the port, for the host as yarl shows it."""
    return _environment(no_proxy, shown(request.host))


def shown(host: str) -> str:
    """yarl writes an IPv6 address in its shortest form and international names in their own letters."""
    if ":" in host:
        return str(ip_address(host))
    try:
        labels = [
            label[4:].encode("ascii").decode("punycode") if label[:4] == "xn--" else label for label in host.split(".")
        ]
    except UnicodeError:
        return host
    return ".".join(labels)


def requests(no_proxy: str, request: Asked) -> Optional[str]:
    """IPv4 networks and addresses, names with or without the port; then as urllib, which is asked without the port."""
    return _requests(no_proxy, request, _is_below)


def pip(no_proxy: str, request: Asked) -> Optional[str]:
    """As the requests before 2.34 that pip carries: any ending of a name matches, also in the middle of a label."""
    return _requests(no_proxy, request, str.endswith)


def _environment(no_proxy: str, host: str) -> Optional[str]:
    if no_proxy == "*":
        return no_proxy
    host = host.lower()
    split = PORT.fullmatch(host)
    name = split[1] if split is not None else host
    for entry in no_proxy.split(","):
        suffix = entry.strip().lstrip(".").lower()
        if entry.strip() and any(text == suffix or text.endswith(f".{suffix}") for text in (name, host)):
            return entry
    return None


def _requests(no_proxy: str, request: Asked, matches: Callable[[str, str], bool]) -> Optional[str]:
    entries = [entry for entry in no_proxy.replace(" ", "").split(",") if entry]
    if _packed(request.host) is not None:
        found = next((e for e in entries if e == request.host or _holds(e, request.host)), None)
    else:
        texts = [request.host, *([f"{request.host}:{request.port}"] if request.port else [])]
        found = next((e for e in entries if any(matches(text, e) for text in texts)), None)
    return found if found is not None else _environment(no_proxy, request.host)


def _is_below(name: str, entry: str) -> bool:
    suffix = entry.lstrip(".")
    return name == suffix or name.endswith(f".{suffix}")


def _holds(network: str, host: str) -> bool:
    """Whether a text such as 10.0.0.0/8, with 1 to 32 bits, holds the address."""
    name, slash, bits = network.partition("/")
    base, packed = _packed(name), _packed(host)
    try:
        # As many digits as int reads in any Python.
        free = 32 - int(bits[:640])
    except ValueError:
        return False
    if not slash or base is None or packed is None or not 0 <= free < 32:
        return False
    return go_netip.holds(base, 32 - free, packed)


def _packed(text: str) -> Optional[bytes]:
    """The address as the C library reads it, also where it has fewer than four numbers."""
    try:
        return socket.inet_aton(text)
    except (OSError, ValueError):
        return None


CLIENTS: Mapping[str, Bypass] = {"python-urllib": urllib, "requests": requests, "pip": pip, "aiohttp": aiohttp}
"""Dialect to its decision."""
