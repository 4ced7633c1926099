"""What a restart will do to others, and which registry stands for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

from dockproxy.model import Refusal
from dockproxy.planner.notice import refuse_last_manager, restart_notice
from dockproxy.planner.verify_target import verify_target
from tests.unit.trees import SOCKET, docker_files, info, live

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
    host = live(tmp_path, docker_files(), info(), answers=recorded)
    assert restart_notice(host, SOCKET, report) == expected


def test_an_engine_that_does_not_answer_has_no_containers_to_name(tmp_path: Path) -> None:
    assert restart_notice(live(tmp_path, docker_files()), SOCKET, {}) == []


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
    host = live(tmp_path, docker_files(), info(), answers=answers(nodes=nodes))
    if not is_refused:
        refuse_last_manager(host, SOCKET, {"Swarm": swarm}, force)
        return
    with pytest.raises(Refusal, match="last reachable manager") as caught:
        refuse_last_manager(host, SOCKET, {"Swarm": swarm}, force)
    assert caught.value.liftable


HUB = ("registry-1.docker.io", 443)


@pytest.mark.parametrize(
    ("image", "mirrors", "expected"),
    [
        (None, None, HUB),
        (None, ["https://mirror.corp/"], ("mirror.corp", 443)),
        (None, ["http://mirror.corp:5000/"], ("mirror.corp", 5000)),
        (None, ["http://mirror.corp"], ("mirror.corp", 80)),
        (None, ["nonsense"], HUB),
        ("alpine", ["https://mirror.corp/"], HUB),
        ("library/alpine:3", None, HUB),
        ("docker.io/library/alpine", None, HUB),
        ("ghcr.io/a/b:1", None, ("ghcr.io", 443)),
        ("registry.corp:5000/x@sha256:0", None, ("registry.corp", 5000)),
        ("localhost/x", None, ("localhost", 443)),
        ("[2001:db8::1]:5000/x", None, ("2001:db8::1", 5000)),
        ("[2001:db8::1]/x", None, ("2001:db8::1", 443)),
        ("registry.corp:x/y", None, ("registry.corp", 443)),
    ],
)
def test_the_registry_that_is_tried(
    image: Optional[str], mirrors: Optional[List[str]], expected: Tuple[str, int]
) -> None:
    assert verify_target(image, {"RegistryConfig": {"Mirrors": mirrors}}) == expected
