"""What can be asked of a host: files, processes, the service manager, the engine's API. Asking changes nothing.

Every answer is the thing itself or a ``Missing`` that says why there is none. ``LocalHost`` is this machine,
``TreeHost`` an offline tree, ``BundleHost`` a tree with recorded answers, ``OverlayHost`` another host with a plan's
files laid over it.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple, Union

from dockproxy.model import Missing

MAX_FILE_BYTES = 16 * 1024 * 1024
"""No configuration file is larger; what is, is not read."""

NULL = "/dev/null"
"""An empty file to whoever reads it, also in a tree that has no devices; a link to it disables a file of systemd."""

API_TIMEOUT = 10.0
"""Seconds to wait for the engine's API and for ``systemctl``."""


class File(NamedTuple):
    """A regular file's content and what must survive when it is replaced. Times are seconds since the epoch."""

    path: str
    real_path: str
    data: bytes
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    changed: float = 0.0
    """The later of mtime and ctime: a file restored with an old mtime still counts as changed."""


class Process(NamedTuple):
    """A running process. ``started`` is seconds since the epoch, to a clock tick."""

    pid: int
    name: str
    argv: Tuple[str, ...]
    started: Optional[float] = None
    uid: int = 0


class User(NamedTuple):
    """An account of the host."""

    name: str
    uid: int
    gid: int
    home: str


class Response(NamedTuple):
    """An answer of the engine's API."""

    status: int
    server: str
    body: Any


class Host(Protocol):
    """Everything the reading side may ask."""

    root: str

    @property
    def live(self) -> bool:
        """Whether processes, the service manager and the engine's API can be asked."""

    def realpath(self, path: str) -> str:
        """Return ``path`` with links resolved inside the host's root."""

    def read(self, path: str) -> Union[File, Missing]:
        """Return a regular file, its links followed."""

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        """Return the sorted names in a directory."""

    def users(self) -> Sequence[User]:
        """Return the accounts that can be listed; a directory service may know more."""

    def user(self, name: Union[str, int]) -> Optional[User]:
        """Return an account by its name or its number."""

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        """Return what the running systemd, or the one of ``user``, holds of a unit (``systemctl show``)."""

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        """Return the environment block that it gives every service (``systemctl show-environment``)."""

    def process(self, pid: int) -> Union[Process, Missing]:
        """Return one running process."""

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        """Return the processes of that name (proc(5), comm)."""

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        """Return the environment a process was started with."""

    def program_version(self, program: str) -> Union[str, Missing]:
        """Return what ``program --version`` prints."""

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        """GET ``path`` from the engine's API on a unix socket. ABSENT: nobody listens there."""

    def docker_info(self, options: Sequence[str]) -> Union[Mapping[str, Any], Missing]:
        """Return what the docker CLI learns from an engine of another host (``docker OPTIONS info``)."""


class TreeHost:
    """An offline tree, such as a mounted image. Absolute links are resolved inside its root."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    @property
    def live(self) -> bool:
        return False

    def realpath(self, path: str) -> str:
        parts = [p for p in path.split("/") if p]
        done: list[str] = []
        links = 0
        while parts:
            part = parts.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            if part == ".":
                continue
            try:
                target = os.readlink(self._join(done + [part]))
            except OSError:
                done.append(part)
                continue
            links += 1
            if links > 40:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                done = []
            parts = [p for p in target.split("/") if p] + parts
        return "/" + "/".join(done)

    def _join(self, parts: Sequence[str]) -> str:
        return os.path.join(self.root, *parts)

    def _outside(self, path: str) -> str:
        return self._join([self.realpath(path).lstrip("/")])

    def read(self, path: str) -> Union[File, Missing]:
        try:
            real = self.realpath(path)
            if real == NULL:
                return File(path, real, b"")
            # O_NONBLOCK: a FIFO in the place of a file must not hang the reader.
            handle = os.open(self._join([real.lstrip("/")]), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            return _missing(error)
        try:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                return Missing.NO_FILE
            if info.st_size > MAX_FILE_BYTES:
                return Missing.TOO_LARGE
            with open(handle, "rb", closefd=False) as stream:
                data = stream.read()
        except OSError as error:
            return _missing(error)
        finally:
            os.close(handle)
        changed = max(info.st_mtime, info.st_ctime)
        return File(path, real, data, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, changed)

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        try:
            return tuple(sorted(os.listdir(self._outside(path))))
        except OSError as error:
            return _missing(error)

    def users(self) -> Sequence[User]:
        file = self.read("/etc/passwd")
        lines = file.data.decode("utf-8", "surrogateescape").split("\n") if isinstance(file, File) else []
        rows = [line.split(":") for line in lines if line.count(":") == 6]
        return [User(r[0], int(r[2]), int(r[3]), r[5]) for r in rows if r[2].isdigit() and r[3].isdigit()]

    def user(self, name: Union[str, int]) -> Optional[User]:
        return next((user for user in self.users() if name in (user.name, user.uid)), None)

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        return Missing.NOT_CHECKED

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        return Missing.NOT_CHECKED

    def process(self, pid: int) -> Union[Process, Missing]:
        return Missing.NOT_CHECKED

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        return Missing.NOT_CHECKED

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        return Missing.NOT_CHECKED

    def program_version(self, program: str) -> Union[str, Missing]:
        return Missing.NOT_CHECKED

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        return Missing.NOT_CHECKED

    def docker_info(self, options: Sequence[str]) -> Union[Mapping[str, Any], Missing]:
        return Missing.NOT_CHECKED


class LocalHost(TreeHost):
    """This machine."""

    def __init__(self) -> None:
        super().__init__("/")

    @property
    def live(self) -> bool:
        return True

    def realpath(self, path: str) -> str:
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
        return _pairs(lines.split("\n")) if isinstance(lines, str) else lines

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        text = _run(*systemctl(user), "--output=json", "show-environment")
        if isinstance(text, Missing):
            return text
        try:
            # systemd 248 and newer honour --output=json here, which needs no unquoting of $'…' values.
            return {str(k): str(v) for k, v in json.loads(text).items()}
        except ValueError:
            return _pairs(text.split("\n"))

    def process(self, pid: int) -> Union[Process, Missing]:
        name = _proc_text(pid, "comm")
        if name is None:
            return Missing.ABSENT
        argv = tuple((_proc_text(pid, "cmdline") or "").split("\0")[:-1])
        try:
            uid = os.stat(f"/proc/{pid}").st_uid
        except OSError:
            return Missing.ABSENT
        return Process(pid, name.rstrip("\n"), argv, _started(pid), uid)

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        pids = sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())
        found = [self.process(pid) for pid in pids if _proc_text(pid, "comm") == name + "\n"]
        return tuple(p for p in found if isinstance(p, Process))

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                return _pairs(stream.read().decode("utf-8", "surrogateescape").split("\0"))
        except OSError as error:
            return Missing.ABSENT if error.errno == errno.ESRCH else _missing(error)

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
            return Missing.ABSENT if isinstance(error, (ConnectionError, FileNotFoundError)) else _missing(error)
        return _response(b"".join(chunks))

    def docker_info(self, options: Sequence[str]) -> Union[Mapping[str, Any], Missing]:
        # The CLI brings what such a connection needs: TLS, ssh, the context's certificates.
        text = _run("docker", *options, "info", "--format={{json .}}")
        if isinstance(text, Missing):
            return text
        try:
            found: Mapping[str, Any] = json.loads(text)
        except ValueError:
            return Missing.UNPARSABLE
        return found


class BundleHost(TreeHost):
    """A tree with recorded answers. The keys are ``unit NAME``, ``manager-environment`` (both with `` of USER`` behind
    them where a user's own service manager is asked), ``processes NAME``,
    ``environment PID``, ``GET SOCKET PATH`` and ``docker info``; what was not recorded is not checked."""

    def __init__(self, root: str, answers: Mapping[str, Any]) -> None:
        super().__init__(root)
        self._answers = answers

    @property
    def live(self) -> bool:
        return True

    def _answer(self, key: str) -> Any:
        answer = self._answers.get(key, Missing.NOT_CHECKED)
        return Missing(answer) if isinstance(answer, str) else answer

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(_of(f"unit {unit}", user))
        return answer if isinstance(answer, Missing) else {n: answer[n] for n in names if n in answer}

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(_of("manager-environment", user))
        return answer

    def process(self, pid: int) -> Union[Process, Missing]:
        processes = self.processes("dockerd")
        if isinstance(processes, Missing):
            return processes
        return next((p for p in processes if p.pid == pid), Missing.ABSENT)

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        answer = self._answer(f"processes {name}")
        if isinstance(answer, Missing):
            return answer
        return tuple(Process(p["pid"], name, tuple(p["argv"]), p.get("started"), p.get("uid", 0)) for p in answer)

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(f"environment {pid}")
        return answer

    def program_version(self, program: str) -> Union[str, Missing]:
        answer = self._answers.get(f"version {program}", Missing.NOT_CHECKED)
        return answer if isinstance(answer, Missing) else str(answer)

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        answer = self._answer(f"GET {socket} {path}")
        return answer if isinstance(answer, Missing) else Response(answer["status"], answer["server"], answer["body"])

    def docker_info(self, options: Sequence[str]) -> Union[Mapping[str, Any], Missing]:
        answer: Union[Mapping[str, Any], Missing] = self._answer("docker info")
        return answer


class OverlayHost:
    """A host as it would be with a plan's files in place; None deletes. The environments of the service manager and of
    the shell that started dockerd by hand shine through, as the next start has them again; nothing else of today's
    processes and reports does."""

    def __init__(self, base: Host, files: Mapping[str, Optional[bytes]]) -> None:
        self.root = base.root
        self._base = base
        self._files = dict(files)

    @property
    def live(self) -> bool:
        return False

    def realpath(self, path: str) -> str:
        return self._base.realpath(path)

    def read(self, path: str) -> Union[File, Missing]:
        try:
            real = self._base.realpath(path)
        except OSError as error:
            return _missing(error)
        if real not in self._files:
            return self._base.read(path)
        data = self._files[real]
        return Missing.ABSENT if data is None else File(path, real, data)

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        names = self._base.list(path)
        try:
            folder = self._base.realpath(path)
        except OSError as error:
            return _missing(error)
        present: Dict[str, bool] = {} if isinstance(names, Missing) else dict.fromkeys(names, True)
        for file, data in self._files.items():
            if os.path.dirname(file) == folder:
                present[os.path.basename(file)] = data is not None
        kept = tuple(sorted(name for name, is_there in present.items() if is_there))
        return names if isinstance(names, Missing) and not kept else kept

    def users(self) -> Sequence[User]:
        return self._base.users()

    def user(self, name: Union[str, int]) -> Optional[User]:
        return self._base.user(name)

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        return Missing.NOT_CHECKED

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        return self._base.manager_environment(user)

    def process(self, pid: int) -> Union[Process, Missing]:
        return Missing.NOT_CHECKED

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        return Missing.NOT_CHECKED

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        return self._base.process_environment(pid)

    def program_version(self, program: str) -> Union[str, Missing]:
        return Missing.NOT_CHECKED

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        return Missing.NOT_CHECKED

    def docker_info(self, options: Sequence[str]) -> Union[Mapping[str, Any], Missing]:
        return Missing.NOT_CHECKED


def systemctl(user: Optional[User] = None) -> List[str]:
    """The words that reach the system's service manager, or a user's: one's own, or as root anybody's."""
    if user is None:
        return ["systemctl"]
    if user.uid == os.geteuid():
        return ["systemctl", "--user"]
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--init-groups", "env"]
    return [*become, f"HOME={user.home}", f"XDG_RUNTIME_DIR=/run/user/{user.uid}", "systemctl", "--user"]


def _of(key: str, user: Optional[User]) -> str:
    return key if user is None else f"{key} of {user.name}"


REASONS = {
    errno.ENOENT: Missing.ABSENT,
    errno.ENOTDIR: Missing.ABSENT,
    errno.EACCES: Missing.PERMISSION,
    errno.EPERM: Missing.PERMISSION,
    errno.ELOOP: Missing.LINK_LOOP,
    errno.ENXIO: Missing.NO_FILE,  # a socket
}


def _missing(error: OSError) -> Missing:
    return REASONS.get(error.errno or 0, Missing.UNPARSABLE)


def _pairs(lines: Sequence[str]) -> Dict[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _run(*argv: str) -> Union[str, Missing]:
    import subprocess

    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False, timeout=API_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return Missing.NOT_CHECKED
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else Missing.NOT_CHECKED


def _proc_text(pid: int, name: str) -> Optional[str]:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape")
    except OSError:
        return None


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
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return Missing.UNPARSABLE
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
    try:
        return Response(int(words[1]), headers.get("server", ""), json.loads(body) if body.strip() else None)
    except ValueError:
        return Missing.UNPARSABLE
