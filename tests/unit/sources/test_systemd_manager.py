"""``DefaultEnvironment=``; tests/oracles asks systemd the same."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from dockproxy.host import TreeHost
from dockproxy.model import Missing, Reading
from dockproxy.sources import systemd_manager
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

ETC = "/etc/systemd/system.conf.d"
MAIN = "/etc/systemd/system.conf"


def text(*assignments: str) -> str:
    return "\n".join(["[Manager]", *(f"DefaultEnvironment={a}" for a in assignments), ""])


def given(root: Path, files: Dict[str, Content]) -> systemd_manager.Inherited:
    return systemd_manager.read(tree(root, files), None)


def last(found: systemd_manager.Inherited) -> Dict[str, str]:
    return {name: value for name, value, _ in found.assigned}


def test_the_files_in_systemds_order(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        MAIN: text("A=main M=main"),
        "/usr/lib/systemd/system.conf": text("U=not read, as there is one in /etc"),
        f"{ETC}/10.conf": text("A=etc"),
        f"{ETC}/README": text("R=1"),
        f"{ETC}/.hidden.conf": text("H=1"),
        "/run/systemd/system.conf.d/20.conf": text("A=run"),
        "/usr/local/lib/systemd/system.conf.d/30.conf": text("A=local"),
        "/usr/lib/systemd/system.conf.d/10.conf": text("A=hidden by the one in /etc"),
        "/usr/lib/systemd/system.conf.d/40.conf": text("A=usr"),
    }
    found = given(tmp_path, files)
    assert [(name, value) for name, value, _ in found.assigned] == [
        ("A", "main"), ("M", "main"), ("A", "etc"), ("A", "run"), ("A", "local"), ("A", "usr"),
    ]  # fmt: skip


@pytest.mark.parametrize("folder", ["/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"])
def test_only_newer_systemds_read_a_main_file_outside_etc(folder: str, tmp_path: Path) -> None:
    path = f"{folder}/system.conf"
    found = given(tmp_path, {path: text("A=1"), f"{folder}/system.conf.d/a.conf": text("B=1")})
    assert (last(found), [(u.path, u.reason) for u in found.reading.unread]) == (
        {"B": "1"},
        [(path, Missing.NOT_CHECKED)],
    )
    assert given(tmp_path / "other", {path: "[Manager]\nLogLevel=info\n"}).reading.unread == ()


def test_a_proxy_has_its_line_and_later_ones_win(tmp_path: Path) -> None:
    reading = given(tmp_path, {f"{ETC}/p.conf": text("HTTPS_PROXY=http://a:1", "X=1 HTTPS_PROXY=http://b:2")}).reading
    assert [(s.name, str(s.value), str(s.origin)) for s in sorted(reading.settings, key=lambda s: s.order)] == [
        ("HTTPS_PROXY", "http://a:1", f"{ETC}/p.conf:2"),
        ("HTTPS_PROXY", "http://b:2", f"{ETC}/p.conf:3"),
    ]


def test_an_empty_assignment_resets_and_other_sections_do_not_count(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        f"{ETC}/a.conf": text("A=1"),
        f"{ETC}/b.conf": text("", "B=1") + "[Service]\nDefaultEnvironment=C=1\n",
        f"{ETC}/c.conf": Link("/dev/null"),
    }
    assert last(given(tmp_path, files)) == {"B": "1"}


def test_specifiers(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        "/etc/hostname": "node1.corp\n",
        f"{ETC}/a.conf": text("H=%H l=%l T=%T pc=100%% NO_PROXY=%b X=%b", "n=%n"),
    }
    found = given(tmp_path, files)
    assert last(found) == {"H": "node1.corp", "l": "node1", "T": "/tmp", "pc": "100%"}
    assert [(u.path, u.reason) for u in found.reading.unread] == [(f"{ETC}/a.conf", Missing.UNPARSABLE)]
    (defect,) = found.reading.defects
    assert (defect.kind, str(defect.origin)) == ("environment-ignored", f"{ETC}/a.conf:3")


BROKEN: List[Tuple[Content, int, str]] = [
    (text("B=1") + "[Manager\n", 3, "a section header"),
    (text("B=1") + "DefaultEnvironment=B=\udcff\n", 3, "not UTF-8"),
    (Link("b.conf"), 0, "a link that leads to itself"),
    (Link("/etc"), 0, "no regular file"),
]


@pytest.mark.parametrize(("content", "line", "what"), BROKEN)
def test_where_systemd_stops_reading_it_reads_no_later_file(
    content: Content, line: int, what: str, tmp_path: Path
) -> None:
    files: Dict[str, Content] = {f"{ETC}/a.conf": text("A=1"), f"{ETC}/b.conf": content, f"{ETC}/z.conf": text("Z=1")}
    found = given(tmp_path, files)
    assert set(last(found)) == ({"A", "B"} if line else {"A"})
    (defect,) = found.reading.defects
    assert (defect.origin.path, defect.origin.line or 0) == (f"{ETC}/b.conf", line)
    assert what in defect.message


def test_a_link_to_nothing_is_passed_over(tmp_path: Path) -> None:
    files: Dict[str, Content] = {f"{ETC}/a.conf": Link("/nowhere"), f"{ETC}/z.conf": text("Z=1")}
    found = given(tmp_path, files)
    assert (last(found), found.reading.defects, found.reading.unread) == ({"Z": "1"}, (), ())


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    grow(tmp_path, {f"{ETC}/a.conf": text("A=1"), f"{ETC}/z.conf": text("Z=1")})
    found = systemd_manager.read(Unreadable(str(tmp_path), f"{ETC}/a.conf"), None)
    assert last(found) == {"Z": "1"}
    assert [(u.path, u.reason) for u in found.reading.unread] == [(f"{ETC}/a.conf", Missing.PERMISSION)]


def test_nothing_is_written(tmp_path: Path) -> None:
    assert systemd_manager.read(TreeHost(str(tmp_path)), None) == systemd_manager.Inherited(Reading(), ())


def test_the_running_manager_is_the_truth_and_the_files_say_where_it_is_from(tmp_path: Path) -> None:
    files: Dict[str, Content] = {f"{ETC}/p.conf": text("HTTPS_PROXY=http://a:1 NO_PROXY=.old HTTP_PROXY=http://late:1")}
    block = {"HTTPS_PROXY": "http://a:1", "NO_PROXY": ".new", "PATH": "/bin"}
    found = systemd_manager.read(tree(tmp_path, files), block)
    assert [(s.name, str(s.value), str(s.origin)) for s in found.reading.settings] == [
        ("HTTPS_PROXY", "http://a:1", f"{ETC}/p.conf:2"),
        ("NO_PROXY", ".new", "systemd-manager"),
        ("HTTP_PROXY", "http://late:1", f"{ETC}/p.conf:2"),
    ], "a daemon-reload brings what the manager does not have yet"
    assert last(found) == {**block, "HTTP_PROXY": "http://late:1"}


def test_a_name_that_dockerd_does_not_use_may_be_unknown(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=ALL_PROXY=%b ftp_proxy=%v\n"})
    assert systemd_manager.read(host, None).reading.unread == ()
