"""``proxies`` in the docker CLI's ``config.json``: what containers and builds are given.

Source: docker/cli, cli/config/configfile/file.go, ParseProxyConfig: the entry of the daemon's host, exactly as the CLI
writes it, else ``default``; the two are never merged.
"""

from __future__ import annotations

from typing import Iterator, List, Optional, Tuple

from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import (
    ALL,
    CONTAINER_VARIABLES,
    FTP,
    HTTP,
    HTTPS,
    NO,
    NOT_A_FILE,
    VARIABLE_OF_NAME,
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
from dockproxy.sources.spec import REPLACED, Spec

SPEC = Spec(
    id="client-config",
    consumer="container",
    where="proxies in ~/.docker/config.json, or in $DOCKER_CONFIG/config.json, of the user who runs docker",
    effect="only new containers and builds see a change",
    evidence="docker/cli, cli/config/configfile/file.go, ParseProxyConfig",
    since="17.07",
    until="28.5",
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

OTHER_NAMES = {**{v: v for v in CONTAINER_VARIABLES}, **VARIABLE_OF_NAME}
"""What dockerd and the environment call a variable."""


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
        unread = (Unread(SPEC.id, path, file),)
        return Reading(unread=unread, defects=_void(NOT_A_FILE[file], path) if file in NOT_A_FILE else ())
    try:
        document = json_text.decode(file.data, plain=True)
    except json_text.JSONTextError as error:
        unread = (Unread(SPEC.id, path, Missing.UNPARSABLE),)
        return Reading(unread=unread, defects=_void(error.message, path, error.line, error.column))
    root = document.root
    if root is not None and root.kind not in ("object", "null"):
        return Reading(defects=_void("not a JSON object", path, root.line))
    proxies, key = spelt(root, "proxies"), entry_key(document, daemon_host)
    entry = document.get(proxies, key) if key is not None else None
    defects = list(_mistyped(document.get(proxies), path))
    settings: List[Setting] = []
    for member in entry.members if entry is not None else ():
        variable = VARIABLES.get(member.key.lower())
        origin = Origin(SPEC.id, path, member.value.line, member.key)
        if member.key in OTHER_NAMES and member.value.value:
            what = f'"{member.key}" is no key of the docker CLI, which ignores it and says nothing'
            message = f'{origin}: {what}; write it "{NAMES[OTHER_NAMES[member.key]]}"'
            defects.append(Defect("client-key-ignored", message, origin, mend=""))
        elif variable is not None and member.value.kind == "string" and member.value.value:
            older = _older_cli(host, variable)
            if older is not None:
                message = f'{origin}: docker {older.text} ignores "{member.key}", which newer ones give to containers'
                defects.append(Defect("client-key-ignored", message, origin))
            else:
                settings.append(Setting(variable, value_of(variable, str(member.value.value)), origin, len(settings)))
    return Reading(tuple(settings), (), tuple(defects))


def _mistyped(proxies: Optional[json_text.Node], path: str) -> Iterator[Defect]:
    """Every value of another type than the CLI takes, also in entries that it does not look up: it warns of each."""
    if proxies is not None and proxies.kind not in ("object", "null"):
        yield _ignored(Origin(SPEC.id, path, proxies.line, "proxies"), "an object")
    for entry in proxies.members if proxies is not None else ():
        if entry.value.kind not in ("object", "null"):
            variable = VARIABLES.get(entry.key.lower()) or OTHER_NAMES.get(entry.key)
            yield _ignored(Origin(SPEC.id, path, entry.value.line, entry.key), "an object", variable)
        for key, value, _ in entry.value.members:
            if key.lower() in VARIABLES and value.kind not in ("string", "null"):
                yield _ignored(Origin(SPEC.id, path, value.line, key), "a string")


def _void(what: str, path: str, line: Optional[int] = None, column: Optional[int] = None) -> Tuple[Defect, ...]:
    """The whole file gives the CLI nothing."""
    origin = Origin(SPEC.id, path, line)
    place = f"{origin}:{column}" if column else str(origin)
    message = f"{place}: {what}; the docker CLI warns and uses no setting of it"
    mend = REPLACED if line is None else None
    return (Defect("client-config-invalid", message, origin, mend=mend),)


def _ignored(origin: Origin, expected: str, variable: Optional[str] = None) -> Defect:
    """``variable``: the name is one, where a daemon's should be."""
    message = f'{origin}: "{origin.name}" must be {expected}; the docker CLI warns and ignores it'
    if variable is None:
        return Defect("client-value-ignored", message, origin)
    mend = f'move it: "proxies": {{"default": {{"{NAMES[variable]}": "…"}}}}'
    return Defect("client-value-ignored", f"{message}; {mend}", origin, mend="")


def _older_cli(host: Host, variable: str) -> Optional[Version]:
    """The version of this host's CLI if it is too old for a variable."""
    if variable not in SINCE:
        return None
    version = installed.version(host, PROGRAMS, PACKAGES)
    return version if version is not None and not version.at_least(*SINCE[variable]) else None
