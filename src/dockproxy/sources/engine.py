"""An engine of the host: is it there, which version, does it run, and what does it report of itself."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host import File, Host, Process, Response, User
from dockproxy.model import HTTP, HTTPS, NO, Engine, Missing, Running, Version, number
from dockproxy.secret import go_url
from dockproxy.sources import dockerd_flag, installed
from dockproxy.sources.endpoint import Endpoint
from dockproxy.sources.installation import SNAP, SNAP_ROOT, SYSTEM, Installation

NAME = "dockerd"
PROGRAMS = ("/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd")
PACKAGED = ("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/")
PACKAGES = ("docker-ce", "docker.io", "moby-engine")

SNAP_META = "/snap/docker/current/meta/snap.yaml"
SNAP_VERSION = re.compile(rb"""^version:[ \t]*['"]?([^'"\s]+)""", re.MULTILINE)

REMOTE, PODMAN = "remote", "podman"
"""Ids of what is no engine of this host: one of another host, and Podman in the place of one."""

REPORT_SOURCE = "engine-api"
"""The id under which stands what an engine says of itself, or that it could not be asked."""

SWARM_TASK = "com.docker.swarm.task.id"
"""The label of a container that a swarm starts."""

REPORT = {HTTP: "HttpProxy", HTTPS: "HttpsProxy", NO: "NoProxy"}
"""Variable to field of ``GET /info`` (moby, api/types/system/info.go)."""


Info = Union[Mapping[str, Any], Missing]
"""The body of ``GET /info``; ABSENT: nobody listens."""


def ask(host: Host, socket: str) -> Tuple[Info, bool]:
    """Ask the engine about itself; return that, and whether it is Podman that answers in dockerd's place."""
    answer = host.engine_get(socket, "/info")
    if isinstance(answer, Missing):
        return answer, False
    # podman, pkg/api/server/handler_api.go: it calls itself Libpod.
    is_podman = answer.server.startswith("Libpod/")
    is_info = answer.status == 200 and isinstance(answer.body, dict) and answer.body
    return answer.body if is_info else Missing.UNPARSABLE, is_podman


def ask_remote(host: Host, endpoint: Endpoint, user: User) -> Tuple[Engine, Info]:
    """An engine of another host, and what it says, or why the docker CLI brings nothing."""
    # No options: a context that does not exist.
    info = host.docker_info(endpoint.options, user) if endpoint.options else Missing.NOT_CHECKED
    if not isinstance(info, Missing) and not info.get("ServerVersion"):
        # The CLIs 20.10 and 26.1 print what they know themselves, and exit 0.
        info = Missing.NO_CONNECTION
    found = Engine(REMOTE, True, socket=endpoint.address or endpoint.chosen_by)
    if isinstance(info, Missing):
        return found, info
    return found._replace(version=reported_version(info), running=True, version_from="its own report"), info


def go_version(host: Host, socket: str) -> Optional[str]:
    """The Go that an engine is built with, such as ``go1.24.4``; None where it does not say."""
    answer = host.engine_get(socket, "/version")
    body = answer.body if isinstance(answer, Response) and isinstance(answer.body, dict) else {}
    version = body.get("GoVersion")
    return version if isinstance(version, str) else None


OLD_GO = (((20, 10, 8), "go-1.15"), ((23, 0, 0), "go-1.19"))
"""Before which version the Go that builds an engine is mostly of that dialect: Docker took 1.16 for 20.10.8, and Debian
1.19 for the last 20.10."""


def dialects(host: Host, of: Optional[Engine]) -> Tuple[Optional[str], Tuple[str, ...]]:
    """The dialect of the Go that an engine is built with, None where it does not say; and those that its version
    leaves, the likeliest first, as anybody may build an old engine with a newer Go."""
    go = go_version(host, of.socket) if of is not None and of.socket else None
    version = of.version if of is not None else None
    old = [dialect for before, dialect in OLD_GO if version is not None and not version.at_least(*before)]
    first = (old or [go_url.ENGINE])[0]
    is_oldest = version is None or first == go_url.OLDEST
    others = [d for d in go_url.DIALECTS if d != first and (d != go_url.OLDEST or is_oldest)]
    return (go_url.dialect_of(go) if go is not None else None), (first, *others)


def dialect(host: Host, of: Engine) -> str:
    """The known one, else the likeliest."""
    known, possible = dialects(host, of)
    return known or possible[0]


def report(info: Mapping[str, Any]) -> Running:
    """What an engine says that it uses."""
    return Running({variable: str(info.get(field) or "") for variable, field in REPORT.items()})


def reported_version(info: Mapping[str, Any]) -> Optional[Version]:
    """Its version."""
    return Version.parse(str(info.get("ServerVersion", "")))


def find(
    host: Host,
    installation: Installation,
    process: Optional[Process],
    info: Info,
    version: Optional[Version] = None,
    program: Optional[str] = None,
) -> Tuple[Engine, Optional[Running]]:
    """Return the engine, and its report, None where ``info`` is none. ``process`` is what ``find_process`` found,
    ``program`` the dockerd that the service starts, ``version`` what counts where nothing says it."""
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
    is_named = program is not None and installed.exists(host, program)
    program = program if is_named else installed_program(host)
    installed_version = None if reported is not None else _version(host, installation, program)
    engine = Engine(
        id=installation.id,
        # All but the system's are known by their unit.
        installed=is_there or program is not None or installation.id != SYSTEM.id,
        version=reported or installed_version or version,
        running=is_running,
        socket=installation.socket,
        pid=process.pid if process else None,
        image_store=None if isinstance(info, Missing) else _image_store(info),
        version_from="its own report" if reported else "what is installed" if installed_version else None,
    )
    return engine, running


def _version(host: Host, installation: Installation, program: Optional[str]) -> Optional[Version]:
    if installation.id == SNAP.id:
        return _snap_version(host)
    if program is None or (program not in PROGRAMS and installation.user is not None):
        # The unit of a user may name any program, which root must not run.
        return None
    # What is elsewhere, such as in /opt, comes from no package.
    return installed.version(host, (program,), PACKAGES if program.startswith(PACKAGED) else ())


def _snap_version(host: Host) -> Optional[Version]:
    """The version of the snap, which is the engine's (canonical/docker-snap, snap/snapcraft.yaml)."""
    file = host.read(SNAP_META)
    found = SNAP_VERSION.search(file.data) if isinstance(file, File) else None
    return Version.parse(found.group(1).decode("ascii", "replace")) if found is not None else None


def installed_program(host: Host) -> Optional[str]:
    """Where the host has a dockerd; None where it has none in the usual places."""
    return next((program for program in PROGRAMS if installed.exists(host, program)), None)


STOPPED = ("inactive", "failed")
"""States in which the service neither runs nor starts."""


def state(host: Host, installation: Installation) -> Optional[str]:
    """What systemd says the service is doing (``active``, ``activating``, ``failed`` …); None where it cannot be
    asked."""
    properties = host.unit_properties(installation.unit, ["ActiveState"], installation.user)
    return None if isinstance(properties, Missing) else properties.get("ActiveState")


def find_process(host: Host, installation: Installation, init: str) -> Tuple[Optional[Process], bool]:
    """The process of an engine: the one that its pid file names, else the service's main one, else a dockerd of its
    user that listens on its socket, which somebody started by hand, and then True."""
    file = host.read(installation.pid_file)
    named = file.data.decode("ascii", "replace").strip() if isinstance(file, File) else ""
    is_known = True
    found = _dockerd(host, named, installation)
    if found is None and init == "systemd":
        properties = host.unit_properties(installation.unit, ["MainPID"], installation.user)
        is_known = not isinstance(properties, Missing)
        found = None if isinstance(properties, Missing) else _dockerd(host, properties.get("MainPID", ""), installation)
    if found is not None:
        # The pid file says the same of one that somebody started by hand, but systemd keeps that apart.
        is_apart = init == "systemd" and found.cgroup is not None and f"/{installation.unit}" not in found.cgroup
        return found, is_apart and installation.id == SYSTEM.id
    processes = host.processes(NAME)
    known = () if isinstance(processes, Missing) else processes
    found = next((p for p in known if _is_of(host, p, installation)), None)
    # The main process of a rootless engine's service is rootlesskit, and snapd's is a shell.
    return found, found is not None and is_known and installation.id == SYSTEM.id


def is_anothers(host: Host, installation: Installation, init: str) -> bool:
    """Whether another engine runs that listens on the same socket."""
    rivals = [i for i in (SYSTEM, SNAP) if i.id != installation.id and i.socket == installation.socket]
    return any(find_process(host, rival, init)[0] is not None for rival in rivals)


def _dockerd(host: Host, pid: str, installation: Installation) -> Optional[Process]:
    """The process, unless the number is stale and belongs to another program, or to another engine, now."""
    found = number(pid)
    process = host.process(found) if found is not None else Missing.ABSENT
    is_it = isinstance(process, Process) and process.name == NAME and _is_of(host, process, installation)
    return process if isinstance(process, Process) and is_it else None


def _is_of(host: Host, process: Process, installation: Installation) -> bool:
    is_snaps = any(SNAP_ROOT in word for word in process.argv)
    return (
        process.uid == installation.uid
        and is_snaps == (installation.id == SNAP.id)
        and installation.socket in _listens_on(host, process.argv, installation)
    )


def _listens_on(host: Host, argv: Sequence[str], installation: Installation) -> List[str]:
    """The unix sockets of a command line; without any -H it is the usual one."""
    usual = installation.socket if installation.user is not None else SYSTEM.socket
    hosts = [flag.value for flag in dockerd_flag.flags_of(argv) if flag.name == "host"]
    # What systemd hands over (fd://) is the usual one.
    paths = [value[len("unix://") :] or usual for value in hosts if value.startswith("unix://")]
    paths += [usual for value in hosts if value.startswith("fd://")]
    return [host.realpath(path) for path in paths] if hosts else [usual]


def _image_store(info: Mapping[str, Any]) -> str:
    status = info.get("DriverStatus")
    is_snapshotter = isinstance(status, list) and ["driver-type", "io.containerd.snapshotter.v1"] in status
    return "containerd" if is_snapshotter else "classic"


def running_containers(host: Host, socket: str) -> Optional[List[str]]:
    """Their names; None where the engine could not be asked."""
    answer = host.engine_get(socket, "/containers/json")
    if answer is Missing.ABSENT:  # The engine does not run.
        return []
    return _names(answer.body or []) if isinstance(answer, Response) and answer.status == 200 else None


def stopped_containers(host: Host, socket: str) -> List[str]:
    """The names of those that are there and do not run; tasks of a swarm come back under other names."""
    answer = host.engine_get(socket, "/containers/json?all=1")
    found = (answer.body or []) if isinstance(answer, Response) and answer.status == 200 else []
    return _names([c for c in found if c.get("State") != "running" and SWARM_TASK not in (c.get("Labels") or {})])


def _names(containers: Sequence[Mapping[str, Any]]) -> List[str]:
    return [str((c.get("Names") or [str(c.get("Id", "?"))[:12]])[0]).lstrip("/") for c in containers]
