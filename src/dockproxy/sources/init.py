"""Which program starts services on a host, and how it is told to."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Tuple

from dockproxy.host import File, Host
from dockproxy.model import Missing
from dockproxy.sources import installed
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
    ("/etc/rc.d/rc0.d", "sysv"),
    ("/etc/init.d", "sysv"),
)
"""Directories that tell it in a tree that does not run."""

PROGRAM = "/sbin/init"

RESTARTS: Mapping[str, Tuple[str, ...]] = {
    "sysv": ("service", "docker", "restart"),
    "openrc": ("rc-service", "docker", "restart"),
}
"""Init system to the command that starts the engine anew through its script."""

STARTS: Mapping[str, Tuple[str, ...]] = {
    "sysv": ("service", "docker", "start"),
    "openrc": ("rc-service", "docker", "start"),
}
"""What starts an engine that is down, where a restart may not: Debian's script finds no process to stop, and ends."""

RELOADS: Mapping[str, str] = {
    "sysv": "kill -HUP $(cat /run/docker.pid)",
    "openrc": "rc-service docker reload",
}
"""What has the engine read daemon.json again; the scripts of SysV hosts restart it instead, or know no such word."""

SCRIPT = "/etc/init.d/docker"
"""What starts the engine on a host without systemd."""

OPENRC_RUN = re.compile(rb"#![^\n]*openrc-run")
"""How a script begins that OpenRC runs, and only where it runs itself."""


def restart_command(init: str, installation: Installation) -> Optional[str]:
    """What starts an engine anew; None where no service manager starts it."""
    return _unit_command(installation, "restart") if init == "systemd" else " ".join(RESTARTS.get(init, ())) or None


def reload_command(init: str, installation: Installation) -> Optional[str]:
    """What has an engine read its daemon.json again; None where no service manager starts it."""
    return _unit_command(installation, "reload") if init == "systemd" else RELOADS.get(init)


def log(init: str, installation: Installation) -> str:
    """Where the engine says why it does not start."""
    if init != "systemd":
        return "its log in /var/log"
    return f"journalctl {'--user ' if installation.user else ''}-u {installation.unit}"


def _unit_command(installation: Installation, verb: str) -> str:
    user = "--user " if installation.user is not None else ""
    return f"systemctl {user}{verb} {installation.unit[: -len('.service')]}"


def detect(host: Host) -> str:
    """Return ``systemd``, ``openrc``, ``sysv`` or ``none``."""
    is_offline = host.root != "/"
    # Packages bring units also to hosts that another init starts; an image of a container has none at all.
    is_other = is_offline and installed.exists(host, PROGRAM) and not host.realpath(PROGRAM).endswith("/systemd")
    for path, name in MARKERS + OFFLINE_MARKERS if is_offline else MARKERS:
        if not isinstance(host.list(path), Missing) and not (is_other and name == "systemd"):
            return name
    # A SysV init leaves no directory behind, only its control pipe.
    is_sysv = host.root == "/" and host.read("/run/initctl") is not Missing.ABSENT
    return "sysv" if is_sysv else "none"


def of_stopped(host: Host) -> str:
    """What would start an engine where no init system runs, as in WSL or a container: ``service`` runs the script of a
    SysV host there, too."""
    file = host.read(SCRIPT)
    is_run = file is not Missing.ABSENT and not (isinstance(file, File) and OPENRC_RUN.match(file.data))
    return "sysv" if is_run else "none"
