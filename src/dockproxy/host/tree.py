"""An offline tree of files."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from typing import Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host.protocol import NULL, File, Kind, Offline, User
from dockproxy.model import Missing, number

MAX_FILE_BYTES = 1024 * 1024
"""No configuration file is larger; what is, is not read."""

LARGER_FILES = {"/var/lib/dpkg/status": 64 * 1024 * 1024}
"""Those that are no configuration, and how large they may be."""


class TreeHost(Offline):
    """An offline tree, such as a mounted image. Absolute links are resolved inside its root."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def realpath(self, path: str) -> str:
        try:
            return self._resolved(path)
        except OSError:
            return path

    def _resolved(self, path: str) -> str:
        """``path`` without links. Raises OSError where they lead in a circle, or where nothing can have that name."""
        if "\0" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self._followed(path)

    def _followed(self, path: str) -> str:
        parts = path.split("/")[::-1]
        done = ""
        links = 0
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            try:
                target = os.readlink(self._outside(f"{done}/{part}"))
            except OSError:
                done = f"{done}/{part}"
                continue
            links += 1
            if links > 40:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                done = ""
            parts += target.split("/")[::-1]
        return done or "/"

    def _outside(self, path: str) -> str:
        """Where a path without links is on this machine."""
        return self.root.rstrip("/") + path

    def read(self, path: str) -> Union[File, Missing]:
        try:
            real = self._resolved(path)
            if real == NULL:
                return File(path, real, b"")
            # O_NONBLOCK: a FIFO in the place of a file must not hang the reader.
            handle = os.open(self._outside(real), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            return missing(error)
        try:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                return Missing.NO_FILE
            if info.st_size > LARGER_FILES.get(path, MAX_FILE_BYTES):
                return Missing.TOO_LARGE
            with open(handle, "rb", closefd=False) as stream:
                data = stream.read()
        except OSError as error:
            return missing(error)
        finally:
            os.close(handle)
        changed = max(info.st_mtime, info.st_ctime)
        return File(path, real, data, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, changed)

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        try:
            return tuple(sorted(os.listdir(self._outside(self._resolved(path)))))
        except OSError as error:
            return missing(error)

    def kinds(self, path: str) -> Union[Mapping[str, Kind], Missing]:
        try:
            with os.scandir(self._outside(self._resolved(path))) as entries:
                return {entry.name: _kind(entry) for entry in entries}
        except OSError as error:
            return missing(error)

    def target(self, path: str) -> Optional[str]:
        folder, _, name = path.rpartition("/")
        try:
            folder = self._resolved(folder)
            text = os.readlink(self._outside(f"{folder.rstrip('/')}/{name}"))
            whole = posixpath.join(folder, text)
            head, _, tail = whole.rpartition("/")
            return self._resolved(whole) if tail in ("", ".", "..") else posixpath.join(self._resolved(head), tail)
        except (OSError, ValueError):
            return None

    def users(self) -> Sequence[User]:
        file = self.read("/etc/passwd")
        lines = file.text.split("\n") if isinstance(file, File) else []
        rows = [line.split(":") for line in lines if line.count(":") == 6]
        found = [(row, number(row[2]), number(row[3])) for row in rows]
        return [User(row[0], uid, gid, row[5]) for row, uid, gid in found if uid is not None and gid is not None]

    def user(self, name: Union[str, int]) -> Optional[User]:
        return next((user for user in self.users() if name in (user.name, user.uid)), None)


REASONS = {
    errno.ENOENT: Missing.ABSENT,
    errno.ENOTDIR: Missing.ABSENT,
    errno.EACCES: Missing.PERMISSION,
    errno.EPERM: Missing.PERMISSION,
    errno.ELOOP: Missing.LINK_LOOP,
    errno.ENXIO: Missing.NO_FILE,  # a socket
}


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return Kind.LINK
    return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER


def missing(error: OSError) -> Missing:
    return REASONS.get(error.errno or 0, Missing.UNPARSABLE)
