"""The file that the init script of a SysV or OpenRC host sources: what it exports reaches dockerd.

Source: moby, contrib/init: sysvinit-debian/docker, sysvinit-redhat/docker, openrc/docker.initd.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from dockproxy.formats import shell_env
from dockproxy.host import Host
from dockproxy.model import VARIABLE_OF_NAME, Defect, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.dockerd_flag import Command, of_argv
from dockproxy.sources.init import SCRIPT_RESTARTS
from dockproxy.sources.spec import Spec

SYSV = Spec(
    id="sysv-defaults",
    consumer="daemon",
    where="/etc/default/docker (Debian) or /etc/sysconfig/docker (Red Hat), which /etc/init.d/docker sources; "
    "only exported names",
    effect=SCRIPT_RESTARTS["sysv"],
    evidence="moby, contrib/init/sysvinit-debian/docker and sysvinit-redhat/docker",
)
OPENRC = Spec(
    id="openrc-conf",
    consumer="daemon",
    where="/etc/conf.d/docker, sourced by OpenRC; only exported names",
    effect=SCRIPT_RESTARTS["openrc"],
    evidence="moby, contrib/init/openrc/docker.initd",
)


class Sourced(NamedTuple):
    """A file, and the variable of it that holds dockerd's flags."""

    spec: Spec
    path: str
    options: str


FILES = {
    "sysv": (
        Sourced(SYSV, "/etc/default/docker", "DOCKER_OPTS"),
        Sourced(SYSV, "/etc/sysconfig/docker", "other_args"),
    ),
    "openrc": (Sourced(OPENRC, "/etc/conf.d/docker", "DOCKER_OPTS"),),
}
"""Init system to the files that its script may source; the first one that is there."""


def sourced(host: Host, init: str) -> Optional[Sourced]:
    """The file of this host; None where no init script sources one."""
    return next((s for s in FILES.get(init, ()) if host.read(s.path) is not Missing.ABSENT), None)


def read(host: Host, init: str) -> Tuple[Reading, Optional[Command]]:
    """Read what the file exports, and the command line that its options make."""
    found = sourced(host, init)
    if found is None:
        return Reading(), None
    file = host.read(found.path)
    if isinstance(file, Missing):
        return Reading(unread=(Unread(found.spec.id, found.path, file),)), None
    parsed = shell_env.parse(file.data.decode("utf-8", "surrogateescape"))
    settings: List[Setting] = []
    unread: List[Unread] = []
    defects: List[Defect] = []
    for name, kind in VARIABLE_OF_NAME.items():
        variable = parsed.get(name)
        if variable is None:
            continue
        origin = Origin(found.spec.id, found.path, variable.line, name)
        if variable.exported is False:
            why = f"{name} is not exported, so it never reaches dockerd: write `export {name}=…`"
            defects.append(Defect("environment-ignored", f"{origin}: {why}", origin))
        elif variable.value is None or variable.exported is None:
            unread.append(Unread(found.spec.id, found.path, Missing.UNPARSABLE))
        else:
            settings.append(Setting(kind, value_of(kind, variable.value), origin, len(settings)))
    options = parsed.get(found.options)
    if options is not None and options.value is None:
        unread.append(Unread(FLAG_SPEC.id, found.path, Missing.UNPARSABLE))
    words = (options.value or "").split() if options is not None else []
    line = options.line if options is not None else None
    command = of_argv(["dockerd", *words], Origin(FLAG_SPEC.id, found.path, line))
    return Reading(tuple(settings), tuple(dict.fromkeys(unread)), tuple(defects)), command
