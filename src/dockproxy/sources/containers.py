"""By which networks and names the containers of an engine reach each other.

Source: moby, api/swagger.yaml (NetworkList, ContainerList); docker/compose, pkg/api/labels.go.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, Iterator, List, Tuple

from dockproxy.host import Host, Response

SERVICE_LABEL = "com.docker.compose.service"


NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*")
"""What docker and compose take for one (moby, daemon/names); a label may hold anything, such as a ``*``."""


def networks(host: Host, socket: str) -> Iterator[Tuple[str, str]]:
    """Each IPv4 network and its name; nothing where the engine does not answer."""
    for network in _list(host, socket, "/networks"):
        for config in _items(_dict(network.get("IPAM")).get("Config")):
            try:
                yield str(ipaddress.IPv4Network(config.get("Subnet"), strict=False)), str(network.get("Name"))
            except ValueError:
                continue


def names(host: Host, socket: str) -> Iterator[Tuple[str, str]]:
    """Each name under which a container is reached, and what that is."""
    for container in _list(host, socket, "/containers/json?all=1"):
        service = _dict(container.get("Labels")).get(SERVICE_LABEL)
        if isinstance(service, str) and NAME.fullmatch(service):
            yield service, "a service of docker compose"
        for name in container.get("Names") or []:
            # Behind another slash is what a container calls one that it is linked to.
            if isinstance(name, str) and NAME.fullmatch(name.removeprefix("/")):
                yield name.removeprefix("/"), "a container's name"


def _list(host: Host, socket: str, path: str) -> List[Dict[str, Any]]:
    answer = host.engine_get(socket, path)
    return _items(answer.body) if isinstance(answer, Response) and answer.status == 200 else []


def _items(node: Any) -> List[Dict[str, Any]]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []


def _dict(node: Any) -> Dict[str, Any]:
    return node if isinstance(node, dict) else {}
