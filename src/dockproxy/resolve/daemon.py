"""One daemon seen as a whole: its sources, what wins, what it reports of itself, and what is missing until both
agree."""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional

from dockproxy.host import File, Host, Process, User
from dockproxy.model import Effective, EffectiveSet, Engine, Missing, Reading, Running, Unread, Version
from dockproxy.resolve import precedence
from dockproxy.secret import Match, ProxyURL, masked_equal
from dockproxy.sources import daemon, engine, init, systemd_manager, systemd_unit
from dockproxy.sources.installation import SYSTEM, Installation

ENVIRONMENT_SOURCES = frozenset(row.source for row in precedence.ENVIRONMENT)


class DaemonView(NamedTuple):
    """Everything known about one daemon; the verbs that change it start from here."""

    installation: Installation
    engine: Engine
    running: Optional[Running]
    info: engine.Info
    init: str
    state: Optional[str]
    """Of the service, as ``engine.state`` answers it; None also where the engine answers by itself."""
    process: Optional[Process]
    manager: Optional[systemd_manager.Block]
    sources: daemon.DaemonSources
    effective: EffectiveSet
    is_one_of_several: bool = False
    """The host has other engines."""


def view(host: Host, installation: Installation = SYSTEM, version: Optional[Version] = None) -> DaemonView:
    """Look at one engine of the host."""
    init_name = init.detect(host)
    # All but the system's are known by their unit.
    init_name = "systemd" if not host.live and installation.id != SYSTEM.id else init_name
    # /var/run is a link to /run.
    installation = installation._replace(socket=host.realpath(installation.socket))
    process, by_hand = engine.find_process(host, installation, init_name)
    # An engine that no service started is nobody's service, also beside one that a service did start.
    init_name = "none" if by_hand and init_name == "systemd" else init_name
    is_service = init_name == "systemd"
    state = engine.state(host, installation) if is_service and process is None else None
    # To ask the socket of a stopped service would start it, and behind it may be another engine.
    is_silent = state in engine.STOPPED or (process is None and engine.is_anothers(host, installation, init_name))
    info, is_podman = (Missing.ABSENT, False) if is_silent else engine.ask(host, installation.socket)
    if is_podman:
        return other_view(host, installation._replace(id=engine.PODMAN), info, init_name)
    if is_service and process is not None and info is Missing.ABSENT:
        state = engine.state(host, installation)
    if init_name == "none" and installation.id == SYSTEM.id and process is None and info is Missing.ABSENT:
        init_name = init.of_stopped(host)
    manager = host.manager_environment(installation.user) if is_service and host.live else None
    start = daemon.start(host, installation, init_name, process, manager)
    program = start.command.program if start.command is not None else None
    found, running = engine.find(host, installation, process, info, version, program)
    sources = daemon.configured(host, installation, start, found.version)
    effective = precedence.daemon(sources.reading)
    return DaemonView(installation, found, running, info, init_name, state, process, manager, sources, effective)


def other_view(host: Host, installation: Installation, info: engine.Info, init_name: str) -> DaemonView:
    """What answers on a socket and is none of the host's engines: of its report nothing else follows."""
    found, running = engine.find(host, installation, None, info)
    # What is installed here need not be what listens there.
    found = found._replace(version=None, version_from=None) if running is None else found
    nothing = precedence.daemon(daemon.NOTHING.reading)
    return DaemonView(installation, found, running, info, init_name, None, None, None, daemon.NOTHING, nothing)


def fatal(reading: Reading) -> List[str]:
    """Why the engine would not start, one sentence each."""
    return [d.message for d in reading.defects if d.stops]


def could_decide(reading: Reading, effective: EffectiveSet) -> List[Unread]:
    """The unread sources that could hold a winner: the environment cannot beat what the configuration sets."""
    open_to_environment = any(
        e.setting is None or e.setting.origin.source in ENVIRONMENT_SOURCES for e in effective.values()
    )
    return [u for u in reading.unread if u.source not in ENVIRONMENT_SOURCES or open_to_environment]


def find_drift(host: Host, seen: DaemonView) -> Optional[str]:
    """The first missing step between the files and the running engine; None when they agree, nothing runs, or what
    could decide was not read."""
    if seen.running is None or could_decide(seen.sources.reading, seen.effective):
        return None
    stale = [e for e in seen.effective.values() if not runs(host, e, seen.running)]
    if not stale:
        return None
    if any(_is_new_to_manager(e, seen.manager) for e in stale):
        return "daemon-reload"
    by_unit = any(e.setting is None or e.setting.origin.source != "daemon-json" for e in stale)
    return "daemon-reload" if by_unit and needs_reload(host, seen.sources.unit, seen.installation.user) else "restart"


def _is_new_to_manager(effective: Effective, manager: Optional[systemd_manager.Block]) -> bool:
    """Whether a file of the manager says it, and the manager has not read that yet."""
    setting = effective.setting
    is_managers = setting is not None and setting.origin.source == systemd_manager.SPEC.id
    return setting is not None and is_managers and isinstance(manager, Mapping) and setting.name not in manager


def needs_reload(host: Host, unit: Optional[systemd_unit.Unit], user: Optional[User] = None) -> bool:
    """Whether systemd holds another unit than the files make. Its own NeedDaemonReload does not notice a folder of
    drop-ins that is new (252 was asked), so the drop-ins that it has loaded are compared too."""
    if unit is None:
        return False
    known = host.unit_properties(unit.name, ["NeedDaemonReload", "DropInPaths"], user)
    if isinstance(known, Missing):
        return False
    loaded, drop_ins = (
        {posixpath.join(host.realpath(posixpath.dirname(path)), posixpath.basename(path)) for path in paths}
        for paths in (known.get("DropInPaths", "").split(), unit.drop_ins)
    )
    return known.get("NeedDaemonReload") == "yes" or ("DropInPaths" in known and loaded != drop_ins)


def runs(host: Host, effective: Effective, running: Running) -> bool:
    """Whether the engine reports what is effective."""
    reported = running.values[effective.variable]
    if not isinstance(effective.value, ProxyURL):
        return reported == effective.text
    match = masked_equal(reported, effective.value)
    if match is not Match.EQUAL_BUT_MASKED:
        return match is Match.EQUAL
    return _started_with(host, effective, running)


def _started_with(host: Host, effective: Effective, running: Running) -> bool:
    """Whether the process can only have started with this value, although the engine masks it in its report."""
    assert effective.setting is not None
    origin = effective.setting.origin
    if running.pid is not None and origin.source in ENVIRONMENT_SOURCES:
        block = host.process_environment(running.pid)
        if not isinstance(block, Missing):
            return block.get(effective.setting.name) == effective.text
    file = host.read(origin.path) if origin.path is not None else Missing.ABSENT
    return isinstance(file, File) and running.started is not None and running.started >= file.changed
