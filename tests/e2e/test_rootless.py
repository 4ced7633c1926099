"""A rootless engine beside the system's: each has its own settings, and neither is touched by a change of the other."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator

import pytest

from tests.conftest import CANARY
from tests.harness.rootless import HOME, UNIT_DIR, USER, Rootless, rootless
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real(
    "dockerd", "squid", "docker-registry", "systemd-nspawn", "rootlesskit", "newuidmap", root=True
)

PROXY, OTHER = "http://10.203.0.1:3128", "http://other.corp:1"
NOTHING = {"http-proxy": "", "https-proxy": "", "no-proxy": ""}


@pytest.fixture
def engine(newest: SystemdHost) -> Iterator[Rootless]:
    with rootless(newest) as made:
        yield made


def shown(host: SystemdHost, *words: str, **options: Any) -> Dict[str, Any]:
    document = json.loads(host.dockproxy("show", "--format", "json", *words, check=True, **options).stdout)
    return {c["engine"]: c for c in document["consumers"] if c["consumer"] == "daemon"}


def test_each_engine_is_seen_with_its_own_settings(engine: Rootless, newest: SystemdHost) -> None:
    newest.write("/etc/docker/daemon.json", json.dumps({"proxies": {"https-proxy": OTHER}}))
    newest.restart()
    engine.write(f"{HOME}/.config/environment.d/proxy.conf", "HTTP_PROXY=http://of.the.user:1\nNO_PROXY=$HTTP_PROXY\n")
    engine.write(f"{HOME}/.config/docker/daemon.json", json.dumps({"proxies": {"http-proxy": PROXY}}))
    engine.write(f"{UNIT_DIR}/docker.service.d/a.conf", '[Service]\nEnvironment="HTTPS_PROXY=http://%u.%U:1"\n')
    engine.restart()
    seen = shown(newest)
    assert list(seen) == ["system", engine.id]
    for consumer, info in ((seen["system"], newest.info()), (seen[engine.id], engine.info())):
        assert {v: e["value"] or "" for v, e in consumer["effective"].items()} == info
        assert (consumer["status"], consumer["drift"]) == ("ok", None)
    assert engine.info() == {
        "http-proxy": PROXY,
        "https-proxy": f"http://{USER}.{engine.uid}:1",
        "no-proxy": "http://of.the.user:1",
    }
    assert list(shown(newest, "-H", f"unix://{engine.socket}")) == [engine.id, "system"], (
        "the one that is meant is first"
    )
    assert list(shown(newest, "--engine", engine.id)) == [engine.id]


def test_set_and_unset_change_this_engine_only(engine: Rootless, newest: SystemdHost) -> None:
    before, pid, files = newest.files(), newest.unit("MainPID"), engine.files()
    words = ["set", PROXY, "--no-proxy", ".corp", "--no-dial", "--engine", engine.id]
    done = newest.dockproxy(
        *words, "--yes", "--proxy-user", "u", "--proxy-password-stdin", "--format", "json", stdin=CANARY
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.info() == {
        "http-proxy": "http://xxxxx:xxxxx@10.203.0.1:3128",
        "https-proxy": "http://xxxxx:xxxxx@10.203.0.1:3128",
        "no-proxy": ".corp",
    }
    assert (newest.files(), newest.unit("MainPID"), newest.info()) == (before, pid, NOTHING)
    private = f"{HOME}/.config/docker/http-proxy.env"
    assert newest.run(["stat", "-c", "%U %a", private], check=True).stdout == f"{USER} 600\n"
    assert shown(newest, "--engine", engine.id)[engine.id]["status"] == "ok"
    newest.result("unset", "--engine", engine.id)
    assert (engine.info(), engine.files()) == (NOTHING, files)


def test_the_user_changes_it_without_root(engine: Rootless, newest: SystemdHost) -> None:
    environment = {
        "HOME": HOME,
        "XDG_RUNTIME_DIR": f"/run/user/{engine.uid}",
        "DOCKER_HOST": f"unix://{engine.socket}",
    }
    made = newest.result("set", "--https-proxy", PROXY, "--no-dial", user=USER, env=environment)
    assert (made["outcome"], engine.info()["https-proxy"]) == ("applied", PROXY)
    done = newest.dockproxy("set", PROXY, "--no-dial", "--yes", "--engine", "system", user=USER, env=environment)
    assert done.returncode == 5, done.stderr
    assert newest.info() == NOTHING


def test_a_rootless_engine_that_does_not_start_is_rolled_back(engine: Rootless, newest: SystemdHost) -> None:
    check = "[Service]\nExecStartPre=/bin/sh -c '! printenv HTTPS_PROXY'\n"
    engine.write(f"{UNIT_DIR}/docker.service.d/50-check.conf", check)
    engine.restart()
    files = engine.files()
    made = newest.result("set", PROXY, "--no-dial", "--engine", engine.id, code=3)
    assert made["outcome"] == "rolled-back"
    assert (engine.info(), engine.files()) == (NOTHING, files)


def test_an_engine_in_a_pid_namespace_of_its_own_is_seen(engine: Rootless, newest: SystemdHost) -> None:
    line = "Environment=DOCKERD_ROOTLESS_ROOTLESSKIT_FLAGS=--pidns HTTPS_PROXY=http://pidns:1"
    engine.write(f"{UNIT_DIR}/docker.service.d/pidns.conf", f"[Service]\n{line}\n")
    engine.restart()
    assert engine.info()["https-proxy"] == "http://pidns:1"
    document = json.loads(newest.dockproxy("show", "--format", "json", "--engine", engine.id, check=True).stdout)
    (seen,) = document["host"]["engines"]
    assert newest.run(["cat", f"/proc/{seen['pid']}/comm"], check=True).stdout == "dockerd\n"
    assert document["consumers"][0]["status"] == "ok"
