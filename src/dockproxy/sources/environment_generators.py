"""Programs whose output a service manager adds to its environment block. What they print is not known without running
them, so where the block cannot be asked each of them is a place that was not checked.

Source: systemd.environment-generator(7); systemd, src/shared/exec-util.c (do_execute) and src/basic/conf-files.c.
"""

from __future__ import annotations

import posixpath
from typing import Dict, List, NamedTuple, Optional, Tuple

from dockproxy.host import File, Host
from dockproxy.model import NO_FOLDER, NOT_A_FILE, Missing, Unread
from dockproxy.sources import conf_files

PACKAGED = "/usr/lib/systemd"
FOLDERS = ("/run/systemd", "/etc/systemd", "/usr/local/lib/systemd", PACKAGED)
"""Of two programs with one name the one in the earlier folder counts; one that is empty, or a link to /dev/null,
masks it. What is no program is passed over."""

ENVIRONMENT_D = "30-systemd-environment-d-generator"
"""The one of a user's manager that reads environment.d."""

HARMLESS = (
    ENVIRONMENT_D,
    "90gpg-agent",
    "snapd-env-generator",
    "60-flatpak",
    "60-flatpak-system-only",
)
"""What packages bring that is read itself, or sets no proxy: systemd's own, GnuPG's, snapd's and Flatpak's."""


class Programs(NamedTuple):
    """``by_name``: each name and the program that counts, None where that name is masked. ``unlisted`` are the folders
    that may hold more, and why that is not known."""

    by_name: Dict[str, Optional[str]]
    unlisted: Tuple[Tuple[str, Missing], ...]


def find(host: Host, kind: str) -> Programs:
    """Those of the system's manager (``system``) or of every user's (``user``)."""
    by_name: Dict[str, Optional[str]] = {}
    unlisted: List[Tuple[str, Missing]] = []
    for folder in (posixpath.join(f, f"{kind}-environment-generators") for f in FOLDERS):
        names = host.list(folder)
        if isinstance(names, Missing):
            unlisted += [(folder, names)] if names not in NO_FOLDER else []
            continue
        for name in (n for n in names if n not in by_name and not conf_files.is_hidden(n)):
            path = posixpath.join(folder, name)
            file = host.read(path)
            if isinstance(file, File) and not file.data:
                by_name[name] = None
            elif file.mode & 0o111 if isinstance(file, File) else file not in (Missing.ABSENT, *NOT_A_FILE):
                by_name[name] = path
    return Programs(by_name, tuple(unlisted))


def reads_environment_d(host: Host) -> bool:
    """Whether a user's manager runs systemd's own program for that: not where its name is masked, or another's."""
    path = find(host, "user").by_name.get(ENVIRONMENT_D, PACKAGED)
    return path is not None and path.startswith(PACKAGED)


def unread(host: Host, kind: str, source: str) -> Tuple[Unread, ...]:
    """What may print anything, and what may hide it, as a source reports it."""
    found = find(host, kind)
    programs = [path for _, path in sorted(found.by_name.items()) if path is not None and not _is_harmless(path)]
    return tuple(Unread(source, path, reason) for path, reason in found.unlisted) + tuple(
        Unread(source, path, Missing.NOT_CHECKED) for path in programs
    )


def _is_harmless(path: str) -> bool:
    folder, name = posixpath.split(path)
    return folder.startswith(PACKAGED) and name in HARMLESS
