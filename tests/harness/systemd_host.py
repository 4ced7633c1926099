"""A Docker host with systemd as PID 1, in systemd-nspawn over an overlay of this machine's root."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from tests.conftest import CANARY
from tests.harness import engines
from tests.harness.network import HOSTS, Network

OPTIONS = "--bridge=none --iptables=false --ip6tables=false --ip-forward=false"
"""There is no bridge in the namespace. They stand in the unit itself, so that no test meets them in a file it edits."""

REPO = Path(__file__).resolve().parents[2]

TARGET = """[Unit]
Requires=basic.target
Wants=docker.service containerd.service dbus.service
"""
"""All that the host starts; what else is installed on this machine stays down."""

INIT_ENVIRONMENT = {"PASSED": "of init", "B": "of init", "NO_PROXY": ".of.init"}
"""What init is started with; systemd gives it to no service that does not ask for it (PassEnvironment=)."""

PYTHON_ENVIRONMENT = {"PYTHONPATH": "/opt/dockproxy/src", "PYTHONPYCACHEPREFIX": "/run/pycache"}

MASKED = (
    "systemd-logind",
    "systemd-timesyncd",
    "console-getty",
    "systemd-update-utmp-runlevel",
    "systemd-journal-flush",
    "systemd-firstboot",
    "systemd-sysusers",
    "systemd-binfmt",
    "systemd-user-sessions",
    "systemd-networkd",
    "systemd-networkd-wait-online",
    "systemd-resolved",
    "systemd-tmpfiles-setup-dev",
    "systemd-update-utmp",
    "e2scrub_reap",
)

CHANGED = (
    "/etc/docker/daemon.json",
    "/etc/docker/http-proxy.env",
    "/etc/systemd/system/docker.service.d",
    "/run/systemd/system/docker.service.d",
    "/usr/lib/systemd/system/docker.service.d",
    "/etc/systemd/system/docker.service",
    "/etc/systemd/system/service.d",
    "/etc/systemd/system/needs-docker.service",
    "/etc/systemd/system/containerd.service.d",
    "/etc/systemd/system.conf.d",
    "/etc/sysconfig",
    "/root/.docker",
)
"""What a test may leave, and ``reset`` removes."""


class SystemdHost:
    """A booted host. Commands run inside it; ``path`` gives its files as seen from here."""

    def __init__(self, network: Network, suite: str, authority: bytes) -> None:
        self.suite = suite
        self._network, self._authority = network, authority
        # No underscore in a machine's name.
        self._name = f"{network.inside}-{suite}".replace("_", "-")
        self._folder = Path(tempfile.mkdtemp(prefix="dockproxy-host-"))
        self._data = Path(tempfile.mkdtemp(prefix="dockproxy-data-", dir="/var/tmp"))
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._init = 0

    def boot(self) -> None:
        """Mount, prepare, boot, wait for the engine."""
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(self._folder)], check=True)
        for name in ("upper", "work", "root"):
            (self._folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={self._folder}/upper,workdir={self._folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self._root)], check=True)
        self._prepare()
        # While another host of this machine boots or ends, the kernel may refuse to mount a cgroup hierarchy.
        self._init = self._start() or self._start() or self._start()
        if not self._init:
            raise RuntimeError("no init: " + (self._folder / "nspawn.log").read_text())
        self.wait_for_engine()
        for folder in self.run(["sh", "-c", "echo /sys/fs/cgroup/*"]).stdout.split():
            self.run(["mount", "-o", "remount,rw,bind", folder])

    def _start(self) -> int:
        """Start the container; the number of its init, or 0 where it ended before there was one."""
        log = (self._folder / "nspawn.log").open("wb")
        self._process = subprocess.Popen(
            [
                "systemd-nspawn", f"--directory={self._root}", "--boot", f"--machine={self._name}", "--register=no",
                "--keep-unit", "--capability=all", "--system-call-filter=@keyring bpf",
                f"--network-namespace-path={self._network.inside_path}", "--resolv-conf=off", "--timezone=off",
                "--link-journal=no", "--console=pipe", f"--bind={self._data}:/var/lib/docker",
                *(f"--setenv={name}={value}" for name, value in INIT_ENVIRONMENT.items()),
                # The host has a /tmp of its own, where the checkout may be.
                f"--bind-ro={REPO}:/opt/dockproxy", f"--bind-ro={sys.prefix}:/opt/dockproxy-python",
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for _ in range(500):
            if self._process.poll() is not None:
                return 0
            for pid in children.read_text().split():
                with contextlib.suppress(OSError):
                    # Until it becomes systemd it may still end.
                    if Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                        return int(pid)
            time.sleep(0.02)
        return 0

    @property
    def _root(self) -> Path:
        return self._folder / "root"

    def _prepare(self) -> None:
        root = self._root
        unpacked = engines.tree(self.suite)
        if unpacked is not None:
            for part in ("usr/bin", "usr/sbin", "usr/lib/systemd/system"):
                for file in (unpacked / part).iterdir():
                    # Debian 12's runc stays: unstable's needs a newer libc.
                    if file.is_file() and file.name != "runc":
                        shutil.copy2(file, root / part / file.name)
        unit = root / "usr/lib/systemd/system/docker.service"
        text = unit.read_text().replace("--containerd=", f"{OPTIONS} --containerd=")
        # An engine that does not start is tried three times; nobody needs to wait two seconds before each.
        unit.write_text(text.replace("RestartSec=2\n", "RestartSec=100ms\n"))
        (root / "usr/local/bin/docker").unlink(missing_ok=True)
        (root / "etc/machine-id").unlink(missing_ok=True)
        (root / "etc/hosts").write_text(HOSTS)
        (root / "etc/resolv.conf").unlink(missing_ok=True)
        (root / "etc/resolv.conf").write_text("")
        for name in ("hub.example.com", "registry.corp"):
            folder = root / "etc/docker/certs.d" / name
            folder.mkdir(parents=True)
            (folder / "ca.crt").write_bytes(self._authority)
        system = root / "etc/systemd/system"
        for name in ("getty.target.wants", "timers.target.wants", "sysinit.target.wants"):
            shutil.rmtree(system / name, ignore_errors=True)
        (system / "default.target").unlink(missing_ok=True)
        (system / "default.target").write_text(TARGET)
        for name in (*(f"{n}.service" for n in MASKED), "getty.target", "systemd-networkd.socket"):
            (system / name).unlink(missing_ok=True)
            (system / name).symlink_to("/dev/null")
        self._default = (root / "etc/default/docker").read_bytes()

    def wait_for_engine(self) -> None:
        """Wait until dockerd answers."""
        for _ in range(300):
            if self.run(["docker", "version", "--format", "{{.Server.Version}}"]).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("dockerd does not answer: " + self.run(["journalctl", "-n", "50", "--no-pager"]).stdout)

    def enter(self, command: List[str], env: Optional[Dict[str, str]] = None) -> List[str]:
        """The words that run a command inside as root, with a clean environment."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **(env or {})}
        words = ["nsenter", f"--target={self._init}", "--mount", "--pid", "--net", "--ipc", "--uts", "--", "env", "-i"]
        return [*words, *(f"{name}={value}" for name, value in environment.items()), *command]

    def run(
        self,
        command: List[str],
        *,
        check: bool = False,
        stdin: Optional[str] = None,
        env: Optional[Dict[str, str]] = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run(self.enter(command, env), capture_output=True, text=True, **given)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def dockproxy(
        self,
        *words: str,
        check: bool = False,
        stdin: Optional[str] = None,
        env: Optional[Dict[str, str]] = None,
        user: Optional[str] = None,
        group: Optional[str] = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run this checkout's dockproxy inside, as root or as another user, who may be in a group beside their own; it
        must not show the canary password."""
        command, environment = self.command(*words), {**PYTHON_ENVIRONMENT, **(env or {})}
        if user is not None:
            # This test's interpreter may stand below a folder that nobody else may enter; its packages do not.
            packages = f"/opt/dockproxy-python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
            environment["PYTHONPATH"] += f":{packages}"
            own = self.run(["id", "-g", user], check=True).stdout.strip()
            become = ["setpriv", f"--reuid={user}", f"--regid={own}"]
            become.append("--clear-groups" if group is None else f"--groups={self._group_id(group)}")
            command = [*become, "/usr/bin/python3", *command[1:]]
        done = self.run(command, check=check, stdin=stdin, env=environment)
        assert CANARY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def _group_id(self, group: str) -> str:
        return self.run(["getent", "group", group], check=True).stdout.split(":")[2]

    def daemon(self, *words: str, **options: Any) -> Dict[str, Any]:
        """The daemon in the document of ``show``."""
        return self.consumer("daemon", *words, **options)

    def consumer(self, name: str, *words: str, **options: Any) -> Dict[str, Any]:
        """A consumer in the document of ``show``."""
        shown = json.loads(self.dockproxy("show", "--format", "json", *words, check=True, **options).stdout)
        found: Dict[str, Any] = next(c for c in shown["consumers"] if c["consumer"] == name)
        return found

    def result(self, *words: str, code: int = 0, **options: Any) -> Dict[str, Any]:
        """The document of a verb that changes something, which must end with ``code``."""
        done = self.dockproxy(*words, "--yes", "--format", "json", **options)
        assert done.returncode == code, done.stdout + done.stderr
        found: Dict[str, Any] = json.loads(done.stdout)
        return found

    def start_dockproxy(self, *words: str) -> subprocess.Popen[str]:
        """Start this checkout's dockproxy inside and leave it running; see ``signal``."""
        command = self.enter(self.command(*words), PYTHON_ENVIRONMENT)
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def signal(self, process: subprocess.Popen[str], number: int) -> None:
        """Send a signal to what ``start_dockproxy`` started: nsenter's only child, as it enters a PID namespace."""
        os.kill(int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()), number)

    def without_reader(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run this checkout's dockproxy with a standard output that nobody reads any more."""
        reader, writer = os.pipe()
        os.close(reader)
        command = self.enter(self.command(*words), PYTHON_ENVIRONMENT)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        return done

    def start_in_terminal(self, *words: str) -> Tuple[subprocess.Popen[bytes], int]:
        """Start this checkout's dockproxy as the first process of a terminal and leave it at its question; closing the
        number hangs up."""
        outer, inner = pty.openpty()
        command = self.enter(["setsid", "--ctty", *self.command(*words)], {**PYTHON_ENVIRONMENT, "TERM": "xterm"})
        process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, start_new_session=True)
        os.close(inner)
        seen = b""
        while not seen.rstrip().endswith(b"[y/N]:"):
            seen += os.read(outer, 4096)
        return process, outer

    def terminal(self, words: List[str], answer: str = "y") -> str:
        """What a person sees who runs dockproxy on a terminal and answers its question."""
        outer, inner = pty.openpty()
        with subprocess.Popen(
            self.enter(self.command(*words), {**PYTHON_ENVIRONMENT, "NO_COLOR": "1", "TERM": "xterm"}),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        ) as process:
            os.close(inner)
            seen = b""
            while True:
                try:
                    data = os.read(outer, 4096)
                except OSError:  # EIO: the other side is closed
                    break
                seen += data
                if data.rstrip().endswith(b"[y/N]:"):
                    os.write(outer, f"{answer}\n".encode())
        os.close(outer)
        assert process.returncode == 0, seen.decode()
        assert CANARY not in seen.decode()
        return seen.decode().replace("\r\n", "\n")

    def command(self, *words: str) -> List[str]:
        """The words that start this checkout's dockproxy inside, with PYTHON_ENVIRONMENT."""
        return ["/opt/dockproxy-python/bin/python", "-m", "dockproxy", *words]

    def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the docker CLI inside."""
        return self.run(["docker", *words])

    def pull(self, image: str) -> subprocess.CompletedProcess[str]:
        """Pull an image that is not there yet."""
        self.docker("rmi", "--force", image)
        return self.docker("pull", image)

    def path(self, path: str) -> Path:
        """A file of the host as seen from here."""
        return Path(f"/proc/{self._init}/root{path}")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the host."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def files(self) -> Dict[str, bytes]:
        """Every file below the folders that dockproxy may write to."""
        found = {}
        for folder in ("/etc/docker", "/etc/systemd/system", "/etc/default", "/root/.docker"):
            for file in sorted(self.path(folder).rglob("*")):
                if file.is_file() and not file.is_symlink():
                    found[str(file).split("/root", 1)[1]] = file.read_bytes()
        return found

    def unit(self, name: str, unit: str = "docker.service") -> str:
        """What systemd holds of a unit."""
        return self.run(["systemctl", "show", "-P", name, unit], check=True).stdout.strip()

    def stop(self, *units: str) -> None:
        """Stop units, and forget how often the tests started the engine (StartLimitBurst=)."""
        self.run(["systemctl", "stop", *units], check=True)
        self.run(["systemctl", "reset-failed", "docker.service", "docker.socket"])

    def info(self, env: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """What the engine itself reports."""
        shown = self.run(
            ["docker", "info", "--format", "{{.HTTPProxy}}|{{.HTTPSProxy}}|{{.NoProxy}}"], check=True, env=env
        ).stdout
        return dict(zip(("http-proxy", "https-proxy", "no-proxy"), shown.strip("\n").split("|")))

    def restart(self) -> None:
        """Have systemd read its units again and restart the engine."""
        assert self.starts(), self.run(["journalctl", "-n", "50", "--no-pager", "-u", "docker.service"]).stdout

    def starts(self) -> bool:
        """Restart the engine as ``restart`` does, and tell whether it started."""
        self.run(["systemctl", "daemon-reload"], check=True)
        # The tests restart it more often than StartLimitBurst= allows.
        self.run(["systemctl", "reset-failed", "docker.service", "docker.socket"])
        return self.run(["systemctl", "restart", "docker.service"]).returncode == 0

    def reset(self) -> None:
        """Take away what a test has left, and start the engine without a proxy unless it runs so."""
        was = self.files()
        for path in CHANGED:
            place = self.path(path)
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        self.path("/etc/default/docker").write_bytes(self._default)
        self.path("/etc/default/docker").chmod(0o644)
        running = self.run(["systemctl", "is-active", "docker.service"]).stdout.strip() == "active"
        if not running or self.files() != was or any(self.info().values()):
            self.restart()

    def shutdown(self) -> None:
        """Stop the host and take everything away, also after a failure."""
        if self._init:
            ids = self.docker("ps", "--all", "--quiet").stdout.split()
            if ids:
                self.docker("rm", "--force", *ids)
            self.run(["systemctl", "stop", "docker.socket", "docker.service", "containerd.service"])
            # SIGRTMIN+4: systemd powers off (systemd(1)).
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._init, signal.SIGRTMIN + 4)
        if self._process is not None:
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for folder in Path("/sys/fs/cgroup").glob("*/docker"):
            # Containers leave it outside; it goes only while it is empty, so not under another host's containers.
            with contextlib.suppress(OSError):
                folder.rmdir()
        for place in (self._root, self._folder):
            subprocess.run(["umount", "--lazy", str(place)], capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)


@contextlib.contextmanager
def systemd_host(network: Network, suite: str, authority: bytes) -> Iterator[SystemdHost]:
    """A booted host with the engine of a suite."""
    host = SystemdHost(network, suite, authority)
    try:
        host.boot()
        yield host
    finally:
        host.shutdown()
