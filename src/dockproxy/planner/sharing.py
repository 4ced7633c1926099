"""Which files are not the engine's alone: an edit of theirs would reach whoever else reads them."""

from __future__ import annotations

import fnmatch
import functools
import posixpath
import re
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from dockproxy.formats import specifiers, unit_file
from dockproxy.host import File, Host
from dockproxy.model import Missing
from dockproxy.sources import installation, systemd_env_file, systemd_unit
from dockproxy.sources.init import SCRIPT
from dockproxy.sources.installation import SYSTEM, Installation

SYSTEM_WIDE = (
    "/etc/environment",
    "/etc/environment.d/",
    "/etc/profile",
    "/etc/profile.d/",
    "/etc/default/locale",
    "/etc/locale.conf",
    "/etc/sysconfig/proxy",
    "/etc/sysconfig/network",
    "/etc/security/pam_env.conf",
)
"""What logins, shells and network scripts read; with a slash at the end all that is below."""

SCRIPTS = (
    "/etc/profile",
    "/etc/profile.d/",
    "/etc/bash.bashrc",
    "/etc/bashrc",
    "/etc/zsh/zshenv",
    "/etc/zsh/zprofile",
    "/etc/zsh/zshrc",
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    "/etc/init.d/",
    "/etc/rc.d/init.d/",
    "/etc/default/",
    "/etc/sysconfig/",
    "/etc/conf.d/",
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d/",
    "/etc/cron.hourly/",
    "/etc/cron.daily/",
    "/etc/cron.weekly/",
    "/etc/cron.monthly/",
    "/var/spool/cron/",
    "/var/spool/cron/crontabs/",
    "/etc/pam.d/",
)
"""What may source another file, or name it as pam_env's ``envfile=``; with a slash at the end what is in the folder."""

COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
BRACED = re.compile(r"\$\{(\w+)\}")
VARIABLE = re.compile(r"\$(\w+)")
ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)=([\w./@+-]+)[ \t]*(?:;|#|$)", re.MULTILINE)
BETWEEN = re.compile(r"[\s;|&()<>=:`{},]+")
"""What ends a path in the text of a script, whose quotes are gone."""

GLOB = re.compile(r"[*?[]")
QUOTES = str.maketrans("", "", "\"'\\")

SECTIONS = {"service": "Service", "socket": "Socket", "mount": "Mount", "swap": "Swap"}
"""The types of units that run programs, and the section that names their environment files; systemd 252 was asked."""

ANY_UNIT = {**specifiers.STATIC, **dict.fromkeys([*"fiIjJnNpP", *specifiers.AT_RUN_TIME], "*")}
"""The specifiers of a template, of all units of a type, and of what only a running host knows: a pattern of glob(7)."""

ANY_USER = {
    **dict.fromkeys("gGuU", "*"),
    "h": "/home/*", "C": "/home/*/.cache", "E": "/home/*/.config", "L": "/home/*/.*/log", "S": "/home/*/.*",
    "t": "/run/user/*",
}  # fmt: skip
"""The same of what differs from one user's service manager to the next."""

Manager = Optional[Installation]
"""A service manager, by an engine of its; None stands for those of all users."""


class Readers:
    """Who reads a file beside the engine itself. The host is looked at once, when it is first asked."""

    def __init__(self, host: Host, own: Installation) -> None:
        self._host, self._own = host, own

    def other_than_engine(self, path: str) -> Optional[str]:
        """One that does, such as ``containerd.service``; None where the engine's own unit is alone."""
        real = self._host.realpath(path)
        for place in SYSTEM_WIDE:
            file = self._host.read(place)
            linked = file.real_path if isinstance(file, File) else place
            if real in (place, linked) or (place.endswith("/") and real.startswith(place)):
                return "logins and shells"
        return self._units.get(real) or self._units.get(posixpath.dirname(real))

    def script(self, path: str) -> Optional[str]:
        """One whose text names the file, and so may source it; None where none does."""
        real = self._host.realpath(path)
        for name, scripts in self._names.items():
            others = [script for script in scripts if self._host.realpath(script) != real]
            if others and _is_named(real, name):
                return others[0]
        return None

    @functools.cached_property
    def _units(self) -> Dict[str, str]:
        """Every part of every other unit, every folder of its drop-ins and every environment file, to the unit."""
        found: Dict[str, str] = {}
        for manager, unit, path in _other_parts(self._host, self._own):
            file = self._host.read(path)
            is_users = manager is None or manager.user is not None
            shown = f"a user's {unit}" if is_users and manager != self._own else unit
            if path.endswith(".d"):
                found[self._host.realpath(path)] = shown
            elif isinstance(file, File):
                found[file.real_path] = shown
                found.update((real, shown) for real in _environment_files(self._host, manager, unit, file))
        return found

    @functools.cached_property
    def _names(self) -> Dict[str, List[str]]:
        """Every path in the text of a script, its links followed, or the pattern that its variables make of it, to the
        scripts."""
        found: Dict[str, List[str]] = {}
        for script, text in _scripts(self._host):
            for name in _names_in(text):
                real = name if GLOB.search(name) else self._host.realpath(name)
                found.setdefault(real, []).append(script)
        return found


def _scripts(host: Host) -> Iterator[Tuple[str, str]]:
    """Every script but the engine's own, and its text; what is no text has none."""
    own = host.realpath(SCRIPT)
    for place in SCRIPTS:
        folder = place.rstrip("/")
        for path in [f"{folder}/{name}" for name in _listed(host, folder)] if place.endswith("/") else [place]:
            file = host.read(path)
            if isinstance(file, File) and b"/" in file.data and b"\0" not in file.data and file.real_path != own:
                yield path, file.text


def _names_in(text: str) -> Iterator[str]:
    """The paths in a script's text; ``*`` in the place of a variable in a folder, and of a folder that is relative."""
    text = BRACED.sub(r"$\1", COMMENT.sub("", text)).translate(QUOTES)
    assigned = dict(ASSIGNED.findall(text))
    for word in set(BETWEEN.split(text)):
        folder, slash, name = VARIABLE.sub(lambda m: assigned.get(m[1], m[0]), word.lstrip("-")).rpartition("/")
        if slash and name and "$" not in name and (folder or word.startswith("/")):
            yield f"{'*' if folder.startswith('.') else VARIABLE.sub('*', folder)}/{name}"


def _is_named(real: str, name: str) -> bool:
    """A script's own pattern is of files only: one such as ``/*`` names no file in a folder below."""
    folder, _, last = name.rpartition("/")
    return fnmatch.fnmatchcase(posixpath.basename(real), last) and fnmatch.fnmatchcase(posixpath.dirname(real), folder)


def _managers(host: Host, own: Installation) -> Iterator[Tuple[Manager, Sequence[str]]]:
    """Every service manager of the host, the engine's first, and where it looks."""
    for manager in (own, SYSTEM):
        yield manager, systemd_unit.unit_dirs(host, manager)
    # Where /lib is no link, systemd does not look there for users; the tree may be of two minds, and nobody is hurt.
    yield None, [*(folder for folder in installation.USER_DIRS if "{" not in folder), "/lib/systemd/user"]
    for user in installation.users(host, None):
        yield installation.rootless(user), installation.rootless(user).unit_dirs


def _other_parts(host: Host, own: Installation) -> Iterator[Tuple[Manager, str, str]]:
    """The unit files and drop-ins, and the folders of these, of all units that run programs, but of the engine's; and
    the unit, or the type where it is for all of that type."""
    looked_at: Set[str] = set()
    of_engine = systemd_unit.names(host, own)
    for manager, folders in _managers(host, own):
        for folder in folders:
            real = host.realpath(folder)
            if real not in looked_at:
                looked_at.add(real)
                parts = _parts(host, folder, of_engine if manager == own else ())
                yield from ((manager, unit, path) for unit, path in parts)


def _parts(host: Host, folder: str, of_engine: Sequence[str]) -> Iterator[Tuple[str, str]]:
    for name in _listed(host, folder):
        unit, path = name.removesuffix(".d"), posixpath.join(folder, name)
        if unit in of_engine or unit.rpartition(".")[2] not in SECTIONS:
            continue
        inside = _listed(host, path) if unit != name else []
        if unit == name or inside:
            yield unit, path
        yield from ((unit, f"{path}/{n}") for n in inside if n.endswith(".conf"))


def _environment_files(host: Host, manager: Manager, unit: str, file: File) -> List[str]:
    if b"EnvironmentFile" not in file.data:
        return []
    parsed = unit_file.parse(file.text)
    known = _specifiers(host, manager, unit)
    found = []
    for statement in parsed.find(SECTIONS[unit.rpartition(".")[2]], "EnvironmentFile"):
        for path in systemd_env_file.paths(host, specifiers.expand(statement.value, known) or ""):
            named = host.read(path)
            # One that is not there yet is read once it is.
            found.append(named.real_path if isinstance(named, File) else path)
    return found


def _specifiers(host: Host, manager: Manager, unit: str) -> Mapping[str, str]:
    is_one = "." in unit and "@" not in unit
    is_users = manager is None or manager.user is not None
    known = systemd_unit.known_specifiers(host, unit, manager) if manager is not None and is_one else {}
    return {**ANY_UNIT, **(ANY_USER if is_users else {}), **known}


def _listed(host: Host, folder: str) -> List[str]:
    names = host.list(folder)
    return [] if isinstance(names, Missing) else list(names)
