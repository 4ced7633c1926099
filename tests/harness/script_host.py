"""A host whose engine an init script starts: namespaces over this machine, with an /etc, /usr, /var and /run of their
own."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from tests.conftest import CANARY, REPO
from tests.harness import engines

SCRIPT = "/etc/init.d/docker"
OPENRC = engines.CACHE / "openrc"
"""Debian's packages, unpacked."""

MOBY_INIT = engines.CACHE / "moby-init"
"""Upstream's own scripts, of Debian's source package."""

OPENRC_SCRIPT = """#!/sbin/openrc-run
command=/usr/sbin/dockerd
command_args="${DOCKER_OPTS}"
command_background=yes
pidfile=/run/docker-script.pid

if [ -e /etc/profile.d/proxy.sh ]; then
\t. /etc/profile.d/proxy.sh
fi
"""
"""A script of the shape of Alpine's, in words of our own."""

SETUP = """
set -e
folder=$1 init=$2 data=$3
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/data"
mount --bind "$data" "$folder/data"
for name in etc usr var; do
    mkdir "$folder/$name" "$folder/$name.work"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$folder/$name,workdir=$folder/$name.work" "/$name"
done
mkdir -p /var/lib/docker
mount --bind "$folder/data" /var/lib/docker
mount -t tmpfs tmpfs /run
if [ "$init" = openrc ]; then
    openrc=$4
    cp -a "$openrc/sbin" "$openrc/bin" "$openrc/lib" /usr/
    cp -a "$openrc/etc/rc.conf" "$openrc/etc/runlevels" /etc/
    mkdir /run/openrc
    cd /run/openrc
    mkdir daemons exclusive failed hotplugged inactive options scheduled started starting stopping tmp wasinactive
    echo default > /run/openrc/softlevel
    # Its own scripts are of no use here, and other packages' know nothing of it.
    find /etc/init.d -type f ! -name docker -delete
else
    mkfifo /run/initctl
fi
touch "$folder/ready"
exec "$5" -c "$6"
"""

INIT = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.pause()"
"""The first process, whose child every orphan becomes: the kernel forgets those when they end."""


class ScriptHost:
    """A host that ``service`` or ``rc-service`` runs on; ``path`` gives its files as seen from here."""

    def __init__(self, init: str) -> None:
        self.init = init
        self._folder = Path(tempfile.mkdtemp(prefix="dockproxy-script-"))
        self._data = Path(tempfile.mkdtemp(prefix="dockproxy-data-", dir="/var/tmp"))
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._pid = 0

    def up(self) -> None:
        """Make the namespaces."""
        apart = ["--mount", "--pid", "--net", "--fork", "--mount-proc", "--kill-child"]
        arguments = [str(self._folder), self.init, str(self._data), str(OPENRC), sys.executable, INIT]
        self._process = subprocess.Popen(
            ["unshare", *apart, "sh", "-c", SETUP, "sh", *arguments], stdin=subprocess.DEVNULL
        )
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for _ in range(200):
            if self._process.poll() is not None:
                break
            self._pid = int(children.read_text() or 0)
            if self._pid and self.path(f"{self._folder}/ready").exists():
                return
            time.sleep(0.02)
        raise RuntimeError("the namespaces were not made")

    def use(self, suite: str) -> None:
        """Take the engine of a suite."""
        tree = engines.tree(suite)
        for folder in ("usr/bin", "usr/sbin") if tree is not None else ():
            for file in (Path(str(tree)) / folder).iterdir():
                # Debian 12's runc stays: unstable's needs a newer libc.
                if file.is_file() and file.name != "runc":
                    self.run(["touch", f"/{folder}/{file.name}"], check=True)
                    self.run(["mount", "--bind", str(file), f"/{folder}/{file.name}"], check=True)

    def down(self) -> None:
        """End everything in it."""
        if self._process is not None:
            # --kill-child: with the namespace's first process all others end.
            self._process.kill()
            self._process.wait()
        for folder in (self._folder, self._data):
            shutil.rmtree(folder, ignore_errors=True)

    def run(
        self, command: List[str], *, check: bool = False, env: Optional[Dict[str, str]] = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root, with a clean environment."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **(env or {})}
        words = ["nsenter", f"--target={self._pid}", "--mount", "--pid", "--net", "--", "env", "-i"]
        done = subprocess.run(
            [*words, *(f"{name}={value}" for name, value in environment.items()), *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def dockproxy(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run this checkout's dockproxy inside; it must not show the canary password."""
        env = {"PYTHONPATH": str(REPO / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = self.run([sys.executable, "-m", "dockproxy", *words], env=env)
        assert CANARY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def result(self, *words: str, code: int = 0) -> Dict[str, Any]:
        """The document of a verb that changes something, which must end with ``code``."""
        done = self.dockproxy(*words, "--yes", "--format", "json")
        assert done.returncode == code, done.stdout + done.stderr
        found: Dict[str, Any] = json.loads(done.stdout)
        return found

    def daemon(self) -> Dict[str, Any]:
        """The daemon in the document of ``show``."""
        shown = json.loads(self.dockproxy("show", "--format", "json").stdout)
        found: Dict[str, Any] = next(c for c in shown["consumers"] if c["consumer"] == "daemon")
        return found

    def info(self) -> Dict[str, str]:
        """What the engine itself reports."""
        format_ = "{{.HTTPProxy}}|{{.HTTPSProxy}}|{{.NoProxy}}"
        shown = self.run(["docker", "info", "--format", format_], check=True).stdout
        return dict(zip(("http-proxy", "https-proxy", "no-proxy"), shown.strip("\n").split("|")))

    def path(self, path: str) -> Path:
        """A file of the host as seen from here."""
        return Path(f"/proc/{self._pid}/root{path}")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the host."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)


@contextlib.contextmanager
def script_host(init: str) -> Iterator[ScriptHost]:
    """A host with the init system."""
    host = ScriptHost(init)
    try:
        host.up()
        yield host
    finally:
        host.down()
