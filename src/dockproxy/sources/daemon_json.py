"""``proxies`` in ``daemon.json``, read as dockerd reads it.

Source: moby, daemon/config/config.go: getConflictFreeConfiguration, findConfigurationConflicts, configValuesSet.
"""

from __future__ import annotations

from typing import Dict, List, Optional

from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import (
    DAEMON_VARIABLES,
    NOT_A_FILE,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    Version,
    value_of,
)
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="daemon-json",
    consumer="daemon",
    where="proxies in /etc/docker/daemon.json, or in the file that --config-file names",
    effect="a restart of the engine; a reload does not apply it",
    evidence="moby, daemon/config/config.go, type Proxies; since commit 427c7cc5f8",
    since="23.0",
)

FIRST_VERSION = (23, 0)
"""The first engine that knows ``proxies``, byte order marks and empty files; older ones do not start with any."""


def read(host: Host, path: str, version: Optional[Version], explicit: bool = False) -> Reading:
    """Read the file. ``explicit``: a flag names it, so that its absence stops the engine."""
    file = host.read(path)
    whole = Origin(SPEC.id, path)
    if file is Missing.ABSENT:
        message = f"{path} does not exist, and --config-file names it: dockerd will not start"
        return Reading(defects=(Defect("config-file-missing", message, whole),) if explicit else ())
    if isinstance(file, Missing):
        message = f"{path}: {NOT_A_FILE.get(file)}; dockerd does not start with it"
        defects = (Defect("daemon-json-invalid", message, whole),) if file in NOT_A_FILE else ()
        return Reading(unread=(Unread(SPEC.id, path, file),), defects=defects)
    is_old = version is not None and not version.at_least(*FIRST_VERSION)
    try:
        document = json_text.decode(file.data, plain=is_old)
    except json_text.JSONTextError as error:
        message = f"{path}:{error.line}:{error.column}: {error.message}; dockerd does not start with this file"
        return Reading(
            unread=(Unread(SPEC.id, path, Missing.UNPARSABLE),),
            defects=(Defect("daemon-json-invalid", message, Origin(SPEC.id, path, error.line)),),
        )
    if document.root is None and is_old:
        message = f"{path}: empty; dockerd does not start with it before 23.0"
        return Reading(defects=(Defect("daemon-json-invalid", message, whole),))
    return _read(document, path, version)


def _read(document: json_text.Document, path: str, version: Optional[Version]) -> Reading:
    if document.root is None:
        return Reading()
    if document.root.kind != "object":
        message = f"{path}:{document.root.line}: not a JSON object; dockerd does not start with this file"
        return Reading(defects=(Defect("daemon-json-invalid", message, Origin(SPEC.id, path, document.root.line)),))
    found: Dict[str, Setting] = {}
    defects: List[Defect] = []
    for member in document.root.members:
        # Go's decoder matches the names of fields without regard to case; the keys inside face dockerd's exact check.
        if member.key.lower() == "proxies":
            defects += _proxies(member, path, version, found)
        elif member.key in DAEMON_VARIABLES:
            message = f'"{member.key}" at the top level of {path} is ignored; dockerd reads it only inside "proxies"'
            defects.append(Defect("proxy-key-misplaced", message, Origin(SPEC.id, path, member.value.line, member.key)))
        elif member.value.kind == "object":
            for inner in member.value.members:
                if inner.key in DAEMON_VARIABLES:
                    message = (
                        f'"{inner.key}" inside "{member.key}" in {path} is ignored; the object must be called "proxies"'
                    )
                    origin = Origin(SPEC.id, path, inner.value.line, inner.key)
                    defects.append(Defect("proxy-key-misplaced", message, origin))
    return Reading(tuple(found.values()), (), tuple(defects))


def _proxies(
    member: json_text.Member, path: str, version: Optional[Version], found: Dict[str, Setting]
) -> List[Defect]:
    line = member.value.line
    if version is not None and not version.at_least(*FIRST_VERSION):
        message = (
            f'{path}:{line}: engine {version.text} does not know "proxies" (new in 23.0) and will not start; '
            "remove it and use a systemd drop-in"
        )
        return [Defect("proxies-unsupported", message, Origin(SPEC.id, path, line, member.key))]
    if member.value.kind != "object":
        message = f'{path}:{line}: "proxies" must be an object; dockerd does not start with this file'
        return [Defect("proxies-wrong-shape", message, Origin(SPEC.id, path, line, member.key))]
    defects = []
    for inner in member.value.members:
        origin = Origin(SPEC.id, path, inner.value.line, inner.key)
        if inner.key not in DAEMON_VARIABLES:
            message = (
                f'{path}:{inner.value.line}: "proxies" must hold only {", ".join(DAEMON_VARIABLES)}; dockerd says '
                f'"the following directives don\'t match any configuration option: {inner.key}" and does not start'
            )
            defects.append(Defect("proxies-wrong-shape", message, origin))
        elif inner.value.kind == "string":
            found[inner.key] = Setting(inner.key, value_of(inner.key, str(inner.value.value)), origin)
        elif inner.value.kind != "null":
            message = (
                f'{path}:{inner.value.line}: "{inner.key}" must be a string; dockerd does not start with this file'
            )
            defects.append(Defect("proxies-wrong-shape", message, origin))
    return defects
