"""Everything that reaches one dockerd, gathered from its sources."""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import specifiers, unit_words
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import File, Host, Process
from dockproxy.model import Missing, Origin, Reading, Unread, Version
from dockproxy.sources import (
    daemon_json,
    dockerd_flag,
    engine,
    init_files,
    init_script,
    misspelt,
    process_environment,
    systemd_env_file,
    systemd_environment,
    systemd_lost,
    systemd_manager,
    systemd_pass_environment,
    systemd_unit,
    unit_check,
    user_environment,
)
from dockproxy.sources.installation import SYSTEM, Installation


class Start(NamedTuple):
    """How dockerd is started. ``unit`` is None where no service starts it, also where that is masked; ``command`` is
    None when nobody says it. ``reading`` is of the environment, ``assigned`` are its other variables, too."""

    reading: Reading
    unit: Optional[systemd_unit.Unit] = None
    command: Optional[dockerd_flag.Command] = None
    assigned: Tuple[Tuple[str, str, Origin], ...] = ()
    environment: Mapping[str, str] = {}
    """What systemd makes of all that is assigned."""


class DaemonSources(NamedTuple):
    """The sources of a daemon; ``unit`` and ``command`` as in ``Start``, ``config_file`` is its daemon.json."""

    reading: Reading
    unit: Optional[systemd_unit.Unit]
    command: Optional[dockerd_flag.Command]
    config_file: str


NOTHING = DaemonSources(Reading(), None, None, SYSTEM.config_file)
"""Of what is no dockerd."""


def read(
    host: Host,
    installation: Installation,
    init: str,
    version: Optional[Version],
    process: Optional[Process] = None,
    manager: Optional[systemd_manager.Block] = None,
) -> DaemonSources:
    """Read all sources of an engine; see ``start`` and ``configured``."""
    return configured(host, installation, start(host, installation, init, process, manager), version)


def start(
    host: Host,
    installation: Installation,
    init: str,
    process: Optional[Process],
    manager: Optional[systemd_manager.Block],
) -> Start:
    """Read how dockerd is started. ``process`` matters where no service manager starts it, ``manager`` is systemd's
    environment block, None in a tree that does not run."""
    unit = systemd_unit.load(host, installation.unit, installation) if init == "systemd" else None
    if unit is not None and unit.masked:
        option = "" if installation.user is None else "--user "
        return Start(Reading(defects=(systemd_unit.masked_defect(unit, option),)))
    if unit is not None:
        return _by_unit(host, installation, unit, manager)
    by_nobody = Reading()
    if init in init_files.FILES:
        scripted = init_script.read(host, init)
        if scripted.has_script:
            return Start(scripted.reading, None, scripted.command, scripted.assigned)
        by_nobody = scripted.reading
    if process is not None:
        origin = Origin(dockerd_flag.SPEC.id, pid=process.pid)
        command = dockerd_flag.Command(process.argv, origin, True)
        return Start(by_nobody + process_environment.read(host, process.pid), None, command)
    # Where there is no unit, systemd makes one of an init script.
    reading = init_script.not_checked(host) if init == "systemd" and installation.id == SYSTEM.id else by_nobody
    if host.root != "/" and engine.installed_program(host) is not None:
        reading += Reading(unread=(Unread(process_environment.SPEC.id, None, Missing.NOT_CHECKED),))
    return Start(reading)


def _by_unit(
    host: Host, installation: Installation, unit: systemd_unit.Unit, manager: Optional[systemd_manager.Block]
) -> Start:
    """What a service manager gives dockerd."""
    user = installation.user
    given = systemd_manager.read(host, manager) if user is None else user_environment.read(host, user, manager)
    passed = systemd_pass_environment.read(host, unit, systemd_pass_environment.MANAGER_PID if user is None else None)
    own = tuple(systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit))
    assigned = (*given.assigned, *passed.assigned, *own)
    environment = {name: value for name, value, _ in assigned}
    for removal in systemd_environment.removals(unit):
        if removal.takes(removal.name, environment.get(removal.name)):
            environment.pop(removal.name, None)
    reading = systemd_environment.read(unit) + systemd_env_file.read(host, unit) + passed.reading + given.reading
    reading += systemd_lost.read(host, unit)
    command = dockerd_flag.of_unit(unit, environment)
    reading += unit_check.read(host, unit, installation, command)
    reading += Reading(unread=_open_flags(unit, installation, reading.unread, passed.unknown))
    if init_script.is_run_by(command):
        reading += init_script.not_checked(host)
    elif user is None and (command is None or command.is_dockerd):
        read_by_unit = [f.real_path for _, f in systemd_env_file.files(host, unit) if isinstance(f, File)]
        reading += init_script.not_read(host, read_by_unit)
    return Start(reading, unit, command, assigned, environment)


def _open_flags(
    unit: systemd_unit.Unit, installation: Installation, unread: Sequence[Unread], passed: Sequence[Tuple[str, Origin]]
) -> Tuple[Unread, ...]:
    """What was not read and may hold a command line, or one of the variables that it is made of. ``passed`` are
    variables with a value that is not known. The file that this tool keeps passwords in holds no others."""
    names = {name for s in unit.in_force("Service", "ExecStart") for name in unit_words.references(s.statement.value)}
    own = installation.env_file
    files = [u for u in unread if names and u.source == systemd_env_file.SPEC.id and u.path != own]
    open_ = (*systemd_environment.unknown(unit), *passed)
    unknown = [o for name, o in open_ if names and systemd_environment.may_be(name, names)]
    return tuple(
        [u._replace(source=dockerd_flag.SPEC.id) for u in (*unit.unread, *files)]
        + [Unread(dockerd_flag.SPEC.id, o.path, Missing.NOT_CHECKED, o.line) for o in unknown]
    )


def working_directory(unit: Optional[systemd_unit.Unit], installation: Installation) -> str:
    """Where a relative path begins: where the unit says nothing else, systemd starts a user's services at home, and its
    own in /."""
    if unit is None:
        return "/"
    found = installation.user.home if installation.user is not None else "/"
    for located in unit.in_force("Service", "WorkingDirectory"):
        text = located.statement.value.removeprefix("-")
        path = specifiers.expand("%h" if text == "~" else text, unit.specifiers)
        # It ignores any other one, or does not load the unit.
        found = path if path is not None and path.startswith(("/", UNKNOWN)) else found
    return found


def configured(host: Host, installation: Installation, start: Start, version: Optional[Version]) -> DaemonSources:
    """Read what dockerd makes of its command line, and the file that this names."""
    reading, command = start.reading + misspelt.read(start.assigned), start.command
    named: Optional[str] = None
    given: List[dockerd_flag.Given] = []
    if command is not None:
        given = dockerd_flag.given(command, start.assigned)
        reading += dockerd_flag.read(given, version if command.is_dockerd else None)
        if not command.is_dockerd:
            reading += Reading(unread=(dockerd_flag.of_wrapper(command),))
            # Nothing follows from a wrong one.
            given = []
        else:
            reading += dockerd_flag.check(command, start.assigned, version)
        named = command.flag("config-file")
    usual = installation.config_file_of(start.environment)
    config_file = posixpath.join(working_directory(start.unit, installation), named) if named else usual
    if command is not None and command.is_dockerd:
        reading += Reading(unread=dockerd_flag.unknown(command, config_file))
    if UNKNOWN in config_file:
        config_file = usual
    # With an empty name dockerd reads no file.
    elif named != "":
        reading += daemon_json.read(host, config_file, version, named is not None, given)
    if named is not None and host.realpath(config_file) != host.realpath(usual):
        reading += daemon_json.not_read(host, usual)
    return DaemonSources(reading, start.unit, command, config_file)
