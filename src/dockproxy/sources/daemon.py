"""Everything that reaches one dockerd, gathered from its sources."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from dockproxy.host import File, Host, Process
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
        read_by_unit = [f.real_path for _, f in systemd_env_file.files(host, unit) if isinstance(f, File)]
        reading += init_script.not_read(host, read_by_unit)
    elif init in init_script.FILES:
        scripted, command = init_script.read(host, init)
        reading += scripted
    elif process is not None:
        command = dockerd_flag.of_argv(process.argv, Origin(dockerd_flag.SPEC.id, pid=process.pid))
        reading += process_environment.read(host, process.pid)
    config_file, explicit = dockerd_flag.DEFAULT_CONFIG_FILE, False
    if command is not None:
        reading += dockerd_flag.read(command, version, assigned)
        config_file, explicit = command.config_file, command.flag("config-file") is not None
    reading += daemon_json.read(host, config_file, version, explicit)
    return DaemonSources(reading, unit, command, config_file, masked)
