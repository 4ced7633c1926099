"""The decisions of the clients that are not Go's, by their dialects."""

from __future__ import annotations

from typing import Callable, Optional

Bypass = Callable[[str], Optional[str]]
"""Takes a list; returns the entry because of which a request goes direct, None where it goes to the proxy.
Raises entries.Refused where the client refuses the list."""


def bypass(dialect: str, url: str) -> Bypass:
    """How a client decides about a URL. Raises ValueError where that has no host, KeyError where there is no such
    dialect."""
    from dockproxy.noproxy import curl, httpx, javascript_clients, other_clients, port_clients, python_clients

    if dialect in curl.VERSIONS:
        host, traits = curl.host_of(url), curl.VERSIONS[dialect]
        return lambda no_proxy: curl.bypass(no_proxy, host, traits)
    if dialect == "httpx":
        url_of_httpx = httpx.target(url)
        return lambda no_proxy: httpx.bypass(no_proxy, url_of_httpx)
    if dialect in other_clients.CLIENTS:
        other, target = other_clients.CLIENTS[dialect], other_clients.host_of(url)
        return lambda no_proxy: other(no_proxy, target)
    if dialect in javascript_clients.CLIENTS:
        script, place = javascript_clients.CLIENTS[dialect], javascript_clients.location(url)
        return lambda no_proxy: script(no_proxy, place)
    if dialect in port_clients.CLIENTS:
        ported, request = port_clients.CLIENTS[dialect], port_clients.request(url)
        return lambda no_proxy: ported(no_proxy, request)
    decide, asked = python_clients.CLIENTS[dialect], python_clients.asked(url)
    return lambda no_proxy: decide(no_proxy, asked)
