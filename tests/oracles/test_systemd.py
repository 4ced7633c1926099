"""Random unit files, drop-ins and environment files: the environment that the real systemd gives a service must be the
one that our sources compute."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set

import pytest

from dockproxy.changes import drop_in, env_file
from dockproxy.formats import unit_words
from dockproxy.host import TreeHost
from dockproxy.model import value_of
from dockproxy.resolve.daemon import FATAL
from dockproxy.sources import systemd_env_file, systemd_environment, systemd_unit
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "systemd_environment.jsonl"
SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1,2,3").split(",")]
COUNT = 400

FOLDERS = ("/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system")
# What systemd itself gives every service.
OWN = {
    "PATH", "LANG", "HOME", "LOGNAME", "USER", "SHELL", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID",
    "LC_ALL", "NOTIFY_SOCKET", "container", "container_uuid", "TERM", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY",
}  # fmt: skip

NAMES = ["A", "B", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "_x9"]
BAD_NAMES = ["9A", "a-b", "", "A B", "é", "A\x01"]
PIECES = [
    "x", "y z", "http://u:p@h:3128", "http://u:a%%40b@h:1", "%n", "%%", "%", "%k", "%p", "%H", "%5", "100%", "é",
    "\udcff", "\\t", "\\x41", "\\101", "\\u00e9", "\\U0001F600", "\\q", "\\x00", "\\xc3\\xa9", "\\xff", "\\s", "\\\\",
    "\\\"", "\\'", "'", '"', "\t", "  ", "$X", "${X}", "#", ";", "=", "\x01", "\x7f", "\\n", "`", ",", "\u00a0", "\r",
    "\\400", "\\1",
]  # fmt: skip


def value(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 3)))


def word(rng: random.Random) -> str:
    name = rng.choice(NAMES) if rng.random() < 0.9 else rng.choice(BAD_NAMES)
    text = f"{name}={value(rng)}" if rng.random() < 0.95 else name
    style = rng.random()
    if style < 0.3:
        return f'"{text}"'
    if style < 0.4:
        return f"'{text}'"
    if style < 0.5:
        return f'{name}="{value(rng)}"'
    return text


def unit_line(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.62:
        key = rng.choice(["Environment", "Environment", "Environment", " Environment ", "environment", "\tEnvironment"])
        text = f"{key}={rng.choice(['', ' ', '  '])}" + " ".join(word(rng) for _ in range(rng.randint(1, 3)))
    elif kind < 0.68:
        text = "Environment="
    elif kind < 0.74:
        text = "UnsetEnvironment=" + rng.choice(
            ["A", "A B", "A=x", '"A=y z"', "", "HTTPS_PROXY %p", "%k", "9 A", "A=%n"]
        )
    else:
        text = rng.choice(
            ["", "  ", "# Environment=A=1", "; c\\", "# c\\", "[Service]", "[Unit]", "[Service] ", " [Service]",
             "nonsense", "[X-Own]", "  B=2", "A=3 \\", "\\", "Environment=A=1 \\", "Environment=\\",
             "Environment=A=1\\\\",
             "[Broken", "=A", "Environment"]
        )  # fmt: skip
    return text + (" \\" if rng.random() < 0.08 else "")


def unit_text(rng: random.Random) -> str:
    lines = ["[Service]"] if rng.random() < 0.92 else []
    lines += [unit_line(rng) for _ in range(rng.randint(1, 5))]
    newline = "\r\n" if rng.random() < 0.05 else "\n"
    text = newline.join(lines) + (newline if rng.random() < 0.9 else "")
    return ("\ufeff" if rng.random() < 0.03 else "") + text


def env_text(rng: random.Random) -> str:
    def line() -> str:
        kind = rng.random()
        name = rng.choice(NAMES) if rng.random() < 0.9 else rng.choice(BAD_NAMES)
        if kind < 0.7:
            quote = rng.choice(["", "", "", '"', "'"])
            return rng.choice(["", "", " "]) + name + rng.choice(["=", "=", " = "]) + quote + value(rng) + quote
        return rng.choice(
            ["", "  ", "# A=1", "; A=1", "# c\\", "export A=1", "export\tA=2", "A", "A=1 \\", 'A="x', "A='x", 'B="x\\',
             "=1", "A=x # c", "A='a' \"b\"", "A=a\"b\"", "A=\\", "B=2 \\\n  3"]
        )  # fmt: skip

    newline = "\r\n" if rng.random() < 0.05 else "\n"
    return newline.join(line() for _ in range(rng.randint(1, 5))) + rng.choice(["", "\n", "\n"])


def question(rng: random.Random, name: str) -> Dict[str, Any]:
    """Path to text (None: a link to /dev/null) of everything that belongs to one service."""
    files: Dict[str, Any] = {f"{rng.choice(FOLDERS)}/{name}": unit_text(rng)}
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        folder = rng.choice(FOLDERS)
        drop = f"{folder}/{name}.d/{rng.choice(['10-a', '20-b', '30-c'])}.conf"
        files[drop] = unit_text(rng) if rng.random() < 0.9 else rng.choice([None, ""])
    lines = ["[Service]", "Type=oneshot", "ExecStart=/usr/bin/env -0", f"StandardOutput=truncate:/run/answers/{name}"]
    for i in range(rng.choice([0, 1, 1, 2])):
        path = f"/run/questions/{name}.{i}.env"
        prefix = rng.choice(["", "-"])
        lines.append(f"EnvironmentFile={prefix}{path}")
        if prefix == "" or rng.random() < 0.8:
            files[path] = env_text(rng)
    files[f"/etc/systemd/system/{name}.d/zzz.conf"] = "\n".join([*lines, ""])
    return files


def put(host: SystemdHost, files: Mapping[str, Any]) -> None:
    for path, text in files.items():
        place = host.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            place.symlink_to("/dev/null")
        else:
            place.write_bytes(text.encode("utf-8", "surrogateescape"))


def ask(host: SystemdHost, services: List[str]) -> Dict[str, Any]:
    """Service to the environment it got; None where it did not start."""
    host.path("/run/answers").mkdir(exist_ok=True)
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemctl", "start", *services])
    answers: Dict[str, Any] = {}
    for service in services:
        place = host.path(f"/run/answers/{service}")
        if not place.exists():
            answers[service] = None
            continue
        pairs = [p.partition("=") for p in place.read_bytes().decode("utf-8", "surrogateescape").split("\0") if p]
        answers[service] = {n: v for n, _, v in pairs if n not in OWN}
    return answers


def only_the_host_knows(root: TreeHost, service: str) -> Set[str]:
    """Names whose value holds a specifier such as the boot id, which the reader reports as unread."""
    unit = systemd_unit.load(root, service)
    assert unit is not None
    lines = [located.statement.value for located in unit.in_force("Service", "Environment")]
    return {e.name for line in lines for e in unit_words.parse_environment(line, unit.specifiers) if e.unknown}


def computed(root: TreeHost, service: str) -> Optional[Dict[str, str]]:
    unit = systemd_unit.load(root, service)
    assert unit is not None
    reading = systemd_environment.read(unit) + systemd_env_file.read(root, unit)
    if any(d.kind in FATAL for d in reading.defects):
        return None
    assigned = systemd_environment.assignments(unit) + systemd_env_file.assignments(root, unit)
    environment = {name: text for name, text, _ in assigned}
    for removal in systemd_environment.removals(unit):
        if removal.value in (None, environment.get(removal.name)):
            environment.pop(removal.name, None)
    return {n: v for n, v in environment.items() if n not in OWN}


def agrees(root: TreeHost, service: str, answer: Optional[Dict[str, str]]) -> bool:
    """Whether our sources compute what systemd answered."""
    ours = computed(root, service)
    if answer is None or ours is None:
        return answer is ours
    unknown = only_the_host_knows(root, service)
    asked, ours = ({n: v for n, v in found.items() if n not in unknown} for found in (answer, ours))
    return asked == ours


@pytest.mark.parametrize("seed", SEEDS)
def test_the_environment_of_a_service_is_the_one_that_systemd_gives(
    seed: int, booted: SystemdHost, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(seed)
    questions = {f"q{seed}-{i}.service": question(rng, f"q{seed}-{i}.service") for i in range(COUNT)}
    for files in questions.values():
        put(booted, files)
    answers = ask(booted, list(questions))
    root = TreeHost(str(booted.path("/")))
    wrong = []
    for service, files in questions.items():
        if not agrees(root, service, answers[service]):
            shown = json.dumps(files, indent=1)
            wrong.append(f"{service}: {shown}\nsystemd: {answers[service]}\nours:    {computed(root, service)}")
    assert not wrong, f"{len(wrong)} of {COUNT} differ, such as\n" + "\n\n".join(wrong[:5])
    assert sum(bool(a) for a in answers.values()) > COUNT / 2, "too few questions say anything"
    if seed == SEEDS[0] and request.config.getoption("--record"):
        version = booted.run(["systemctl", "--version"], check=True).stdout.split("\n")[0]
        lines = [json.dumps({"program": version, "hostname": booted.path("/etc/hostname").read_text().strip()})]
        lines += [json.dumps({"service": s, "files": f, "environment": answers[s]}) for s, f in questions.items()]
        VECTORS.write_text("\n".join(lines) + "\n")


ALPHABET = [*map(chr, range(32, 127)), "é", "€", "\t", "😀", "%n", "\\n", "${A}"]


def test_what_is_written_is_what_the_service_gets(booted: SystemdHost) -> None:
    rng = random.Random(7)
    wanted: Dict[str, str] = {}
    for i in range(200):
        service = f"w{i}.service"
        text = "".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 30))).strip()
        wanted[service] = text
        values = {"no-proxy": text, "https-proxy": value_of("https-proxy", text)}
        start = ["[Service]", "Type=oneshot", "ExecStart=/usr/bin/env -0"]
        start += [
            f"StandardOutput=truncate:/run/answers/{service}",
            f"EnvironmentFile=/run/questions/{service}.env",
            "",
        ]
        put(
            booted,
            {
                f"/etc/systemd/system/{service}": "\n".join(start),
                f"/etc/systemd/system/{service}.d/http-proxy.conf": drop_in.edit("", {"no-proxy": values["no-proxy"]}),
                f"/run/questions/{service}.env": env_file.edit("", {"https-proxy": values["https-proxy"]}),
            },
        )
    answers = ask(booted, list(wanted))
    expected = {s: {"NO_PROXY": t, "HTTPS_PROXY": t} if t else {} for s, t in wanted.items()}
    assert {s: a for s, a in answers.items() if a != expected[s]} == {}
