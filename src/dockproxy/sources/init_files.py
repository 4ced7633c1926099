"""The shell files that the init script of a SysV or OpenRC host sources, in their order.

Source: moby, contrib/init: sysvinit-debian/docker, sysvinit-redhat/docker, openrc/docker.initd; alpinelinux/aports,
community/docker/docker.initd; OpenRC, sh/openrc-run.sh.in and src/shared/misc.c (env_filter).
"""

from __future__ import annotations

import posixpath
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from dockproxy.host import File, Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Unread
from dockproxy.sources import conf_files
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.init import RESTARTS, SCRIPT
from dockproxy.sources.installed import exists
from dockproxy.sources.spec import Spec

SYSV = Spec(
    id="sysv-defaults",
    consumer="daemon",
    where="/etc/default/docker (Debian) or /etc/sysconfig/docker (Red Hat), which /etc/init.d/docker sources; "
    "only exported names. Where systemd runs that script, because there is no unit, this is not checked",
    effect=" ".join(RESTARTS["sysv"]),
    evidence="moby, contrib/init/sysvinit-debian/docker and sysvinit-redhat/docker; "
    "Debian's own script and one like the latter were asked",
    until="28.5",
)
OPENRC_SYSTEM = Spec(
    id="openrc-system",
    consumer="daemon",
    where="/etc/profile.env, which Gentoo's env-update writes, /etc/rc.conf and /etc/rc.conf.d/*.conf: every service "
    "gets what they export",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="OpenRC, src/shared/misc.c (env_filter) and sh/openrc-run.sh.in; OpenRC 0.45 was asked",
    until="28.5",
)
OPENRC = Spec(
    id="openrc-conf",
    consumer="daemon",
    where="/etc/conf.d/docker, or /etc/conf.d/docker.RUNLEVEL where that is there, sourced by OpenRC; only exported "
    "names",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="moby, contrib/init/openrc/docker.initd; OpenRC, sh/openrc-run.sh.in; OpenRC 0.45 was asked",
    until="28.5",
)
OPENRC_PROFILE = Spec(
    id="openrc-profile",
    consumer="daemon",
    where="/etc/profile.d/proxy.sh, where /etc/init.d/docker sources it as Alpine's does; only exported names",
    effect=" ".join(RESTARTS["openrc"]),
    evidence="alpinelinux/aports, community/docker/docker.initd",
    until="28.5",
)


class Sourced(NamedTuple):
    """A file. ``options`` is the variable with dockerd's flags, in a file that only this engine reads. ``if_named``: it
    counts where the script names it. ``folder``: its ``*.conf`` are sourced behind the file."""

    spec: Spec
    path: str
    options: Optional[str] = None
    if_named: bool = False
    folder: Optional[str] = None


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

FUNCTIONS = frozenset(("/lib/lsb/init-functions", "/etc/init.d/functions", "/etc/rc.d/init.d/functions"))
"""What init scripts source and has no proxy."""

RUNLEVEL = re.compile("[A-Za-z0-9_.-]+")
COMMENT = re.compile(r"(?:^|\s)#.*")
FLAG = re.compile(r"--(?:http-proxy|https-proxy|no-proxy|config-file)\b|\beval\b")
"""What the script may give dockerd itself, and what may be anything."""

DOT = re.compile(r"""(?:^|[;&|{(!]|\bif\b|\bthen\b|\bdo\b|\belse\b)\s*(?:\.|source)\s+["']?([^\s"';&|)]+)""")
NAMES = f"(?:{'|'.join(VARIABLE_OF_NAME)})"
NAMED = re.compile(rf"(?<![A-Za-z0-9_$])(?<!\$\{{){NAMES}(?![A-Za-z0-9_])|\$\{{{NAMES}:?=")
"""A variable that may be set or taken away; not one that is only looked at."""


class InitFiles(NamedTuple):
    """``own`` is the engine's own file, there or not; None where no init script starts an engine. ``sourced`` are all
    files, in their order. ``unread``: what else may set a variable."""

    own: Optional[Sourced] = None
    sourced: Tuple[Sourced, ...] = ()
    unread: Tuple[Unread, ...] = ()


def find(host: Host, init: str) -> InitFiles:
    """Look which files the script of this host sources."""
    if init not in FILES:
        return InitFiles()
    file = host.read(SCRIPT)
    script = file.text if isinstance(file, File) else ""
    own, unread = _own(host, init, script)
    found: List[Sourced] = []
    for sourced in FILES[init]:
        if sourced.options is not None:
            found += [own] if sourced.spec == own.spec and own not in found else []
        elif not sourced.if_named or sourced.path in script:
            found.append(sourced)
        behind = conf_files.collect(host, [sourced.folder] if sourced.folder is not None else [])
        found += [Sourced(sourced.spec, path) for path in behind.in_force]
        unread += behind.unread(sourced.spec.id)
    if isinstance(file, Missing) and file is not Missing.ABSENT:
        unread += (Unread(own.spec.id, SCRIPT, file),)
    unread += tuple(dict.fromkeys(_of_script(host, script, own, [s.path for s in found])))
    return InitFiles(own, tuple(found), unread)


def _own(host: Host, init: str, script: str) -> Tuple[Sourced, Tuple[Unread, ...]]:
    """The engine's own file, and those of other runlevels that may take its place."""
    candidates = [s for s in FILES[init] if s.options is not None]
    named = [s for s in candidates if f"{posixpath.dirname(s.path)}/" in script]
    there = [s for s in candidates if host.read(s.path) is not Missing.ABSENT]
    own = (named + there + candidates)[0]
    paths = [f"{own.path}.{level}" for level in (_runlevels(host) if init == "openrc" else ())]
    present = [path for path in paths if host.read(path) is not Missing.ABSENT]
    if len(paths) > 1:
        return own, tuple(Unread(own.spec.id, path, Missing.NOT_CHECKED) for path in present)
    return own._replace(path=present[0]) if present else own, ()


def _runlevels(host: Host) -> List[str]:
    """The one of a running host; of others those in which the engine is started, else ``default``."""
    file = host.read("/run/openrc/softlevel")
    name = file.data.decode("utf-8", "replace").strip() if isinstance(file, File) else ""
    levels = host.list("/etc/runlevels")
    with_engine = [
        level
        for level in (() if isinstance(levels, Missing) else levels)
        if RUNLEVEL.fullmatch(level) and exists(host, f"/etc/runlevels/{level}/docker")
    ]
    return [name] if RUNLEVEL.fullmatch(name) else with_engine or ["default"]


def _of_script(host: Host, script: str, own: Sourced, sourced: List[str]) -> Iterator[Unread]:
    """The lines of the script itself that may set a variable."""
    for number, line in enumerate(script.split("\n"), 1):
        text = COMMENT.sub("", line)
        if NAMED.search(text):
            yield Unread(own.spec.id, SCRIPT, Missing.UNPARSABLE, number)
        if FLAG.search(text):
            yield Unread(FLAG_SPEC.id, SCRIPT, Missing.UNPARSABLE, number)
        for path in DOT.findall(text):
            is_own = "$" in path and path.startswith(f"{posixpath.dirname(own.path)}/")
            if is_own or path in FUNCTIONS or path in sourced or path == own.path:
                continue
            if "$" in path or "`" in path:
                yield Unread(own.spec.id, SCRIPT, Missing.UNPARSABLE, number)
            elif host.read(path) is not Missing.ABSENT:
                yield Unread(own.spec.id, path, Missing.NOT_CHECKED)
