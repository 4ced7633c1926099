"""Programs whose output a service manager adds to its environment block. What they print is not known without running
them, so where the block cannot be asked each of them is a place that was not checked.

Source: systemd.environment-generator(7).
"""

from __future__ import annotations

import posixpath
from typing import Dict, List

from dockproxy.host import NULL, Host
from dockproxy.model import Missing

FOLDERS = ("/run/systemd", "/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
"""Of two programs with one name the one in the earlier folder counts; a link to /dev/null masks it."""

HARMLESS = ("30-systemd-environment-d-generator", "90gpg-agent", "snapd-env-generator", "60-flatpak")
"""What is read itself, or sets no proxy: systemd's own, GnuPG's, snapd's and Flatpak's."""


def in_force(host: Host, kind: str) -> List[str]:
    """Those of the system's manager (``system``) or of every user's (``user``) that may print anything."""
    paths: Dict[str, str] = {}
    for folder in (posixpath.join(f, f"{kind}-environment-generators") for f in FOLDERS):
        names = host.list(folder)
        for name in () if isinstance(names, Missing) else names:
            paths.setdefault(name, posixpath.join(folder, name))
    return [path for name, path in sorted(paths.items()) if name not in HARMLESS and host.realpath(path) != NULL]
