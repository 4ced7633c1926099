"""The registries that an engine is configured with: mirrors of Docker Hub, and those it takes without TLS.

Source: moby, daemon/config/config.go (ServiceOptions) and api/types/registry (ServiceConfig).
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple

from dockproxy.formats import json_text
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import File, Host
from dockproxy.model import Missing
from dockproxy.sources.daemon import DaemonSources
from dockproxy.sources.engine import Info

MIRRORS, INSECURE = "registry-mirrors", "insecure-registries"
FLAGS = {MIRRORS: "registry-mirror", INSECURE: "insecure-registry"}
"""Directive to the flag of the same meaning; an engine with both for one does not start."""


class Registries(NamedTuple):
    """``insecure``: names with their ports, and networks."""

    mirrors: Tuple[str, ...] = ()
    insecure: Tuple[str, ...] = ()


def read(host: Host, sources: DaemonSources, info: Info) -> Registries:
    """As the running engine says; of one that does not answer, as it is configured."""
    configured = (_configured(host, sources, directive) for directive in (MIRRORS, INSECURE))
    return Registries(*configured) if isinstance(info, Missing) else reported(info)


def reported(info: Info) -> Registries:
    """As a running engine says; none where it says nothing."""
    if isinstance(info, Missing):
        return Registries()
    config = _dict(info.get("RegistryConfig"))
    indexes = _dict(config.get("IndexConfigs"))
    named = [name for name, index in indexes.items() if _dict(index).get("Secure") is False]
    return Registries(_texts(config.get("Mirrors")), (*named, *_texts(config.get("InsecureRegistryCIDRs"))))


def _configured(host: Host, sources: DaemonSources, directive: str) -> Tuple[str, ...]:
    flags = sources.command.flags if sources.command is not None else ()
    found: List[str] = [flag.value for flag in flags if flag.name == FLAGS[directive] and UNKNOWN not in flag.value]
    file = host.read(sources.config_file)
    if isinstance(file, File):
        try:
            node = json_text.decode(file.data, plain=True).get(directive)
        except json_text.JSONTextError:
            node = None
        found += [str(item.value) for item in node.items if item.kind == "string"] if node is not None else []
    return tuple(found)


def _dict(node: Any) -> Any:
    return node if isinstance(node, dict) else {}


def _texts(node: Any) -> Tuple[str, ...]:
    return tuple(text for text in node if isinstance(text, str)) if isinstance(node, list) else ()
