"""The files that the init script of a SysV or OpenRC host sources, one behind the other: what they export reaches
dockerd.

Source: moby, contrib/init: sysvinit-debian/docker, sysvinit-redhat/docker, openrc/docker.initd; alpinelinux/aports,
community/docker/docker.initd; OpenRC, sh/openrc-run.sh.in and src/shared/misc.c (env_filter).
"""

from __future__ import annotations

import posixpath
import re
from typing import Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from dockproxy.formats import shell_env
from dockproxy.formats.shell_env import ShellFile
from dockproxy.host import File, Host
from dockproxy.model import (
    DAEMON_VARIABLES,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    environment_names,
    value_of,
)
from dockproxy.sources import conf_files
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.dockerd_flag import Command, of_argv
from dockproxy.sources.init import RESTARTS, SCRIPT
from dockproxy.sources.spec import Spec

SYSV = Spec(
    id="sysv-defaults",
    consumer="daemon",
    where="/etc/default/docker (Debian) or /etc/sysconfig/docker (Red Hat), which /etc/init.d/docker sources; "
    "only exported names",
    effect=" ".join(RESTARTS["sysv"]),
    evidence="moby, contrib/init/sysvinit-debian/docker and sysvinit-redhat/docker; "
    "Debian's own script and one like the latter were asked",
)
OPENRC_SYSTEM = Spec(
    id="openrc-system",
    consumer="daemon",
    where="/etc/profile.env, which Gentoo's env-update writes, /etc/rc.conf and /etc/rc.conf.d/*.conf: every service "
    "gets what they export",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="OpenRC, src/shared/misc.c (env_filter) and sh/openrc-run.sh.in; OpenRC 0.45 was asked",
)
OPENRC = Spec(
    id="openrc-conf",
    consumer="daemon",
    where="/etc/conf.d/docker, or /etc/conf.d/docker.RUNLEVEL where that is there, sourced by OpenRC; only exported "
    "names",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="moby, contrib/init/openrc/docker.initd; OpenRC, sh/openrc-run.sh.in; OpenRC 0.45 was asked",
)
OPENRC_PROFILE = Spec(
    id="openrc-profile",
    consumer="daemon",
    where="/etc/profile.d/proxy.sh, where /etc/init.d/docker sources it as Alpine's does; only exported names",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="alpinelinux/aports, community/docker/docker.initd",
)


class Sourced(NamedTuple):
    """A file. ``options`` is the variable with dockerd's flags, in a file that only this engine reads. ``if_named``: it
    counts where the script names it. ``folder``: its ``*.conf`` are sourced behind the file."""

    spec: Spec
    path: str
    options: Optional[str] = None
    if_named: bool = False
    folder: Optional[str] = None


RUNLEVEL = re.compile("[A-Za-z0-9_.-]+")

FILES: Dict[str, Tuple[Sourced, ...]] = {
    "sysv": (
        Sourced(SYSV, "/etc/default/docker", "DOCKER_OPTS"),
        Sourced(SYSV, "/etc/sysconfig/docker", "other_args"),
    ),
    "openrc": (
        Sourced(OPENRC_SYSTEM, "/etc/profile.env"),
        Sourced(OPENRC_SYSTEM, "/etc/rc.conf", folder="/etc/rc.conf.d"),
        Sourced(OPENRC, "/etc/conf.d/docker", "DOCKER_OPTS"),
        Sourced(OPENRC_PROFILE, "/etc/profile.d/proxy.sh", if_named=True),
    ),
}
"""Init system to the files in the order in which they are sourced; of the engine's own ones a host has one."""


def own_file(host: Host, init: str) -> Optional[Sourced]:
    """The engine's own file, there or not; None where no init script starts an engine."""
    own = [s for s in FILES.get(init, ()) if s.options is not None]
    script = _text(host.read(SCRIPT))
    named = [s for s in own if f"{posixpath.dirname(s.path)}/" in script]
    there = [s for s in own if host.read(s.path) is not Missing.ABSENT]
    found = next(iter(named + there + own), None)
    of_runlevel = f"{found.path}.{_runlevel(host)}" if found is not None and init == "openrc" else None
    if found is not None and of_runlevel is not None and host.read(of_runlevel) is not Missing.ABSENT:
        return found._replace(path=of_runlevel)
    return found


def _runlevel(host: Host) -> str:
    name = _text(host.read("/run/openrc/softlevel")).strip()
    return name if RUNLEVEL.fullmatch(name) else "default"


def sourced(host: Host, init: str) -> List[Sourced]:
    """The files of this host, in the order in which they are sourced."""
    own, script = own_file(host, init), _text(host.read(SCRIPT))
    files: List[Sourced] = []
    for file in FILES.get(init, ()):
        if own is not None and file.options is not None:
            files += [own] if file.spec == own.spec and own not in files else []
        elif not file.if_named or file.path in script:
            files.append(file)
        behind = conf_files.collect(host, [file.folder] if file.folder is not None else [])
        files += [Sourced(file.spec, path) for path in behind.in_force]
    return files


def read(host: Host, init: str) -> Tuple[Reading, Optional[Command]]:
    """Read what the files export, and the command line that the options make; None where nobody says that one is
    started: neither the script nor the engine's own file is there, or that may not be read."""
    files = sourced(host, init)
    sources = {s.path: s.spec.id for s in files}
    states: List[ShellFile] = [shell_env.NOTHING]
    reading = Reading()
    for found in files:
        file = host.read(found.path)
        if isinstance(file, File):
            states.append(shell_env.parse(_text(file), found.path, states[-1]))
        elif file is not Missing.ABSENT:
            reading += Reading(unread=(Unread(found.spec.id, found.path, file),))
    for variable in DAEMON_VARIABLES:
        for name in environment_names(variable):
            reading += _exported(variable, name, states, sources)
    flags, command = _command(host, init, states[-1])
    reading += flags
    return reading._replace(unread=tuple(dict.fromkeys(reading.unread))), command


def _exported(variable: str, name: str, states: Sequence[ShellFile], sources: Mapping[str, str]) -> Reading:
    """What one name has when the script starts dockerd, and behind each file before; nothing where it is taken away in
    the end."""
    last = states[-1].get(name)
    if last is None:
        return Reading()
    origin = Origin(sources[last.path], last.path, last.line, name)
    if last.exported is False:
        message = f"{origin}: {name} is not exported, so it never reaches dockerd: write `export {name}=…`"
        return Reading(defects=(Defect("environment-ignored", message, origin),))
    if last.value is None or last.exported is None:
        return Reading(unread=(Unread(origin.source, last.path, Missing.UNPARSABLE, last.line),))
    settings: Dict[Tuple[str, int], Setting] = {}
    for found in (state.get(name) for state in states):
        if found is not None and found.exported and found.value is not None:
            at = Origin(sources[found.path], found.path, found.line, name)
            settings[found.path, found.line] = Setting(variable, value_of(variable, found.value), at, len(settings))
    return Reading(tuple(settings.values()))


def _command(host: Host, init: str, shell: ShellFile) -> Tuple[Reading, Optional[Command]]:
    own = own_file(host, init)
    file = host.read(own.path) if own is not None else Missing.ABSENT
    if file is Missing.ABSENT:
        file = host.read(SCRIPT)
    if own is None or own.options is None or isinstance(file, Missing):
        return Reading(), None
    found = shell.get(own.options)
    words = [] if found is None else _words(init, found.value)
    line = found.line if found is not None else None
    unread = () if words is not None else (Unread(FLAG_SPEC.id, own.path, Missing.UNPARSABLE, line),)
    return Reading(unread=unread), of_argv(["dockerd", *(words or ())], Origin(FLAG_SPEC.id, own.path, line))


def _words(init: str, options: Optional[str]) -> Optional[List[str]]:
    """The words that a script makes of the options: all split them at blanks, OpenRC evaluates the result once more."""
    if options is None or init == "sysv":
        return options.split() if options is not None else None
    parsed = shell_env.parse(f": {' '.join(options.split())}")
    texts = [w.text for c in parsed.commands for w in c.words]
    is_one = len(parsed.commands) == 1 and parsed.commands[0].alone and parsed.opaque is None
    return [t for t in texts[1:] if t is not None] if is_one and None not in texts else None


def not_read(host: Host, read_by_unit: Collection[str]) -> Reading:
    """What the files for a SysV script set where systemd starts the engine from a unit that reads only the files given,
    by their real paths."""
    defects = []
    for found in FILES["sysv"]:
        file = host.read(found.path)
        if isinstance(file, Missing) or file.real_path in read_by_unit:
            continue
        shell = shell_env.parse(_text(file), found.path)
        for name in (n for v in DAEMON_VARIABLES for n in environment_names(v) if n in shell.variables):
            origin = Origin(found.spec.id, found.path, shell.variables[name].line, name)
            why = f"no EnvironmentFile= of docker.service names this file, so {name} never reaches dockerd"
            defects.append(Defect("file-not-read", f"{origin}: {why}", origin))
    return Reading(defects=tuple(defects))


def _text(file: Union[File, Missing]) -> str:
    return "" if isinstance(file, Missing) else file.data.decode("utf-8", "surrogateescape")
