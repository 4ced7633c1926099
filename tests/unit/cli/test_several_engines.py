"""A tree with the system's engine and one of alice: which is meant, and whose client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List

import pytest

from tests.conftest import CANARY
from tests.unit.cli.test_bad_input import PROXY, Command, run
from tests.unit.trees import Content, docker_files, drop_in, grow

__all__ = ["run"]

SOCKET = "unix:///run/user/1000/docker.sock"
CONFIG = "/home/alice/.docker/config.json"
USER_DROP_IN = "/home/alice/.config/systemd/user/docker.service.d"
FILES: Dict[str, Content] = {
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n",
    "/home/alice/.config/systemd/user/docker.service": drop_in("ExecStart=/usr/bin/dockerd-rootless.sh"),
    "/usr/bin/dockerd-rootless.sh": "",
    f"{USER_DROP_IN}/p.conf": drop_in("Environment=NO_PROXY=.alice"),
    CONFIG: {"proxies": {SOCKET: {"noProxy": ".hers"}}},
}


@pytest.fixture
def root(tmp_path: Path) -> List[str]:
    grow(tmp_path, docker_files(FILES))
    return ["--root", str(tmp_path)]


@pytest.mark.parametrize("words", [["set", PROXY], ["unset"], ["route", "alpine"]])
def test_one_must_be_named_where_nothing_says_which(words: List[str], run: Command, root: List[str]) -> None:
    said = run(*words, *root, "-H", "tcp://elsewhere:2375")
    assert (said.code, said.out) == (6, "")
    assert "several engines (system, rootless:1000); choose one with --engine" in run(*words, *root).err
    assert run(*words, *root).code == 6


@pytest.mark.parametrize(
    ("words", "engine"),
    [
        (["--engine", "rootless:1000"], "rootless:1000"),
        (["-H", SOCKET], "rootless:1000"),
        (["-H", "unix:///var/run/docker.sock"], "system"),
        (["--context", "default"], "system"),
    ],
)
def test_the_plan_names_the_one_that_is_meant(words: List[str], engine: str, run: Command, root: List[str]) -> None:
    said = run("set", PROXY, "--dry-run", *words, *root)
    assert said.out.startswith(f"Plan for the engine {engine} of {root[1]}: ")
    assert run("route", "alpine", *words, *root).code == 0


def test_a_host_with_one_engine_names_none(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    assert run("set", PROXY, "--dry-run", "--root", str(tmp_path)).out.startswith(f"Plan for {tmp_path}: a drop-in")


def test_the_client_of_a_rootless_engine_is_its_users(run: Command, root: List[str]) -> None:
    (Path(root[1]) / CONFIG[1:]).unlink()
    said = run("set", PROXY, "--for", "client", "--engine", "rootless:1000", "--dry-run", *root)
    assert f'the docker CLI of alice looks up "default" in {CONFIG}' in said.out
    said = run("set", PROXY, "--for", "client", "--engine", "bogus", *root)
    assert (said.code, "no engine bogus on this host" in said.err) == (2, True)
    said = run("set", PROXY, "--for", "client", "--engine", "rootless:1001", *root)
    assert (said.code, "no engine rootless:1001 on this host; there is system, rootless:1000" in said.err) == (2, True)


def test_show_tells_of_the_containers_of_its_user(run: Command, root: List[str]) -> None:
    consumers = json.loads(run("show", "--format", "json", *root).out)["consumers"]
    assert [(c["consumer"], c["engine"], c["user"]) for c in consumers] == [
        ("daemon", "system", None),
        ("daemon", "rootless:1000", None),
        ("container", None, "root"),
        ("container", None, "alice"),
    ]
    assert consumers[-1]["effective"]["no-proxy"]["value"] == ".hers"


def test_who_reads_the_password_of_a_users_engine(run: Command, root: List[str]) -> None:
    unit = Path(root[1]) / f"{USER_DROP_IN}/p.conf"[1:]
    unit.write_text(drop_in(f"Environment=HTTPS_PROXY=http://u:{CANARY}@p:1"))
    assert "p.conf:2\n               holds a password, and everybody may read it (mode 0644)" in run("show", *root).out
    unit.chmod(0o600)
    assert "DP210" not in run("show", *root).out
    words = ["--proxy-user", "u", "--proxy-password-stdin", "--engine", "rootless:1000", "--dry-run"]
    said = run("set", PROXY, *words, *root, stdin=CANARY)
    assert "/http-proxy.env is for its owner only, as it holds a password\n" in said.out
