"""A service as systemd would load it: the unit file and its drop-ins, in systemd's order.

Not a source itself: ``systemd_environment``, ``systemd_env_file`` and ``dockerd_flag`` read what this loads.
Source: systemd.unit(5) "Unit File Load Path"; systemd, src/libsystemd/sd-path/path-lookup.c and src/shared/dropin.c.
"""

from __future__ import annotations

import posixpath
import re
from itertools import chain
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import specifiers, unit_file
from dockproxy.host import File, Host
from dockproxy.model import NOT_A_FILE, Defect, Missing, Origin, Unread
from dockproxy.sources import conf_files, unit_names
from dockproxy.sources.installation import SYSTEM, Installation

MACHINE_ID = re.compile("[0-9a-f]{32}")
"""Before the first boot the file holds another word (machine-id(5))."""

SOURCE = "systemd-environment"
"""Under which what is wrong with a unit, or could not be read of it, is reported."""


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
    """A loaded unit. ``parts`` are in the order in which systemd applies them, the fragment first. ``names`` are all
    that it has, the one it was asked for by is ``name``. ``void`` are drop-ins that are no file, which systemd passes
    over, and why. ``lost``: its own file is a link to what is not there, so that systemd finds no such unit."""

    name: str
    names: Tuple[str, ...]
    parts: Tuple[Part, ...]
    unread: Tuple[Unread, ...]
    void: Tuple[Tuple[str, Missing], ...]
    specifiers: Mapping[str, str]
    lost: Optional[Tuple[str, Missing]] = None
    hidden: Tuple[Tuple[str, str], ...] = ()
    """Drop-ins, and those of the same name in an earlier directory that count instead."""

    @property
    def masked(self) -> bool:
        """Whether its own file is empty, as /dev/null is."""
        return bool(self.parts) and not self.parts[0].path.endswith(".conf") and not self.parts[0].unit.text

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
    """The load path without directories that are links to others of it, as /lib is where /usr is merged."""
    seen: Dict[str, str] = {}
    for path in installation.unit_dirs:
        real = host.realpath(path)
        seen.setdefault(real, real if real in installation.unit_dirs else path)
    return tuple(seen.values())


def load(host: Host, name: str, installation: Installation = SYSTEM) -> Optional[Unit]:
    """Load a service by its name, as the service manager of that engine does; None when no directory holds it."""
    found = unit_names.find(host, name, unit_dirs(host, installation))
    unread = [Unread(SOURCE, folder, reason) for folder, reason in found.unread]
    if found.names is None:
        return Unit(name, (name,), (), tuple(unread), (), {}) if unread else None
    entry, fragment, named = found.names
    known = known_specifiers(host, named[0], installation)
    parts: List[Part] = []
    void: List[Tuple[str, Missing]] = []
    file = host.read(fragment) if fragment is not None else Missing.ABSENT
    if fragment is None or (isinstance(file, Missing) and (file is Missing.ABSENT or file in NOT_A_FILE)):
        reason = file if isinstance(file, Missing) else Missing.ABSENT
        return Unit(name, named, (), tuple(unread), (), known, (fragment or entry, reason))
    collected = conf_files.collect(host, drop_in_dirs(host, named, installation))
    unread += [*collected.unread(SOURCE), *_unordered(named, collected.by_name)]
    for path, content in chain([(fragment, file)], ((path, host.read(path)) for path in collected.in_force)):
        if isinstance(content, File):
            parts.append(_part(content))
        elif content is Missing.ABSENT or content in NOT_A_FILE:
            void.append((path, content))
        else:
            unread.append(Unread(SOURCE, path, content))
    hidden = tuple((place, places[0]) for places in collected.by_name.values() for place in places[1:])
    return Unit(name, named, tuple(parts), tuple(unread), tuple(void), known, hidden=hidden)


def drop_ins(host: Host, installation: Installation = SYSTEM) -> Dict[str, List[str]]:
    """The file names of the drop-ins of an engine's service, and every place that has one of that name, the one that
    counts first: also where it is empty, a link to nowhere or a folder."""
    return conf_files.collect(host, drop_in_dirs(host, names(host, installation), installation)).by_name


def names(host: Host, installation: Installation = SYSTEM) -> Tuple[str, ...]:
    """The names of an engine's service, the one of its file first."""
    found = unit_names.find(host, installation.unit, unit_dirs(host, installation)).names
    return found.names if found is not None else (installation.unit,)


def drop_in_dirs(host: Host, unit_names_: Sequence[str], installation: Installation) -> List[str]:
    """Where systemd looks for drop-ins, the one that counts first."""
    dirs = unit_dirs(host, installation)
    own = [f"{d}/{n}.d" for name in unit_names_ for d in dirs for n in unit_names.drop_in_names(name)]
    # A unit's own directories beat the one for its whole type.
    return own + [f"{d}/{posixpath.splitext(unit_names_[0])[1][1:]}.d" for d in dirs]


def _unordered(names: Sequence[str], by_name: Mapping[str, Sequence[str]]) -> Iterator[Unread]:
    """The drop-ins of which nobody knows whether they count: two of a unit's other names have one of that file name,
    and systemd keeps these names in no order."""
    first = {f"{name}.d" for name in unit_names.drop_in_names(names[0])}
    others = {f"{n}.d" for name in names[1:] for n in unit_names.drop_in_names(name)} - first
    for places in by_name.values():
        folders = [posixpath.basename(posixpath.dirname(place)) for place in places]
        rivals = [place for place, folder in zip(places, folders) if folder in others and folder != folders[0]]
        if rivals and folders[0] in others:
            yield Unread(SOURCE, rivals[0], Missing.NOT_CHECKED)


def _part(file: File) -> Part:
    return Part(file.path, file.real_path, unit_file.parse(file.text), file.changed)


def masked_defect(unit: Unit, manager: str = "", consequence: str = "") -> Defect:
    """That a unit is masked, and so nothing starts. ``manager``: the option that names its service manager."""
    path = unit.parts[0].path
    mend = f"systemctl {manager}unmask {'--runtime ' if path.startswith('/run/') else ''}{posixpath.basename(path)}"
    what = f"does not start it{f', {consequence}' if consequence else ''}"
    message = f"{path}: {unit.name} is masked, so systemd {what}; run `{mend}` first"
    return Defect("unit-masked", message, Origin(SOURCE, path), stops=True)


def known_specifiers(host: Host, name: str, installation: Installation = SYSTEM) -> Mapping[str, str]:
    """The specifiers of a unit that its name and the host's files tell."""
    known = specifiers.for_unit(name, *host_names(host))
    user = installation.user
    return known if user is None else specifiers.for_user(known, user.name, user.uid, user.gid, user.home)


def host_names(host: Host) -> Tuple[Optional[str], Optional[str]]:
    """The host's name and its machine id."""
    machine_id = _first_line(host, "/etc/machine-id")
    running = _first_line(host, "/proc/sys/kernel/hostname") if host.root == "/" else None
    return running or _first_line(host, "/etc/hostname"), machine_id if MACHINE_ID.fullmatch(machine_id or "") else None


def _first_line(host: Host, path: str) -> Optional[str]:
    """The first line that says something (hostname(5))."""
    file = host.read(path)
    lines = file.data.decode("utf-8", "replace").split("\n") if isinstance(file, File) else []
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), None)
