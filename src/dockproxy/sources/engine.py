"""The system's own dockerd: is it there, which version, does it run, and what does it report of itself."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host import File, Host, Process
from dockproxy.model import HTTP, HTTPS, NO, Engine, Missing, Running, Version
from dockproxy.sources import dockerd_flag, installed
from dockproxy.sources.endpoint import Endpoint

UNIT = "docker.service"
SOCKET = "/run/docker.sock"
PID_FILE = "/run/docker.pid"
NAME = "dockerd"
PROGRAMS = ("/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd")
PACKAGES = ("docker-ce", "docker.io", "moby-engine")

SYSTEM, REMOTE, PODMAN = "system", "remote", "podman"
"""Ids of engines: the system's dockerd, one of another host, and what is none. See ``foreign_id`` for others."""

REPORT = {HTTP: "HttpProxy", HTTPS: "HttpsProxy", NO: "NoProxy"}
"""Variable to field of ``GET /info`` (moby, api/types/system/info.go)."""


Info = Union[Mapping[str, Any], Missing]
"""The body of ``GET /info``; ABSENT: nobody listens."""


def ask(host: Host, socket: str) -> Tuple[Info, bool]:
    """Ask the engine about itself; return that, and whether it is Podman that answers in dockerd's place."""
    answer = host.engine_get(socket, "/info")
    if isinstance(answer, Missing):
        return answer, False
    body: Mapping[str, Any] = answer.body or {}
    # podman, pkg/api/server/handler_api.go: it calls itself Libpod.
    is_podman = answer.server.startswith("Libpod/")
    return body if answer.status == 200 and body else Missing.UNPARSABLE, is_podman


def foreign_id(socket: str) -> str:
    """The id of an engine of this host that is not the system's, by the socket it listens on."""
    found = re.match("/run/user/([0-9]+)/", socket)
    return f"rootless:{found[1]}" if found else socket


def ask_remote(host: Host, endpoint: Endpoint) -> Tuple[Engine, Optional[Running]]:
    """An engine of another host, and its report, None where the docker CLI does not reach it."""
    # No options: a context that does not exist.
    info = host.docker_info(endpoint.options) if endpoint.options else Missing.ABSENT
    running = None if isinstance(info, Missing) else report(info)
    version = None if isinstance(info, Missing) else reported_version(info)
    is_running = True if running is not None else None
    return Engine(REMOTE, True, version, is_running, endpoint.address or endpoint.chosen_by), running


def report(info: Mapping[str, Any]) -> Running:
    """What an engine says that it uses."""
    return Running({variable: str(info.get(field) or "") for variable, field in REPORT.items()})


def reported_version(info: Mapping[str, Any]) -> Optional[Version]:
    """Its version."""
    return Version.parse(str(info.get("ServerVersion", "")))


def find(
    host: Host,
    process: Optional[Process],
    info: Info,
    socket: str = SOCKET,
    version: Optional[Version] = None,
    engine_id: str = SYSTEM,
) -> Tuple[Engine, Optional[Running]]:
    """Return the engine, and its report, None where ``info`` is none. ``process`` is what ``find_process`` found."""
    running: Optional[Running] = None
    is_running: Optional[bool] = None
    reported: Optional[Version] = None
    if not isinstance(info, Missing):
        running, reported = report(info), reported_version(info)
        if process is not None:
            running = running._replace(pid=process.pid, started=process.started)
    is_there = running is not None or process is not None
    if host.live and (is_there or info is Missing.ABSENT):
        is_running = is_there
    engine = Engine(
        id=engine_id,
        installed=is_there or any(installed.exists(host, p) for p in PROGRAMS),
        version=version or reported or installed.version(host, PROGRAMS, PACKAGES),
        running=is_running,
        socket=socket,
        pid=process.pid if process else None,
        image_store=None if isinstance(info, Missing) else _image_store(info),
    )
    return engine, running


STOPPED = ("inactive", "failed")
"""States in which the service neither runs nor starts."""


def state(host: Host) -> Optional[str]:
    """What systemd says the service is doing (``active``, ``activating``, ``failed`` …); None where it cannot be
    asked."""
    properties = host.unit_properties(UNIT, ["ActiveState"])
    return None if isinstance(properties, Missing) else properties.get("ActiveState")


def find_process(host: Host, init: str, socket: str = SOCKET) -> Tuple[Optional[Process], bool]:
    """The process of the system's dockerd: the one that its pid file names, else the service's main one, else the
    dockerd of root that listens on ``socket``, which somebody started by hand, and then True."""
    file = host.read(PID_FILE)
    named = _dockerd(host, file.data.decode("ascii", "replace").strip()) if isinstance(file, File) else None
    if named is not None and socket in _listens_on(host, named.argv):
        return named, False
    is_known = True
    if init == "systemd":
        properties = host.unit_properties(UNIT, ["MainPID"])
        is_known = not isinstance(properties, Missing)
        main = None if isinstance(properties, Missing) else _dockerd(host, properties.get("MainPID", "0"))
        if main is not None and socket in _listens_on(host, main.argv):
            return main, False
    processes = host.processes(NAME)
    found = () if isinstance(processes, Missing) else processes
    by_hand = next((p for p in found if p.uid == 0 and socket in _listens_on(host, p.argv)), None)
    return by_hand, by_hand is not None and is_known


def _listens_on(host: Host, argv: Sequence[str]) -> List[str]:
    """The unix sockets of a command line; without any -H it is the usual one."""
    hosts = [flag.value for flag in dockerd_flag.flags_of(argv) if flag.name == "host"]
    # What systemd hands over (fd://) is the usual one.
    paths = [value[len("unix://") :] or SOCKET for value in hosts if value.startswith("unix://")]
    paths += [SOCKET for value in hosts if value.startswith("fd://")]
    return [host.realpath(path) for path in paths] if hosts else [SOCKET]


def _dockerd(host: Host, pid: str) -> Optional[Process]:
    """The process, unless the number is stale and belongs to another program now."""
    process = host.process(int(pid)) if pid.isdigit() else Missing.ABSENT
    return process if isinstance(process, Process) and process.name == NAME else None


def _image_store(info: Mapping[str, Any]) -> str:
    status = [list(pair) for pair in info.get("DriverStatus") or []]
    return "containerd" if ["driver-type", "io.containerd.snapshotter.v1"] in status else "classic"
