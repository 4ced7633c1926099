"""``proxies`` in ``daemon.json``, read as dockerd reads it.

Source: moby, daemon/config/config.go: getConflictFreeConfiguration; ``directive_check`` has the rest of it.
"""

from __future__ import annotations

import contextlib
from typing import Dict, List, Optional, Sequence

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
from dockproxy.secret.names import masked_key
from dockproxy.sources import directive_check
from dockproxy.sources.dockerd_flag import Given
from dockproxy.sources.spec import REPLACED, Spec, refused

SPEC = Spec(
    id="daemon-json",
    consumer="daemon",
    where="proxies in /etc/docker/daemon.json, of a rootless engine docker/daemon.json in $XDG_CONFIG_HOME of its "
    "environment, or in ~/.config; or in the file that --config-file names",
    effect="a restart of the engine; a reload does not apply it",
    evidence="moby, daemon/config/config.go, type Proxies; since commit 427c7cc5f8",
    since="23.0",
    until="28.5",
)

FIRST_VERSION = (23, 0)
"""The first engine that knows ``proxies``, byte order marks and empty files; older ones do not start with any."""

INVALID = "daemon-json-invalid"


def read(
    host: Host, path: str, version: Optional[Version], explicit: bool = False, given: Sequence[Given] = ()
) -> Reading:
    """Read the file. ``explicit``: a flag names it, so that its absence stops the engine; ``given`` are all flags."""
    file = host.read(path)
    whole = Origin(SPEC.id, path)
    if file is Missing.ABSENT:
        said = f"open {path}: no such file or directory"
        missing = refused(
            "config-file-missing", whole, "--config-file names this file", said, "create it, or remove the flag"
        )
        return Reading(defects=(missing,) if explicit else ())
    if isinstance(file, Missing):
        message = f"{path}: {NOT_A_FILE.get(file)}; dockerd does not start with it"
        defects = (Defect(INVALID, message, whole, stops=True, mend=REPLACED),) if file in NOT_A_FILE else ()
        return Reading(unread=(Unread(SPEC.id, path, file),), defects=defects)
    try:
        document = _decoded(file.data, version)
    except json_text.JSONTextError as error:
        unread = (Unread(SPEC.id, path, Missing.UNPARSABLE),)
        if not error.said:
            return Reading(unread=unread)
        place = Origin(SPEC.id, path, error.line)
        mend = "correct it there"
        return Reading(unread=unread, defects=(refused(INVALID, place, error.message, error.said, mend, error.column),))
    root = document.root
    if root is None and _is_older(version):
        return Reading(defects=(refused(INVALID, whole, "the file is empty", "EOF", "remove it"),))
    if root is None or root.kind == "null":
        return Reading()
    if root.kind != "object":
        said = f"json: cannot unmarshal {directive_check.word(root)} into Go value of type map[string]interface {{}}"
        place = whole._replace(line=root.line)
        return Reading(defects=(refused(INVALID, place, "not a JSON object", said, "put it into { }"),))
    refusals = Reading(defects=tuple(directive_check.check(root, whole, version, given)))
    # An engine before 23.0 refuses what _read looks for.
    if _is_older(version):
        return refusals
    found = _read(root, whole)
    return found + refusals + (_of_unknown_version(found) if version is None else Reading())


def not_read(host: Host, path: str) -> Reading:
    """That the usual file sets a proxy, where a flag names another one."""
    found = read(host, path, None).settings[:1]
    why = "--config-file names another file, so dockerd does not read this one"
    defects = [Defect("file-not-read", f"{s.origin}: {why}", s.origin) for s in found]
    return Reading(defects=tuple(defects))


def _of_unknown_version(found: Reading) -> Reading:
    why = "engines before 23.0 do not start with proxies in this file, and this one's version is not known"
    defects = [Defect("version-unknown", f"{s.origin}: {why}", s.origin) for s in found.settings[:1]]
    return Reading(defects=tuple(defects))


def _decoded(data: bytes, version: Optional[Version]) -> json_text.Document:
    if version is None:
        # Only what no engine takes is an error then.
        with contextlib.suppress(json_text.JSONTextError):
            return json_text.decode(data, plain=True)
    return json_text.decode(data, plain=_is_older(version))


def _is_older(version: Optional[Version]) -> bool:
    return version is not None and not version.at_least(*FIRST_VERSION)


def _read(root: json_text.Node, whole: Origin) -> Reading:
    found: Dict[str, Setting] = {}
    defects: List[Defect] = []
    for member in root.members:
        # Go's decoder matches the names of fields without regard to case; the keys inside face dockerd's exact check.
        if member.key.lower() == directive_check.PROXIES:
            for key, node, *_ in member.value.members:
                if key in DAEMON_VARIABLES and node.kind == "string":
                    origin = whole._replace(line=node.line, name=key)
                    found[key] = Setting(key, value_of(key, str(node.value)), origin)
        elif member.key in DAEMON_VARIABLES:
            why = 'dockerd reads it only inside "proxies"'
            defects.append(_misplaced(f'"{member.key}" at the top level', why, member, whole))
        else:
            for inner in member.value.members:
                if inner.key in DAEMON_VARIABLES:
                    why = 'the object must be called "proxies"'
                    defects.append(_misplaced(f'"{inner.key}" inside "{masked_key(member.key)}"', why, inner, whole))
    return Reading(tuple(found.values()), (), tuple(defects))


def _misplaced(what: str, why: str, member: json_text.Member, whole: Origin) -> Defect:
    origin = whole._replace(line=member.value.line, name=masked_key(member.key))
    return Defect("proxy-key-misplaced", f"{origin}: {what} is ignored; {why}", origin)
