"""Everything that reaches one dockerd, gathered from its sources."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from dockproxy.host import Host, Process
from dockproxy.model import Defect, Origin, Reading, Version
from dockproxy.sources import (
    daemon_json,
    dockerd_flag,
    init_script,
    process_environment,
    systemd_env_file,
    systemd_environment,
    systemd_manager,
    systemd_unit,
)
from dockproxy.sources.engine import UNIT


class Start(NamedTuple):
    """How dockerd is started. ``unit`` is None where no service starts it, also where that is masked; ``command`` is
    None when nobody says it. ``reading`` is of the environment, ``assigned`` are its other variables, too."""

    reading: Reading
    unit: Optional[systemd_unit.Unit] = None
    command: Optional[dockerd_flag.Command] = None
    assigned: Tuple[Tuple[str, str, Origin], ...] = ()


class DaemonSources(NamedTuple):
    """The sources of a daemon; ``unit`` and ``command`` as in ``Start``."""

    reading: Reading
    unit: Optional[systemd_unit.Unit]
    command: Optional[dockerd_flag.Command]
    config_file: str


NOTHING = DaemonSources(Reading(), None, None, dockerd_flag.DEFAULT_CONFIG_FILE)
"""Of what is no dockerd."""


def read(
    host: Host,
    init: str,
    version: Optional[Version],
    process: Optional[Process] = None,
    manager: Optional[systemd_manager.Block] = None,
) -> DaemonSources:
    """Read all sources of the system's dockerd; see ``start`` and ``configured``."""
    return configured(host, start(host, init, process, manager), version)


def start(host: Host, init: str, process: Optional[Process], manager: Optional[systemd_manager.Block]) -> Start:
    """Read how dockerd is started. ``process`` matters where no service manager starts it, ``manager`` is systemd's
    environment block, None in a tree that does not run."""
    unit = systemd_unit.load(host, UNIT) if init == "systemd" else None
    if unit is not None and unit.masked:
        # Somebody else may start it all the same.
        return Start(Reading(defects=(_masked(unit),) if process is None else ()))
    if unit is not None:
        given = systemd_manager.read(host, manager)
        assigned = tuple(systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit))
        environment = {name: value for name, value, _ in (*given.assigned, *assigned)}
        for removal in systemd_environment.removals(unit):
            if removal.value in (None, environment.get(removal.name)):
                environment.pop(removal.name, None)
        reading = systemd_environment.read(unit) + systemd_env_file.read(host, unit) + given.reading
        return Start(reading, unit, dockerd_flag.of_unit(unit, environment), (*given.assigned, *assigned))
    if init in init_script.FILES:
        scripted, command = init_script.read(host, init)
        return Start(scripted, None, command)
    if process is not None:
        origin = Origin(dockerd_flag.SPEC.id, pid=process.pid)
        return Start(
            process_environment.read(host, process.pid), None, dockerd_flag.Command(process.argv, origin, True)
        )
    return Start(Reading())


def configured(host: Host, start: Start, version: Optional[Version]) -> DaemonSources:
    """Read what dockerd makes of its command line, and the file that this names."""
    reading, command = start.reading, start.command
    config_file, explicit = dockerd_flag.DEFAULT_CONFIG_FILE, False
    if command is not None:
        reading += dockerd_flag.read(command, version, start.assigned)
        config_file, explicit = command.config_file, command.flag("config-file") is not None
    reading += daemon_json.read(host, config_file, version, explicit)
    return DaemonSources(reading, start.unit, command, config_file)


def _masked(unit: systemd_unit.Unit) -> Defect:
    path = unit.parts[0].path
    message = f"{path}: {unit.name} is masked, so systemd does not start it; run `systemctl unmask {unit.name}` first"
    return Defect("unit-masked", message, Origin(systemd_environment.SPEC.id, path))
