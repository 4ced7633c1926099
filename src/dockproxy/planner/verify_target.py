"""Which registry stands for all others when a proxy is tried."""

from __future__ import annotations

import contextlib
from typing import Iterator, List, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from dockproxy.formats import image_reference
from dockproxy.model import HTTP, HTTPS, NO, Missing
from dockproxy.noproxy import go
from dockproxy.secret import ProxyURL
from dockproxy.sources.engine import Info

DOCKER_HUB = ("registry-1.docker.io", 443)


class Target(NamedTuple):
    """The proxy to try, and the host and port to ask it for."""

    proxy: ProxyURL
    host: str
    port: int


def verify_target(image: Optional[str], info: Info, desired: Mapping[str, str]) -> Optional[Target]:
    """The registry of ``--verify``, else the engine's first mirror, else Docker Hub: the first of them that goes
    through the proxy with the values ``desired``. None where none does."""
    proxy = desired[HTTPS] or desired[HTTP]
    resolver = go.Resolver(go.Config(https_proxy=proxy, no_proxy=desired[NO]))
    for host, port in _registries(image, info):
        name = f"[{host}]" if ":" in host else host
        if resolver.decide(f"https://{name}:{port}/v2/").proxy is not None:
            return Target(ProxyURL(proxy), host, port)
    return None


def _registries(image: Optional[str], info: Info) -> Iterator[Tuple[str, int]]:
    if image is not None:
        domain = image_reference.parse(image).domain
        yield DOCKER_HUB if domain == image_reference.DOCKER_HUB else _host_and_port(f"https://{domain}")
    mirrors: List[str] = [] if isinstance(info, Missing) else (info.get("RegistryConfig") or {}).get("Mirrors") or []
    for mirror in mirrors:
        # The engine takes a mirror with a port that no host has, and never reaches it.
        with contextlib.suppress(ValueError):
            if mirror.startswith("https://"):
                yield _host_and_port(mirror)
    yield DOCKER_HUB


def _host_and_port(url: str) -> Tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 443
