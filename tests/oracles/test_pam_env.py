"""Random /etc/environment files, and what the real pam_env gives to a login."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path
from typing import Dict, List

import pytest

from dockproxy.formats import pam_env
from tests.oracles.conftest import Agreed

SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1,2").split(",")]
COUNT = 150

PIECES = [
    "A",
    "B",
    "no_proxy",
    "=",
    "=",
    "=",
    "x",
    '"',
    "'",
    " ",
    "\t",
    "#",
    "\\",
    "\n",
    "\n",
    "export ",
    "$A",
    "é",
    "-",
]
LINES = [
    "{n}={v}",
    '{n}="{v}"',
    "{n}='{v}'",
    "export {n}={v}",
    "{n}",
    " {n}={v} # c",
    "{n} = {v}",
    "# {n}={v}",
    "{n}={v}\\",
]

INSIDE = """
mount --bind "$1/environment" /etc/environment
for question in "$1"/*.question; do
    cat "$question" > /etc/environment
    env -i PATH=/usr/bin:/bin su root --shell=/bin/sh --command='/usr/bin/env -0' > "$question.answer" || exit
done
"""


def question(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 25)))
    values = ["x", "a b", "http://u:p@h:3128", 'a"b', "a'b", "", "a#b", "x\\", "x \\ "]
    lines = [rng.choice(LINES).format(n=rng.choice("AB"), v=rng.choice(values)) for _ in range(rng.randint(1, 5))]
    return "\n".join(lines) + rng.choice(["\n", ""])


@pytest.mark.real("su", "unshare", root=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_login_is_given(seed: int, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(seed)
    questions = [question(rng) for _ in range(COUNT)]
    (tmp_path / "environment").touch()
    for i, text in enumerate(questions):
        (tmp_path / f"{i}.question").write_text(text)
    words = ["unshare", "--mount", "--propagation=private", "sh", "-c", INSIDE, "sh", str(tmp_path)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr
    wrong: List[str] = []
    for i, text in enumerate(questions):
        answer = (tmp_path / f"{i}.question.answer").read_text()
        real: Dict[str, str] = dict(p.split("=", 1) for p in answer.split("\0") if p)
        ours = {name: assigned.value for name, assigned in pam_env.parse(text).items()}
        wrong += [f"{n}: pam_env {real.get(n)!r}, ours {ours.get(n)!r}\n{text!r}" for n in ("A", "B", "no_proxy")
                  if real.get(n) != ours.get(n)]  # fmt: skip
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:8])
    agreed(COUNT)
