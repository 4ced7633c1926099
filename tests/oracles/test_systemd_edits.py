"""What is written, into new files and into random ones, is what the real systemd gives the service; every other
variable keeps its value."""

from __future__ import annotations

import random
from typing import Dict, List, Mapping, Optional

import pytest

from dockproxy.changes import drop_in, env_file
from dockproxy.model import Value, value_of
from tests.harness.systemd_host import SystemdHost
from tests.oracles.test_systemd import SEEDS, ask, env_text, put, unit_text

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

ALPHABET = [*map(chr, range(32, 127)), "é", "€", "\t", "😀", "%n", "%%", "\\n", "\\x41", "${A}", "\u00a0", "\x7f"]
OURS = ("HTTPS_PROXY", "https_proxy")


def any_value(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 30))).strip() or "x"


def edits(value: Optional[str]) -> Mapping[str, Optional[Value]]:
    return {"https-proxy": None if value is None else value_of("https-proxy", value)}


def service_files(service: str, unit: str, environment: str) -> Dict[str, str]:
    """A service with one drop-in and one environment file."""
    lines = [
        "[Service]",
        "Type=oneshot",
        "ExecStart=/usr/bin/env -0",
        f"StandardOutput=truncate:/run/answers/{service}",
    ]
    lines += [f"EnvironmentFile=/var/lib/questions/{service}.env", ""]
    return {
        f"/etc/systemd/system/{service}": "\n".join(lines),
        f"/etc/systemd/system/{service}.d/http-proxy.conf": unit,
        f"/var/lib/questions/{service}.env": environment,
    }


def test_a_new_file_says_exactly_the_value(booted: SystemdHost) -> None:
    rng = random.Random(7)
    wanted = {f"w{i}.service": any_value(rng) for i in range(200)}
    for service, text in wanted.items():
        unit = drop_in.edit("", {"no-proxy": text})
        put(booted, service_files(service, unit, env_file.edit("", edits(text))))
    answers = ask(booted, list(wanted))
    expected = {s: {"NO_PROXY": t, "HTTPS_PROXY": t} for s, t in wanted.items()}
    assert {s: (a, expected[s]) for s, a in answers.items() if a != expected[s]} == {}


@pytest.mark.parametrize("place", ["drop-in", "environment file"])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_an_edit_changes_one_variable_and_no_other(seed: int, place: str, booted: SystemdHost) -> None:
    """Every random file as it is, with the variable set, and with it taken away."""
    rng = random.Random(seed)
    asked: Dict[str, List[str]] = {}
    values: Dict[str, str] = {}
    for i in range(200):
        text, value = (unit_text(rng) if place == "drop-in" else env_text(rng)), any_value(rng)
        try:
            if place == "drop-in":
                # The names may stand in UnsetEnvironment=, too.
                allowed = drop_in.allow_environment(text, ["https-proxy"])
                texts = [text, drop_in.edit(allowed, edits(value)), drop_in.edit(text, edits(None))]
            else:
                texts = [text, env_file.edit(text, edits(value)), env_file.edit(text, edits(None))]
        except ValueError:
            continue
        name = f"{place[:1]}{seed}-{i}.service"
        asked[name], values[name] = texts, value
    answers = []
    for kind in range(3):
        for name, texts in asked.items():
            put(booted, service_files(name, *((texts[kind], "") if place == "drop-in" else ("", texts[kind]))))
        answers.append(ask(booted, list(asked)))
    wrong = []
    for name, texts in asked.items():
        before, after, without = (answer[name] for answer in answers)
        if before is None:
            # systemd reads nothing of it; whatever is written there has no effect, and the planner sees that.
            continue
        kept = {n: v for n, v in before.items() if n not in OURS}
        if after != {**kept, "HTTPS_PROXY": values[name]} or without != kept:
            wrong.append(f"{texts}, {values[name]!r}: {before}, {after}, {without}")
    assert not wrong, f"{len(wrong)} of {len(asked)} differ, such as\n" + "\n\n".join(wrong[:5])
    assert len(asked) > 100, "too few files could be edited"
