"""How systemd collects configuration from several folders: by file name, the first folder that has a name wins.

Source: systemd.unit(5), systemd-system.conf(5) and environment.d(5)."""

from __future__ import annotations

import posixpath
from typing import Dict, Iterable, List

from dockproxy.host import Host
from dockproxy.model import Missing


def same_names(host: Host, folders: Iterable[str]) -> Dict[str, List[str]]:
    """Each file name, and every place that has one of that name, the one that counts first."""
    by_name: Dict[str, List[str]] = {}
    for folder in folders:
        names = host.list(folder)
        for name in () if isinstance(names, Missing) else names:
            if name.endswith(".conf") and not name.startswith("."):
                by_name.setdefault(name, []).append(posixpath.join(folder, name))
    return by_name


def in_force(by_name: Dict[str, List[str]]) -> List[str]:
    """The files that count, in the order in which they are read."""
    return [by_name[name][0] for name in sorted(by_name)]
