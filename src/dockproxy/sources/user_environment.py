"""``environment.d``: what a user's service manager gives every service of that user, a rootless engine among them."""

from __future__ import annotations

import posixpath
from typing import Dict, List, NamedTuple, Tuple

from dockproxy.formats import env_file, environment_d
from dockproxy.host import File, Host
from dockproxy.model import NOT_A_FILE, VARIABLE_OF_NAME, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="user-environment",
    consumer="daemon",
    where="environment.d/*.conf of a rootless engine's user, over ~/.config, /etc, /run and /usr/lib; where "
    "/usr/lib/environment.d links to it, /etc/environment, too",
    effect="the user's next login, or systemctl --user set-environment, then a restart of the service",
    evidence="environment.d(5); systemd, src/environment-d-generator",
)

FOLDERS = (
    "/etc/environment.d",
    "/run/environment.d",
    "/usr/local/lib/environment.d",
    "/usr/lib/environment.d",
)
"""Behind the user's own; of two files with one name the one in the earlier folder counts."""


class Assigned(NamedTuple):
    """An assignment with its value as the manager gets it."""

    name: str
    value: str
    origin: Origin


def read(host: Host, home: str) -> Reading:
    """Read the proxy variables of the user with that home."""
    assigned, unread = assignments(host, home)
    settings = [
        Setting(VARIABLE_OF_NAME[a.name], value_of(VARIABLE_OF_NAME[a.name], a.value), a.origin, order)
        for order, a in enumerate(assigned)
        if a.name in VARIABLE_OF_NAME
    ]
    return Reading(tuple(settings), tuple(unread))


def assignments(host: Host, home: str) -> Tuple[List[Assigned], List[Unread]]:
    """Every assignment, later ones last."""
    variables: Dict[str, str] = {"HOME": home}
    assigned: List[Assigned] = []
    unread: List[Unread] = []
    for path in _files(host, home):
        file = host.read(path)
        if isinstance(file, File):
            for a in env_file.parse(file.data.decode("utf-8", "surrogateescape")).assignments:
                environment_d.assign(variables, a.name, a.value)
                value = variables.get(a.name, "")
                assigned.append(Assigned(a.name, value, Origin(SPEC.id, path, a.line, a.name)))
        elif file is not Missing.ABSENT and file not in NOT_A_FILE:
            unread.append(Unread(SPEC.id, path, file))
    return assigned, unread


def _files(host: Host, home: str) -> List[str]:
    by_name: Dict[str, str] = {}
    for folder in (posixpath.join(home, ".config/environment.d"), *FOLDERS):
        names = host.list(folder)
        for name in () if isinstance(names, Missing) else names:
            if name.endswith(".conf") and not name.startswith("."):
                by_name.setdefault(name, posixpath.join(folder, name))
    return [by_name[name] for name in sorted(by_name)]
