"""Random ``ExecStart=`` lines: the words that the real systemd hands to the program are the ones that our reader finds.
dockerd's flags stand there."""

from __future__ import annotations

import posixpath
import random
import re
from typing import Any, Dict, List, Mapping, Optional

import pytest

from dockproxy.formats import unit_words
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import TreeHost
from dockproxy.sources import daemon, systemd_unit
from dockproxy.sources.installation import SYSTEM
from tests.harness.systemd_host import SystemdHost
from tests.oracles.conftest import Agreed
from tests.oracles.test_systemd import SEEDS, computed, put, record, start

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

COUNT = 400
PROGRAM = "/run/argv"
SCRIPT = "#!/bin/sh\n[ $# = 0 ] || printf '%s\\0' \"$@\"\n"

ASSIGNMENTS = """[Service]
Environment=X=1 "OPTS=--a 'b c' \\"d\\\\\\\\ e\\" --f" EMPTY= "BLANK= \t " "OPEN=x 'y z" SEMI=; GONE=1
Environment='BACK=a\\\\b c\\\\\\\\' "DOLLAR=$X $$" 'TAIL=x y\\\\'
UnsetEnvironment=GONE
"""
PIECES = [
    "a", "b c", "--x=", "$X", "${X}", "$OPTS", "${OPTS}", "$EMPTY", "${EMPTY}", "$BLANK", "$OPEN", "$BACK", "${BACK}",
    "$SEMI", "$GONE", "${GONE}", "$DOLLAR", "${DOLLAR}", "$ABSENT", "${ABSENT}", "$TAIL", "$", "$$", "${", "}", "{",
    "${}", "${X:-d}", "${X", "$9", "$a-b", "${é}", ";", "\\;", " \\; ", "\\", "\\\\", "\\x20", "\\t", "\\q", "\\ ",
    "\\s", "\\u00e9", "\\ud800", "\\xff", "\\'", "'", '"', "''", '"x $X"', "'$OPTS'", "%%", "%n", "%v", "%", "%-", "é",
    "#", "@", ":", "-", "+", "\t", *(" " * 8),
]  # fmt: skip
LEFT_OUT = re.compile(r"(^|[ \t]);[ \t]+[^ \t]")
"""A second command, which a service like dockerd's cannot have."""


def line(rng: random.Random) -> str:
    prefix = "".join(rng.choice("-@:+!") for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])))
    program = rng.choice([PROGRAM, PROGRAM, PROGRAM, f'"{PROGRAM}"', "/run/ar\\x67v", "/run//argv"])
    if rng.random() < 0.03:
        program = rng.choice(["/run/", '""', "a/b", "/run/argv%k", '"/run/argv'])
    words = "; x"
    while LEFT_OUT.search(words):
        words = "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 6)))
    if rng.random() < 0.05:
        words += rng.choice(["%k", "\udcff", "\ufffe", "\\"])
    return f"ExecStart={prefix}{program} {words}"


def question(rng: random.Random, name: str) -> Dict[str, Any]:
    lines = ["[Service]", "Type=oneshot", f"StandardOutput=truncate:/run/answers/{name}", line(rng), ""]
    return {
        f"/etc/systemd/system/{name}": "\n".join(lines),
        f"/etc/systemd/system/{name}.d/a.conf": ASSIGNMENTS,
    }


def ours(root: TreeHost, service: str) -> Optional[List[str]]:
    """The arguments as our reader finds them; None where it says that systemd does not start this."""
    unit = systemd_unit.load(root, service)
    environment = computed(root, service, {})
    commands = unit.in_force("Service", "ExecStart") if unit is not None else []
    if unit is None or environment is None or not commands:
        return None
    words = unit_words.split_command(commands[-1].statement.value, environment, unit.specifiers)
    # A program that is not there prints nothing.
    is_there = bool(words) and posixpath.normpath(words[0]) == PROGRAM
    return words[1:] if is_there else [] if words else None


def is_known_as(ours: Optional[List[str]], answer: Optional[List[str]]) -> bool:
    """Whether both are the same, but for what only the host knows."""
    if ours is None or answer is None:
        return ours is answer
    patterns = ("[^ ]+".join(map(re.escape, word.split(UNKNOWN))) for word in ours)
    return len(ours) == len(answer) and all(map(re.fullmatch, patterns, answer))


def differences(root: TreeHost, questions: Mapping[str, Any], answers: Mapping[str, Optional[List[str]]]) -> List[str]:
    return [
        f"{files[f'/etc/systemd/system/{service}']!r}\nsystemd: {answers[service]}\nours:    {ours(root, service)}"
        for service, files in questions.items()
        if not is_known_as(ours(root, service), answers[service])
    ]


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_words_of_a_command(seed: int, booted: SystemdHost, request: pytest.FixtureRequest, agreed: Agreed) -> None:
    rng = random.Random(seed)
    questions = {f"c{seed}-{i}.service": question(rng, f"c{seed}-{i}.service") for i in range(COUNT)}
    booted.write(PROGRAM, SCRIPT, 0o755)
    for files in questions.values():
        put(booted, files)
    answers = start(booted, list(questions))
    wrong = differences(TreeHost(str(booted.path("/"))), questions, answers)
    assert not wrong, f"{len(wrong)} of {COUNT} differ, such as\n" + "\n\n".join(wrong[:8])
    assert sum(bool(a) for a in answers.values()) > COUNT / 3, "too few questions say anything"
    agreed(COUNT)
    if request.config.getoption("--record") and seed == SEEDS[0]:
        asked = [{"service": s, "files": f, "arguments": answers[s]} for s, f in questions.items()]
        record(booted, "command", {"files": {}}, asked)


DIRECTORIES = [
    "",
    "/etc",
    "-/etc",
    "%E",
    "-%E/docker",
    "/etc/%p",
    "~",
    "-~",
    "-etc",
    "-/etc/%k",
    "/etc/./docker/",
    "/run/%v",
]
"""Of ``WorkingDirectory=``, behind one that is good."""


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_where_a_service_is_started(directory: str, booted: SystemdHost) -> None:
    name, program = "docker-x.service", "/run/where"
    lines = ["[Service]", "Type=oneshot", f"StandardOutput=truncate:/run/answers/{name}", "WorkingDirectory=/var"]
    text = "\n".join([*lines, f"WorkingDirectory={directory}", f"ExecStart={program}", ""])
    release = booted.run(["uname", "-r"], check=True).stdout.strip()
    booted.write(program, "#!/bin/sh\nprintf '%s\\0' \"$(pwd -P)\"\n", 0o755)
    put(booted, {f"/etc/systemd/system/{name}": text, f"/run/{release}/x": "", "/etc/docker-x/x": ""})
    answer = start(booted, [name])[name]
    unit = systemd_unit.load(TreeHost(str(booted.path("/"))), name)
    ours = posixpath.normpath(daemon.working_directory(unit, SYSTEM))
    assert is_known_as([ours], answer), (ours, answer)
