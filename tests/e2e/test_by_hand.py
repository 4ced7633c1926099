"""An engine that somebody started by hand, with and without a service beside it."""

from __future__ import annotations

import json
import shlex
from typing import Callable, Iterator

import pytest

from tests.harness import engines
from tests.harness.by_hand import COMMAND, CONFIG, ENVIRONMENT, ByHand, by_hand
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

PROXY = "http://10.203.0.1:3128"
SHELL = {"NO_PROXY": ".shell"}


@pytest.fixture
def alone(newest: SystemdHost) -> Iterator[ByHand]:
    """The engine on a host whose service is masked."""
    with masked(newest), by_hand(newest, SHELL) as engine:
        yield engine


class masked:  # noqa: N801
    """While this lasts the service is stopped, and nothing starts it."""

    def __init__(self, host: SystemdHost) -> None:
        self._host = host

    def __enter__(self) -> None:
        self._host.stop("docker.socket", "docker.service")
        self._host.run(["systemctl", "mask", "--runtime", "docker.service"], check=True)

    def __exit__(self, *error: object) -> None:
        self._host.run(["systemctl", "unmask", "--runtime", "docker.service"], check=True)
        self._host.run(["systemctl", "start", "docker.socket"], check=True)


def test_the_users_restart_is_what_set_leaves(alone: ByHand, newest: SystemdHost) -> None:
    seen = newest.daemon(env=ENVIRONMENT)
    assert seen["effective"]["no-proxy"]["value"] == ".shell"
    assert seen["effective"]["no-proxy"]["origin"]["source"] == "process-environment"
    assert (seen["status"], seen["drift"]) == ("ok", None)
    made = newest.result("set", PROXY, "--no-dial", env=ENVIRONMENT)
    assert made["outcome"] == "pending"
    assert [s["step"] for s in made["steps"]] == ["validate"]
    assert json.loads(newest.path(CONFIG).read_text()) == {"proxies": {"http-proxy": PROXY, "https-proxy": PROXY}}
    assert newest.daemon(env=ENVIRONMENT)["drift"] == "restart"
    alone.again(shlex.split(made["reason"].partition("as it was started: ")[2]))
    assert alone.info() == {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": ".shell"}
    assert newest.daemon(env=ENVIRONMENT)["status"] == "ok"


def test_it_stays_pending_until_the_user_restarts(alone: ByHand, newest: SystemdHost) -> None:
    first = newest.result("set", PROXY, "--no-dial", env=ENVIRONMENT)
    again = newest.result("set", PROXY, "--no-dial", env=ENVIRONMENT)
    assert again["changes"] == []
    assert (again["outcome"], again["reason"]) == (first["outcome"], first["reason"])


def test_what_the_shell_exports_cannot_be_unset(alone: ByHand, newest: SystemdHost) -> None:
    done = newest.dockproxy("unset", "--yes", env=ENVIRONMENT)
    assert done.returncode == 6
    assert "exported NO_PROXY; start dockerd again without it" in done.stderr
    done = newest.dockproxy("set", PROXY, "--yes", "--no-dial")
    assert done.returncode == 6, "without DOCKER_HOST the masked service is meant"
    assert "systemctl unmask --runtime docker.service" in done.stderr


def test_an_engine_before_23_takes_it_from_the_shell_only(booted: Callable[[str], SystemdHost]) -> None:
    host = booted(engines.INSTALLED)
    host.reset()
    with masked(host), by_hand(host, SHELL):
        done = host.dockproxy("set", PROXY, "--yes", "--no-dial", env=ENVIRONMENT)
        assert done.returncode == 6
        assert f"export HTTP_PROXY='{PROXY}'; export HTTPS_PROXY='{PROXY}'" in done.stderr
        assert host.path(CONFIG).read_text() == "{}"


def test_beside_the_service_it_is_told_apart(newest: SystemdHost) -> None:
    with by_hand(newest, SHELL):
        before, pid = newest.files(), newest.unit("MainPID")
        seen = newest.daemon(env=ENVIRONMENT)
        made = newest.result("set", PROXY, "--no-dial", env=ENVIRONMENT)
        assert (newest.files(), newest.unit("MainPID")) == (before, pid), "the service is not what was meant"
        assert seen["effective"]["no-proxy"]["value"] == ".shell"
        assert made["outcome"] == "pending"
        assert json.loads(newest.path(CONFIG).read_text())["proxies"]


def test_the_login_that_its_shell_likely_had_it_from(alone: ByHand, newest: SystemdHost) -> None:
    place = newest.path("/etc/profile.d/dockproxy-test.sh")
    place.write_text("export NO_PROXY=.shell\nexport HTTPS_PROXY=http://later:1\n")
    try:
        seen = newest.daemon(env=ENVIRONMENT)
    finally:
        place.unlink()
    assert seen["effective"]["no-proxy"]["likely_origin"]["path"] == "/etc/profile.d/dockproxy-test.sh"
    assert seen["effective"]["https-proxy"]["value"] is None, "what logins are given decides nothing"
    assert [p["code"] for p in seen["problems"]] == []


def test_the_lines_for_the_shell_are_what_the_engine_then_uses(alone: ByHand, newest: SystemdHost) -> None:
    before = newest.files()
    done = newest.dockproxy("set", PROXY, "--no-proxy", "it's", "--to", "shell", env=ENVIRONMENT, check=True)
    assert newest.files() == before
    alone.again(["sh", "-c", f'{done.stdout}exec "$@"', "sh", *COMMAND])
    assert alone.info() == {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": "it's"}
