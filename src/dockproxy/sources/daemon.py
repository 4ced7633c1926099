"""Everything that reaches one dockerd, gathered from its sources."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from dockproxy.host import Host, Process
from dockproxy.model import Missing, Origin, Reading, Version
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


class DaemonSources(NamedTuple):
    """The sources of a daemon. ``unit`` is None where no service starts it, also where that is ``masked``; ``command``
    is None when nobody says how dockerd is started."""

    reading: Reading
    unit: Optional[systemd_unit.Unit]
    command: Optional[dockerd_flag.Command]
    config_file: str
    masked: bool = False


NOTHING = DaemonSources(Reading(), None, None, dockerd_flag.DEFAULT_CONFIG_FILE)
"""Of what is no dockerd."""


def read(
    host: Host,
    init: str,
    version: Optional[Version],
    process: Optional[Process] = None,
    manager: Optional[systemd_manager.Block] = None,
) -> DaemonSources:
    """Read all sources of the system's dockerd. ``process`` matters where no service manager starts it, ``manager``
    is systemd's environment block, None in a tree that does not run."""
    unit = systemd_unit.load(host, UNIT) if init == "systemd" else None
    masked = unit is not None and unit.masked
    unit = None if masked else unit
    reading = Reading()
    assigned: Tuple[Tuple[str, str, Origin], ...] = ()
    command: Optional[dockerd_flag.Command] = None
    if unit is not None:
        assigned = tuple(systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit))
        environment = {} if manager is None or isinstance(manager, Missing) else dict(manager)
        environment.update((name, value) for name, value, _ in assigned)
        for removal in systemd_environment.removals(unit):
            if removal.value in (None, environment.get(removal.name)):
                environment.pop(removal.name, None)
        command = dockerd_flag.of_unit(unit, environment)
        reading += systemd_environment.read(unit) + systemd_env_file.read(host, unit)
        reading += systemd_manager.read(manager) if manager is not None else Reading()
    elif init in init_script.FILES:
        scripted, command = init_script.read(host, init)
        reading += scripted
    elif process is not None:
        command = dockerd_flag.of_argv(process.argv, Origin(dockerd_flag.SPEC.id, pid=process.pid))
        reading += process_environment.read(host, process.pid)
    config_file, explicit = dockerd_flag.DEFAULT_CONFIG_FILE, False
    given: List[dockerd_flag.Given] = []
    if command is not None:
        given = dockerd_flag.given(command, assigned)
        # What a wrapper makes of its flags is not known, so that nothing follows from a wrong one.
        reading += dockerd_flag.read(given, version if command.is_dockerd else None)
        given = given if command.is_dockerd else []
        config_file, explicit = command.config_file, command.flag("config-file") is not None
    # With an empty name dockerd reads no file.
    if command is None or command.flag("config-file") != "":
        reading += daemon_json.read(host, config_file, version, explicit, given)
    return DaemonSources(reading, unit, command, config_file, masked)
