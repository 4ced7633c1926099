"""All sources of one daemon together."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import pytest

from dockproxy.host import Process
from dockproxy.model import Missing, Version
from dockproxy.sources import daemon
from tests.unit.trees import DAEMON_JSON, DROP_IN, PID, UNIT_FILE, Content, docker_files, drop_in, info, live, tree

NEW = Version.parse("28.5.2")


def test_every_source_of_a_service(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --http-proxy=http://f:1 $X", "EnvironmentFile=-/e"),
        f"{DROP_IN}/a.conf": drop_in("Environment=HTTP_PROXY=http://u:1"),
        "/e": "NO_PROXY=e\n",
        DAEMON_JSON: {"proxies": {"https-proxy": "http://j:1"}},
    }
    found = daemon.read(
        tree(tmp_path, docker_files(files)), "systemd", NEW, None, {"NO_PROXY": "m", "X": "--no-proxy=x"}
    )
    assert {(s.origin.source, s.variable) for s in found.reading.settings} == {
        ("dockerd-flag", "http-proxy"),
        ("dockerd-flag", "no-proxy"),
        ("systemd-environment", "http-proxy"),
        ("systemd-env-file", "no-proxy"),
        ("systemd-manager", "no-proxy"),
        ("daemon-json", "https-proxy"),
    }
    assert found.config_file == DAEMON_JSON


@pytest.mark.parametrize("reason", [Missing.NOT_CHECKED, Missing.PERMISSION])
def test_a_manager_that_does_not_answer_is_unread(reason: Missing, tmp_path: Path) -> None:
    found = daemon.read(tree(tmp_path, docker_files()), "systemd", NEW, None, reason)
    assert [(u.source, u.reason) for u in found.reading.unread] == [("systemd-manager", reason)]
    assert daemon.read(tree(tmp_path, {}), "systemd", NEW, None, None).reading.unread == ()


def test_a_hand_started_dockerd_has_its_own_flags_and_environment(tmp_path: Path) -> None:
    host = live(
        tmp_path,
        {"/x.json": {"proxies": {"no-proxy": "j"}}},
        info(),
        answers={f"environment {PID}": {"https_proxy": "http://e:1", "HOME": "/"}},
    )
    process = Process(PID, "dockerd", ("dockerd", "--config-file=/x.json", "--http-proxy=http://f:1"))
    found = daemon.read(host, "none", NEW, process)
    assert [(s.origin.source, s.name, s.origin.pid) for s in found.reading.settings] == [
        ("process-environment", "https_proxy", PID),
        ("dockerd-flag", "--http-proxy", PID),
        ("daemon-json", "no-proxy", None),
    ]


def test_an_environment_that_cannot_be_read(tmp_path: Path) -> None:
    host = live(tmp_path, {}, info(), answers={f"environment {PID}": "permission"})
    found = daemon.read(host, "none", NEW, Process(PID, "dockerd", ("dockerd",)))
    assert [(u.path, u.reason) for u in found.reading.unread] == [(f"/proc/{PID}/environ", Missing.PERMISSION)]


def test_nobody_says_how_dockerd_is_started(tmp_path: Path) -> None:
    found = daemon.read(tree(tmp_path, {DAEMON_JSON: {"proxies": {"no-proxy": "j"}}}), "none", NEW)
    assert found.command is None
    assert [s.origin.path for s in found.reading.settings] == [DAEMON_JSON]


def test_a_config_file_that_a_flag_names_must_exist(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --config-file /gone.json")})
    found = daemon.read(tree(tmp_path, files), "systemd", NEW)
    assert [d.kind for d in found.reading.defects] == ["config-file-missing"]


def test_with_an_empty_name_dockerd_reads_no_file(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --config-file="), DAEMON_JSON: "{,}"})
    assert daemon.read(tree(tmp_path, files), "systemd", NEW).reading.defects == ()


def test_what_is_unset_is_not_in_the_command_line(tmp_path: Path) -> None:
    lines = [
        "Environment=A=--debug B=--no-proxy=b C=c",
        "UnsetEnvironment=B C=other",
        "ExecStart=/usr/sbin/dockerd $A $B $C",
    ]
    found = daemon.read(tree(tmp_path, docker_files({UNIT_FILE: drop_in(*lines)})), "systemd", NEW)
    assert found.command is not None
    assert found.command.argv[1:] == ("--debug", "c")
