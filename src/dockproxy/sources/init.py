"""Which program starts services on a host, and how it is told to."""

from __future__ import annotations

from typing import Mapping, Tuple

from dockproxy.host import Host
from dockproxy.model import Missing

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

RESTARTS: Mapping[str, Tuple[str, ...]] = {
    "systemd": ("systemctl", "restart", "docker"),
    "sysv": ("service", "docker", "restart"),
    "openrc": ("rc-service", "docker", "restart"),
}
"""What starts the engine anew."""

STARTS: Mapping[str, Tuple[str, ...]] = {
    "sysv": ("service", "docker", "start"),
    "openrc": ("rc-service", "docker", "start"),
}
"""What starts an engine that is down, where a restart may not: Debian's script finds no process to stop, and ends."""

RELOADS: Mapping[str, str] = {
    "systemd": "systemctl reload docker",
    "sysv": "kill -HUP $(cat /run/docker.pid)",
    "openrc": "rc-service docker reload",
}
"""What has the engine read daemon.json again; the scripts of SysV hosts restart it instead, or know no such word."""

LOGS: Mapping[str, str] = {
    "systemd": "journalctl -u docker.service",
    "sysv": "its log in /var/log",
    "openrc": "its log in /var/log",
}
"""Where the engine says why it does not start."""

SCRIPT = "/etc/init.d/docker"
"""What starts the engine on a host without systemd."""


def detect(host: Host) -> str:
    """Return ``systemd``, ``openrc``, ``sysv`` or ``none``."""
    for path, name in MARKERS if host.root == "/" else MARKERS + OFFLINE_MARKERS:
        if not isinstance(host.list(path), Missing):
            return name
    # A SysV init leaves no directory behind, only its control pipe.
    is_sysv = host.root == "/" and host.read("/run/initctl") is not Missing.ABSENT
    return "sysv" if is_sysv else "none"
