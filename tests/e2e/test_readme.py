"""The README's three tasks print what the README shows; --record writes it there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.harness.squid import Squid
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

README = Path(__file__).resolve().parents[2] / "README.md"
RECORDED = re.compile(r"<!-- recorded: (.*?) -->\n```\n(.*?)```\n", re.DOTALL)
CHANGING = re.compile(r"(?<=pid )\d+|\d+\.\d\d(?= s\b)|(?<=dockerd )[\w.+~-]+")
"""Numbers that differ from run to run and from engine to engine."""

# A drop-in of somebody else, so that show has something that lost.
OLD = "[Service]\nEnvironment=HTTPS_PROXY=http://old.corp:80\n"


def test_the_three_tasks(newest: SystemdHost, proxy: Squid, request: pytest.FixtureRequest) -> None:
    newest.write("/usr/lib/systemd/system/docker.service.d/10-site.conf", OLD)
    newest.restart()
    text = README.read_text()
    tasks = RECORDED.findall(text)
    assert len(tasks) == 3
    seen = []
    for command, _ in tasks:
        words = shlex.split(command)
        shown = newest.terminal(words[words.index("dockproxy") + 1 :])
        seen.append(f"$ {command}\n{shown}")
    if request.config.getoption("--record"):
        answers = iter(seen)
        README.write_text(RECORDED.sub(lambda m: f"<!-- recorded: {m[1]} -->\n```\n{next(answers)}```\n", text))
        return
    assert [lasting(s) for s in seen] == [lasting(old) for _, old in tasks]


def lasting(text: str) -> str:
    """The text without what differs from run to run, and the blanks that fill the line behind a number."""
    return re.sub("  +", "  ", CHANGING.sub("N", text))
