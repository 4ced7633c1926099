"""What a user's service manager gives every service of that user, a rootless engine among them: ``user.conf`` and
``environment.d`` over what the system's manager gives it.

Source: systemd, src/core/manager.c (manager_default_environment, manager_run_environment_generators); 252 was asked.
"""

from __future__ import annotations

import posixpath
from typing import Mapping, Optional

from dockproxy.formats import env_file, environment_d
from dockproxy.host import File, Host, User
from dockproxy.model import NOT_A_FILE, Defect, Missing, Origin, Reading, Unread
from dockproxy.sources import (
    conf_files,
    environment_generators,
    manager_conf,
    systemd_env_file,
    systemd_environment,
    systemd_manager,
    systemd_pass_environment,
    systemd_unit,
)
from dockproxy.sources.manager_conf import Written
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_manager import SPEC as MANAGER_SPEC
from dockproxy.sources.systemd_manager import Block, Inherited, located, settings

SPEC = Spec(
    id="user-environment",
    consumer="daemon",
    where="environment.d/*.conf of a rootless engine's user, over ~/.config, /etc, /run and /usr/lib; where "
    "/usr/lib/environment.d links to it, /etc/environment, too; below these ManagerEnvironment= and "
    "DefaultEnvironment= in user.conf and user.conf.d, and what the service user@UID is given",
    effect="the user's next login, or systemctl --user set-environment, then a restart of the service",
    evidence="environment.d(5); systemd-user.conf(5); systemd, src/environment-d-generator",
    until="28.5",
)

KEYS = ("ManagerEnvironment", "DefaultEnvironment")
"""The keys of user.conf that reach what the manager starts; the later one wins."""

FOLDERS = (
    "/etc/environment.d",
    "/run/environment.d",
    "/usr/local/lib/environment.d",
    "/usr/lib/environment.d",
)
"""Behind the user's own; of two files with one name the one in the earlier folder counts."""


def read(host: Host, user: User, block: Optional[Block]) -> Inherited:
    """Read the block of a user's running manager, and where the files say the same; else what they say."""
    written = assignments(host, user)
    if isinstance(block, Mapping):
        return located(block, written.assigned)
    # What the system's manager is given reaches the service that runs the user's.
    unread = written.unread
    for kind in ("system", "user"):
        unread += environment_generators.unread(host, kind, MANAGER_SPEC.id)
    if block is not None:
        unread += (Unread(MANAGER_SPEC.id, None, block),)
    return Inherited(Reading(settings(written.assigned), unread, written.defects), written.assigned)


def assignments(host: Host, user: User) -> Written:
    """Every assignment with its value as the manager gets it, later ones last."""
    folders = (posixpath.join(user.home, ".config/systemd"), *manager_conf.FOLDERS)
    own = [manager_conf.read(host, SPEC.id, "user.conf", key, folders) for key in KEYS]
    below = [_of_service(host, user), *own]
    assigned = [a for written in below for a in written.assigned]
    variables = {"HOME": user.home, **{name: value for name, value, _ in assigned}}
    files = conf_files.collect(host, (posixpath.join(user.home, ".config/environment.d"), *FOLDERS))
    unread = [u for written in below for u in written.unread] + list(files.unread(SPEC.id))
    defects = [d for written in below for d in written.defects]
    for path in files.in_force:
        file = host.read(path)
        if isinstance(file, File):
            for a in env_file.parse(file.text).assignments:
                origin = Origin(SPEC.id, path, a.line, a.name)
                if a.value:
                    variables[a.name] = environment_d.expand(a.value, variables)
                    assigned.append((a.name, variables[a.name], origin))
                else:
                    defects.append(Defect("environment-ignored", f"{origin}: systemd ignores an empty value", origin))
        elif file is not Missing.ABSENT and file not in NOT_A_FILE:
            unread.append(Unread(SPEC.id, path, file))
    return Written(tuple(assigned), tuple(dict.fromkeys(unread)), tuple(dict.fromkeys(defects)))


def _of_service(host: Host, user: User) -> Written:
    """What the service that runs the user's manager is given."""
    given = systemd_manager.written_for_all(host)
    unit = systemd_unit.load(host, f"user@{user.uid}.service")
    if unit is None:
        return given
    read = systemd_environment.read(unit) + systemd_env_file.read(host, unit)
    read += systemd_pass_environment.read(host, unit, None).reading
    own = systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit)
    assigned = [*given.assigned, *((name, value, origin._replace(source=SPEC.id)) for name, value, origin in own)]
    last = {name: value for name, value, _ in assigned}
    removed = {r.name for r in read.removals if r.takes(r.name, last.get(r.name))}
    kept = tuple(a for a in assigned if a[0] not in removed)
    return Written(kept, given.unread + read.unread, given.defects + read.defects)
