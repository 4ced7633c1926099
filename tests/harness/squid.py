"""A real Squid on the far side, with its access log, and optionally with a password."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

from tests.harness.network import OUTSIDE, Network

PORT = 3128

CONFIG = """
http_port {port}
acl all_ports port 80 443 5000
http_access deny !all_ports
{auth}
http_access {access} all
access_log stdio:{folder}/access.log squid
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
hosts_file {folder}/hosts
coredump_dir {folder}
cache deny all
shutdown_lifetime 0 seconds
dns_nameservers 127.0.0.1
pinger_enable off
logfile_rotate 0
buffered_logs off
"""

AUTH = """
auth_param basic program {python} {folder}/check_password
auth_param basic children 1 startup=1
auth_param basic utf8 on
auth_param basic credentialsttl 1 second
acl known proxy_auth REQUIRED
http_access deny !known
"""

# Squid hands the helper a line "USER PASSWORD", both percent-encoded.
HELPER = """
import sys, urllib.parse
folder = sys.argv[0].rpartition("/")[0]
for line in sys.stdin:
    given = [urllib.parse.unquote(w) for w in line.rstrip("\\n").split(" ")][:2]
    wanted = open(folder + "/password", encoding="utf-8").read().split("\\0")
    print("OK" if given == wanted else "ERR", flush=True)
"""


class Squid:
    """Start, stop, and read what it logged."""

    def __init__(self, network: Network, folder: Path) -> None:
        self._network, self._folder = network, folder
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._settings: Optional[Tuple[str, str, bool]] = None

    @property
    def url(self) -> str:
        return f"http://{OUTSIDE}:{PORT}"

    def start(self, user: str = "", password: str = "", allow: bool = True) -> None:
        """Start; with a user it asks for exactly that user and password. One that runs so already only forgets."""
        if self._process is not None and self._settings == (user, password, allow):
            self.forget()
            return
        self.stop()
        self._settings = (user, password, allow)
        folder = self._folder
        (folder / "password").write_text(f"{user}\0{password}", encoding="utf-8")
        (folder / "check_password").write_text(HELPER)
        (folder / "access.log").write_text("")
        auth = (
            AUTH.format(folder=folder, python=shutil.which("python3", path="/usr/bin") or sys.executable)
            if user
            else ""
        )
        access = "allow" if allow else "deny"
        (folder / "squid.conf").write_text(CONFIG.format(port=PORT, folder=folder, auth=auth, access=access))
        for path in [folder, *folder.iterdir()]:
            shutil.chown(path, "proxy", "proxy")
        command = self._network.outside("squid", "--foreground", "-f", str(folder / "squid.conf"))
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        probe = f"import socket; socket.create_connection(('{OUTSIDE}', {PORT}), 1)"
        for _ in range(100):
            if subprocess.run(self._network.outside(sys.executable, "-c", probe), capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("squid does not listen: " + (self._folder / "cache.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop; connections to its port are refused from then on."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> List[str]:
        """The access log's lines."""
        return (self._folder / "access.log").read_text().splitlines()

    def connects(self, host: str) -> List[str]:
        """The log's lines of CONNECT to a host."""
        return [line for line in self.log() if f"CONNECT {host}:" in line]

    def forget(self) -> None:
        """Empty the log."""
        with (self._folder / "access.log").open("w"):
            pass


@contextlib.contextmanager
def squid(network: Network, folder: Path, hosts: str) -> Iterator[Squid]:
    """A Squid that resolves the names of ``hosts``; started, and stopped at the end."""
    # Squid runs as another user, who must be able to enter every directory above.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts").write_text(hosts)
    proxy = Squid(network, folder)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.stop()
