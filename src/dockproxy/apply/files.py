"""Atomic replacement of files, keeping owner, mode and label."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple, Union

from dockproxy.apply import label
from dockproxy.model import Change, Refusal

FS_IOC_GETFLAGS = 0x80086601
FS_IMMUTABLE_FL = 0x00000010
FS_APPEND_FL = 0x00000020
"""linux/fs.h; what ``chattr +i`` and ``+a`` set."""


@dataclass
class Written:
    """What has been done so far, for the way back."""

    changes: List[Change] = field(default_factory=list)
    created_dirs: List[str] = field(default_factory=list)
    removed_dirs: Dict[str, os.stat_result] = field(default_factory=dict)


def refuse_unwritable(root: str, change: Change) -> None:
    """Refuse before anything is touched what cannot be written: permission, read-only file system, immutable flag."""
    path = _outside(root, change.path)
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise Refusal(f"{change.path}: the file system is read-only, so it cannot be changed; remount it first")
    for place, name in ((path, change.path), (folder, os.path.dirname(change.path))):
        if _flags(place) & (FS_IMMUTABLE_FL | FS_APPEND_FL):
            raise Refusal(f"{name}: is immutable or append-only; run `chattr -i -a {name}` first if that is right")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refusal(
            f"{change.path}: no permission to change it; run this as root, for instance with sudo", privileges=True
        )
    if os.geteuid() != 0 and change.before is not None and os.stat(path).st_uid != os.geteuid():
        raise Refusal(
            f"{change.path}: belongs to another user; run this as root, for instance with sudo", privileges=True
        )


def write(root: str, change: Change, written: Written) -> None:
    """Do one change. It is noted in ``written`` before the act, the old bytes with it, so that ``undo`` needs nothing
    else, whenever it is called."""
    with _rights(change):
        _write(_outside(root, change.path), change, written)


def _write(path: str, change: Change, written: Written) -> None:
    if _current(path) != change.before:
        raise OSError(errno.EBUSY, "the file was changed by somebody else in the meantime", change.path)
    written.changes.append(change)
    if change.after is None:
        os.unlink(path)
        _sync_dir(os.path.dirname(path))
    else:
        _make_dirs(os.path.dirname(path), change, written)
        replace(path, change.after, change.mode, change.owner)
    folder = os.path.dirname(path)
    if change.after is None and folder.endswith((".service.d", "/.docker")) and not os.listdir(folder):
        written.removed_dirs[folder] = os.stat(folder)
        os.rmdir(folder)


def undo(root: str, written: Written) -> List[OSError]:
    """Bring every file back to the bytes and the mode of before, the last one first. What fails is returned, and stays
    in ``written``."""
    failures: List[OSError] = []
    for change in reversed(list(written.changes)):
        try:
            with _rights(change):
                _undo(_outside(root, change.path), change, written)
            written.changes.remove(change)
        except OSError as error:
            failures.append(error)
    while written.created_dirs:
        with contextlib.suppress(OSError):
            os.rmdir(written.created_dirs[-1])
        written.created_dirs.pop()
    return failures


@contextlib.contextmanager
def _rights(change: Change) -> Iterator[None]:
    """What belongs to a user is changed with that user's rights."""
    uid, gid = change.owner
    if os.geteuid() != 0 or not change.is_users or uid == 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([gid])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _undo(path: str, change: Change, written: Written) -> None:
    now = _current(path)
    if now not in (change.before, change.after):
        raise OSError(errno.EBUSY, "was changed by somebody else in the meantime and is left alone", change.path)
    if change.before is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
            _sync_dir(os.path.dirname(path))
    elif now != change.before or change.before == change.after:
        folder = os.path.dirname(path)
        _make_dirs(folder, change, Written())
        removed = written.removed_dirs.pop(folder, None)
        if removed is not None:
            if os.geteuid() == 0:
                os.chown(folder, removed.st_uid, removed.st_gid)
            os.chmod(folder, stat.S_IMODE(removed.st_mode))
        replace(path, change.before, change.mode if change.mode_before is None else change.mode_before, change.owner)


def replace(path: str, data: bytes, mode: int, owner: Tuple[int, int]) -> None:
    """Replace or create a file: written beside it, synced, renamed over it, directory synced."""
    folder = os.path.dirname(path)
    # Not tempfile, whose import takes longer than the write.
    temporary = os.path.join(folder, f".dockproxy-{os.urandom(8).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            _copy_attributes(path, handle, owner)
            os.fchmod(handle, mode)
            os.fsync(handle)
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_dir(folder)


def _copy_attributes(path: str, handle: int, owner: Tuple[int, int]) -> None:
    try:
        info = os.stat(path)
    except FileNotFoundError:
        _label(path, handle, stat.S_IFREG)
        if os.geteuid() == 0:
            os.fchown(handle, *owner)
        return
    if (info.st_uid, info.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(handle, info.st_uid, info.st_gid)
    for name in _attributes(path):
        os.setxattr(handle, name, os.getxattr(path, name))


def _label(path: str, target: Union[int, str], mode: int) -> None:
    """Give what is new the policy's label for its path."""
    wanted = label.of_policy(path, mode) if label.is_enabled() else None
    if wanted is not None:
        # A user may not be allowed to; the kernel's own choice then stands.
        with contextlib.suppress(OSError):
            os.setxattr(target, label.ATTRIBUTE, wanted)


def _attributes(path: str) -> List[str]:
    try:
        return os.listxattr(path)
    except OSError:
        return []


def _make_dirs(folder: str, change: Change, written: Written) -> None:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        is_users = change.owner != (0, 0)
        written.created_dirs.append(path)
        os.mkdir(path, 0o700 if is_users else 0o755)
        _label(path, path, stat.S_IFDIR)
        if os.geteuid() == 0:
            os.chown(path, *change.owner)


def _current(path: str) -> Optional[bytes]:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def _outside(root: str, path: str) -> str:
    return os.path.join(root, path.lstrip("/"))


def _sync_dir(folder: str) -> None:
    with _directory(folder) as handle:
        os.fsync(handle)


@contextlib.contextmanager
def _directory(folder: str) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _flags(path: str) -> int:
    import array
    import fcntl

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        buffer = array.array("l", [0])
        fcntl.ioctl(handle, FS_IOC_GETFLAGS, buffer, True)
        return buffer[0]
    except OSError:
        return 0
    finally:
        os.close(handle)
