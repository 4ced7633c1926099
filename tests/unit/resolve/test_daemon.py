"""One daemon seen as a whole: drift, and whether something unread could decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from dockproxy.host import Host
from dockproxy.model import Missing, Unread
from dockproxy.resolve.daemon import could_decide, fatal, find_drift, view
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import (
    DAEMON_JSON,
    DROP_IN,
    PID,
    SOCKET,
    UNIT_FILE,
    Content,
    docker_files,
    drop_in,
    grow,
    info,
    live,
    tree,
)

PROXY, SECRET = "http://p:1", "http://u:C4NARY@p:1"
MASKED = "http://xxxxx:xxxxx@p:1"
LATER = 4102444800.0
"""Seconds since the epoch, in 2100: after every file of a test was written."""


def drift(host: Host) -> Optional[str]:
    return find_drift(host, view(host))


def env(value: str) -> Dict[str, Content]:
    return docker_files({f"{DROP_IN}/p.conf": drop_in(f"Environment=HTTPS_PROXY={value}")})


def test_files_and_engine_agree(tmp_path: Path) -> None:
    assert drift(live(tmp_path, env(PROXY), info(https=PROXY))) is None


def test_nothing_runs_so_nothing_differs(tmp_path: Path) -> None:
    assert drift(live(tmp_path, env(PROXY))) is None


@pytest.mark.parametrize(("needs", "step"), [("yes", "daemon-reload"), ("no", "restart")])
def test_the_first_missing_step(needs: str, step: str, tmp_path: Path) -> None:
    answers = {"unit docker.service": {"NeedDaemonReload": needs, "MainPID": str(PID)}}
    assert drift(live(tmp_path, env(PROXY), info(), answers=answers)) == step


def test_a_drop_in_that_systemd_has_not_loaded_needs_a_reload_whatever_it_says(tmp_path: Path) -> None:
    cases = {f"{DROP_IN}/p.conf": "restart", "": "daemon-reload", f"{DROP_IN}/q.conf": "daemon-reload"}
    for i, (loaded, step) in enumerate(cases.items()):
        unit = {"NeedDaemonReload": "no", "MainPID": str(PID), "DropInPaths": loaded}
        assert drift(live(tmp_path / str(i), env(PROXY), info(), answers={"unit docker.service": unit})) == step


def test_a_stopped_service_is_not_woken_by_asking(tmp_path: Path) -> None:
    for state, is_asked in (("inactive", False), ("failed", False), ("activating", True)):
        unit = {"MainPID": "0", "ActiveState": state}
        answers: Dict[str, Any] = {"unit docker.service": unit, "processes dockerd": []}
        seen = view(live(tmp_path / state, env(PROXY), info(), answers=answers))
        assert (seen.running is not None) == is_asked


def test_an_engine_beside_the_service_is_its_own(tmp_path: Path) -> None:
    by_hand = {"pid": 9, "argv": ["dockerd", "--host=unix:///hand.sock", "--config-file=/hand.json"]}
    service = {"pid": PID, "argv": ["/usr/sbin/dockerd", "-H", "fd://"]}
    answers: Dict[str, Any] = {
        "processes dockerd": [service, by_hand],
        "environment 9": {"NO_PROXY": ".hand"},
        "GET /hand.sock /info": {"status": 200, "server": "Docker", "body": info(no=".hand")},
    }
    host = live(tmp_path, {**env(PROXY), "/hand.json": "{}"}, info(https=PROXY), answers=answers)
    seen = view(host, SYSTEM._replace(socket="/hand.sock"))
    assert (seen.engine.pid, seen.sources.unit, seen.sources.config_file) == (9, None, "/hand.json")
    assert {v: e.text for v, e in seen.effective.items()} == {"http-proxy": "", "https-proxy": "", "no-proxy": ".hand"}
    assert view(host).engine.pid == PID


def test_what_the_manager_has_not_loaded_yet_needs_a_reload(tmp_path: Path) -> None:
    files = docker_files(
        {"/etc/systemd/system.conf.d/p.conf": "[Manager]\nDefaultEnvironment=HTTPS_PROXY=http://p:1\n"}
    )
    for block, step in (({}, "daemon-reload"), ({"HTTPS_PROXY": "http://p:1"}, "restart")):
        host = live(tmp_path / step, files, info(), 1.0, {"manager-environment": block})
        assert find_drift(host, view(host)) == step


def test_what_no_service_starts_needs_no_reload(tmp_path: Path) -> None:
    host = live(tmp_path, {"/usr/bin/dockerd": ""}, info(https=PROXY), answers={f"environment {PID}": {}})
    assert drift(host) == "restart"


def test_a_manager_that_does_not_answer_leaves_the_restart(tmp_path: Path) -> None:
    assert drift(live(tmp_path, env(PROXY), info(), answers={"unit docker.service": "not-checked"})) == "restart"


def test_a_change_of_daemon_json_needs_no_reload_of_the_manager(tmp_path: Path) -> None:
    files = docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}})
    answers = {"unit docker.service": {"NeedDaemonReload": "yes", "MainPID": str(PID)}}
    assert drift(live(tmp_path, files, info(), answers=answers)) == "restart"


@pytest.mark.parametrize(
    ("environ", "started", "expected"),
    [
        ({"HTTPS_PROXY": SECRET}, 0.0, None),
        ({"HTTPS_PROXY": "http://u:old@p:1"}, LATER, "restart"),
        ("permission", LATER, None),
        ("permission", 0.0, "restart"),
        ("permission", None, "restart"),
    ],
)
def test_a_password_is_proved_by_the_process_or_by_the_time_of_its_start(
    environ: Any, started: Optional[float], expected: Optional[str], tmp_path: Path
) -> None:
    answers = {f"environment {PID}": environ}
    host = live(tmp_path, env(SECRET), info(https=MASKED), started, answers=answers)  # type: ignore[arg-type]
    assert drift(host) == expected


@pytest.mark.parametrize(("started", "expected"), [(LATER, None), (0.0, "restart")])
def test_a_password_in_daemon_json_is_never_in_the_process(
    started: float, expected: Optional[str], tmp_path: Path
) -> None:
    files = docker_files({DAEMON_JSON: {"proxies": {"https-proxy": SECRET}}})
    answers = {f"environment {PID}": {"HTTPS_PROXY": SECRET}}
    assert drift(live(tmp_path, files, info(https=MASKED), started, answers=answers)) == expected


def test_a_password_of_the_manager_has_no_file_to_compare(tmp_path: Path) -> None:
    answers: Dict[str, Any] = {"manager-environment": {"HTTPS_PROXY": SECRET}}
    assert drift(live(tmp_path, docker_files(), info(https=MASKED), LATER, answers=answers)) == "restart"


def test_another_host_behind_the_mask_is_drift(tmp_path: Path) -> None:
    assert drift(live(tmp_path, env(SECRET), info(https="http://xxxxx:xxxxx@other:1"), LATER)) == "restart"


def test_an_unread_environment_file_matters_only_where_the_environment_decides(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=-/e"), "/e": ""})
    grow(tmp_path, files)
    seen = view(Unreadable(str(tmp_path), "/e"))
    assert could_decide(seen.sources.reading, seen.effective) == [Unread("systemd-env-file", "/e", Missing.PERMISSION)]
    everything = {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": ".corp"}
    grow(tmp_path, {DAEMON_JSON: {"proxies": everything}})
    seen = view(Unreadable(str(tmp_path), "/e"))
    assert could_decide(seen.sources.reading, seen.effective) == []


def test_an_unread_daemon_json_always_matters(tmp_path: Path) -> None:
    grow(tmp_path, {**env(PROXY), DAEMON_JSON: "{}"})
    seen = view(Unreadable(str(tmp_path), DAEMON_JSON))
    assert [u.path for u in could_decide(seen.sources.reading, seen.effective)] == [DAEMON_JSON]


def test_why_an_engine_would_not_start(tmp_path: Path) -> None:
    files = docker_files(
        {
            UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://f:1", "EnvironmentFile=/gone"),
            DAEMON_JSON: {"proxies": {"https-proxy": PROXY}, "http-proxy": "ignored"},
        }
    )
    missing, conflict = fatal(view(tree(tmp_path, files)).sources.reading)
    assert "/gone does not exist" in missing
    assert f'{DAEMON_JSON}:3: "https-proxy" is also set by the flag --https-proxy at {UNIT_FILE}:2' in conflict


@pytest.mark.parametrize(
    ("program", "version"),
    [("/opt/docker/dockerd", None), ("/usr/bin/dockerd", "28.5.2+dfsg1-1"), ("/usr/local/bin/dockerd", None)],
)
def test_the_program_of_the_service_is_the_engine(program: str, version: Optional[str], tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in(f"ExecStart={program} -H fd://"), program: ""})
    found = view(tree(tmp_path, files)).engine
    assert found.installed
    assert (found.version.text if found.version else None) == version


def test_a_program_of_the_service_that_is_not_there(tmp_path: Path) -> None:
    files: Dict[str, Content] = {UNIT_FILE: drop_in("ExecStart=/opt/docker/dockerd")}
    assert not view(tree(tmp_path, files)).engine.installed
    found = view(tree(tmp_path / "2", {**files, "/usr/bin/dockerd": ""})).engine
    assert found.installed


def test_the_socket_that_was_asked_for(tmp_path: Path) -> None:
    answers = {"GET /other.sock /info": {"status": 200, "server": "Docker", "body": info(https=PROXY)}}
    host = live(tmp_path, docker_files(), info(), answers=answers)
    seen = view(host, SYSTEM._replace(socket="/other.sock"))
    assert seen.running is not None
    assert seen.running.values["https-proxy"] == PROXY
    assert seen.engine.socket == "/other.sock"
    assert view(host).engine.socket == SOCKET
