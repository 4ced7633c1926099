"""What a login is given: it reaches dockerd only where somebody starts that from a login shell, and never decides."""

from __future__ import annotations

import posixpath
from typing import Collection, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import pam_env, shell_env
from dockproxy.host import File, Host
from dockproxy.model import DAEMON_VARIABLES, NO_FOLDER, Missing, Origin, Unread, Value, environment_names, value_of
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="system-environment",
    consumer="cli",
    where="/etc/environment, /etc/profile, /etc/profile.d/*.sh, /etc/bash.bashrc, /etc/bashrc and root's ~/.profile, "
    "~/.bash_profile and ~/.bashrc; never a dockerd that a service manager starts",
    effect="a new login",
    evidence="pam_env(8); bash(1), INVOCATION; systemd.exec(5), ENVIRONMENT VARIABLES IN SPAWNED PROCESSES",
    until="28.5",
)

ENVIRONMENT = "/etc/environment"
PROFILE_DIR = "/etc/profile.d"
SYSTEM = ("/etc/profile", "/etc/bash.bashrc", "/etc/bashrc")
OF_ROOT = (".profile", ".bash_profile", ".bashrc")


class Login(NamedTuple):
    """A name that a login is given. ``value`` is None where only a shell could tell it."""

    variable: str
    value: Optional[Value]
    origin: Origin


def read(host: Host, others: Collection[str] = ()) -> Tuple[Tuple[Login, ...], Tuple[Unread, ...]]:
    """Read the files; ``others`` are some that reach dockerd all the same, and so are not read here."""
    found: List[Login] = []
    unread: List[Unread] = []
    root = host.user(0)
    home = root.home if root is not None else None
    if home is not None and host.list(home) is Missing.PERMISSION:
        unread.append(Unread(SPEC.id, home, Missing.PERMISSION))
        home = None
    scripts = host.list(PROFILE_DIR)
    if isinstance(scripts, Missing):
        unread += [Unread(SPEC.id, PROFILE_DIR, scripts)] if scripts not in NO_FOLDER else []
        scripts = ()
    for path in _paths(scripts, home):
        file = host.read(path)
        if path in others or file is Missing.ABSENT:
            continue
        if isinstance(file, File):
            found += _of_file(path, file.text)
        else:
            unread.append(Unread(SPEC.id, path, file))
    return tuple(found), tuple(unread)


def _paths(scripts: Sequence[str], home: Optional[str]) -> Iterator[str]:
    yield ENVIRONMENT
    yield SYSTEM[0]
    for name in scripts:
        if name.endswith(".sh"):
            yield posixpath.join(PROFILE_DIR, name)
    yield from SYSTEM[1:]
    if home is not None:
        yield from (posixpath.join(home, name) for name in OF_ROOT)


def _of_file(path: str, text: str) -> Iterator[Login]:
    names: Dict[str, Tuple[Optional[str], int]]
    if path == ENVIRONMENT:
        names = {name: found for name, found in pam_env.parse(text).items() if found.value is not None}
    else:
        # What such a file seems to say is enough: it decides nothing.
        variables = shell_env.parse(text).variables
        names = {name: (v.value, v.line) for name, v in variables.items() if v.exported is not False}
    for variable in DAEMON_VARIABLES:
        for name in environment_names(variable):
            if name in names:
                value, line = names[name]
                known = value_of(variable, value) if value is not None else None
                yield Login(variable, known, Origin(SPEC.id, path, line, name))
