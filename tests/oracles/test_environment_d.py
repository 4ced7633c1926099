"""systemd's own generator is asked what it makes of ``environment.d``."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path
from typing import Dict, List

import pytest

from dockproxy.formats import env_file, environment_d
from dockproxy.host import TreeHost, User
from dockproxy.sources import user_environment
from tests.harness.systemd_host import SystemdHost
from tests.oracles.conftest import Agreed
from tests.oracles.test_systemd import put

GENERATOR = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
COUNT = 400
PIECES = [
    "x", " ", "http://u:p%40w@h:1", "$A", "${A}", "$$", "$", "${", "}", "${B:-d}", "${B:+e}", "${A:-d}", "${A:+e}",
    "${A:x}", "${B:-${A}}", "${B:-$A}x", "{", "$9", "$_", "${}", "${A", "${A:", "${A:-", "${B:-{x}}",
    "\\$A", "\\\\", "'", '"',
    "'$A'", '"${A}"', ":", "-", "é", "$é", "$-", "${A b}", "~", "${HOME}", "%h", "#", ";",
]  # fmt: skip


def parsed(out: str) -> Dict[str, str]:
    """What the generator prints: in double quotes where that is needed, with backslashes as for a shell."""
    found = {}
    for line in out.splitlines():
        name, _, quoted = line.partition("=")
        is_quoted = quoted.startswith('"')
        text = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], quoted[1:-1])
        found[name] = text if is_quoted else quoted
    return found


def ask(home: Path) -> Dict[str, str]:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([GENERATOR], env=environment, capture_output=True, text=True, check=True)
    return parsed(done.stdout)


@pytest.mark.real(GENERATOR)
def test_random_values_are_expanded_as_the_generator_does(tmp_path: Path, agreed: Agreed) -> None:
    folder = tmp_path / ".config/environment.d"
    folder.mkdir(parents=True)
    rng = random.Random(252)
    wrong: List[str] = []
    for _ in range(COUNT):
        lines = [
            "A=one",
            *(f"{rng.choice('ABCD')}={''.join(rng.choices(PIECES, k=rng.randint(0, 5)))}" for _ in range(4)),
        ]
        text = "\n".join(lines) + "\n"
        (folder / "a.conf").write_text(text)
        variables = {"HOME": str(tmp_path)}
        for a in env_file.parse(text).assignments:
            variables.update({a.name: environment_d.expand(a.value, variables)} if a.value else {})
        real = {name: value for name, value in ask(tmp_path).items() if name in "ABCD"}
        del variables["HOME"]
        if variables != real:
            wrong.append(f"{text!r}: systemd {real}, ours {variables}")
    assert not wrong, f"{len(wrong)} of {COUNT} differ: " + "\n".join(wrong[:5])
    agreed(COUNT)


@pytest.mark.real(GENERATOR)
def test_the_generator_of_252_gives_nothing_at_all_where_a_file_is_not_utf_8(tmp_path: Path) -> None:
    folder = tmp_path / ".config/environment.d"
    folder.mkdir(parents=True)
    (folder / "10.conf").write_text("A=1\n")
    (folder / "20.conf").write_bytes(b"B=1\nC=\xff\n")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([GENERATOR], env=environment, capture_output=True)
    assert (done.returncode != 0, done.stdout) == (True, b"")
    (folder / "20.conf").write_bytes(b"B=1\n\0C=1\n")
    assert {n: v for n, v in ask(tmp_path).items() if n in "ABC"} == {"A": "1"}, "with a NUL it reads none of that file"


FILES = {
    "/root/.config/environment.d/50-a.conf": "HTTPS_PROXY=http://of.the.user:1\nA=$NO_PROXY\n",
    "/etc/environment.d/50-a.conf": "HTTPS_PROXY=http://hidden:1\nHIDDEN=1\n",
    "/etc/environment.d/10-b.conf": "NO_PROXY=.early\nHTTP_PROXY=http://early:1\n",
    "/run/environment.d/60-c.conf": "NO_PROXY=${NO_PROXY},.run\nexport X=1\n",
    "/usr/lib/environment.d/70-d.conf": "HTTP_PROXY=http://vendor:1\n",
    "/usr/local/lib/environment.d/75-f.conf": "LOCAL=local\n",
    "/usr/lib/environment.d/75-f.conf": "LOCAL=vendor\n",
    "/etc/environment.d/.hidden.conf": "Y=1\n",
    "/etc/environment.d/80-e.txt": "Z=1\n",
    "/etc/environment": 'HTTP_PROXY="http://of.the.system:1"\nno_proxy=.system\n',
}


@pytest.mark.real("systemd-nspawn", "dockerd", root=True)
def test_the_folders_are_read_in_the_order_of_the_generator(booted: SystemdHost) -> None:
    put(booted, FILES)
    booted.run(["ln", "-s", "/dev/null", "/etc/environment.d/70-d.conf"], check=True)
    real = parsed(booted.run([GENERATOR], check=True).stdout)
    found = user_environment.assignments(TreeHost(str(booted.path("/"))), User("root", 0, 0, "/root"))
    assert {name: value for name, value, _ in found.assigned} == real
    assert found.unread == ()
    assert real["HTTP_PROXY"] == "http://of.the.system:1", "99-environment.conf links to /etc/environment"
    assert (real["NO_PROXY"], real["A"], "HIDDEN" in real, "Y" in real) == (".early,.run", ".early", False, False)
