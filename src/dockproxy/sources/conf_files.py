"""How systemd collects configuration from several folders: by file name, the first folder that has a name wins.

Source: systemd.unit(5), systemd-system.conf(5) and environment.d(5)."""

from __future__ import annotations

import posixpath
from typing import Dict, Iterable, List, NamedTuple, Tuple

from dockproxy.host import Host
from dockproxy.model import NO_FOLDER, Missing, Unread

LEFTOVERS = (
    "rpmnew", "rpmsave", "rpmorig", "dpkg-old", "dpkg-new", "dpkg-tmp", "dpkg-dist", "dpkg-bak", "dpkg-backup",
    "dpkg-remove", "ucf-new", "ucf-old", "ucf-dist", "swp", "bak", "old", "new",
)  # fmt: skip
"""What editors and package managers leave behind a dot."""


class ConfFiles(NamedTuple):
    """``by_name``: each file name, and every place that has one of that name, the one that counts first.
    ``unlisted`` are the folders that may hold more, and why that is not known."""

    by_name: Dict[str, List[str]]
    unlisted: Tuple[Tuple[str, Missing], ...]

    @property
    def in_force(self) -> List[str]:
        """The files that count, in the order in which they are read."""
        return [self.by_name[name][0] for name in sorted(self.by_name)]

    def unread(self, source: str) -> Tuple[Unread, ...]:
        """The folders as a source reports them."""
        return tuple(Unread(source, folder, reason) for folder, reason in self.unlisted)


def is_hidden(name: str) -> bool:
    """Whether a file is no one's setting for its name (systemd, src/basic/path-util.c, hidden_or_backup_file)."""
    return name.startswith(".") or name.endswith(("~", *(f".{ending}" for ending in LEFTOVERS)))


def collect(host: Host, folders: Iterable[str]) -> ConfFiles:
    """Look through the folders, the one that counts first."""
    by_name: Dict[str, List[str]] = {}
    unlisted = []
    for folder in folders:
        names = host.list(folder)
        if not isinstance(names, Missing):
            for name in (n for n in names if n.endswith(".conf") and not n.startswith(".")):
                by_name.setdefault(name, []).append(posixpath.join(folder, name))
        elif names not in NO_FOLDER:
            unlisted.append((folder, names))
    return ConfFiles(by_name, tuple(unlisted))
