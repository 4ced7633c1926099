"""PassEnvironment=; tests/oracles asks the real systemd."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Tuple

import pytest

from dockproxy.host import BundleHost
from dockproxy.model import Missing
from dockproxy.sources import daemon, systemd_pass_environment, systemd_unit
from dockproxy.sources.installation import SYSTEM
from tests.unit.trees import DROP_IN, UNIT_FILE, docker_files, drop_in, grow

PATH = f"{DROP_IN}/p.conf"
INIT = {"HTTPS_PROXY": "http://init:1", "NO_PROXY": ".init", "X": "1"}


def start(root: Path, *lines: str, answer: Any = INIT) -> daemon.Start:
    grow(root, docker_files({PATH: drop_in(*lines)}))
    return daemon.start(BundleHost(str(root), {"environment 1": answer}), SYSTEM, "systemd", None, {})


def test_what_is_named_is_handed_on(tmp_path: Path) -> None:
    found = start(tmp_path, "PassEnvironment=HTTPS_PROXY %p", "PassEnvironment=X HTTP_PROXY %!", "Environment=X=2")
    assert [(s.name, str(s.value), str(s.origin)) for s in found.reading.settings] == [
        ("HTTPS_PROXY", "http://init:1", f"{PATH}:2")
    ]
    assert found.environment == {"HTTPS_PROXY": "http://init:1", "X": "2"}


def test_what_the_manager_is_told_to_have_is_handed_on_too(tmp_path: Path) -> None:
    path = "/etc/systemd/system.conf.d/m.conf"
    told = {path: "[Manager]\nManagerEnvironment=NO_PROXY=.told HTTP_PROXY=http://told:1\n"}
    lines = "PassEnvironment=NO_PROXY HTTP_PROXY HTTPS_PROXY"
    assert start(grow(tmp_path / "1", told), lines).environment == {
        "NO_PROXY": ".told", "HTTP_PROXY": "http://told:1", "HTTPS_PROXY": "http://init:1"
    }  # fmt: skip
    hidden = start(grow(tmp_path / "2", told), lines, answer="not-checked")
    assert hidden.environment == {"NO_PROXY": ".told", "HTTP_PROXY": "http://told:1"}
    assert [u.path for u in hidden.reading.unread] == [PATH]


@pytest.mark.parametrize(
    ("lines", "unread"),
    [
        (["PassEnvironment=NO_PROXY HTTP_PROXY X"], [PATH]),
        (["PassEnvironment=NO_PROXY", "PassEnvironment="], []),
        (["PassEnvironment=X"], []),
        ([], []),
    ],
)
def test_what_init_has_is_not_known_to_everybody(lines: List[str], unread: List[str], tmp_path: Path) -> None:
    reading = start(tmp_path, *lines, answer="permission").reading
    expected: List[Tuple[str, str, Missing]] = [
        ("systemd-pass-environment", path, Missing.PERMISSION) for path in unread
    ]
    assert [tuple(u[:3]) for u in reading.unread] == expected


def test_the_manager_of_a_user_is_another_process(tmp_path: Path) -> None:
    grow(tmp_path, docker_files({UNIT_FILE: drop_in("PassEnvironment=NO_PROXY")}))
    host = BundleHost(str(tmp_path), {"environment 1": INIT})
    unit = systemd_unit.load(host, "docker.service")
    assert unit is not None
    given = systemd_pass_environment.read(host, unit, None)
    assert [u.reason for u in given.reading.unread] == [Missing.NOT_CHECKED]


def test_a_name_that_only_the_host_knows_is_unread(tmp_path: Path) -> None:
    found = start(tmp_path, "PassEnvironment=X %v %k", "ExecStart=", "ExecStart=/usr/sbin/dockerd $X $Y")
    assert [tuple(u) for u in found.reading.unread] == [
        ("systemd-pass-environment", PATH, Missing.UNPARSABLE, 2),
        ("dockerd-flag", PATH, Missing.NOT_CHECKED, 2),
    ]


def test_names_that_dockerd_does_not_use_matter_only_in_its_command_line(tmp_path: Path) -> None:
    lines = ["PassEnvironment=ALL_PROXY ftp_proxy", "Environment=all_proxy=%b FTP_PROXY=%v", "ExecStart="]
    found = start(tmp_path / "1", *lines, "ExecStart=/usr/sbin/dockerd", answer="permission")
    assert found.reading.unread == ()
    used = start(tmp_path / "2", *lines, "ExecStart=/usr/sbin/dockerd $ftp_proxy ${FTP_PROXY}", answer="permission")
    assert sorted((u.source, u.line) for u in used.reading.unread) == [("dockerd-flag", 2), ("dockerd-flag", 3)]
