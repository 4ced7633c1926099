"""A real rootless engine: rootlesskit and dockerd below a user's own service manager."""

from __future__ import annotations

import contextlib
import subprocess
from typing import Dict, Iterator, List

from tests.harness.systemd_host import SystemdHost

USER, HOME = "alice", "/home/alice"
UNIT_DIR = f"{HOME}/.config/systemd/user"
# The script needs neither a network of its own nor a snapshotter here, only the user namespace.
UNIT = """[Service]
Type=notify
NotifyAccess=all
KillMode=mixed
Environment=PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Environment=DOCKERD_ROOTLESS_ROOTLESSKIT_NET=host DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER=none
ExecStart=/usr/local/bin/dockerd-rootless.sh --bridge=none --iptables=false --ip6tables=false --storage-driver=vfs
"""
SCRIPT = "/usr/share/docker.io/contrib/dockerd-rootless.sh"


class Managed:
    """A user whose own service manager runs."""

    def __init__(self, host: SystemdHost) -> None:
        self.host = host
        self.uid = host.run(["id", "-u", USER], check=True).stdout.strip()

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as the user."""
        become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
        environment = {"HOME": HOME, "XDG_RUNTIME_DIR": f"/run/user/{self.uid}"}
        return self.host.run([*become, *words], env=environment, check=check)

    def write(self, path: str, text: str) -> None:
        """Write a file of the user's."""
        self.host.write(path, text)
        self.host.run(["chown", "--recursive", f"{USER}:", f"{HOME}/.config"], check=True)

    def restart(self) -> None:
        """Start the user's manager anew."""
        self.host.run(["systemctl", "restart", f"user@{self.uid}.service"], check=True)


class Rootless(Managed):
    """The engine and its user."""

    def __init__(self, host: SystemdHost) -> None:
        super().__init__(host)
        self.id = f"rootless:{self.uid}"
        self.socket = f"/run/user/{self.uid}/docker.sock"

    def restart(self) -> None:
        """Start the user's manager and the engine anew."""
        super().restart()
        self.run("systemctl", "--user", "start", "docker.service")

    def info(self) -> Dict[str, str]:
        """What the engine itself reports."""
        return self.host.info({"DOCKER_HOST": f"unix://{self.socket}"})

    def files(self) -> Dict[str, bytes]:
        """The user's own configuration."""
        found: List[str] = self.host.run(["find", f"{HOME}/.config", "-type", "f"], check=True).stdout.split()
        return {path: self.host.path(path).read_bytes() for path in found}


@contextlib.contextmanager
def managed(host: SystemdHost) -> Iterator[Managed]:
    """A new user, who is gone afterwards."""
    host.run(["systemctl", "unmask", "systemd-logind.service"], check=True)
    host.run(["useradd", "--create-home", USER], check=True)
    uid = host.run(["id", "-u", USER], check=True).stdout.strip()
    try:
        yield Managed(host)
    finally:
        host.run(["systemctl", "stop", f"user@{uid}.service", f"user-runtime-dir@{uid}.service"])
        host.run(["userdel", "--remove", USER])
        host.run(["systemctl", "stop", "systemd-logind.service"])
        host.run(["systemctl", "mask", "systemd-logind.service"])


@contextlib.contextmanager
def rootless(host: SystemdHost) -> Iterator[Rootless]:
    """The engine of a new user, who is gone afterwards."""
    with managed(host):
        host.run(["install", "-m", "755", SCRIPT, "/usr/local/bin/dockerd-rootless.sh"], check=True)
        made = Rootless(host)
        made.write(f"{UNIT_DIR}/docker.service", UNIT)
        made.restart()
        yield made
