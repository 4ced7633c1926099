"""The hosts that an engine talks to besides what it is configured to pull from: where its users logged in, where its
images came from, and where its log drivers send to over HTTP.

Source: docker/cli, cli/config/configfile/file.go (auths, credHelpers); moby, daemon/logger/splunk and
daemon/logger/awslogs; grafana/loki, clients/cmd/docker-driver.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional, Sequence

from dockproxy.formats import image_reference, json_text
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import File, Host, Response
from dockproxy.secret import go_netip
from dockproxy.sources.dockerd_flag import Command

HTTP_LOG_OPTIONS = ("splunk-url", "awslogs-endpoint", "loki-url")
"""The others, such as gelf-address and fluentd-address, are no HTTP and know no proxy."""


class InUse(NamedTuple):
    """A host without its port, and what it is in use for."""

    host: str
    reason: str


HOST = re.compile(r"\w(?:[\w.-]*\w)?")
"""International names, too."""

IPV6 = re.compile(r"\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]")
"""Without a zone, which no list knows."""


def host_of(address: str) -> str:
    """The host in a URL, or in ``host:port/path``; empty where there is none, or where nobody knows how far a password
    goes."""
    rest = address.partition("://")[2] if "://" in address else address
    authority = re.split("[/?#]", rest)[0]
    if "@" in rest[len(authority) :]:
        return ""
    host = re.sub(r":[0-9]*\Z", "", authority.rpartition("@")[2]).rstrip(".")
    if host.startswith("["):
        return host[1:-1] if IPV6.fullmatch(host) and go_netip.parse_addr(host[1:-1]) is not None else ""
    return host if HOST.fullmatch(host) else ""


def logged_in(host: Host, config_files: Sequence[str]) -> Iterator[InUse]:
    """The registries for which a user has credentials."""
    for path in config_files:
        root = _json(host, path)
        for key in ("auths", "credHelpers"):
            node = root.get(key) if root is not None else None
            for member in node.members if node is not None else ():
                yield InUse(host_of(member.key), f"credentials are stored for it in {path}")


def of_images(host: Host, socket: str) -> Iterator[InUse]:
    """The registries of the engine's images; nothing where it does not answer."""
    answer = host.engine_get(socket, "/images/json")
    listed = answer.body if isinstance(answer, Response) and answer.status == 200 else None
    for image in listed if isinstance(listed, list) else ():
        for tag in (image.get("RepoTags") or []) + (image.get("RepoDigests") or []) if isinstance(image, dict) else ():
            try:
                domain = image_reference.parse(str(tag)).domain
            except ValueError:
                continue
            yield InUse(host_of(domain), f"the image {tag} is from there")


def of_log_drivers(host: Host, config_file: str, command: Optional[Command]) -> Iterator[InUse]:
    """Where the engine's log drivers send to over HTTP."""
    root = _json(host, config_file)
    options = root.get("log-opts") if root is not None else None
    flags = command.flags if command is not None else ()
    found: List[str] = [f.value for f in flags if f.name == "log-opt" and UNKNOWN not in f.value]
    found += [f"{m.key}={m.value.value}" for m in (options.members if options is not None else ())]
    for name, _, address in (text.partition("=") for text in found):
        if name in HTTP_LOG_OPTIONS:
            yield InUse(host_of(address), f"the log driver's {name}")


def _json(host: Host, path: str) -> Optional[json_text.Document]:
    file = host.read(path)
    try:
        return json_text.decode(file.data, plain=True) if isinstance(file, File) else None
    except json_text.JSONTextError:
        return None
