"""Files are replaced atomically, keep what they are, and come back."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import pytest

from dockproxy.apply import files
from dockproxy.model import Change, Refusal

IS_ROOT = os.geteuid() == 0
ME = (os.geteuid(), os.getegid())


def edit(path: str, before: Optional[str], after: Optional[str], mode: int = 0o644, **more: object) -> Change:
    return Change(
        path,
        None if before is None else before.encode(),
        None if after is None else after.encode(),
        mode,
        owner=ME,
        **more,  # type: ignore[arg-type]
    )


def snapshot(root: Path) -> Dict[str, Tuple[bytes, int]]:
    return {
        str(p.relative_to(root)): (p.read_bytes() if p.is_file() else b"", stat.S_IMODE(p.stat().st_mode))
        for p in sorted(root.rglob("*"))
    }


def write(root: Path, *changes: Change) -> files.Written:
    written = files.Written()
    for change in changes:
        files.refuse_unwritable(str(root), change)
        files.write(str(root), change, written)
    return written


def test_create_edit_delete_and_all_the_way_back(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")
    (tmp_path / "b").chmod(0o640)
    (tmp_path / "c").write_text("gone")
    before = snapshot(tmp_path)
    changes = (
        edit("/new/folder/a", None, "a", 0o600),
        edit("/b", "old", "new", 0o600, mode_before=0o640),
        edit("/c", "gone", None, mode_before=0o644),
    )
    written = write(tmp_path, *changes)
    assert (tmp_path / "new/folder/a").read_text() == "a"
    assert stat.S_IMODE((tmp_path / "new/folder/a").stat().st_mode) == 0o600
    assert (tmp_path / "b").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert not (tmp_path / "c").exists()
    files.undo(str(tmp_path), written)
    assert snapshot(tmp_path) == before
    assert (written.changes, written.created_dirs) == ([], [])


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    write(tmp_path, edit("/a", None, "a"))
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("theirs")
    with pytest.raises(OSError, match="changed by somebody else") as caught:
        files.write(str(tmp_path), edit("/a", "seen", "mine"), files.Written())
    assert caught.value.errno == errno.EBUSY
    assert (tmp_path / "a").read_text() == "theirs"
    with pytest.raises(OSError, match="changed by somebody else"):
        files.write(str(tmp_path), edit("/a", None, "mine"), files.Written())


def test_a_failed_write_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(str(tmp_path), edit("/a", "old", "new"), files.Written())
    assert snapshot(tmp_path) == {"a": (b"old", 0o644)}


def test_an_empty_drop_in_folder_goes_and_another_stays(tmp_path: Path) -> None:
    for folder in ("docker.service.d", "docker"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_text("x")
        write(tmp_path, edit(f"/{folder}/x", "x", None))
    assert os.listdir(tmp_path) == ["docker"]


def test_a_folder_that_another_fills_stays_when_we_go_back(tmp_path: Path) -> None:
    written = write(tmp_path, edit("/new/a", None, "a"))
    (tmp_path / "new" / "theirs").write_text("x")
    files.undo(str(tmp_path), written)
    assert os.listdir(tmp_path / "new") == ["theirs"]


def test_a_folder_comes_back_with_its_mode_and_group(tmp_path: Path) -> None:
    folder = tmp_path / "docker.service.d"
    folder.mkdir()
    (folder / "a.conf").write_text("x")
    if IS_ROOT:
        os.chown(folder, 0, 4)
    folder.chmod(0o750)
    before = folder.stat()
    written = write(tmp_path, edit("/docker.service.d/a.conf", "x", None))
    assert not folder.exists()
    assert files.undo(str(tmp_path), written) == []
    after = folder.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_the_way_back_brings_a_deleted_folder_back(tmp_path: Path) -> None:
    (tmp_path / "docker.service.d").mkdir()
    (tmp_path / "docker.service.d" / "x").write_text("x")
    written = write(tmp_path, edit("/docker.service.d/x", "x", None, mode_before=0o644))
    files.undo(str(tmp_path), written)
    assert (tmp_path / "docker.service.d" / "x").read_text() == "x"


def test_a_created_file_that_is_gone_already_is_no_obstacle(tmp_path: Path) -> None:
    written = write(tmp_path, edit("/a", None, "a"))
    (tmp_path / "a").unlink()
    files.undo(str(tmp_path), written)
    assert os.listdir(tmp_path) == []


def test_extended_attributes_survive(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    try:
        os.setxattr(tmp_path / "a", "user.note", b"kept")
    except OSError:
        pytest.skip("this file system holds no extended attributes")
    write(tmp_path, edit("/a", "old", "new"))
    assert os.getxattr(tmp_path / "a", "user.note") == b"kept"


@pytest.mark.skipif(not IS_ROOT, reason="only root gives files away")
def test_the_owner_survives_and_a_new_file_gets_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    os.chown(tmp_path / "a", 4711, 4712)
    write(tmp_path, edit("/a", "old", "new"))
    write(tmp_path, Change("/home/b", None, b"b", 0o600, owner=(4711, 4712)))
    for path in ("a", "home/b", "home"):
        info = (tmp_path / path).stat()
        assert (info.st_uid, info.st_gid) == (4711, 4712), path
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


@pytest.mark.real("chattr", root=True)
@pytest.mark.parametrize("flag", ["i", "a"])
@pytest.mark.parametrize("place", ["docker.json", ""])
def test_immutable_and_append_only_are_refused(flag: str, place: str, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "docker.json").write_text("old")
    done = subprocess.run(["chattr", f"+{flag}", folder / place], capture_output=True)
    if done.returncode != 0:
        pytest.skip("this file system has no such flag")
    try:
        with pytest.raises(Refusal, match="chattr -i -a /etc") as caught:
            files.refuse_unwritable(str(tmp_path), edit("/etc/docker.json", "old", "new"))
        assert not caught.value.privileges
    finally:
        subprocess.run(["chattr", f"-{flag}", folder / place], check=True)


@pytest.mark.real("mount", root=True)
def test_a_read_only_file_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", tmp_path], check=True)
    try:
        with pytest.raises(Refusal, match=r"the file system is read-only.*remount"):
            files.refuse_unwritable(str(tmp_path), edit("/sub/a", None, "new"))
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def as_nobody(root: Path, change: Change) -> Refusal:
    """What another user is told, asked in a child process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            files.refuse_unwritable(str(root), change)
            os.write(writer, b"0")
        except Refusal as refusal:
            os.write(writer, f"{int(refusal.privileges)}{refusal}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, "rb") as stream:
        told = stream.read().decode()
    return Refusal(told[1:], privileges=told[0] == "1")


@pytest.mark.skipif(not IS_ROOT, reason="only root becomes another user")
def test_without_permission_the_path_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/") and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "a").write_text("old")
    told = as_nobody(tmp_path, edit("/a", "old", "new"))
    assert told.privileges
    assert str(told) == "/a: no permission to change it; run this as root, for instance with sudo"
    tmp_path.chmod(0o777)
    told = as_nobody(tmp_path, edit("/a", "old", "new"))
    assert told.privileges
    assert str(told) == "/a: belongs to another user; run this as root, for instance with sudo"


def test_what_is_interrupted_between_the_act_and_the_next_line_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = files.Written()
    real = files.replace

    def interrupted(*words: Any) -> None:
        real(*words)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(str(tmp_path), Change("/a", None, b"x"), written)
    monkeypatch.setattr(files, "replace", real)
    assert files.undo(str(tmp_path), written) == []
    assert list(tmp_path.iterdir()) == []


def test_one_file_that_cannot_be_brought_back_keeps_no_other_from_it(tmp_path: Path) -> None:
    owner = (os.geteuid(), os.getegid())
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("old")
    changes = [Change(f"/{name}", b"old", b"new", owner=owner) for name in ("a", "b", "c")]
    written = files.Written()
    for change in changes:
        files.write(str(tmp_path), change, written)
    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    (failure,) = files.undo(str(tmp_path), written)
    assert str(failure.filename).endswith("/b")
    assert [(tmp_path / name).read_text() for name in ("a", "c")] == ["old", "old"]
    assert written.changes == [changes[1]]


def test_what_somebody_else_wrote_meanwhile_is_not_taken_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    written = write(tmp_path, edit("/a", "old", "new"))
    (tmp_path / "a").write_text("theirs")
    (failure,) = files.undo(str(tmp_path), written)
    assert "changed by somebody else" in str(failure)
    assert (tmp_path / "a").read_text() == "theirs"


@pytest.mark.skipif(not IS_ROOT, reason="only root can lend itself another user's rights")
def test_what_is_a_users_is_written_with_that_users_rights_only(tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    home, elsewhere = tmp_path / "home", tmp_path / "etc"
    home.mkdir()
    elsewhere.mkdir()
    os.chown(home, 1234, 1234)
    change = edit("/home/d/a.conf", None, "x", is_users=True)
    change = replace(change, owner=(1234, 1234))
    written = write(tmp_path, change)
    made = (home / "d/a.conf").stat()
    assert (made.st_uid, made.st_gid, (home / "d").stat().st_uid, os.geteuid()) == (1234, 1234, 1234, 0)
    assert files.undo(str(tmp_path), written) == []
    (home / "d").symlink_to(elsewhere)
    with pytest.raises(PermissionError):
        write(tmp_path, change)
    assert (list(elsewhere.iterdir()), os.geteuid()) == ([], 0)
