"""Programs that are slow, fail or hang: what the steps say of them."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import List

import pytest

from dockproxy.apply import engine
from dockproxy.sources.installation import SYSTEM


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for systemctl and dockerd; the test writes its text."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "systemctl"


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_step_that_works(program: Path) -> None:
    script(program, f'echo "$@" >> {program}.log')
    engine.daemon_reload(SYSTEM)
    engine.restart(SYSTEM, "systemd", 5, lambda line: None)
    assert Path(f"{program}.log").read_text().splitlines() == [
        "daemon-reload",
        "reset-failed docker.service docker.socket",
        "restart docker.service",
    ]


def test_the_first_line_of_the_reason_is_told(program: Path) -> None:
    script(program, "echo 'Job for docker.service failed.' >&2; echo more >&2; exit 1")
    with pytest.raises(engine.StepFailed) as caught:
        engine.daemon_reload(SYSTEM)
    assert str(caught.value) == (
        "systemctl daemon-reload failed: Job for docker.service failed.; see journalctl -u docker.service"
    )
    script(program, "exit 1")
    with pytest.raises(engine.StepFailed, match="no reason given"):
        engine.daemon_reload(SYSTEM)


def test_a_step_that_hangs_is_ended(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(program, '[ "$1" = restart ] && exec sleep 60; exit 0')
    monkeypatch.setattr(engine, "ANNOUNCE_EVERY", 0.05)
    told: List[str] = []
    with pytest.raises(engine.StepFailed, match="did not end within"):
        engine.restart(SYSTEM, "systemd", 0.3, told.append)
    assert told[0] == "systemctl restart docker.service is still under way (0 s)"


@pytest.mark.parametrize(
    ("init_name", "name", "words"), [("sysv", "service", "docker restart"), ("openrc", "rc-service", "docker restart")]
)
def test_a_script_restarts_what_systemd_does_not(init_name: str, name: str, words: str, program: Path) -> None:
    told = program.with_name(name)
    script(told, f'echo "$@" >> {told}.log')
    engine.restart(SYSTEM, init_name, 5, lambda line: None)
    engine.try_again(SYSTEM, init_name)
    assert Path(f"{told}.log").read_text().splitlines() == [words, words]
    script(told, "echo 'Stopping'; echo ' * ERROR: docker failed to stop' >&2; exit 1")
    with pytest.raises(engine.StepFailed) as caught:
        engine.restart(SYSTEM, init_name, 5, lambda line: None)
    assert str(caught.value) == f"{name} {words} failed: ERROR: docker failed to stop; see its log in /var/log"
    engine.try_again(SYSTEM, init_name)


def test_a_daemon_that_keeps_the_scripts_output_open_is_not_waited_for(program: Path) -> None:
    script(program.with_name("service"), "sleep 60 & echo $! > " + str(program) + ".pid")
    try:
        engine.restart(SYSTEM, "sysv", 5, lambda line: None)
    finally:
        os.kill(int(Path(f"{program}.pid").read_text()), signal.SIGKILL)


def test_validate_replays_the_flags_of_the_process(tmp_path: Path) -> None:
    dockerd = tmp_path / "dockerd"
    script(dockerd, f'echo "$@" > {tmp_path}/log; exit 0')
    engine.validate(SYSTEM, [str(dockerd), "--debug", "--config-file=/d.json"])
    assert (tmp_path / "log").read_text() == "--debug --config-file=/d.json --validate\n"
    script(dockerd, "echo 'unable to configure the Docker daemon with file /d.json: x' >&2; exit 1")
    with pytest.raises(engine.StepFailed, match="dockerd --validate: unable to configure"):
        engine.validate(SYSTEM, [str(dockerd)])
    with pytest.raises(engine.StepFailed, match=r"dockerd --validate: .*No such file"):
        engine.validate(SYSTEM, ["/nonexistent"])
