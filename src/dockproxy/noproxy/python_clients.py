"""The decisions of Python's clients: urllib.request, and requests, pip and aiohttp, which ask it in the end.

Source: cpython, Lib/urllib/request.py (proxy_bypass_environment); psf/requests, src/requests/utils.py
(should_bypass_proxies); aio-libs/aiohttp, aiohttp/helpers.py (get_env_proxy_for_url).
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import Callable, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

PORT = re.compile("(.*):([0-9]*)", re.DOTALL)


class Asked(NamedTuple):
    """The parts of a URL as ``urlsplit`` has them: ``host`` is in lower case and without brackets."""

    netloc: str
    host: str
    port: Optional[int]


Decide = Callable[[Asked], Optional[str]]
"""Takes a request; returns the entry because of which that goes direct, None where it goes to the proxy."""


def asked(url: str) -> Asked:
    """Raises ValueError where there is no host."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("the URL has no host")
    return Asked(parts.netloc, parts.hostname, parts.port)


def urllib(no_proxy: str) -> Decide:
    """Names with or without the port of the URL, each a suffix behind a dot; ``*`` only alone."""
    decide = _environment(no_proxy)
    return lambda request: decide(request.netloc)


def aiohttp(no_proxy: str) -> Decide:
    """As urllib, which is asked without the port, for the host as yarl shows it."""
    decide = _environment(no_proxy)
    return lambda request: decide(shown(request.host))


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


def requests(no_proxy: str) -> Decide:
    """IPv4 networks and addresses, names with or without the port; then as urllib, which is asked without the port."""
    return _requests(no_proxy, lambda entry: (entry.lstrip("."), f".{entry.lstrip('.')}"))


def pip(no_proxy: str) -> Decide:
    """As the requests before 2.34 that pip carries: any ending of a name matches, also in the middle of a label."""
    return _requests(no_proxy, lambda entry: (entry, entry))


def _environment(no_proxy: str) -> Callable[[str], Optional[str]]:
    suffixes = [(entry, entry.strip().lstrip(".").lower()) for entry in no_proxy.split(",") if entry.strip()]
    known = [(entry, suffix, f".{suffix}") for entry, suffix in suffixes]

    def decide(host: str) -> Optional[str]:
        host = host.lower()
        split = PORT.fullmatch(host)
        texts = (split[1] if split is not None else host, host)
        return next((e for e, suffix, ending in known for t in texts if t == suffix or t.endswith(ending)), None)

    return decide if no_proxy != "*" else lambda host: no_proxy


def _requests(no_proxy: str, endings: Callable[[str], Tuple[str, str]]) -> Decide:
    """``endings``: a name that an entry means, and how a longer one ends."""
    entries = [entry for entry in no_proxy.replace(" ", "").split(",") if entry]
    names = [(entry, *endings(entry)) for entry in entries]
    networks = [(entry, _network(entry)) for entry in entries]
    otherwise = _environment(no_proxy)

    def decide(request: Asked) -> Optional[str]:
        packed = _packed(request.host)
        if packed is not None:
            number = int.from_bytes(packed, "big")
            found = next((e for e, net in networks if e == request.host or (net and number >> net[1] == net[0])), None)
        else:
            texts = [request.host, *([f"{request.host}:{request.port}"] if request.port else [])]
            found = next((e for e, name, ending in names for t in texts if t == name or t.endswith(ending)), None)
        return found if found is not None else otherwise(request.host)

    return decide


def _network(text: str) -> Optional[Tuple[int, int]]:
    """The first bits of a text such as 10.0.0.0/8, with 1 to 32 bits, and how many are free."""
    name, _, bits = text.partition("/")
    base = _packed(name)
    try:
        # As many digits as int reads in any Python.
        free = 32 - int(bits[:640])
    except ValueError:
        return None
    if base is None or not 0 <= free < 32:
        return None
    return int.from_bytes(base, "big") >> free, free


def _packed(text: str) -> Optional[bytes]:
    """The address as the C library reads it, also where it has fewer than four numbers."""
    try:
        return socket.inet_aton(text)
    except (OSError, ValueError):
        return None


CLIENTS: Mapping[str, Callable[[str], Decide]] = {
    "python-urllib": urllib, "requests": requests, "pip": pip, "aiohttp": aiohttp,
}  # fmt: skip
"""Dialect to what takes a list apart."""
