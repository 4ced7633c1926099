"""What a real systemd answered to random unit and environment files (tests/oracles/test_systemd.py recorded it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

from tests.oracles.test_systemd import VECTORS, agrees
from tests.unit.trees import Content, Link, tree


def test_every_recorded_environment_is_computed(tmp_path: Path) -> None:
    head, *questions = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    assert head["program"].startswith("systemd 2")
    assert len(questions) >= 400
    files: Dict[str, Content] = {"/etc/hostname": head["hostname"]}
    for question in questions:
        files.update({p: Link("/dev/null") if text is None else text for p, text in question["files"].items()})
    host = tree(tmp_path, files)
    wrong: Dict[str, Any] = {q["service"]: q for q in questions if not agrees(host, q["service"], q["environment"])}
    assert wrong == {}
