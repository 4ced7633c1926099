"""An engine that somebody started by hand on a booted host, with folders and a socket of its own."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import Dict, Iterator, List, Optional

from tests.harness.systemd_host import OPTIONS, SystemdHost

HOME = "/run/hand"
CONFIG = f"{HOME}/daemon.json"
ENVIRONMENT = {"DOCKER_HOST": f"unix://{HOME}/docker.sock"}
"""With which the docker CLI, and dockproxy, speak to it."""

COMMAND = [
    "dockerd",
    *OPTIONS.split(),
    f"--data-root={HOME}/data",
    f"--exec-root={HOME}/exec",
    f"--pidfile={HOME}/pid",
    f"--host=unix://{HOME}/docker.sock",
    f"--config-file={CONFIG}",
]


class ByHand:
    """The engine, and the shell that starts it."""

    def __init__(self, host: SystemdHost, shell: Dict[str, str]) -> None:
        self._host, self._shell = host, shell
        self._process: Optional[subprocess.Popen[bytes]] = None

    def up(self, command: List[str]) -> None:
        """Start it as the shell would, and wait until it answers."""
        self._process = subprocess.Popen(
            self._host.enter(command, self._shell),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            if self._host.run(["docker", "version"], env=ENVIRONMENT).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("the engine started by hand does not answer")

    def down(self) -> None:
        """End it, by the number in its pid file."""
        if self._process is not None:
            pid = self._host.path(f"{HOME}/pid")
            if pid.exists():
                self._host.run(["kill", pid.read_text().strip()])
            self._process.wait()
            self._process = None

    def again(self, command: List[str]) -> None:
        """End it and start it anew from the same shell."""
        self.down()
        self.up(command)

    def info(self) -> Dict[str, str]:
        """What the engine itself reports."""
        return self._host.info(ENVIRONMENT)


@contextlib.contextmanager
def by_hand(host: SystemdHost, shell: Dict[str, str]) -> Iterator[ByHand]:
    """The engine, started from a shell with these variables."""
    host.path(HOME).mkdir(exist_ok=True)
    host.write(CONFIG, "{}")
    made = ByHand(host, shell)
    try:
        made.up(COMMAND)
        yield made
    finally:
        made.down()
