"""The configuration of a service manager, the system's or a user's: what it gives every service.

Source: systemd-system.conf(5); systemd, src/core/main.c (parse_configuration) and src/shared/conf-parser.c; systemd
252 was asked.
"""

from __future__ import annotations

import posixpath
from typing import List, NamedTuple, Sequence, Tuple

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.host import File, Host
from dockproxy.model import NOT_A_FILE, VARIABLE_OF_NAME, Defect, Missing, Origin, Unread
from dockproxy.sources import conf_files, systemd_unit

Assignment = Tuple[str, str, Origin]

FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
"""Where the file is looked for, the first one counts (before systemd 255 only in /etc), and the folder of drop-ins
beside it."""


class Written(NamedTuple):
    """What the files say. ``assigned`` are all variables, later ones last."""

    assigned: Tuple[Assignment, ...] = ()
    unread: Tuple[Unread, ...] = ()
    defects: Tuple[Defect, ...] = ()


def read(host: Host, source: str, name: str, key: str, folders: Sequence[str] = FOLDERS) -> Written:
    """Read a key such as ``DefaultEnvironment`` of every file, in systemd's order. Where it cannot read one, it reads
    none behind it. ``name`` is ``system.conf`` or ``user.conf``, ``source`` the one that reports it."""
    drop_ins = conf_files.collect(host, [posixpath.join(folder, f"{name}.d") for folder in folders])
    mains = [path for path in (posixpath.join(f, name) for f in folders) if host.read(path) is not Missing.ABSENT]
    assigned: List[Assignment] = []
    unread = list(drop_ins.unread(source))
    defects: List[Defect] = []
    known = specifiers.for_manager(*systemd_unit.host_names(host))
    for path in mains[:1] + drop_ins.in_force:
        file = host.read(path)
        if file is Missing.ABSENT:
            continue
        stop = NOT_A_FILE.get(file) if isinstance(file, Missing) else None
        line = None
        if isinstance(file, File):
            parsed = unit_file.parse(file.data.decode("utf-8", "surrogateescape"))
            for statement in parsed.find("Manager", key):
                assigned = assigned if statement.value else []
                for entry in unit_words.parse_environment(statement.value, known):
                    origin = Origin(source, path, statement.line, entry.name)
                    if entry.ignored is not None:
                        defects.append(Defect("environment-ignored", f"{origin}: {entry.ignored}", origin))
                    elif not entry.unknown:
                        assigned.append((entry.name, entry.value, origin))
                    elif entry.name in VARIABLE_OF_NAME:
                        unread.append(Unread(source, path, Missing.UNPARSABLE))
            if parsed.broken is not None:
                stop, line = parsed.broken.message, parsed.broken.line
        elif stop is None:
            unread.append(Unread(source, path, file))
        if stop is not None:
            origin = Origin(source, path, line)
            message = f"{origin}: {stop}; systemd ignores what follows there, and every later file of {name}.d"
            defects.append(Defect("environment-ignored", message, origin))
            break
    return Written(tuple(assigned), tuple(unread), tuple(defects))
