"""What systemd refuses of a service, and what it ignores that was to set a proxy.

Source: systemd, src/core/service.c (service_verify, service_add_extras), src/core/load-fragment.c (config_parse_exec)
and src/shared/conf-parser.c; systemd 252 was asked.
"""

from __future__ import annotations

import posixpath
import re
from typing import Iterator, List, Optional

from dockproxy.formats import unit_words
from dockproxy.formats.unit_file import Statement
from dockproxy.host import File, Host
from dockproxy.model import Defect, Missing, Origin, Reading, Unread
from dockproxy.sources import conf_files, engine, installed, systemd_unit
from dockproxy.sources.dockerd_flag import Command
from dockproxy.sources.installation import SYSTEM, Installation
from dockproxy.sources.systemd_unit import SOURCE, Located, Part, Unit

TYPES = ("simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle")

SECTION = "Service"
KEYS = ("Environment", "EnvironmentFile", "PassEnvironment", "UnsetEnvironment", "ExecStart")
"""Where a service gets its environment and its flags from."""

OTHER_KEYS = ("ExecStartPre", "ExecStartPost")
"""What is near to one of these, and none."""

NOT_CHECKED = {
    **dict.fromkeys(("RootDirectory", "RootImage", "BindPaths", "BindReadOnlyPaths", "MountImages"), "daemon-json"),
    **dict.fromkeys(("ExtensionImages", "ExtensionDirectories"), "daemon-json"),
    "PAMName": SOURCE,
}
"""Key to the source of which nobody knows what it says where the unit has that."""

PROXY = re.compile(r"(?i)\b(?:https?|no)[_-]proxy\b")
NAME = re.compile(r"(?i)(?:export\s+)?((?:https?|no)_proxy)\Z")


ELSEWHERE = ("/etc/systemd/docker.service.d", "/etc/systemd/system/docker.d", "/etc/systemd/system/docker.socket.d")
"""Where people put drop-ins of docker.service by mistake."""


def read(host: Host, unit: Unit, installation: Installation, command: Optional[Command]) -> Reading:
    """All of that, and what gives the service other files, or an environment that is not looked into."""
    defects = (*refused(unit), *absent_program(host, command), *ignored(host, unit, installation))
    return Reading(unread=tuple(_not_checked(unit)), defects=defects)


def _not_checked(unit: Unit) -> Iterator[Unread]:
    for key, source in NOT_CHECKED.items():
        for part, statement in unit.in_force(SECTION, key)[-1:]:
            yield Unread(source, part.path, Missing.NOT_CHECKED, statement.line)


def refused(unit: Unit) -> List[Defect]:
    """Why systemd does not load the unit, as far as its commands say."""
    fragment = unit.parts[0] if unit.parts else None
    if fragment is None or unit.unread or fragment.unit.broken is not None:
        return []
    started: List[Located] = []
    for located in unit.statements(SECTION, "ExecStart"):
        count = unit_words.count_commands(located.statement.value, unit.specifiers)
        if count is None:
            return [_refused(_origin(located), "systemd cannot read this ExecStart=", unit, "correct it")]
        started = [*started, *[located] * count] if located.statement.value else []
    kinds = [s.statement.value for s in unit.statements(SECTION, "Type") if s.statement.value in TYPES]
    if not started:
        mend = "write ExecStart= behind the empty one that takes it away"
        return [_refused(Origin(SOURCE, fragment.path), "no ExecStart= is in force", unit, mend)]
    if len(started) > 1 and kinds[-1:] != ["oneshot"]:
        what = "a second command, which only a service of Type=oneshot may have"
        return [_refused(_origin(started[1]), what, unit, "write an empty ExecStart= before it")]
    return []


def absent_program(host: Host, command: Optional[Command]) -> List[Defect]:
    """That the program of a unit is not there. Nothing follows of a tree without any dockerd; nor of a wrapper there,
    since a tree may hold a part of a host."""
    program = command.argv[0] if command is not None and command.argv else ""
    is_there = not program.startswith("/") or installed.exists(host, program)
    if command is None or is_there or engine.installed_program(host) is None:
        return []
    if host.root != "/" and not command.is_dockerd:
        return []
    message = f"{command.origin}: {program} does not exist, so the service does not start; correct its path"
    return [Defect("program-missing", message, command.origin, stops=True)]


def ignored(host: Host, unit: Unit, installation: Installation) -> Iterator[Defect]:
    """What was to set a proxy and stands where systemd does not look for it."""
    for part in unit.parts:
        for statement in part.unit.statements:
            why = _why_ignored(statement)
            if why is not None:
                yield _ignored(part, statement.line, why)
        for problem in part.unit.problems:
            if PROXY.search(problem.text):
                yield _ignored(
                    part, problem.line, f"{problem.message}; write [{SECTION}] above it, and Environment=NAME=URL"
                )
    for folder in systemd_unit.drop_in_dirs(host, unit.names, installation):
        yield from _files_not_read(
            host, folder, "systemd reads only the files here whose names end in .conf; rename it"
        )
    for folder in ELSEWHERE if installation.id == SYSTEM.id else ():
        yield from _files_not_read(
            host, folder, f"systemd looks for drop-ins in {SYSTEM.drop_in_dir}; move it there", ""
        )


def _files_not_read(host: Host, folder: str, why: str, read: str = ".conf") -> Iterator[Defect]:
    """The files of a folder that name a proxy variable, but those that are ``read`` for their ending."""
    names = host.list(folder)
    for name in () if isinstance(names, Missing) else names:
        is_read = (read and name.endswith(read)) or conf_files.is_hidden(name)
        path = posixpath.join(folder, name)
        file = Missing.ABSENT if is_read else host.read(path)
        if isinstance(file, File) and PROXY.search(file.text):
            yield Defect("file-not-read", f"{path}: {why}", Origin(SOURCE, path), mend="")


def _why_ignored(statement: Statement) -> Optional[str]:
    section, key = statement.section, statement.key
    name = NAME.match(key)
    if name is not None:
        return f"systemd knows no key {key}; write Environment={name[1]}=… under [{SECTION}]"
    if not PROXY.search(statement.value) or (section == SECTION and key in KEYS):
        return None
    if key in KEYS:
        return f"systemd takes {key}= only under [{SECTION}], and this is [{section}]"
    meant = _meant(key) if key not in OTHER_KEYS else None
    return f"systemd knows no key {key}; is {meant} meant?" if meant is not None else None


def _meant(key: str) -> Optional[str]:
    import difflib

    lower = {known.lower(): known for known in KEYS}
    return next((lower[near] for near in difflib.get_close_matches(key.lower(), lower, 1, 0.85)), None)


def _origin(located: Located) -> Origin:
    return Origin(SOURCE, located.part.path, located.statement.line)


def _refused(origin: Origin, what: str, unit: Unit, mend: str) -> Defect:
    message = f"{origin}: {what}, so systemd does not start {unit.name}; {mend}, then daemon-reload"
    return Defect("unit-invalid", message, origin, stops=True)


def _ignored(part: Part, line: int, why: str) -> Defect:
    origin = Origin(SOURCE, part.path, line)
    return Defect("environment-ignored", f"{origin}: {why}", origin)
