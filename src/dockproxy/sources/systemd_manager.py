"""The environment block that systemd gives every service: ``DefaultEnvironment=`` and ``systemctl set-environment``."""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional, Tuple, Union

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.host import File, Host
from dockproxy.model import (
    NOT_A_FILE,
    VARIABLE_OF_NAME,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    value_of,
)
from dockproxy.sources import conf_files, environment_generators, systemd_unit
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="systemd-manager",
    consumer="daemon",
    where="DefaultEnvironment= in system.conf and system.conf.d, over /etc, /run, /usr/local/lib and /usr/lib; and "
    "systemctl set-environment, which no file holds: in a tree that does not run there is nothing of it",
    effect="a restart of the service",
    evidence="systemctl(1), set-environment; systemd-system.conf(5), DefaultEnvironment=; systemd 252 was asked",
)


Block = Union[Mapping[str, str], Missing]
"""What ``Host.manager_environment`` answers; asked once, as it starts a program."""

Assignment = Tuple[str, str, Origin]

FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
"""Where ``system.conf`` is looked for, the first one counts (before systemd 255 only in /etc), and
``system.conf.d``."""


class Inherited(NamedTuple):
    """What a service is given before its unit says anything. ``assigned`` are all variables, later ones last."""

    reading: Reading
    assigned: Tuple[Assignment, ...] = ()


def read(host: Host, block: Optional[Block]) -> Inherited:
    """Read the block of a running systemd, and where its files say the same; of a tree (None) what they say."""
    if isinstance(block, Missing):
        return Inherited(Reading(unread=(Unread(SPEC.id, None, block),)))
    if block is None:
        written = _written(host)
        unread = tuple(
            Unread(SPEC.id, path, Missing.NOT_CHECKED) for path in environment_generators.in_force(host, "system")
        )
        return Inherited(written.reading + Reading(settings(written.assigned), unread), written.assigned)
    # The files are of interest only to those who ask where a proxy comes from.
    is_asked = any(name in VARIABLE_OF_NAME for name in block)
    return located(block, _written(host).assigned if is_asked else ())


def located(block: Mapping[str, str], written: Tuple[Assignment, ...]) -> Inherited:
    """A running manager's block, each variable at the line that says the same."""
    origins = {(name, value): origin for name, value, origin in written}
    assigned = tuple((n, value, origins.get((n, value), Origin(SPEC.id, name=n))) for n, value in block.items())
    return Inherited(Reading(settings(assigned)), assigned)


def settings(assigned: Tuple[Assignment, ...]) -> Tuple[Setting, ...]:
    """The proxy variables among assignments."""
    return tuple(
        Setting(VARIABLE_OF_NAME[name], value_of(VARIABLE_OF_NAME[name], value), origin, order)
        for order, (name, value, origin) in enumerate(assigned)
        if name in VARIABLE_OF_NAME
    )


def _written(host: Host) -> Inherited:
    """``DefaultEnvironment=`` of every file, in systemd's order. Where it cannot read one, it reads none behind it."""
    assigned: List[Assignment] = []
    unread: List[Unread] = []
    defects: List[Defect] = []
    known = specifiers.for_manager(*systemd_unit.host_names(host))
    for path in _files(host):
        file = host.read(path)
        if file is Missing.ABSENT:
            continue
        stop = NOT_A_FILE.get(file) if isinstance(file, Missing) else None
        line = None
        if isinstance(file, File):
            parsed = unit_file.parse(file.data.decode("utf-8", "surrogateescape"))
            for statement in parsed.find("Manager", "DefaultEnvironment"):
                assigned = assigned if statement.value else []
                for entry in unit_words.parse_environment(statement.value, known):
                    origin = Origin(SPEC.id, path, statement.line, entry.name)
                    if entry.ignored is not None:
                        defects.append(Defect("environment-ignored", entry.ignored, origin))
                    elif not entry.unknown:
                        assigned.append((entry.name, entry.value, origin))
                    elif entry.name in VARIABLE_OF_NAME:
                        unread.append(Unread(SPEC.id, path, Missing.UNPARSABLE))
            if parsed.broken is not None:
                stop, line = parsed.broken.message, parsed.broken.line
        elif stop is None:
            unread.append(Unread(SPEC.id, path, file))
        if stop is not None:
            origin = Origin(SPEC.id, path, line)
            message = f"{origin}: {stop}; systemd ignores what follows there, and every later file of system.conf.d"
            defects.append(Defect("environment-ignored", message, origin))
            break
    return Inherited(Reading((), tuple(unread), tuple(defects)), tuple(assigned))


def _files(host: Host) -> List[str]:
    mains = [posixpath.join(folder, "system.conf") for folder in FOLDERS]
    main = next((path for path in mains if host.read(path) is not Missing.ABSENT), None)
    drop_ins = conf_files.same_names(host, [posixpath.join(folder, "system.conf.d") for folder in FOLDERS])
    return ([main] if main else []) + conf_files.in_force(drop_ins)
