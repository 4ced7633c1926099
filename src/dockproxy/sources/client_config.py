"""``proxies`` in the docker CLI's ``config.json``: what containers and builds are given.

Source: docker/cli, cli/config/configfile/file.go, ParseProxyConfig: the entry of the daemon's host, exactly as the CLI
writes it, else ``default``; the two are never merged.
"""

from __future__ import annotations

from typing import List, Optional

from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import (
    ALL,
    FTP,
    HTTP,
    HTTPS,
    NO,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    Version,
    value_of,
)
from dockproxy.sources import installed
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="client-config",
    consumer="container",
    where="proxies in ~/.docker/config.json, or in $DOCKER_CONFIG/config.json, of the user who runs docker",
    effect="only new containers and builds see a change",
    evidence="docker/cli, cli/config/configfile/file.go, ParseProxyConfig",
    since="17.07",
)

KEYS = {"httpProxy": HTTP, "httpsProxy": HTTPS, "noProxy": NO, "ftpProxy": FTP, "allProxy": ALL}
"""The CLI's names, which are not dockerd's."""

SINCE = {ALL: (23, 0)}
"""The first CLI that takes a variable, where that is not the first one with ``proxies`` (docker/cli, commit
7a0dc924f9)."""

PROGRAMS = ("/usr/bin/docker", "/usr/local/bin/docker")
PACKAGES = ("docker-ce-cli", "docker-cli", "docker.io", "moby-engine")

NAMES = {variable: key for key, variable in KEYS.items()}
VARIABLES = {key.lower(): variable for key, variable in KEYS.items()}


def spelt(node: Optional[json_text.Node], name: str) -> str:
    """A field's name as the file spells it: Go's decoder takes it in any case, and the last one counts."""
    members = node.members if node is not None else ()
    return next((m.key for m in reversed(members) if m.key.lower() == name.lower()), name)


def entry_key(document: json_text.Document, daemon_host: str) -> Optional[str]:
    """The key of the entry that the CLI uses for a daemon; None when there is none."""
    proxies = spelt(document.root, "proxies")
    return next((key for key in (daemon_host, "default") if document.get(proxies, key) is not None), None)


def read(host: Host, path: str, daemon_host: str) -> Reading:
    """Read the entry that the CLI looks up for ``daemon_host``."""
    file = host.read(path)
    if file is Missing.ABSENT:
        return Reading()
    if isinstance(file, Missing):
        return Reading(unread=(Unread(SPEC.id, path, file),))
    try:
        document = json_text.decode(file.data, plain=True)
    except json_text.JSONTextError as error:
        message = f"{path}:{error.line}:{error.column}: {error.message}; the docker CLI warns and uses no setting of it"
        return Reading(
            unread=(Unread(SPEC.id, path, Missing.UNPARSABLE),),
            defects=(Defect("client-config-invalid", message, Origin(SPEC.id, path, error.line)),),
        )
    key = entry_key(document, daemon_host)
    entry = document.get(spelt(document.root, "proxies"), key) if key is not None else None
    if entry is None or entry.kind != "object":
        return Reading()
    settings: List[Setting] = []
    defects: List[Defect] = []
    for member in entry.members:
        variable = VARIABLES.get(member.key.lower())
        if variable is not None and member.value.kind == "string" and member.value.value:
            origin = Origin(SPEC.id, path, member.value.line, member.key)
            older = _older_cli(host, variable)
            if older is not None:
                message = f'{origin}: docker {older.text} ignores "{member.key}", which newer ones give to containers'
                defects.append(Defect("client-key-ignored", message, origin))
            else:
                settings.append(Setting(variable, value_of(variable, str(member.value.value)), origin, len(settings)))
    return Reading(tuple(settings), (), tuple(defects))


def _older_cli(host: Host, variable: str) -> Optional[Version]:
    """The version of this host's CLI if it is too old for a variable."""
    if variable not in SINCE:
        return None
    version = installed.version(host, PROGRAMS, PACKAGES)
    return version if version is not None and not version.at_least(*SINCE[variable]) else None
