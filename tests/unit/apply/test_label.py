"""The label of new files, asked of the real libselinux with a policy of the test's own."""

from __future__ import annotations

import functools
import os
import stat
from pathlib import Path

import pytest

from dockproxy.apply import files, label
from dockproxy.model import Change

DIRECTORY, FILE, SECRET = (f"system_u:object_r:{name}:s0\0".encode() for name in ("dir_t", "conf_t", "secret_t"))


@pytest.fixture
def contexts(tmp_path: Path) -> str:
    """A file_contexts(5) for what lies below tmp_path."""
    policy = tmp_path / "file_contexts"
    rows = [("", "-d", DIRECTORY), ("/.*", "--", FILE), ("/docker/secret", "--", SECRET)]
    lines = [f"{tmp_path}/etc{pattern} {kind} {context[:-1].decode()}" for pattern, kind, context in rows]
    policy.write_text("\n".join(lines) + "\n")
    return str(policy)


def test_the_policy_is_asked_for_file_and_folder(contexts: str, tmp_path: Path) -> None:
    assert label.of_policy(f"{tmp_path}/etc", stat.S_IFDIR, contexts) == DIRECTORY
    assert label.of_policy(f"{tmp_path}/etc/docker/daemon.json", stat.S_IFREG, contexts) == FILE
    assert label.of_policy(f"{tmp_path}/etc/docker/secret", stat.S_IFREG, contexts) == SECRET
    assert label.of_policy("/elsewhere", stat.S_IFREG, contexts) is None
    assert label.of_policy("/etc", stat.S_IFDIR, "/nonexistent") is None


def test_without_the_library_there_is_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label, "LIBRARY", "libnone.so.0")
    assert label.of_policy("/etc", stat.S_IFDIR) is None


@pytest.mark.real(root=True)
def test_a_new_file_and_a_new_folder_get_the_label_of_the_policy(
    contexts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label, "is_enabled", lambda: True)
    monkeypatch.setattr(label, "of_policy", functools.partial(label.of_policy, contexts=contexts))
    written = files.Written()
    files.write(str(tmp_path), Change("/etc/docker/secret", None, b"x", 0o600), written)
    assert os.getxattr(tmp_path / "etc/docker/secret", label.ATTRIBUTE) == SECRET
    assert os.getxattr(tmp_path / "etc", label.ATTRIBUTE) == DIRECTORY
    # What was there keeps what it has.
    os.setxattr(tmp_path / "etc/docker/secret", label.ATTRIBUTE, FILE)
    files.write(str(tmp_path), Change("/etc/docker/secret", b"x", b"y", 0o600, 0o600), written)
    assert os.getxattr(tmp_path / "etc/docker/secret", label.ATTRIBUTE) == FILE
