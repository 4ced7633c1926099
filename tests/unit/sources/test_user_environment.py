"""environment.d of a user; tests/oracles asks systemd's own generator."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import pytest

from dockproxy.host import User
from dockproxy.model import Missing
from dockproxy.sources import user_environment
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

HOME = "/home/alice"
ALICE = User("alice", 1000, 1000, HOME)


def test_the_users_own_file_takes_the_place_of_one_of_that_name(tmp_path: Path) -> None:
    files = {
        f"{HOME}/.config/environment.d/50-a.conf": "HTTPS_PROXY=http://own:1\nX=1\nNO_PROXY=\n",
        "/etc/environment.d/README": "NO_PROXY=.not-read\n",
        "/etc/environment.d/50-a.conf": "HTTPS_PROXY=http://hidden:1\n",
        "/etc/environment.d/60-b.conf": "http_proxy=${HTTPS_PROXY}\nNO_PROXY=${HOME}\n",
        "/etc/environment.d/70-c.conf": Link("/dev/null"),
        "/usr/lib/environment.d/70-c.conf": "HTTPS_PROXY=http://masked:1\n",
        "/usr/lib/environment.d/99-environment.conf": Link("../../../etc/environment"),
        "/etc/environment": "no_proxy=.system\n",
    }
    reading = user_environment.read(tree(tmp_path, files), ALICE, None).reading
    assert [(s.name, str(s.value), str(s.origin)) for s in reading.settings] == [
        ("HTTPS_PROXY", "http://own:1", f"{HOME}/.config/environment.d/50-a.conf:1"),
        ("http_proxy", "http://own:1", "/etc/environment.d/60-b.conf:1"),
        ("NO_PROXY", HOME, "/etc/environment.d/60-b.conf:2"),
        ("no_proxy", ".system", "/usr/lib/environment.d/99-environment.conf:1"),
    ]
    assert reading.unread == ()
    assert [str(d.origin) for d in reading.defects] == [f"{HOME}/.config/environment.d/50-a.conf:3"]


def test_what_a_program_adds_is_not_known(tmp_path: Path) -> None:
    folder = "/usr/lib/systemd/user-environment-generators"
    seen = tree(tmp_path, {f"{folder}/90gpg-agent": "#!/bin/sh\n", f"{folder}/corp-proxy": "#!/bin/sh\n"})
    (tmp_path / folder[1:] / "corp-proxy").chmod(0o755)
    (unread,) = user_environment.read(seen, ALICE, None).reading.unread
    assert (unread.path, unread.reason) == (f"{folder}/corp-proxy", Missing.NOT_CHECKED)
    assert user_environment.read(seen, ALICE, {}).reading.unread == ()


@pytest.mark.parametrize(
    ("name", "mode", "is_told"),
    [
        ("corp", 0o755, True),
        ("corp", 0o644, False),
        ("corp.dpkg-old", 0o755, False),
        ("corp~", 0o755, False),
        (".corp", 0o755, False),
        ("60-flatpak", 0o755, True),
        ("folder/", 0, False),
        ("empty", 0o755, False),
    ],
)
def test_only_a_program_that_systemd_runs_may_add_something(
    name: str, mode: int, is_told: bool, tmp_path: Path
) -> None:
    folder = "/etc/systemd/user-environment-generators"
    text = "" if name == "empty" else "#!/bin/sh\n"
    seen = tree(tmp_path, {f"{folder}/{name}": text, "/run/systemd/user-environment-generators": Link("/gone")})
    if mode:
        (tmp_path / folder[1:] / name).chmod(mode)
    assert bool(user_environment.read(seen, ALICE, None).reading.unread) is is_told


@pytest.mark.parametrize("at", range(1, 4))
def test_of_two_programs_of_one_name_the_earlier_folder_counts(at: int, tmp_path: Path) -> None:
    folders = ["/run/systemd", "/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"]
    paths = [f"{folder}/user-environment-generators/corp" for folder in folders[at - 1 : at + 1]]
    seen = tree(tmp_path, dict.fromkeys(paths, "#!/bin/sh\n"))
    for path in paths:
        (tmp_path / path[1:]).chmod(0o755)
    assert [u.path for u in user_environment.read(seen, ALICE, None).reading.unread] == paths[:1]


@pytest.mark.parametrize("at", range(1, 5))
def test_of_two_files_of_one_name_the_earlier_folder_counts(at: int, tmp_path: Path) -> None:
    folders = [f"{HOME}/.config", "/etc", "/run", "/usr/local/lib", "/usr/lib"]
    paths = [f"{folder}/environment.d/a.conf" for folder in folders[at - 1 : at + 1]]
    seen = tree(tmp_path, {path: f"NO_PROXY={path}\n" for path in paths})
    assert [v for _, v, _ in user_environment.assignments(seen, ALICE).assigned] == paths[:1]


def test_a_folder_of_programs_that_may_not_be_listed_is_not_read(tmp_path: Path) -> None:
    folder = "/etc/systemd/user-environment-generators"
    reading = user_environment.read(Unreadable(str(tmp_path), folder), ALICE, None).reading
    assert [(u.path, u.reason) for u in reading.unread] == [(folder, Missing.PERMISSION)]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = "/etc/environment.d/50-a.conf"
    grow(tmp_path, {path: "HTTPS_PROXY=http://own:1\n", "/run/environment.d/a.conf/": ""})
    reading = user_environment.read(Unreadable(str(tmp_path), path), ALICE, Missing.PERMISSION).reading
    assert [(u.path, u.reason) for u in reading.unread] == [
        (path, Missing.PERMISSION),
        (None, Missing.PERMISSION),
    ], "a folder gives nothing"


def test_a_running_manager_is_the_truth_and_the_files_say_where_it_comes_from(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/etc/environment.d/a.conf": "HTTPS_PROXY=http://file:1\nNO_PROXY=.file\n"})
    block = {"HTTPS_PROXY": "http://file:1", "NO_PROXY": ".set", "PATH": "/bin"}
    given = user_environment.read(host, ALICE, block)
    assert [(s.name, str(s.value), str(s.origin)) for s in given.reading.settings] == [
        ("HTTPS_PROXY", "http://file:1", "/etc/environment.d/a.conf:1"),
        ("NO_PROXY", ".set", "systemd-manager"),
    ]
    assert {name: value for name, value, _ in given.assigned} == block


def test_what_the_service_of_the_manager_is_given_is_below_user_conf(tmp_path: Path) -> None:
    service = "/usr/lib/systemd/system/user@.service"
    files = {
        service: "[Service]\nEnvironment=HTTP_PROXY=http://service:1 HTTPS_PROXY=http://service:1\n",
        f"{service}.d/a.conf": "[Service]\nUnsetEnvironment=NO_PROXY https_proxy\nPassEnvironment=HTTP_PROXY\n",
        "/etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=NO_PROXY=.system https_proxy=x\n",
        "/etc/systemd/user.conf": "[Manager]\nDefaultEnvironment=HTTPS_PROXY=http://user:1\n",
    }
    host = tree(tmp_path, files)
    reading = user_environment.read(host, ALICE, None).reading
    assert [(s.name, str(s.value), s.origin.source) for s in reading.settings] == [
        ("HTTP_PROXY", "http://service:1", "user-environment"),
        ("HTTPS_PROXY", "http://service:1", "user-environment"),
        ("HTTPS_PROXY", "http://user:1", "user-environment"),
    ]
    assert [(u.source, u.path) for u in reading.unread] == [("systemd-pass-environment", f"{service}.d/a.conf")]


@pytest.mark.parametrize(
    ("above", "is_told"),
    [("", False), ("no program", True), (Link("/dev/null"), False), (Link("/gone"), True), ("folder", True)],
)
def test_what_takes_the_place_of_a_program(above: Content, is_told: bool, tmp_path: Path) -> None:
    name, lower = "system-environment-generators/50-x", "/usr/lib/systemd"
    path = f"/etc/systemd/{name}" + ("/" if above == "folder" else "")
    seen = tree(tmp_path, {path: above, f"{lower}/{name}": "#!/bin/sh\n"})
    (tmp_path / f"usr/lib/systemd/{name}").chmod(0o755)
    unread = user_environment.read(seen, ALICE, None).reading.unread
    assert [u.path for u in unread] == ([f"{lower}/{name}"] if is_told else [])


def test_a_pam_service_that_only_the_host_knows_is_unread(tmp_path: Path) -> None:
    service = "/usr/lib/systemd/system/user@.service"
    found = user_environment.read(tree(tmp_path, {service: "[Service]\nPAMName=%v\n"}), ALICE, None)
    assert [(u.path, u.reason, u.line) for u in found.reading.unread] == [(service, Missing.UNPARSABLE, 2)]


def test_pam_counts_above_the_unit_and_below_environment_d(tmp_path: Path) -> None:
    service = "/usr/lib/systemd/system/user@.service"
    files = {
        service: "[Service]\nPAMName=login\nPAMName=systemd-user\nEnvironment=A=unit HTTP_PROXY=http://unit:1 B=unit\n",
        "/etc/pam.d/systemd-user": "session required pam_env.so\n",
        "/etc/environment": "HTTPS_PROXY=http://pam:1\nHTTP_PROXY\nNO_PROXY=.pam\n",
        "/etc/environment.d/a.conf": "NO_PROXY=${HTTPS_PROXY}\n",
        "/etc/security/pam_env.conf": "no_proxy OVERRIDE=x\n",
    }
    found = user_environment.read(tree(tmp_path, files), ALICE, None)
    assert [(n, v, o.path) for n, v, o in found.assigned if n not in "AB"] == [
        ("HTTPS_PROXY", "http://pam:1", "/etc/environment"),
        ("NO_PROXY", ".pam", "/etc/environment"),
        ("NO_PROXY", "http://pam:1", "/etc/environment.d/a.conf"),
    ]
    assert [(u.path, u.line) for u in found.reading.unread] == [("/etc/security/pam_env.conf", 1)]


@pytest.mark.parametrize("content", [Link("/dev/null"), "another program"])
def test_without_systemds_program_environment_d_gives_nothing(content: Content, tmp_path: Path) -> None:
    name = "user-environment-generators/30-systemd-environment-d-generator"
    program = f"/etc/systemd/{name}"
    files: Dict[str, Content] = {
        "/etc/environment.d/a.conf": "NO_PROXY=x\n",
        f"/usr/lib/systemd/{name}": "#!/bin/sh\n",
    }
    seen = tree(tmp_path, files)
    (tmp_path / f"usr/lib/systemd/{name}").chmod(0o755)
    assert user_environment.read(seen, ALICE, None).assigned != ()
    grow(tmp_path, {program: content})
    if not isinstance(content, Link):
        (tmp_path / program[1:]).chmod(0o755)
    reading = user_environment.read(seen, ALICE, None).reading
    assert (reading.settings, [u.path for u in reading.unread]) == (
        (),
        [] if isinstance(content, Link) else [program],
    )


def test_a_masked_manager_starts_no_engine(tmp_path: Path) -> None:
    seen = tree(tmp_path, {"/etc/systemd/system/user@.service": Link("/dev/null")})
    (defect,) = user_environment.read(seen, ALICE, None).reading.defects
    assert (defect.kind, defect.stops) == ("unit-masked", True)
    assert "nor any service of alice; run `systemctl unmask user@.service` first" in defect.message


@pytest.mark.parametrize(
    ("text", "settings", "unread", "defects"),
    [
        ("NO_PROXY=$USER-${LOGNAME}-$XDG_RUNTIME_DIR\n", ["alice-alice-/run/user/1000"], [], []),
        ("NO_PROXY=$NONE\nno_proxy=${NONE:-n}\n", ["", "n"], [], []),
        ("X=$LANG\nNO_PROXY=$X\n", [], [2], []),
        ("X=$LANG\nX=a\nNO_PROXY=$X\n", ["a"], [], []),
        ("NO_PROXY=${PATH:-d}\n", [], [1], []),
        ("export NO_PROXY=a\n9=1\n", [], [], [1, 2]),
        ("NO_PROXY=a\n\0", [], [], [2]),
        (b"NO_PROXY=a\nA=\xff\n", [], [2], [2]),
    ],
)
def test_what_a_file_gives(
    text: Content, settings: List[str], unread: List[int], defects: List[int], tmp_path: Path
) -> None:
    reading = user_environment.read(tree(tmp_path, {"/etc/environment.d/a.conf": text}), ALICE, None).reading
    assert [str(s.value) for s in reading.settings] == settings
    assert ([u.line for u in reading.unread], [d.origin.line for d in reading.defects]) == (unread, defects)


def test_what_systemds_read_differently_behind_a_comment_is_unread(tmp_path: Path) -> None:
    path = "/etc/environment.d/a.conf"
    found = user_environment.read(tree(tmp_path, {path: "# c\\\nNO_PROXY=x\nA=1\n"}), ALICE, None)
    assert [(u.path, u.line) for u in found.reading.unread] == [(path, 2)]
