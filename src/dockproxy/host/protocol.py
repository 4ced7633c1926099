"""What a host answers, and the protocol that every kind of host speaks."""

from __future__ import annotations

import enum
from typing import Any, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple, Union

from dockproxy.model import Missing

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

    @property
    def text(self) -> str:
        """Its content, with what is not UTF-8 so that it can be written back."""
        return self.data.decode("utf-8", "surrogateescape")


class Kind(enum.Enum):
    """What an entry of a directory is itself, its link not followed."""

    FILE = "file"
    LINK = "link"
    OTHER = "other"


class Process(NamedTuple):
    """A running process. ``started`` is seconds since the epoch, to a clock tick; ``cgroup`` is what proc(5) says."""

    pid: int
    name: str
    argv: Tuple[str, ...]
    started: Optional[float] = None
    uid: int = 0
    cgroup: Optional[str] = None


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
        """Return ``path`` with links resolved inside the host's root; as it is where they lead in a circle."""

    def read(self, path: str) -> Union[File, Missing]:
        """Return a regular file, its links followed."""

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        """Return the sorted names in a directory."""

    def kinds(self, path: str) -> Union[Mapping[str, Kind], Missing]:
        """Return the names in a directory, in no order, and what each is."""

    def target(self, path: str) -> Optional[str]:
        """Return where a link leads: the folders on the way are resolved inside the host's root, what is there itself
        is not. None where it cannot be read, or these folders lead in a circle."""

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

    def docker_info(self, options: Sequence[str], user: User) -> Union[Mapping[str, Any], Missing]:
        """Return what the docker CLI learns from an engine of another host (``docker OPTIONS info``)."""


class Offline:
    """The answers of a host of which only the files are known."""

    @property
    def live(self) -> bool:
        return False

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

    def docker_info(self, options: Sequence[str], user: User) -> Union[Mapping[str, Any], Missing]:
        return Missing.NOT_CHECKED
