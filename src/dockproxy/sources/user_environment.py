"""``environment.d``: what a user's service manager gives every service of that user, a rootless engine among them."""

from __future__ import annotations

import posixpath
from typing import Dict, List, Mapping, Optional, Tuple

from dockproxy.formats import env_file, environment_d
from dockproxy.host import File, Host, User
from dockproxy.model import NOT_A_FILE, Missing, Origin, Reading, Unread
from dockproxy.sources import conf_files, environment_generators
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_manager import SPEC as MANAGER_SPEC
from dockproxy.sources.systemd_manager import Assignment, Block, Inherited, located, settings

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


def read(host: Host, user: User, block: Optional[Block]) -> Inherited:
    """Read the block of a user's running manager, and where the files say the same; else what they say."""
    assigned, unread = assignments(host, user.home)
    if isinstance(block, Mapping):
        return located(block, assigned)
    if block is not None:
        unread += (Unread(MANAGER_SPEC.id, None, block),)
    generators = environment_generators.in_force(host, "user")
    unread += tuple(Unread(MANAGER_SPEC.id, path, Missing.NOT_CHECKED) for path in generators)
    return Inherited(Reading(settings(assigned), unread), assigned)


def assignments(host: Host, home: str) -> Tuple[Tuple[Assignment, ...], Tuple[Unread, ...]]:
    """Every assignment with its value as the manager gets it, later ones last."""
    variables: Dict[str, str] = {"HOME": home}
    assigned: List[Assignment] = []
    unread: List[Unread] = []
    for path in _files(host, home):
        file = host.read(path)
        if isinstance(file, File):
            for a in env_file.parse(file.data.decode("utf-8", "surrogateescape")).assignments:
                environment_d.assign(variables, a.name, a.value)
                assigned.append((a.name, variables.get(a.name, ""), Origin(SPEC.id, path, a.line, a.name)))
        elif file is not Missing.ABSENT and file not in NOT_A_FILE:
            unread.append(Unread(SPEC.id, path, file))
    return tuple(assigned), tuple(unread)


def _files(host: Host, home: str) -> List[str]:
    folders = (posixpath.join(home, ".config/environment.d"), *FOLDERS)
    return conf_files.in_force(conf_files.same_names(host, folders))
