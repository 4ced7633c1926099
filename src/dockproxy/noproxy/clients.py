"""The decisions of the clients that are not Go's, by their dialects."""

from __future__ import annotations

from functools import cache
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

Bypass = Callable[[str], Optional[str]]
"""Takes a list; returns the entry because of which a request goes direct, None where it goes to the proxy.
Raises entries.Refused where the client refuses the list."""


class BuiltIn(str):
    """What a client adds to its list by itself, in the place of an entry of the user's, of which it is none."""

    __slots__ = ()


def bypass(dialect: str, url: str) -> Bypass:
    """How a client decides about a URL. Raises ValueError where that has no host, KeyError where there is no such
    dialect."""
    decide, read = _decisions()[dialect]
    asked = read(url)
    return lambda no_proxy: decide(no_proxy, asked)


@cache
def _decisions() -> Dict[str, Tuple[Callable[[str, Any], Optional[str]], Callable[[str], Any]]]:
    """Dialect to what decides, and how the URL is read for it."""
    from dockproxy.noproxy import axios, curl, httpx, javascript_clients, other_clients, port_clients, python_clients

    readers: Sequence[Tuple[Mapping[str, Callable[[str, Any], Optional[str]]], Callable[[str], Any]]] = (
        (curl.CLIENTS, curl.host_of),
        (httpx.CLIENTS, httpx.target),
        (other_clients.CLIENTS, other_clients.host_of),
        (javascript_clients.CLIENTS, javascript_clients.location),
        (axios.CLIENTS, javascript_clients.location),
        (port_clients.CLIENTS, port_clients.request),
        (python_clients.CLIENTS, python_clients.asked),
    )
    return {name: (decide, read) for clients, read in readers for name, decide in clients.items()}
