"""From a host to the document that ``show`` prints: per consumer what is effective, what is running, and what is
wrong."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from dockproxy import rules
from dockproxy.host import File, Host
from dockproxy.model import (
    DAEMON_VARIABLES,
    HTTP,
    HTTPS,
    NO,
    EffectiveSet,
    Engine,
    Finding,
    Missing,
    Origin,
    Reading,
    Running,
    Setting,
    Unread,
    Version,
)
from dockproxy.resolve import engines, layers, precedence
from dockproxy.resolve.daemon import DaemonView, could_decide, fatal, find_drift
from dockproxy.resolve.layers import Layer
from dockproxy.rules.facts import Facts
from dockproxy.secret import go_url
from dockproxy.sources import (
    SPECS,
    client_config,
    endpoint,
    engine,
    init,
    init_files,
    installation,
    process_environment,
    registries,
    system_environment,
    systemd_env_file,
)
from dockproxy.sources.daemon import NOTHING
from dockproxy.sources.installation import SYSTEM
from dockproxy.sources.managed import managed_by
from dockproxy.sources.registries import Registries
from dockproxy.sources.system_environment import Login

OLD_ENTRY = re.compile(r"[^\x00-\x7f]|(?:^|[,\s])0[0-9]")
"""In a no-proxy list what an old Go reads in another way: an international name, an address with leading zeros."""

BY_SHELLS = (*init_files.SOURCES, process_environment.SPEC.id)
"""The sources whose environment a shell makes."""


class Consumer(NamedTuple):
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
    daemon_host: Optional[str] = None
    """The endpoint of the user's docker CLI, as the CLI writes it."""
    restart: Optional[str] = None
    """The command that starts the daemon anew; None where no service manager does."""
    layers: Mapping[str, List[Layer]] = {}
    """Of a daemon that runs, from the files to its report; looked at where they differ, or where asked for."""
    managed: Mapping[str, str] = {}
    """Path of a deciding file to the configuration management that wrote it."""
    likely: Mapping[str, Origin] = {}
    """Variable to the file from which the shell that started the engine by hand likely had it."""
    registries: Registries = Registries()
    """Of a daemon."""
    logins: Tuple[Login, ...] = ()
    """What a login is given, and never a daemon that a service manager starts."""
    never_read: Tuple[Setting, ...] = ()
    """What reaches a daemon and is none of its variables."""


class Report(NamedTuple):
    """What ``show`` answers; ``inspect()`` returns the same."""

    root: str
    init: str
    engines: Tuple[Engine, ...]
    consumers: Tuple[Consumer, ...]
    unread: Tuple[Unread, ...] = ()
    """Folders of other users that may hide an engine of theirs."""

    def consumer(self, name: str) -> Consumer:
        """The first consumer of that name."""
        return next(c for c in self.consumers if c.consumer == name)


def inspect(
    host: Host,
    client: Optional[endpoint.Client] = None,
    version: Optional[Version] = None,
    engine_id: Optional[str] = None,
    layered: bool = False,
) -> Report:
    """Look at every consumer of a host, the engine that the client talks to first; ``engine_id`` leaves only that one.
    Without a ``client`` no user's settings are looked at. ``layered``: look at all layers also where nothing drifts.
    Raises UnknownEngine."""
    current = engines.current(host, client) if client is not None else None
    closed: Tuple[Unread, ...] = ()
    seen: List[DaemonView]
    if client is not None and current is not None and current.socket is None and host.live and engine_id is None:
        found, said = engine.ask_remote(host, current, client.as_user)
        running = said if isinstance(said, Missing) else engine.report(said)
        seen, daemons, daemon_engines = [], [other_consumer(found, running, registries.reported(said))], [found]
    else:
        caller = client.user if client is not None else None
        seen, closed = engines.all_of(host, caller, version), installation.closed(host, caller)
        if engine_id is not None:
            seen = engines.with_id(seen, engine_id)
        else:
            socket = current.socket if current is not None else None
            seen = engines.all_with_first(host, socket or SYSTEM.socket, seen, version)
        daemons, daemon_engines = [daemon_consumer(host, s, layered) for s in seen], [s.engine for s in seen]
    consumers = tuple(daemons)
    if client is not None and current is not None:
        consumers += (container_consumer(host, client, current.daemon_host),)
        consumers += tuple(_containers_of_others(host, client, seen))
    return Report(host.root, init.detect(host), tuple(daemon_engines), consumers, closed)


def _containers_of_others(host: Host, client: endpoint.Client, seen: Sequence[DaemonView]) -> Iterator[Consumer]:
    """What the users of rootless engines give to containers there."""
    for each in seen:
        user = each.installation.user
        if user is not None and user.uid != client.uid:
            yield container_consumer(host, *engines.client_of(host, each.installation, user, client))


def other_consumer(other: Engine, running: Union[Running, Missing, None], said: Registries) -> Consumer:
    """A daemon whose report is known and whose files are not: another host's, another user's, or Podman. ``said`` are
    the registries of its report."""
    sources = [spec.id for spec in SPECS if spec.consumer == "daemon"]
    unread = [Unread(id_, None, Missing.NOT_CHECKED) for id_ in sources]
    if isinstance(running, Missing):
        unread.append(Unread(engine.REPORT_SOURCE, other.socket, running))
        running = None
    nothing = precedence.daemon(Reading())
    return Consumer("daemon", other.id, "unknown", nothing, running=running, unread=tuple(unread), registries=said)


def daemon_consumer(host: Host, seen: DaemonView, layered: bool = False) -> Consumer:
    """The daemon as ``show`` reports it."""
    if seen.sources is NOTHING:
        running = seen.info if isinstance(seen.info, Missing) else seen.running
        return other_consumer(seen.engine, running, registries.reported(seen.info))
    reading = seen.sources.reading
    unread = list(reading.unread)
    if host.live and isinstance(seen.info, Missing) and (seen.info is not Missing.ABSENT or seen.process is not None):
        reason = Missing.NOT_CHECKED if seen.info is Missing.ABSENT else seen.info
        unread.append(Unread(engine.REPORT_SOURCE, seen.engine.socket, reason))
    is_nobodys = "none" in (seen.init, init.detect(host))
    if host.live and is_nobodys and seen.process is None and seen.running is None and seen.engine.installed:
        unread.append(Unread(process_environment.SPEC.id, None, Missing.NOT_CHECKED))
    named = systemd_env_file.named(host, seen.sources.unit) if seen.sources.unit is not None else ()
    others = [*(s.path for s in init_files.find(host, seen.init).sourced), *(n.path for n in named)]
    logins, unread_logins = system_environment.read(host, others)
    unread += unread_logins
    command = seen.sources.command
    # A wrapper or an unknown starter may be a login shell, and what is not understood of a script may source any file.
    is_reached = is_nobodys or (command is not None and not command.is_dockerd)
    is_reached = is_reached or any(u.source in BY_SHELLS for u in reading.unread)
    not_reached = () if is_reached else logins
    files = _deciding(host, seen.effective)
    is_users = seen.installation.user is not None
    facts = Facts("daemon", reading, seen.effective, not_reached, files, _dialect(host, seen), is_users)
    problems = tuple(rules.check(facts))
    drift = find_drift(host, seen)
    if fatal(reading):
        status = "will-not-start"
    elif could_decide(reading, seen.effective):
        status = "unknown"
    elif drift:
        status = "drift"
    else:
        status = "ok" if any(e.setting for e in seen.effective.values()) else "unset"
    return Consumer(
        "daemon",
        seen.engine.id,
        status,
        seen.effective,
        drift,
        seen.running,
        problems,
        tuple(unread),
        restart=init.restart_command(seen.init, seen.installation),
        layers=layers.of_daemon(host, seen) if layered or drift is not None else {},
        managed=_managed(files),
        likely=_likely(seen.effective, logins),
        registries=registries.read(host, seen.sources, seen.info),
        logins=not_reached,
        never_read=tuple(s for s in reading.settings if s.variable not in DAEMON_VARIABLES),
    )


def _dialect(host: Host, seen: DaemonView) -> str:
    """That of the engine's Go, asked only where a value makes it matter; else the newest."""
    matters = any(e.text.lower().startswith("socks5h://") for v, e in seen.effective.items() if v != NO)
    matters = matters or bool(seen.effective[HTTP].text and not seen.effective[HTTPS].text)
    matters = matters or OLD_ENTRY.search(seen.effective[NO].text) is not None
    return engine.dialect(host, seen.engine) if matters else go_url.ENGINE


def _likely(effective: EffectiveSet, logins: Sequence[Login]) -> Dict[str, Origin]:
    """Of what the starting shell had, where a login is given the same."""
    return {
        login.variable: login.origin
        for login in reversed(logins)
        for setting in [effective[login.variable].setting]
        if setting is not None
        and setting.origin.source == process_environment.SPEC.id
        and (setting.name, setting.value) == (login.origin.name, login.value)
    }


def container_consumer(host: Host, client: endpoint.Client, daemon_host: str) -> Consumer:
    """What the docker CLI of a user gives to new containers."""
    reading = client_config.read(host, client.config_file, daemon_host)
    effective = precedence.container(reading)
    files = _deciding(host, effective)
    problems = tuple(rules.check(Facts("container", reading, effective, files=files)))
    status = "ok" if any(e.setting for e in effective.values()) else "unset"
    return Consumer(
        "container",
        None,
        "unknown" if reading.unread else status,
        effective,
        None,
        None,
        problems,
        reading.unread,
        client.user,
        daemon_host,
        managed=_managed(files),
    )


def _deciding(host: Host, effective: EffectiveSet) -> Dict[str, File]:
    """The files that decide, by their paths."""
    paths = {e.setting.origin.path for e in effective.values() if e.setting and e.setting.origin.path}
    read = {path: host.read(path) for path in paths}
    return {path: file for path, file in read.items() if isinstance(file, File)}


def _managed(files: Mapping[str, File]) -> Dict[str, str]:
    tools = {path: managed_by(file.real_path, file.data) for path, file in files.items()}
    return {path: tool for path, tool in tools.items() if tool}
