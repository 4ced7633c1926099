"""A service as systemd would load it: the unit file and its drop-ins, in systemd's order.

Not a source itself: ``systemd_environment``, ``systemd_env_file`` and ``dockerd_flag`` read what this loads.
Source: systemd.unit(5) "Unit File Load Path"; systemd, src/basic/path-lookup.c and src/shared/dropin.c.
"""

from __future__ import annotations

import posixpath
from itertools import chain
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import specifiers, unit_file
from dockproxy.host import File, Host
from dockproxy.model import NOT_A_FILE, Missing, Unread
from dockproxy.sources import conf_files
from dockproxy.sources.installation import SYSTEM, Installation


class Part(NamedTuple):
    """One file of a unit: the fragment, or a drop-in."""

    path: str
    real_path: str
    unit: unit_file.UnitFile
    changed: float


class Located(NamedTuple):
    """A statement and the file it stands in."""

    part: Part
    statement: unit_file.Statement


class Unit(NamedTuple):
    """A loaded unit. ``parts`` are in the order in which systemd applies them, the fragment first. ``void`` are
    drop-ins that are no file, which systemd passes over, and why."""

    name: str
    parts: Tuple[Part, ...]
    unread: Tuple[Unread, ...]
    void: Tuple[Tuple[str, Missing], ...]
    specifiers: Mapping[str, str]
    masked: bool = False

    @property
    def drop_ins(self) -> List[str]:
        """The drop-ins as systemd lists them, also those that give it nothing."""
        return [p.path for p in self.parts if p.path.endswith(".conf")] + [path for path, _ in self.void]

    def statements(self, section: str, key: str) -> List[Located]:
        """Every assignment of ``key``, in systemd's order; an empty value, which resets a list, included."""
        return [Located(part, s) for part in self.parts for s in part.unit.find(section, key)]

    def in_force(self, section: str, key: str) -> List[Located]:
        """The assignments of a list-like ``key`` after the last empty one, which resets the list."""
        kept: List[Located] = []
        for located in self.statements(section, key):
            if located.statement.value:
                kept.append(located)
            else:
                kept.clear()
        return kept


def unit_dirs(host: Host, installation: Installation = SYSTEM) -> Tuple[str, ...]:
    """The load path without directories that are links to earlier ones, as /lib is where /usr is merged."""
    seen: Dict[str, str] = {}
    for path in installation.unit_dirs:
        seen.setdefault(host.realpath(path), path)
    return tuple(seen.values())


def load(host: Host, name: str, installation: Installation = SYSTEM) -> Optional[Unit]:
    """Load a service by its name, as the service manager of that engine does; None when no directory holds it."""
    unread: List[Unread] = []
    void: List[Tuple[str, Missing]] = []
    parts: List[Part] = []
    paths = (posixpath.join(d, name) for d in unit_dirs(host, installation))
    candidates = ((path, host.read(path)) for path in paths)
    found = next((candidate for candidate in candidates if candidate[1] is not Missing.ABSENT), None)
    if found is None:
        return None
    fragment = found[0]
    for path, file in chain([found], ((path, host.read(path)) for path in drop_ins(host, name, installation))):
        if isinstance(file, File):
            parts.append(_part(file))
        elif path != fragment and (file is Missing.ABSENT or file in NOT_A_FILE):
            void.append((path, file))
        else:
            unread.append(Unread("systemd-environment", path, file))
    masked = bool(parts) and parts[0].path == fragment and not parts[0].unit.text
    known = known_specifiers(host, name, installation)
    return Unit(name, tuple(parts), tuple(unread), tuple(void), known, masked)


def drop_ins(host: Host, name: str, installation: Installation = SYSTEM) -> List[str]:
    """The drop-ins of a unit by file name; of two with one name the one in the earlier directory counts, also where it
    is empty, a link to nowhere or a folder."""
    return conf_files.in_force(same_names(host, name, installation))


def same_names(host: Host, name: str, installation: Installation = SYSTEM) -> Dict[str, List[str]]:
    """The file names of a unit's drop-ins, and every place that has one of that name, the one that counts first."""
    dirs = unit_dirs(host, installation)
    # A unit's own directory beats the one for its whole type.
    names = [name, *_aliases(host, name, dirs), name.rpartition(".")[2]]
    return conf_files.same_names(host, [f"{d}/{n}.d" for n in names for d in dirs])


def _aliases(host: Host, name: str, dirs: Tuple[str, ...]) -> List[str]:
    """The other names of a unit that have drop-ins: links, as ``Alias=`` makes them, to a file of its name in any unit
    directory, also where that one does not hold it."""
    entries: Dict[str, str] = {}
    for d in reversed(dirs):
        found = host.list(d)
        entries.update((entry, posixpath.join(d, entry)) for entry in (() if isinstance(found, Missing) else found))
    links = {posixpath.join(d, link) for d in dirs for link in host.links(d)}
    kind = f".{name.rpartition('.')[2]}"
    others = sorted(e for e, path in entries.items() if path in links and e.endswith(kind) and f"{e}.d" in entries)
    reals = {posixpath.join(host.realpath(d), name) for d in dirs} if others else ()
    return [other for other in others if other != name and host.realpath(entries[other]) in reals]


def _part(file: File) -> Part:
    return Part(file.path, file.real_path, unit_file.parse(file.data.decode("utf-8", "surrogateescape")), file.changed)


def known_specifiers(host: Host, name: str, installation: Installation = SYSTEM) -> Mapping[str, str]:
    """The specifiers of a unit that its name and the host's files tell."""
    known = specifiers.for_unit(name, *host_names(host))
    user = installation.user
    return known if user is None else specifiers.for_user(known, user.name, user.uid, user.gid, user.home)


def host_names(host: Host) -> Tuple[Optional[str], Optional[str]]:
    """The host's name and its machine id."""
    return _first_line(host, "/etc/hostname"), _first_line(host, "/etc/machine-id")


def _first_line(host: Host, path: str) -> Optional[str]:
    file = host.read(path)
    return file.data.decode("utf-8", "replace").strip() or None if isinstance(file, File) else None
