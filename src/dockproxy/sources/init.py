"""Which program starts services on a host."""

from __future__ import annotations

from typing import Optional

from dockproxy.host import Host
from dockproxy.model import Missing
from dockproxy.sources.installation import Installation

MARKERS = (
    ("/run/systemd/system", "systemd"),
    ("/run/openrc", "openrc"),
)
"""Directories that exist while that program runs as PID 1; the first is what sd_booted(3) looks for."""

OFFLINE_MARKERS = (
    ("/usr/lib/systemd/system", "systemd"),
    ("/lib/systemd/system", "systemd"),
    ("/etc/systemd/system", "systemd"),
    ("/etc/runlevels", "openrc"),
    ("/etc/rc0.d", "sysv"),
)
"""Directories that tell it in a tree that does not run."""

SCRIPT_RESTARTS = {"openrc": "rc-service docker restart", "sysv": "service docker restart"}
"""Init system to the command that starts the engine anew through its script."""


def restart_command(init: str, installation: Installation) -> Optional[str]:
    """What starts an engine anew; None where no service manager starts it."""
    if init == "systemd":
        user = "--user " if installation.user is not None else ""
        return f"systemctl {user}restart {installation.unit[: -len('.service')]}"
    return SCRIPT_RESTARTS.get(init)


def detect(host: Host) -> str:
    """Return ``systemd``, ``openrc``, ``sysv`` or ``none``."""
    for path, name in MARKERS if host.root == "/" else MARKERS + OFFLINE_MARKERS:
        if not isinstance(host.list(path), Missing):
            return name
    # A SysV init leaves no directory behind, only its control pipe.
    is_sysv = host.root == "/" and host.read("/run/initctl") is not Missing.ABSENT
    return "sysv" if is_sysv else "none"
