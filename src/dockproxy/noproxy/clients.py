"""The decisions of the clients that are not Go's, by their dialects."""

from __future__ import annotations

from functools import cache
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

Bypass = Callable[[str], Optional[str]]
"""Takes a list; returns the entry because of which a request goes direct, None where it goes to the proxy.
Raises entries.Refused where the client refuses the list."""

Decide = Callable[[Any], Optional[str]]
"""A list that has been taken apart; takes a request, and returns as ``Bypass`` does."""


def bypass(dialect: str, url: str) -> Bypass:
    """How a client decides about a URL. Raises ValueError where that has no host, KeyError where there is no such
    dialect."""
    compile_, read = _clients()[dialect]
    asked = read(url)
    return lambda no_proxy: compile_(no_proxy)(asked)


def compiled(dialect: str, no_proxy: str) -> Callable[[str], Optional[str]]:
    """A list as a client reads it, taken apart once; what it returns raises as ``bypass`` and ``Bypass`` do."""
    compile_, read = _clients()[dialect]
    decide = compile_(no_proxy)
    return lambda url: decide(read(url))


@cache
def _clients() -> Dict[str, Tuple[Callable[[str], Decide], Callable[[str], Any]]]:
    """Dialect to what compiles a list, and how a URL is read for what that returns."""
    from dockproxy.noproxy import axios, curl, httpx, javascript_clients, other_clients, port_clients, python_clients

    readers: Sequence[Tuple[Mapping[str, Callable[[str], Decide]], Callable[[str], Any]]] = (
        (curl.CLIENTS, curl.host_of),
        (httpx.CLIENTS, httpx.target),
        (other_clients.CLIENTS, other_clients.host_of),
        (javascript_clients.CLIENTS, javascript_clients.location),
        (axios.CLIENTS, javascript_clients.location),
        (port_clients.CLIENTS, port_clients.request),
        (python_clients.CLIENTS, python_clients.asked),
    )
    return {name: (compile_, read) for clients, read in readers for name, compile_ in clients.items()}
