"""Which registry stands for all others when a proxy is tried."""

from __future__ import annotations

from typing import List, Optional, Tuple
from urllib.parse import urlsplit

from dockproxy.model import Missing
from dockproxy.sources.engine import Info

DOCKER_HUB = ("registry-1.docker.io", 443)


def verify_target(image: Optional[str], info: Info) -> Tuple[str, int]:
    """The registry of ``--verify``, else the engine's first mirror, else Docker Hub, as host and port."""
    if image is not None:
        first, slash, _ = image.partition("/")
        # distribution/reference: the first part is a host if it has a dot or a port, or is localhost.
        if (
            slash
            and (any(c in first for c in ".:") or first == "localhost")
            and first not in ("docker.io", "index.docker.io")
        ):
            host, colon, port = first.rpartition(":")
            if not colon or first.endswith("]"):
                host, port = first, ""
            return host.strip("[]"), int(port) if port.isdigit() else 443
        return DOCKER_HUB
    mirrors: List[str] = [] if isinstance(info, Missing) else (info.get("RegistryConfig") or {}).get("Mirrors") or []
    if mirrors:
        url = urlsplit(mirrors[0])
        if url.hostname:
            return url.hostname, url.port or (443 if url.scheme == "https" else 80)
    return DOCKER_HUB
