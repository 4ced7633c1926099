"""``proxies`` in the docker CLI's ``config.json``: what containers and builds are given.

Source: docker/cli, cli/config/configfile/file.go, ParseProxyConfig: the entry of the daemon's host, exactly as the CLI
writes it, else ``default``; the two are never merged. Of keys that stand there twice encoding/json, Unmarshal, decides.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Sequence, Tuple

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
    Shadowed,
    Unread,
    Version,
    reveal,
    value_of,
)
from dockproxy.secret.names import masked_key
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


DEFAULT = "default"

LATER_KEY = "a later key of the same name wins"
LATER_ENTRY = "a later entry of the same name replaces this one"
CLEARED = 'null in the place of a later "proxies" takes it away'
EVIDENCE = "encoding/json, Unmarshal; the CLIs 20.10, 26.1 and 28.5 were asked"


def _field(key: str) -> str:
    """A key as Go compares it with the name of a field: in any case, which a long s is to it, too."""
    return key.lower().replace("\u017f", "s")


def variable_of(key: str) -> Optional[str]:
    """The variable that a key of an entry sets."""
    return VARIABLES.get(_field(key))


def maps(document: json_text.Document) -> List[json_text.Member]:
    """Each ``proxies`` of the file, however it is spelt: Go reads them into one map, one after the other."""
    members = document.root.members if document.root is not None else ()
    return [member for member in members if _field(member.key) == "proxies"]


def entries(document: json_text.Document) -> List[json_text.Way]:
    """The ways to what stands in the map, of which the last of each name counts, alone. ``null`` clears the map."""
    found: List[json_text.Way] = []
    for proxies in maps(document):
        found = [] if proxies.value.kind == "null" else found + _within(proxies)
    return found


def _within(proxies: json_text.Member) -> List[json_text.Way]:
    return [(proxies, entry) for entry in proxies.value.members]


def entry_key(document: json_text.Document, daemon_host: str) -> Optional[str]:
    """The key of the entry that the CLI uses for a daemon; None when there is none."""
    names = {way[-1].key for way in entries(document)}
    return next((key for key in (daemon_host, DEFAULT) if key in names), None)


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
    key = entry_key(document, daemon_host)
    used = next((way for way in reversed(entries(document)) if way[-1].key == key), ())
    found = _entry(host, path, used[-1].value.members if used else ())
    defects = tuple(_mistyped(host, maps(document), path))
    return found + Reading(defects=defects, lost=tuple(_replaced(host, document, path, key or DEFAULT, used)))


def _entry(host: Host, path: str, members: Sequence[json_text.Member]) -> Reading:
    """What the entry that counts gives: of each variable the last text, also an empty one; null changes nothing."""
    found: Dict[str, Setting] = {}
    lost: List[Shadowed] = []
    defects: List[Defect] = []
    for member in members:
        origin = Origin(SPEC.id, path, member.value.line, member.key)
        variable = variable_of(member.key)
        older = _older_cli(host, variable)
        if member.key in OTHER_NAMES and member.value.value:
            what = f'"{member.key}" is no key of the docker CLI, which ignores it and says nothing'
            message = f'{origin}: {what}; write it "{NAMES[OTHER_NAMES[member.key]]}"'
            defects.append(Defect("client-key-ignored", message, origin, mend=""))
        elif older is not None and member.value.value:
            message = f'{origin}: docker {older.text} ignores "{member.key}", which newer ones give to containers'
            defects.append(Defect("client-key-ignored", message, origin))
        for setting in _settings(host, member, path):
            earlier = found.pop(setting.variable, None)
            lost += [Shadowed(earlier, LATER_KEY, EVIDENCE)] if earlier is not None and reveal(earlier.value) else []
            found[setting.variable] = setting
    return Reading(tuple(s for s in found.values() if reveal(s.value)), (), tuple(defects), lost=tuple(lost))


def _settings(host: Host, member: json_text.Member, path: str) -> Iterator[Setting]:
    variable = _taken(host, member.key)
    if variable is not None and member.value.kind == "string":
        origin = Origin(SPEC.id, path, member.value.line, member.key)
        yield Setting(variable, value_of(variable, member.value.value), origin)


def _replaced(host: Host, document: json_text.Document, path: str, key: str, used: json_text.Way) -> Iterator[Shadowed]:
    """What stands in other entries of that name, none of which is merged with the one that counts."""
    still = entries(document)
    for way in [way for proxies in maps(document) for way in _within(proxies)]:
        if way[-1].key == key and way != used:
            why = LATER_ENTRY if way in still else CLEARED
            settings = [setting for member in way[-1].value.members for setting in _settings(host, member, path)]
            yield from (Shadowed(setting, why, EVIDENCE) for setting in settings if reveal(setting.value))


def _mistyped(host: Host, proxies: Sequence[json_text.Member], path: str) -> Iterator[Defect]:
    """Every value of another type than the CLI takes, also in entries that it does not look up: it warns of each."""
    for found in proxies:
        if found.value.kind not in ("object", "null"):
            yield _ignored(Origin(SPEC.id, path, found.value.line, found.key), "an object")
        for entry in found.value.members:
            if entry.value.kind not in ("object", "null"):
                variable = variable_of(entry.key) or OTHER_NAMES.get(entry.key)
                yield _ignored(Origin(SPEC.id, path, entry.value.line, masked_key(entry.key)), "an object", variable)
            for key, value, *_ in entry.value.members:
                if _taken(host, key) is not None and value.kind not in ("string", "null"):
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


def _taken(host: Host, key: str) -> Optional[str]:
    """The variable that this host's CLI takes a key for."""
    variable = variable_of(key)
    return variable if _older_cli(host, variable) is None else None


def _older_cli(host: Host, variable: Optional[str]) -> Optional[Version]:
    """The version of this host's CLI if it is too old for a variable."""
    if variable is None or variable not in SINCE:
        return None
    version = installed.version(host, PROGRAMS, PACKAGES)
    return version if version is not None and not version.at_least(*SINCE[variable]) else None
