"""The files behind ``EnvironmentFile=``."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from dockproxy.host import TreeHost
from dockproxy.model import Missing, Reading
from dockproxy.sources import systemd_env_file, systemd_unit
from tests.unit.sources.test_systemd_unit import NAME, Unreadable
from tests.unit.trees import UNIT_FILE, Content, Link, drop_in, grow, tree


def read(host: TreeHost) -> Reading:
    unit = systemd_unit.load(host, NAME)
    assert unit is not None
    return systemd_env_file.read(host, unit)


def test_later_files_come_later_and_every_setting_has_its_line(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("EnvironmentFile=/etc/default/docker", "EnvironmentFile=-/etc/proxy.env"),
        "/etc/default/docker": "# c\nHTTPS_PROXY=http://a:1\n",
        "/etc/proxy.env": 'https_proxy="http://b:2"\nHTTPS_PROXY=http://c:3\n',
    }
    settings = read(tree(tmp_path, files)).settings
    assert [(s.name, str(s.value), str(s.origin), s.order) for s in settings] == [
        ("HTTPS_PROXY", "http://a:1", "/etc/default/docker:2", 0),
        ("https_proxy", "http://b:2", "/etc/proxy.env:1", 1),
        ("HTTPS_PROXY", "http://c:3", "/etc/proxy.env:2", 2),
    ]


def test_a_missing_file_stops_the_service_unless_its_name_has_a_dash(tmp_path: Path) -> None:
    reading = read(tree(tmp_path, {UNIT_FILE: drop_in("EnvironmentFile=/a.env", "EnvironmentFile=-/b.env")}))
    (defect,) = reading.defects
    assert defect.kind == "environment-file-missing"
    assert "/a.env" in defect.message
    assert (defect.origin.path, defect.origin.line) == (UNIT_FILE, 2)
    assert reading.unread == ()


def test_what_is_no_file_is_as_good_as_missing(tmp_path: Path) -> None:
    lines = ["EnvironmentFile=-/a", "EnvironmentFile=/a", "EnvironmentFile=/b", "EnvironmentFile=/null"]
    files: Dict[str, Content] = {UNIT_FILE: drop_in(*lines), "/a/": "", "/b": Link("/b"), "/null": Link("/dev/null")}
    reading = read(tree(tmp_path, files))
    assert [d.message.partition(",")[0] for d in reading.defects] == [
        "/a is no regular file",
        "/b is a link that leads to itself",
    ]
    assert reading.unread == ()


def test_a_file_without_permission_is_unread(tmp_path: Path) -> None:
    grow(tmp_path, {UNIT_FILE: drop_in("EnvironmentFile=/a.env"), "/a.env": "NO_PROXY=x\n"})
    reading = read(Unreadable(str(tmp_path), "/a.env"))
    assert [(u.path, u.reason) for u in reading.unread] == [("/a.env", Missing.PERMISSION)]


def test_patterns_are_expanded_in_glob_order(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("EnvironmentFile=-/etc/env.d/*.env", "EnvironmentFile=-/nowhere/*.env"),
        "/etc/env.d/b.env": "NO_PROXY=b\n",
        "/etc/env.d/a.env": "NO_PROXY=a\n",
        "/etc/env.d/c.txt": "NO_PROXY=c\n",
    }
    assert [s.value for s in read(tree(tmp_path, files)).settings] == ["a", "b"]


@pytest.mark.parametrize("line", ["EnvironmentFile=relative.env", "EnvironmentFile=/x%Zy.env"])
def test_a_name_that_systemd_refuses_is_no_file(line: str, tmp_path: Path) -> None:
    reading = read(tree(tmp_path, {UNIT_FILE: drop_in(line)}))
    assert reading.settings == ()


@pytest.mark.parametrize(
    ("line", "word"), [("export HTTPS_PROXY=http://p:1", "export"), ("9X=1", "is no name of letters")]
)
def test_what_systemd_ignores_is_a_defect(line: str, word: str, tmp_path: Path) -> None:
    files: Dict[str, Content] = {UNIT_FILE: drop_in("EnvironmentFile=/a.env"), "/a.env": f"\n{line}\n"}
    (defect,) = read(tree(tmp_path, files)).defects
    where: Tuple[object, object] = (defect.origin.path, defect.origin.line)
    assert where == ("/a.env", 2)
    assert word in defect.message


def test_a_folder_of_a_pattern_that_may_not_be_listed_is_not_read(tmp_path: Path) -> None:
    grow(tmp_path, {UNIT_FILE: drop_in("EnvironmentFile=/etc/proxy.d/*.env"), "/etc/proxy.d/a.env": "NO_PROXY=x\n"})
    reading = read(Unreadable(str(tmp_path), "/etc/proxy.d"))
    assert [(u.path, u.reason) for u in reading.unread] == [("/etc/proxy.d", Missing.PERMISSION)]
    assert (reading.settings, reading.defects) == ((), ())


@pytest.mark.parametrize(("line", "is_unread"), [("/e/%v.env", True), ("-/e/%o*.env", True), ("/e/%k.env", False)])
def test_a_name_that_only_the_host_knows_is_unread_not_ignored(line: str, is_unread: bool, tmp_path: Path) -> None:
    reading = read(tree(tmp_path, {UNIT_FILE: drop_in(f"EnvironmentFile={line}")}))
    unread = [("systemd-env-file", UNIT_FILE, Missing.AT_RUN_TIME, 2)] if is_unread else []
    assert [tuple(u) for u in reading.unread] == unread
    assert [d.kind for d in reading.defects] == ([] if is_unread else ["environment-ignored"])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# c\\\nNO_PROXY=x\nOPTS=1\n", [2]),
        ("; c\\\nOPTS=x\n", [2]),
        ("NO_PROXY=a\n# c\\\nNO_PROXY=x\n", [3]),
        ("NO_PROXY=a\n# c\\\n# \\d\n9=1\nB=1\n", []),
        ("# c\\\nNO_PROXY=x\nNO_PROXY=y\n", []),
        ("# c\\\nNO_PROXY='x\nHTTPS_PROXY=y\n", [2, 3]),
    ],
)
def test_what_systemds_read_differently_behind_a_comment_is_unread(text: str, lines: List[int], tmp_path: Path) -> None:
    unit = drop_in("ExecStart=/usr/sbin/dockerd $OPTS", "EnvironmentFile=/a.env")
    reading = read(tree(tmp_path, {UNIT_FILE: unit, "/a.env": text}))
    assert sorted(u.line or 0 for u in reading.unread) == lines
