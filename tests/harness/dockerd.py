"""dockerd by itself: started with flags, a daemon.json and an environment, asked what it uses, and ended."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

from dockproxy.model import Version
from tests.harness import engines

NOBODY = 65534
QUIET = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false")


class Answer(NamedTuple):
    """What dockerd reports, or None and what it said when it did not start."""

    values: Optional[Dict[str, str]]
    refusal: str


class Dockerd:
    """The engine of a suite; all its runs share one containerd, with which a start takes a tenth of a second."""

    def __init__(self, suite: str, folder: Path) -> None:
        self._folder = folder
        tree = engines.tree(suite)
        prefix = f"{tree}/usr/sbin:{tree}/usr/bin:" if tree else ""
        self._path = prefix + "/usr/sbin:/usr/bin:/sbin:/bin"
        self.program = str(shutil.which("dockerd", path=self._path))
        self._containerd: Optional[subprocess.Popen[bytes]] = None
        self._runs = 0

    @functools.cached_property
    def version(self) -> Version:
        """What it calls itself."""
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True).stdout
        found = Version.parse(said.split("version ")[1].split(",")[0])
        assert found is not None
        return found

    def refusal(self, daemon_json: bytes, flags: Sequence[str] = ()) -> str:
        """What it says of a configuration that it does not take; empty where it does. Nothing is started."""
        with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
            config = Path(home, "daemon.json")
            config.write_bytes(daemon_json)
            Path(home).chmod(0o755)
            command = [f"--config-file={config}", *flags]
            environment = {"PATH": self._path}
            if self.version.at_least(23, 0):
                done = subprocess.run(
                    [self.program, "--validate", *command], env=environment, capture_output=True, text=True
                )
            else:
                # Nobody gets as far as the check of the privileges, which is the first thing after the configuration.
                done = subprocess.run(
                    [self.program, *command],
                    env=environment, capture_output=True, text=True, user=NOBODY, group=NOBODY, extra_groups=(),
                )  # fmt: skip
        is_taken = done.returncode == 0 or "needs to be started with root privileges" in done.stderr
        return "" if is_taken else done.stderr

    def said_by_rootless(self, environment: Dict[str, str], folder: str, programs: str) -> str:
        """What it says below a rootlesskit, or what looks like one, of a configuration that it does not take."""
        validate = ["--validate"] if self.version.at_least(23, 0) else []
        path = {"PATH": f"{programs}:{self._path}"}
        command = [self.program, "--rootless", *validate]
        return subprocess.run(command, env={**path, **environment}, cwd=folder, capture_output=True, text=True).stderr

    def up(self) -> None:
        """Start containerd."""
        command = ["containerd", "--config=/dev/null", f"--root={self._folder}/c", f"--state={self._folder}/cs"]
        self._address = f"{self._folder}/containerd.sock"
        program = str(shutil.which("containerd", path=self._path))
        self._containerd = subprocess.Popen(
            [program, *command[1:], f"--address={self._address}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            if Path(self._address).exists():
                return
            time.sleep(0.05)
        raise RuntimeError("containerd does not listen")

    def down(self) -> None:
        """End containerd."""
        if self._containerd is not None:
            self._containerd.terminate()
            self._containerd.wait()

    def ask(
        self, flags: List[str], daemon_json: Optional[str], environment: Dict[str, str], listens: bool = True
    ) -> Answer:
        """Start, ask ``/info``, end. ``listens``: a flag says where."""
        self._runs += 1
        home = self._folder / str(self._runs)
        home.mkdir()
        config = home / "daemon.json"
        if daemon_json is not None:
            config.write_text(daemon_json)
        # An absent file is allowed only where no flag names it.
        named = [f"--config-file={config}"] if daemon_json is not None else []
        listening = str(home / "s")
        process = subprocess.Popen(
            [
                self.program, *QUIET, f"--containerd={self._address}", f"--data-root={self._folder}/data",
                f"--exec-root={home}/e", f"--pidfile={home}/p",
                *([f"--host=unix://{listening}"] if listens else []), *named, *flags,
            ],
            env={"PATH": self._path, **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(home / "log").open("wb"),
        )  # fmt: skip
        try:
            for _ in range(600):
                if process.poll() is not None:
                    return Answer(None, (home / "log").read_text()[-2000:])
                info = _info(listening)
                if info is not None:
                    fields = (("http-proxy", "HttpProxy"), ("https-proxy", "HttpsProxy"), ("no-proxy", "NoProxy"))
                    return Answer({variable: info.get(field) or "" for variable, field in fields}, "")
                time.sleep(0.01)
            raise RuntimeError("dockerd neither answers nor ends: " + (home / "log").read_text()[-2000:])
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(home, ignore_errors=True)


def _info(path: str) -> Optional[Dict[str, str]]:
    connection = http.client.HTTPConnection("docker")
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(path)
        connection.request("GET", "/info")
        found: Dict[str, str] = json.loads(connection.getresponse().read())
        return found
    except OSError:
        return None
    finally:
        connection.close()


@contextlib.contextmanager
def dockerd(suite: str) -> Iterator[Dockerd]:
    """The engine of a suite."""
    folder = Path(tempfile.mkdtemp(prefix="dp-", dir="/var/tmp"))
    made = Dockerd(suite, folder)
    try:
        made.up()
        yield made
    finally:
        made.down()
        for mount in reversed(_mounts(folder)):
            subprocess.run(["umount", "--lazy", mount], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _mounts(folder: Path) -> List[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(f"{folder}{os.sep}")]
