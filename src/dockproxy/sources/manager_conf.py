"""The configuration of a service manager, the system's or a user's: what it gives every service.

Source: systemd-system.conf(5); systemd, src/core/main.c (parse_configuration) and src/shared/conf-parser.c; systemd
252 was asked.
"""

from __future__ import annotations

import posixpath
from typing import Mapping, NamedTuple, Sequence, Tuple

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.host import File, Host
from dockproxy.model import DAEMON_NAMES, NOT_A_FILE, Defect, Missing, Origin, Unread
from dockproxy.sources import conf_files, systemd_unit

Assignment = Tuple[str, str, Origin]

NEWER_FOLDERS = ("/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
"""Where only systemd 255 and newer look for the file itself: what it says there is not known to count."""

FOLDERS = ("/etc/systemd", *NEWER_FOLDERS)
"""Where the file is looked for, the first one counts, and the folder of drop-ins beside it."""


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
    known = specifiers.for_manager(*systemd_unit.host_names(host))
    written = Written(unread=drop_ins.unread(source))
    for path in mains[:1] + drop_ins.in_force:
        file = host.read(path)
        stop, line = NOT_A_FILE.get(file) if isinstance(file, Missing) else None, None
        if isinstance(file, File):
            parsed = unit_file.parse(file.text)
            statements = parsed.find("Manager", key)
            if statements and path in mains and posixpath.dirname(path) in NEWER_FOLDERS:
                written = written._replace(unread=(*written.unread, Unread(source, path, Missing.NOT_CHECKED)))
                statements = []
            for statement in statements:
                written = _assign(written, Origin(source, path, statement.line), statement.value, known)
            if parsed.broken is not None:
                stop, line = parsed.broken.message, parsed.broken.line
        elif stop is None and file is not Missing.ABSENT:
            written = written._replace(unread=(*written.unread, Unread(source, path, file)))
        if stop is not None:
            origin = Origin(source, path, line)
            message = f"{origin}: {stop}; systemd ignores what follows there, and every later file of {name}.d"
            return written._replace(defects=(*written.defects, Defect("environment-ignored", message, origin)))
    return written


def _assign(written: Written, origin: Origin, value: str, known: Mapping[str, str]) -> Written:
    """What is written behind one more statement; an empty one takes all assignments back."""
    assigned, unread, defects = list(written.assigned if value else ()), list(written.unread), list(written.defects)
    for entry in unit_words.parse_environment(value, known):
        at = origin._replace(name=entry.name)
        if entry.ignored is not None:
            defects.append(Defect("environment-ignored", f"{at}: {entry.ignored}", at))
        elif not entry.unknown:
            assigned.append((entry.name, entry.value, at))
        elif entry.name in DAEMON_NAMES:
            unread.append(Unread(origin.source, origin.path, Missing.UNPARSABLE))
    return Written(tuple(assigned), tuple(unread), tuple(defects))
