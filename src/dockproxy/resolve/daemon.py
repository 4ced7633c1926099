"""One daemon seen as a whole: its sources, what wins, what it reports of itself, and what is missing until both
agree."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from dockproxy.host import File, Host, Process
from dockproxy.model import Effective, EffectiveSet, Engine, Missing, Reading, Running, Unread, Version
from dockproxy.resolve import precedence
from dockproxy.secret import Match, ProxyURL, masked_equal
from dockproxy.sources import daemon, engine, init, systemd_manager, systemd_unit

ENVIRONMENT_SOURCES = frozenset(row.source for row in precedence.ENVIRONMENT)


class DaemonView(NamedTuple):
    """Everything known about one daemon; the verbs that change it start from here."""

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


def view(host: Host, socket: Optional[str] = None, version: Optional[Version] = None) -> DaemonView:
    """Look at the system's daemon, through the socket given or the usual one."""
    init_name = init.detect(host)
    # /var/run is a link to /run.
    socket = host.realpath(socket or engine.SOCKET)
    process, by_hand = engine.find_process(host, init_name, socket)
    # An engine that no service started is nobody's service, also beside one that a service did start.
    init_name = "none" if by_hand and init_name == "systemd" else init_name
    is_service, is_usual = init_name == "systemd", socket == host.realpath(engine.SOCKET)
    state = engine.state(host) if is_service and process is None else None
    # To ask the socket of a stopped service would start it.
    is_stopped = is_usual and state in engine.STOPPED
    info, is_podman = (Missing.ABSENT, False) if is_stopped else engine.ask(host, socket)
    if is_podman or (process is None and not is_usual and not isinstance(info, Missing)):
        engine_id = engine.PODMAN if is_podman else engine.foreign_id(socket)
        found, running = engine.find(host, None, info, socket, version, engine_id)
        nothing = precedence.daemon(daemon.NOTHING.reading)
        return DaemonView(found, running, info, init_name, None, None, None, daemon.NOTHING, nothing)
    if is_service and process is not None and info is Missing.ABSENT:
        state = engine.state(host)
    found, running = engine.find(host, process, info, socket, version)
    manager = host.manager_environment() if is_service and host.live else None
    sources = daemon.read(host, init_name, found.version, process, manager)
    return DaemonView(
        found, running, info, init_name, state, process, manager, sources, precedence.daemon(sources.reading)
    )


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
    stale = [e for e in seen.effective.values() if not _runs(host, e, seen.running)]
    if not stale:
        return None
    by_unit = any(e.setting is None or e.setting.origin.source != "daemon-json" for e in stale)
    return "daemon-reload" if by_unit and needs_reload(host, seen.sources.unit) else "restart"


def needs_reload(host: Host, unit: Optional[systemd_unit.Unit]) -> bool:
    """Whether systemd holds another unit than the files make. Its own NeedDaemonReload does not notice a folder of
    drop-ins that is new (252 was asked), so the drop-ins that it has loaded are compared too."""
    if unit is None:
        return False
    known = host.unit_properties(engine.UNIT, ["NeedDaemonReload", "DropInPaths"])
    if isinstance(known, Missing):
        return False
    loaded = {host.realpath(path) for path in known.get("DropInPaths", "").split()}
    drop_ins = {part.real_path for part in unit.parts if part.path.endswith(".conf")}
    return known.get("NeedDaemonReload") == "yes" or ("DropInPaths" in known and loaded != drop_ins)


def _runs(host: Host, effective: Effective, running: Running) -> bool:
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
