"""What a restart will do to others, and which registry stands for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from dockproxy.model import Refusal
from dockproxy.planner.notice import refuse_last_manager, restart_notice
from dockproxy.resolve.daemon import view
from tests.unit.trees import SOCKET, Content, docker_files, info, live

MANAGER = {"LocalNodeState": "active", "ControlAvailable": True}


def answers(containers: Any = (), nodes: Any = (), unit: Any = "not-checked") -> Dict[str, Any]:
    def ok(body: Any) -> Dict[str, Any]:
        return {"status": 200, "server": "Docker", "body": body}

    return {
        f"GET {SOCKET} /containers/json": ok(containers),
        f"GET {SOCKET} /nodes": ok(nodes),
        "unit docker.service": unit,
    }


WEB = [{"Names": ["/web"], "Id": "0123456789abcdef"}, {"Names": None, "Id": "0123456789abcdef"}]


@pytest.mark.parametrize(
    ("recorded", "report", "expected"),
    [
        (answers(), {}, []),
        (answers(containers=None), {}, []),
        (
            answers(containers=WEB),
            {},
            [
                "2 running container(s) will be stopped: web, 0123456789ab",
                'to keep them, add "live-restore": true to daemon.json and run `systemctl reload docker` first',
            ],
        ),
        (
            answers(containers=WEB[:1]),
            {"LiveRestoreEnabled": True},
            ["1 running container(s) keep running (live-restore): web"],
        ),
        (
            answers(unit={"RequiredBy": "b.service a.service", "BoundBy": "a.service"}),
            {},
            ["units that require docker.service are restarted or stopped with it: a.service, b.service"],
        ),
        (
            answers(containers=WEB[:1]),
            {"Swarm": {"LocalNodeState": "active", "ControlAvailable": False}},
            [
                "1 running container(s) will be stopped: web",
                "this node is a swarm worker; its tasks may be moved to other nodes",
            ],
        ),
        (answers(), {"Swarm": MANAGER}, ["this node is a swarm manager; its tasks may be moved to other nodes"]),
    ],
)
def test_the_notice(recorded: Dict[str, Any], report: Dict[str, Any], expected: List[str], tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), {**info(), **report}, answers=recorded)
    assert restart_notice(host, view(host)) == expected


def test_the_reload_is_the_one_of_the_init_system(tmp_path: Path) -> None:
    files: Dict[str, Content] = {"/usr/bin/dockerd": "", "/run/openrc/": ""}
    host = live(tmp_path, files, info(), answers=answers(containers=WEB))
    assert "`rc-service docker reload`" in restart_notice(host, view(host))[1]


def test_an_engine_that_does_not_run_has_no_containers_to_name(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), answers={f"GET {SOCKET} /containers/json": "absent"})
    assert restart_notice(host, view(host)) == []


def test_containers_that_could_not_be_asked_for_are_no_absent_ones(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), info())
    (line,) = restart_notice(host, view(host))
    assert "could not be asked" in line


REACHABLE = {"ManagerStatus": {"Reachability": "reachable"}}


@pytest.mark.parametrize(
    ("swarm", "nodes", "force", "is_refused"),
    [
        (None, [], False, False),
        (MANAGER, [REACHABLE], False, True),
        (MANAGER, [REACHABLE, {"ManagerStatus": None}], False, True),
        (MANAGER, [REACHABLE, REACHABLE], False, False),
        (MANAGER, [REACHABLE], True, False),
    ],
)
def test_the_last_reachable_manager(
    swarm: Optional[Dict[str, Any]], nodes: Any, force: bool, is_refused: bool, tmp_path: Path
) -> None:
    host = live(tmp_path, docker_files(), {**info(), "Swarm": swarm}, answers=answers(nodes=nodes))
    if not is_refused:
        refuse_last_manager(host, view(host), force)
        return
    with pytest.raises(Refusal, match="last reachable manager"):
        refuse_last_manager(host, view(host), force)
