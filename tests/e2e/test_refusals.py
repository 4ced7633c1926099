"""When ``set`` changes nothing: asked not to, nobody to ask, no permission, or another machine's engine."""

from __future__ import annotations

import json
from typing import Dict, Iterator, Tuple

import pytest

from tests.conftest import CANARY
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

OWN = "/etc/systemd/system/docker.service.d/http-proxy.conf"
PROXY = "http://10.203.0.1:3128"
WITH_PASSWORD = ("set", PROXY, "--proxy-user", "u", "--proxy-password-stdin", "--no-dial")


@pytest.fixture
def untouched(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host of which neither a file nor the engine's process may change."""

    def state() -> Tuple[Dict[str, bytes], str]:
        return newest.files(), newest.unit("MainPID")

    before = state()
    yield newest
    assert state() == before


def test_a_dry_run_prints_the_plan(untouched: SystemdHost) -> None:
    done = untouched.dockproxy(*WITH_PASSWORD, "--dry-run", stdin=CANARY)
    assert done.returncode == 0, done.stderr
    assert f"create {OWN}, mode 0644\n" in done.stdout
    assert "create /etc/docker/http-proxy.env, mode 0600\n" in done.stdout
    assert "then: validate, daemon-reload, restart\n" in done.stdout
    done = untouched.dockproxy(*WITH_PASSWORD, "--dry-run", "--format", "json", stdin=CANARY, check=True)
    plan = json.loads(done.stdout)
    assert plan["schema"] == "dockproxy.plan/1"
    assert plan["steps"] == ["validate", "daemon-reload", "restart"]
    assert [(c["path"], c["action"]) for c in plan["changes"]] == [
        (OWN, "create"),
        ("/etc/docker/http-proxy.env", "create"),
    ]


def test_check_ends_with_1_when_something_would_change(untouched: SystemdHost) -> None:
    assert untouched.dockproxy("set", PROXY, "--check").returncode == 1
    assert untouched.dockproxy("unset", "--check").returncode == 0


def test_nobody_to_ask_is_refused_with_the_plan(untouched: SystemdHost) -> None:
    done = untouched.dockproxy(*WITH_PASSWORD, stdin=CANARY)
    assert done.returncode == 6
    assert f"create {OWN}" in done.stderr
    assert "use --yes" in done.stderr


@pytest.mark.parametrize("group", [None, "docker"])
def test_no_permission_to_write_names_the_path(group: str, untouched: SystemdHost) -> None:
    done = untouched.dockproxy(
        "set", PROXY, "--yes", "--no-dial", user="nobody", group=group, env={"HOME": "/nonexistent"}
    )
    assert done.returncode == 5
    assert f"{OWN}: no permission to change it; run this as root" in done.stderr


def test_a_remote_endpoint_is_refused(untouched: SystemdHost) -> None:
    done = untouched.dockproxy("set", PROXY, "--yes", env={"DOCKER_HOST": "tcp://10.203.0.1:2375"})
    assert done.returncode == 6
    assert "tcp://10.203.0.1:2375 (DOCKER_HOST), which is not on this host" in done.stderr


@pytest.mark.parametrize("address", ["tcp://far.corp:2376", "ssh://admin@far.corp"])
def test_a_remote_context_of_the_real_cli_is_refused(address: str, newest: SystemdHost) -> None:
    newest.run(["docker", "context", "create", "far", "--docker", f"host={address}"], check=True)
    newest.run(["docker", "context", "use", "far"], check=True)
    done = newest.dockproxy("set", PROXY, "--yes")
    newest.run(["docker", "context", "use", "default"], check=True)
    newest.run(["docker", "context", "rm", "far"], check=True)
    assert done.returncode == 6
    shown = address.replace("admin@", "")
    assert f"docker talks to {shown} (context far" in done.stderr
    done = newest.dockproxy("set", PROXY, "--yes", env={"DOCKER_HOST": address})
    assert done.returncode == 6
    assert f"docker talks to {shown} (DOCKER_HOST)" in done.stderr


def test_a_remote_endpoint_that_is_given_to_sudo_is_refused(untouched: SystemdHost) -> None:
    untouched.run(["useradd", "--create-home", "carol"])
    environment = {"SUDO_USER": "carol", "DOCKER_HOST": "tcp://10.203.0.1:2375"}
    done = untouched.dockproxy("set", PROXY, "--yes", "--no-dial", "--dry-run", env=environment)
    assert done.returncode == 6, done.stdout
    assert "tcp://10.203.0.1:2375" in done.stderr
