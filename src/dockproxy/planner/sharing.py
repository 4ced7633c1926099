"""Which files are not the engine's alone: an edit of theirs would reach whoever else reads them."""

from __future__ import annotations

import functools
import posixpath
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.host import File, Host
from dockproxy.model import Missing
from dockproxy.sources import systemd_env_file, systemd_unit
from dockproxy.sources.installation import Installation

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

SECTIONS = {"service": "Service", "socket": "Socket", "mount": "Mount", "swap": "Swap"}
"""The types of units that run programs, and the section that names their environment files; systemd 252 was asked."""

ANY_UNIT = {**specifiers.STATIC, **dict.fromkeys([*"fiIjJnNpP", *specifiers.AT_RUN_TIME], "*")}
"""The specifiers of a template, of all units of a type, and of what only a running host knows: a pattern of glob(7)."""


class Readers:
    """Who reads a file beside the engine's own unit. The host's units are looked at once, when it is first asked."""

    def __init__(self, host: Host, installation: Installation) -> None:
        self._host, self._installation = host, installation

    def other_than_engine(self, path: str) -> Optional[str]:
        """One that does, such as ``containerd.service``; None where the engine is alone."""
        real = self._host.realpath(path)
        for place in SYSTEM_WIDE:
            file = self._host.read(place)
            linked = file.real_path if isinstance(file, File) else place
            if real in (place, linked) or (place.endswith("/") and real.startswith(place)):
                return "logins and shells"
        return self._units.get(real) or self._units.get(posixpath.dirname(real))

    @functools.cached_property
    def _units(self) -> Dict[str, str]:
        """Every part of every other unit, every folder of its drop-ins and every environment file, to the unit."""
        found: Dict[str, str] = {}
        for unit, path in _other_parts(self._host, self._installation):
            file = self._host.read(path)
            if path.endswith(".d"):
                found[self._host.realpath(path)] = unit
            elif isinstance(file, File):
                found[file.real_path] = unit
                found.update((real, unit) for real in _environment_files(self._host, self._installation, unit, file))
        return found


def _other_parts(host: Host, installation: Installation) -> Iterator[Tuple[str, str]]:
    """The unit files and drop-ins, and the folders of these, of all units that run programs, but of the engine's; and
    the unit, or the type where it is for all of that type."""
    of_engine = systemd_unit.names(host, installation)
    for folder in systemd_unit.unit_dirs(host, installation):
        for name in _names(host, folder):
            unit, path = name.removesuffix(".d"), posixpath.join(folder, name)
            if unit in of_engine or unit.rpartition(".")[2] not in SECTIONS:
                continue
            inside = _names(host, path) if unit != name else []
            if unit == name or inside:
                yield unit, path
            yield from ((unit, f"{path}/{n}") for n in inside if n.endswith(".conf"))


def _environment_files(host: Host, installation: Installation, unit: str, file: File) -> List[str]:
    if b"EnvironmentFile" not in file.data:
        return []
    parsed = unit_file.parse(file.text)
    known = _specifiers(host, installation, unit)
    found = []
    for statement in parsed.find(SECTIONS[unit.rpartition(".")[2]], "EnvironmentFile"):
        for path in systemd_env_file.paths(host, unit_words.expand(statement.value, known) or ""):
            named = host.read(path)
            # One that is not there yet is read once it is.
            found.append(named.real_path if isinstance(named, File) else path)
    return found


def _specifiers(host: Host, installation: Installation, unit: str) -> Mapping[str, str]:
    is_one = "." in unit and "@" not in unit
    return {**ANY_UNIT, **(systemd_unit.known_specifiers(host, unit, installation) if is_one else {})}


def _names(host: Host, folder: str) -> List[str]:
    names = host.list(folder)
    return [] if isinstance(names, Missing) else list(names)
