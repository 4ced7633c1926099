"""What a user's service manager gives every service of that user, a rootless engine among them: ``user.conf`` and
``environment.d`` over what the system's manager gives it.

Source: systemd, src/core/manager.c (manager_default_environment, manager_run_environment_generators); 252 was asked.
"""

from __future__ import annotations

import posixpath
import re
from typing import List, Mapping, Optional, Set, Tuple

from dockproxy.formats import env_file, environment_d, specifiers
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import Host, User
from dockproxy.model import DAEMON_NAMES, NOT_A_FILE, Defect, Missing, Origin, Reading, Unread
from dockproxy.sources import (
    conf_files,
    environment_generators,
    manager_conf,
    pam_service,
    systemd_env_file,
    systemd_environment,
    systemd_manager,
    systemd_pass_environment,
    systemd_unit,
)
from dockproxy.sources.manager_conf import Assignment, Written
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_manager import SPEC as MANAGER_SPEC
from dockproxy.sources.systemd_manager import Block, Inherited, located, settings

SPEC = Spec(
    id="user-environment",
    consumer="daemon",
    where="environment.d/*.conf of a rootless engine's user, over ~/.config, /etc, /run and /usr/lib; where "
    "/usr/lib/environment.d links to it, /etc/environment, too; below these ManagerEnvironment= and "
    "DefaultEnvironment= in user.conf and user.conf.d, and what the service user@UID and its pam_env give",
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


OPEN = re.compile(
    r"(?:PATH|SHELL|TERM|LANG|LANGUAGE|LC_\w+|XDG_\w+|[A-Z_]*(?:SYSTEMD|DBUS|JOURNAL|NOTIFY|LISTEN|INVOCATION|MANAGER)\w*)\Z"
)
"""Variables that the manager has from systemd, from the locale and from the login; their values no file tells."""


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
    of_files = _environment_d(host, user, {name: value for name, value, _ in assigned})
    return Written(
        (*assigned, *of_files.assigned),
        tuple(dict.fromkeys(u for written in (*below, of_files) for u in written.unread)),
        tuple(dict.fromkeys(d for written in (*below, of_files) for d in written.defects)),
    )


def _environment_d(host: Host, user: User, below: Mapping[str, str]) -> Written:
    """What the files give over what is ``below`` them."""
    if not environment_generators.reads_environment_d(host):
        return Written()
    session = {"HOME": user.home, "USER": user.name, "LOGNAME": user.name, "XDG_RUNTIME_DIR": f"/run/user/{user.uid}"}
    variables = {**session, **below}
    files = conf_files.collect(host, (posixpath.join(user.home, ".config/environment.d"), *FOLDERS))
    assigned: List[Assignment] = []
    unread, defects = list(files.unread(SPEC.id)), []
    unknown: Set[str] = set()
    for path in files.in_force:
        file = host.read(path)
        if isinstance(file, Missing):
            unread += [] if file is Missing.ABSENT or file in NOT_A_FILE else [Unread(SPEC.id, path, file)]
            continue
        parsed = env_file.parse(file.text)
        if parsed.invalid is not None:
            origin = Origin(SPEC.id, path, parsed.invalid.line)
            defects.append(Defect("environment-ignored", f"{origin}: {parsed.invalid.reason}", origin))
            # Of a file that is not UTF-8 systemd 252's program dies, and gives nothing of any file.
            unread += [] if "\0" in file.text else [Unread(SPEC.id, path, Missing.UNPARSABLE, origin.line)]
        doubtful = [line for name, line in parsed.doubtful if name in DAEMON_NAMES]
        unread += [Unread(SPEC.id, path, Missing.UNPARSABLE, line) for line in doubtful]
        defects += systemd_env_file.ignored(SPEC.id, path, parsed)
        for a in parsed.assignments:
            origin = Origin(SPEC.id, path, a.line, a.name)
            if not a.value:
                defects.append(Defect("environment-ignored", f"{origin}: systemd ignores an empty value", origin))
            elif any(n in unknown or (n not in variables and OPEN.match(n)) for n in environment_d.references(a.value)):
                unknown.add(a.name)
                unread += [Unread(SPEC.id, path, Missing.UNPARSABLE, a.line)] if a.name in DAEMON_NAMES else []
            else:
                unknown.discard(a.name)
                variables[a.name] = environment_d.expand(a.value, variables)
                assigned.append((a.name, variables[a.name], origin))
    return Written(tuple(assigned), tuple(unread), tuple(defects))


def _of_service(host: Host, user: User) -> Written:
    """What the service that runs the user's manager is given."""
    given = systemd_manager.written_for_all(host)
    unit = systemd_unit.load(host, f"user@{user.uid}.service")
    if unit is None:
        return given
    if unit.masked:
        return Written(defects=(systemd_unit.masked_defect(unit, consequence=f"nor any service of {user.name}"),))
    read = systemd_environment.read(unit) + systemd_env_file.read(host, unit)
    read += systemd_pass_environment.read(host, unit, None).reading
    own = systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit)
    own = [(name, value, origin._replace(source=SPEC.id)) for name, value, origin in own]
    assigned, unread = _with_pam(host, unit, [*given.assigned, *own])
    last = {name: value for name, value, _ in assigned}
    removed = {r.name for r in read.removals if r.takes(r.name, last.get(r.name))}
    kept = tuple(a for a in assigned if a[0] not in removed)
    return Written(kept, given.unread + read.unread + unread, given.defects + read.defects)


def _with_pam(
    host: Host, unit: systemd_unit.Unit, assigned: List[Assignment]
) -> Tuple[List[Assignment], Tuple[Unread, ...]]:
    """What is assigned once PAM has had its say, and what is not known of that."""
    unread: List[Unread] = []
    named = unit.statements("Service", "PAMName")[-1:]
    stack = specifiers.expand(named[0].statement.value, unit.specifiers) if named else None
    if stack is not None and UNKNOWN in stack:
        return assigned, (Unread(SPEC.id, named[0].part.path, Missing.UNPARSABLE, named[0].statement.line),)
    for item in pam_service.read(host, stack, SPEC.id) if stack else ():
        if isinstance(item, Unread):
            unread.append(item)
        elif item.value is not None:
            assigned = [*assigned, (item.name, item.value, item.origin)]
        else:
            assigned = [a for a in assigned if a[0] != item.name]
    return assigned, tuple(unread)
