"""The shell files that the init script of a SysV or OpenRC host sources, in their order.

Source: moby, contrib/init: sysvinit-debian/docker, sysvinit-redhat/docker, openrc/docker.initd; alpinelinux/aports,
community/docker/docker.initd; OpenRC, sh/openrc-run.sh.in and src/shared/misc.c (env_filter).
"""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple

from dockproxy.formats import shell_env
from dockproxy.formats.shell_env import ShellFile, Variable
from dockproxy.host import File, Host
from dockproxy.model import Defect, Missing, Origin, Unread
from dockproxy.sources import conf_files, init_shape
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.init import RESTARTS, SCRIPT
from dockproxy.sources.init_shape import Start
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
    counts where the script sources it, as all of SysV do. ``folder``: its ``*.conf`` are sourced behind the file."""

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

SOURCES = tuple(dict.fromkeys(s.spec.id for files in FILES.values() for s in files))

FUNCTIONS = frozenset(("/lib/lsb/init-functions", "/etc/init.d/functions", "/etc/rc.d/init.d/functions"))
"""What init scripts source and has no proxy."""

ENDS_ON_FAILURE = re.compile(r"#![^\n]*[ \t]-[a-z]*e")
"""A script whose first line says ``sh -e``."""

RUNLEVEL = re.compile("[A-Za-z0-9_.-]+")

GIVEN = {"openrc": shell_env.NOTHING._replace(variables={"RC_SVCNAME": Variable("docker", True, 0, SCRIPT)})}
"""What a script is given beside its files (openrc-run(8))."""


class InitFiles(NamedTuple):
    """``own`` is the engine's own file, there or not; None where no init script sources one. ``sourced`` are all files,
    in their order, ``states`` what is in the variables behind each that is there, and ``last`` behind the script; None
    where that may not be read. ``start`` is how a SysV script starts dockerd. ``unread``: what else may set a
    variable. ``required`` are the paths without which the script ends, ``missing`` those that are not there."""

    own: Optional[Sourced] = None
    sourced: Tuple[Sourced, ...] = ()
    states: Tuple[ShellFile, ...] = ()
    last: Optional[ShellFile] = None
    start: Optional[Start] = None
    unread: Tuple[Unread, ...] = ()
    required: FrozenSet[str] = frozenset()
    missing: Tuple[Defect, ...] = ()
    has_script: bool = False


def own_files(init: str) -> List[Sourced]:
    """The files of which an engine has one for itself."""
    return [s for s in FILES.get(init, ()) if s.options is not None]


def find(host: Host, init: str) -> InitFiles:
    """Read the script of this host and the files that are sourced."""
    file = host.read(SCRIPT) if init in FILES else Missing.ABSENT
    if file is Missing.ABSENT:
        return InitFiles()
    if isinstance(file, Missing):
        unread = [Unread(spec.id, SCRIPT, file) for spec in (own_files(init)[0].spec, FLAG_SPEC)]
        return InitFiles(unread=tuple(unread), has_script=True)
    return _Run(host, init, file.text).through()


class _Run:
    """A start of the engine, as far as its variables go."""

    def __init__(self, host: Host, init: str, script: str) -> None:
        self.host, self.init, self.script = host, init, script
        self.states = [GIVEN.get(init, shell_env.NOTHING)]
        self.sourced: List[Sourced] = []
        self.unread: List[Unread] = []
        self.required: Set[str] = set()
        self.missing: List[Defect] = []

    def through(self) -> InitFiles:
        for sourced in FILES[self.init] if self.init == "openrc" else ():
            if not sourced.if_named:
                self.load(self.of_runlevel(sourced))
            behind = conf_files.collect(self.host, [sourced.folder] if sourced.folder is not None else [])
            for path in behind.in_force:
                self.load(Sourced(sourced.spec, path))
            self.unread += behind.unread(sourced.spec.id)
        shape = init_shape.of(self.script, self.init)
        before = self.states[-1]._replace(ends_on_failure=ENDS_ON_FAILURE.match(self.script) is not None)
        last = _unknown_at(shape.strange, shell_env.parse(shape.text, SCRIPT, before, self.dot), SCRIPT)
        last = _refused_if_failing(last) if self.init == "openrc" else last
        own = next((s for s in self.sourced if s.options is not None), None)
        files, states, unread = tuple(self.sourced), tuple(self.states), tuple(self.unread)
        required, missing = frozenset(self.required), tuple(self.missing)
        return InitFiles(own, files, states, last, shape.start, unread, required, missing, has_script=True)

    def dot(self, word: str, before: ShellFile) -> Optional[ShellFile]:
        """What a file leaves that the script itself sources."""
        path = word.removeprefix(init_shape.IF_THERE)
        if path in FUNCTIONS:
            return before
        if path == word and path.startswith("/") and init_shape.ends_where_a_file_is_missing(self.script):
            self.require(path, before.commands[-1].words[0].line)
        sourced = next((s for s in FILES[self.init] if s.path == path), None)
        if sourced is not None:
            return self.add(sourced, before)
        return before if path.startswith("/") and self.host.read(path) is Missing.ABSENT else None

    def require(self, path: str, line: int) -> None:
        """Note that the script ends at a line where the file is not there."""
        self.required.add(path)
        if self.host.read(path) is Missing.ABSENT:
            origin = Origin(own_files(self.init)[0].spec.id, SCRIPT, line)
            message = (
                f"{origin}: sources {path}, which is not there: the shell ends, and dockerd is not started; "
                "create it, an empty file is enough"
            )
            self.missing.append(Defect("sourced-file-missing", message, origin, stops=True))

    def load(self, sourced: Sourced) -> None:
        """Add what OpenRC itself sources."""
        self.add(sourced, self.states[-1])
        self.states[-1] = _refused_if_failing(self.states[-1])

    def add(self, sourced: Sourced, before: ShellFile) -> ShellFile:
        file = self.host.read(sourced.path)
        self.sourced.append(sourced)
        if isinstance(file, File):
            own_start = init_shape.own_start(file.text) if self.init == "openrc" else None
            self.states.append(_unknown_at(own_start, shell_env.parse(file.text, sourced.path, before), sourced.path))
            return self.states[-1]
        if file is not Missing.ABSENT:
            self.unread.append(Unread(sourced.spec.id, sourced.path, file))
        return before

    def of_runlevel(self, sourced: Sourced) -> Sourced:
        """The file that takes the place of the engine's own in the runlevel; where that is not known, those that may
        are unread."""
        levels = _runlevels(self.host) if sourced.options is not None else []
        paths = [f"{sourced.path}.{level}" for level in levels]
        present = [path for path in paths if self.host.read(path) is not Missing.ABSENT]
        if len(paths) > 1:
            self.unread += [Unread(sourced.spec.id, path, Missing.NOT_CHECKED) for path in present]
            return sourced
        return sourced._replace(path=present[0]) if present else sourced


def _unknown_at(line: Optional[int], state: ShellFile, path: str) -> ShellFile:
    """The state, where a line of the file may start dockerd with anything."""
    return state if line is None else state._replace(opaque=state.opaque or Variable(None, None, line, path))


def _refused_if_failing(state: ShellFile) -> ShellFile:
    """The state, where OpenRC starts nothing if the last command fails (openrc-run.sh, sourcex)."""
    return state._replace(failing=state.failing or state.may_leave_failure)


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
