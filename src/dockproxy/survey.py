"""From a host to the document that ``show`` prints: per consumer what is effective, what is running, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple

from dockproxy import resolve, rules
from dockproxy.host import File, Host
from dockproxy.model import (
    Effective,
    EffectiveSet,
    Engine,
    Finding,
    Missing,
    Reading,
    Running,
    Severity,
    Unread,
    Version,
)
from dockproxy.secret import Match, ProxyURL, masked_equal
from dockproxy.sources import client_config, daemon, endpoint, engine, init
from dockproxy.sources.managed import managed_by

ENGINE_API = "engine-api"
"""The id under which an engine that could not be asked stands among the unread."""

ENVIRONMENT_SOURCES = frozenset(row.source for row in resolve.ENVIRONMENT)


@dataclass(frozen=True)
class Consumer:
    """One process, or kind of process, that uses a proxy."""

    consumer: str
    engine: Optional[str]
    status: str
    effective: EffectiveSet
    drift: Optional[str] = None
    running: Optional[Running] = None
    problems: Tuple[Finding, ...] = ()
    unread: Tuple[Unread, ...] = ()
    user: Optional[str] = None
    managed: Mapping[str, str] = field(default_factory=dict)
    """Path of a deciding file to the configuration management that wrote it."""


@dataclass(frozen=True)
class Report:
    """What ``show`` answers; ``inspect()`` returns the same."""

    root: str
    init: str
    engines: Tuple[Engine, ...]
    consumers: Tuple[Consumer, ...]

    def consumer(self, name: str) -> Consumer:
        """The first consumer of that name."""
        return next(c for c in self.consumers if c.consumer == name)


@dataclass(frozen=True)
class DaemonView:
    """Everything known about one daemon; the verbs that change it start from here."""

    engine: Engine
    running: Optional[Running]
    info: Mapping[str, Any]
    init: str
    sources: daemon.DaemonSources
    effective: EffectiveSet


def view(host: Host, socket: Optional[str] = None, version: Optional[Version] = None) -> DaemonView:
    """Look at the system's daemon, through the socket given or the usual one."""
    init_name = init.detect(host)
    found, running, info = engine.find(host, init_name, socket or engine.SOCKET, version)
    process = engine.find_process(host, init_name)
    sources = daemon.read(host, init_name, found.version, process)
    return DaemonView(found, running, info, init_name, sources, resolve.daemon(sources.reading))


def inspect(host: Host, client: Optional[endpoint.Client] = None, version: Optional[Version] = None) -> Report:
    """Look at every consumer of a host. Without a ``client`` no user's settings are looked at."""
    seen = view(host, version=version)
    consumers = [daemon_consumer(host, seen)]
    if client is not None:
        daemon_host = endpoint.current(host, client).daemon_host
        consumers.append(container_consumer(host, client, daemon_host))
    return Report(host.root, seen.init, (seen.engine,), tuple(consumers))


def daemon_consumer(host: Host, seen: DaemonView) -> Consumer:
    """The daemon as ``show`` reports it."""
    reading = seen.sources.reading
    unread = list(reading.unread)
    if host.live and seen.engine.running is None:
        unread.append(Unread(ENGINE_API, seen.engine.socket, Missing.PERMISSION))
    problems = tuple(rules.check(rules.Facts("daemon", reading, seen.effective, seen.engine.version)))
    drift = find_drift(host, seen)
    if any(p.severity is Severity.ERROR for p in problems):
        status = "will-not-start"
    elif could_decide(reading, seen.effective):
        status = "unknown"
    elif drift:
        status = "drift"
    else:
        status = "ok" if any(e.setting for e in seen.effective.values()) else "unset"
    return Consumer(
        "daemon", seen.engine.id, status, seen.effective, drift, seen.running, problems, tuple(unread),
        managed=_managed(host, seen.effective),
    )


def container_consumer(host: Host, client: endpoint.Client, daemon_host: str) -> Consumer:
    """What the docker CLI of a user gives to new containers."""
    reading = client_config.read(host, client.config_file, daemon_host)
    effective = resolve.container(reading)
    problems = tuple(rules.check(rules.Facts("container", reading, effective)))
    status = "ok" if any(e.setting for e in effective.values()) else "unset"
    return Consumer(
        "container", None, "unknown" if reading.unread else status, effective, None, None, problems,
        reading.unread, client.user, _managed(host, effective),
    )


def could_decide(reading: Reading, effective: EffectiveSet) -> List[Unread]:
    """The unread sources that could hold a winner: the environment cannot beat what the configuration sets."""
    open_to_environment = any(
        e.setting is None or e.setting.origin.source in ENVIRONMENT_SOURCES for e in effective.values()
    )
    return [u for u in reading.unread if u.source not in ENVIRONMENT_SOURCES or open_to_environment]


def find_drift(host: Host, seen: DaemonView) -> Optional[str]:
    """The first missing step between the files and the running engine; None when they agree or nothing runs."""
    if seen.running is None:
        return None
    stale = [e for e in seen.effective.values() if not _runs(host, e, seen.running)]
    if not stale:
        return None
    by_unit = any(e.setting is None or e.setting.origin.source != "daemon-json" for e in stale)
    properties = host.unit_properties(engine.UNIT, ["NeedDaemonReload"]) if seen.sources.unit else {}
    needs_reload = not isinstance(properties, Missing) and properties.get("NeedDaemonReload") == "yes"
    return "daemon-reload" if by_unit and needs_reload else "restart"


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


def _managed(host: Host, effective: EffectiveSet) -> Dict[str, str]:
    found = {}
    for path in {e.setting.origin.path for e in effective.values() if e.setting and e.setting.origin.path}:
        file = host.read(path)
        tool = managed_by(file.data) if isinstance(file, File) else None
        if tool:
            found[path] = tool
    return found
