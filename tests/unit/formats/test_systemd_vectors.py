"""What a real systemd answered to random units, environment files and commands (tests/oracles recorded it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

from dockproxy.host import TreeHost
from tests.oracles import test_systemd, test_systemd_command
from tests.unit.trees import Content, Link, tree


def recorded(name: str, root: Path) -> Tuple[TreeHost, Dict[str, Any], List[Dict[str, Any]]]:
    """The tree that systemd was asked about, what holds for all, and the questions with their answers."""
    lines = (test_systemd.VECTORS / f"systemd_{name}.jsonl").read_text().splitlines()
    head, *questions = [json.loads(line) for line in lines]
    assert head["program"].startswith("systemd 2")
    assert len(questions) >= 400
    files: Dict[str, Content] = {"/etc/hostname": head["hostname"]}
    for asked in (head, *questions):
        files.update({p: Link("/dev/null") if text is None else text for p, text in asked["files"].items()})
    return tree(root, files), head, questions


def test_every_recorded_environment_is_computed(tmp_path: Path) -> None:
    host, head, questions = recorded("environment", tmp_path)
    agrees = test_systemd.agrees
    wrong = [q for q in questions if not agrees(host, q["service"], q["environment"], head["manager"])]
    assert wrong == []


def test_every_recorded_command_is_split_alike(tmp_path: Path) -> None:
    host, _, questions = recorded("command", tmp_path)
    files = {q["service"]: q["files"] for q in questions}
    answers = {q["service"]: q["arguments"] for q in questions}
    assert test_systemd_command.differences(host, files, answers) == []
