"""This machine."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host.protocol import API_TIMEOUT, Process, Response, User
from dockproxy.host.tree import TreeHost, missing
from dockproxy.model import Missing, number


class LocalHost(TreeHost):
    """This machine."""

    def __init__(self) -> None:
        super().__init__("/")

    @property
    def live(self) -> bool:
        return True

    def _followed(self, path: str) -> str:
        return os.path.realpath(path)

    def users(self) -> Sequence[User]:
        import pwd

        return [User(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir) for entry in pwd.getpwall()]

    def user(self, name: Union[str, int]) -> Optional[User]:
        import pwd

        try:
            entry = pwd.getpwuid(name) if isinstance(name, int) else pwd.getpwnam(name)
        except (KeyError, ValueError):
            return None
        return User(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        lines = _run(*systemctl(user), "show", "--no-pager", "--property=" + ",".join(names), "--", unit)
        return _properties(lines.split("\n")) if isinstance(lines, str) else lines

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        text = _run(*systemctl(user), "--output=json", "show-environment")
        if isinstance(text, Missing):
            return text
        # systemd 248 and newer honour --output=json here, which needs no unquoting of $'…' values.
        found = _json(text)
        return {k: str(v) for k, v in found.items()} if isinstance(found, dict) else _pairs(text.split("\n"))

    def process(self, pid: int) -> Union[Process, Missing]:
        name = _proc_text(pid, "comm")
        if name is None:
            return Missing.ABSENT
        argv = tuple((_proc_text(pid, "cmdline") or "").split("\0")[:-1])
        try:
            uid = os.stat(f"/proc/{pid}").st_uid
        except OSError:
            return Missing.ABSENT
        return Process(pid, name.rstrip("\n"), argv, _started(pid), uid, _proc_text(pid, "cgroup"))

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        pids = sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())
        found = [self.process(pid) for pid in pids if _proc_text(pid, "comm") == name + "\n"]
        return tuple(p for p in found if isinstance(p, Process) and not _is_in_container(p))

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                return _pairs(stream.read().decode("utf-8", "surrogateescape").split("\0"))
        except OSError as error:
            return Missing.ABSENT if error.errno == errno.ESRCH else missing(error)

    def program_version(self, program: str) -> Union[str, Missing]:
        return _run(program, "--version")

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        from socket import AF_UNIX, SOCK_STREAM
        from socket import socket as open_socket

        try:
            with open_socket(AF_UNIX, SOCK_STREAM) as connection:
                connection.settimeout(timeout)
                connection.connect(socket)
                # HTTP/1.0: the answer then comes unchunked and ends with the connection.
                connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode("ascii"))
                chunks = []
                while True:
                    chunk = connection.recv(65536)
                    if not chunk:
                        break
                    chunks.append(chunk)
        except OSError as error:
            return Missing.ABSENT if isinstance(error, (ConnectionError, FileNotFoundError)) else missing(error)
        return _response(b"".join(chunks))

    def docker_info(self, options: Sequence[str], user: User) -> Union[Mapping[str, Any], Missing]:
        # The CLI brings what such a connection needs: TLS, ssh, the context's certificates. It runs the user's plugins.
        done = _done(*become(user), "docker", *options, "info", "--format={{json .}}")
        if done is None:
            return Missing.NOT_CHECKED
        # Where it cannot connect it prints what it knows itself, and exits 0 (20.10, 26.1) or 1 (28.5).
        found = _json(done[1])
        if isinstance(found, dict):
            return found
        return Missing.UNPARSABLE if done[0] == 0 else Missing.NO_CONNECTION


def become(user: Optional[User]) -> List[str]:
    """The words before a command that a user has chosen: root runs it as that user."""
    if user is None or user.uid == os.geteuid():
        return []
    words = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--init-groups", "env"]
    return [*words, f"HOME={user.home}", f"XDG_RUNTIME_DIR=/run/user/{user.uid}"]


def systemctl(user: Optional[User] = None) -> List[str]:
    """The words that reach the system's service manager, or a user's: one's own, or as root anybody's."""
    return ["systemctl"] if user is None else [*become(user), "systemctl", "--user"]


def _pairs(lines: Sequence[str]) -> Dict[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _properties(lines: Sequence[str]) -> Dict[str, str]:
    """What ``systemctl show`` prints: a list of some kinds has a line for each."""
    found: Dict[str, str] = {}
    for name, _, value in (line.partition("=") for line in lines if "=" in line):
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def _run(*argv: str) -> Union[str, Missing]:
    done = _done(*argv)
    return done[1] if done is not None and done[0] == 0 else Missing.NOT_CHECKED


def _done(*argv: str) -> Optional[Tuple[int, str]]:
    """The exit code of a program and what it printed; None where it is not there, or too slow."""
    import subprocess

    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False, timeout=API_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape")


def _proc_text(pid: int, name: str) -> Optional[str]:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape")
    except OSError:
        return None


OF_USER = re.compile(r"/user\.slice/user-(\d+)\.slice/user@\1\.service/.*\.service(/.*)?")
"""The control group of what a user's service manager starts."""


def _is_in_container(process: Process) -> bool:
    """Whether a process is another host's: it has another number in a PID namespace below ours (proc(5), NSpid), and is
    no service of a user of ours, to which rootlesskit gives such a namespace with ``--pidns``."""
    lines = (_proc_text(process.pid, "status") or "").split("\n")
    if not any(line.startswith("NSpid:") and len(line.split()) > 2 for line in lines):
        return False
    ours = systemd_group(_proc_text(1, "cgroup") or "").removesuffix("/init.scope").rstrip("/")
    group = systemd_group(process.cgroup or "")
    return not (group.startswith(ours) and OF_USER.fullmatch(group[len(ours) :]))


def systemd_group(text: str) -> str:
    """The control group in systemd's own hierarchy, of what proc(5) says of a process."""
    groups = [line.split(":", 2) for line in text.split("\n") if line.count(":") > 1]
    named = [path for _, controllers, path in groups if controllers == "name=systemd"]
    return (named or [path for _, controllers, path in groups if not controllers] or [""])[0]


def _started(pid: int) -> Optional[float]:
    text = _proc_text(pid, "stat")
    if text is None:
        return None
    # proc(5): starttime is field 22, in clock ticks since boot; the name in parentheses may hold blanks.
    ticks = int(text.rpartition(")")[2].split()[19])
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def _response(raw: bytes) -> Union[Response, Missing]:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split()
    status = number(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") else None
    if status is None:
        return Missing.UNPARSABLE
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
    found = _json(body) if body.strip() else None
    return found if found is Missing.UNPARSABLE else Response(status, headers.get("server", ""), found)


def _json(text: Union[str, bytes]) -> Any:
    """What the text holds, or UNPARSABLE; it may be nested deeper than Python goes."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return Missing.UNPARSABLE
