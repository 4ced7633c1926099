"""Real engines that an init script starts: Debian's own for SysV, one of Alpine's shape under OpenRC itself."""

from __future__ import annotations

import time
from typing import Iterator, NamedTuple

import pytest

from tests.conftest import CANARY
from tests.harness import engines
from tests.harness.dockerd import QUIET
from tests.harness.script_host import OPENRC_SCRIPT, SCRIPT, ScriptHost, script_host

pytestmark = [
    pytest.mark.real("unshare", "dockerd", "docker", "service", "openrc-run", root=True),
    pytest.mark.usefixtures("own_file"),
]

PROXY = "http://proxy.corp:3128"
OTHER = {"http-proxy": "", "https-proxy": PROXY, "no-proxy": ""}
NOTHING = dict.fromkeys(OTHER, "")
DAEMON_JSON = "/etc/docker/daemon.json"


class Init(NamedTuple):
    """An init system, its word for a restart, and the file that its script sources."""

    name: str
    restart: str
    own: str
    to: str


SYSV = Init("sysv", "service docker restart", "/etc/default/docker", "defaults")
OPENRC = Init("openrc", "rc-service docker restart", "/etc/conf.d/docker", "openrc")
# Debian's script raises limits, which a container's root may not.
TEXT = f"# ours\nulimit() {{ :; }}\nDOCKER_OPTS='{' '.join(QUIET)}'\n"
OLD, NEW = engines.INSTALLED, engines.SUITES[-1]


HOSTS = [pytest.param((init, suite), id=f"{init.name}-{suite}") for init in (SYSV, OPENRC) for suite in (OLD, NEW)]


@pytest.fixture(scope="module", params=HOSTS)
def machine(request: pytest.FixtureRequest) -> Iterator[ScriptHost]:
    init, suite = request.param
    if not engines.available()[suite]:
        pytest.fail(f"the engine of Debian {suite} is missing; .ci/packages brings it")
    with script_host(init.name) as host:
        host.use(suite)
        if init is OPENRC:
            # As Alpine does, so that what watches the engine is not OpenRC's script itself.
            host.write(SCRIPT, OPENRC_SCRIPT.replace("command_background=yes", "supervisor=supervise-daemon"), 0o755)
        yield host


@pytest.fixture
def init(machine: ScriptHost) -> Init:
    return SYSV if machine.init == "sysv" else OPENRC


@pytest.fixture
def own_file(machine: ScriptHost, init: Init) -> None:
    """The engine runs without any proxy."""
    machine.path(DAEMON_JSON).unlink(missing_ok=True)
    machine.write(init.own, TEXT)
    # Debian's script cannot restart what does not run.
    machine.run(["sh", "-c", f"{init.restart} || {init.restart.replace('restart', 'start')}"], check=True)
    for _ in range(300):
        if machine.run(["docker", "version"]).returncode == 0:
            break
        time.sleep(0.05)
    assert machine.info() == NOTHING


def test_set_restarts_and_verifies_and_unset_takes_it_back(machine: ScriptHost, init: Init) -> None:
    made = machine.result("set", PROXY, "--no-proxy", ".corp", "--no-dial")
    assert made["outcome"] == "applied"
    assert [s["step"] for s in made["steps"]][-3:] == ["restart", "ready", "verify"]
    knows_json = machine.daemon()["effective"]["no-proxy"]["origin"]["source"] == "daemon-json"
    assert [c["path"] for c in made["changes"]] == [DAEMON_JSON if knows_json else init.own]
    assert machine.info() == {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": ".corp"}
    assert machine.daemon()["drift"] is None
    assert machine.result("unset")["outcome"] == "applied"
    assert machine.info() == NOTHING
    assert machine.path(init.own).read_text() == TEXT
    assert not machine.path(DAEMON_JSON).exists()


def test_a_password_in_the_sourced_file_is_in_force_and_private(machine: ScriptHost, init: Init) -> None:
    url = f"http://u:{CANARY}%27%24@proxy.corp:3128"
    made = machine.result("set", "--https-proxy", url, "--to", init.to, "--no-dial")
    assert made["outcome"] == "applied"
    assert machine.info()["https-proxy"] == "http://xxxxx:xxxxx@proxy.corp:3128"
    assert machine.path(init.own).stat().st_mode & 0o777 == 0o600
    assert machine.daemon()["drift"] is None


WITHOUT_PROXY = """#!/bin/sh
[ -z "$HTTPS_PROXY" ] || exit 1
exec /opt/real/dockerd "$@"
"""


def test_an_engine_that_does_not_start_is_rolled_back(machine: ScriptHost, init: Init) -> None:
    machine.write("/opt/wrapper", WITHOUT_PROXY, 0o755)
    machine.write("/opt/real/dockerd", "", 0o755)
    machine.run(["mount", "--bind", "/usr/sbin/dockerd", "/opt/real/dockerd"], check=True)
    machine.run(["mount", "--bind", "/opt/wrapper", "/usr/sbin/dockerd"], check=True)
    text = f"export HTTPS_PROXY=\n{TEXT}"
    machine.write(init.own, text)
    try:
        made = machine.result("set", "--https-proxy", PROXY, "--to", init.to, "--no-dial", code=3)
    finally:
        machine.run(["umount", "/usr/sbin/dockerd"], check=True)
        machine.run(["umount", "--lazy", "/opt/real/dockerd"], check=True)
    assert made["outcome"] == "rolled-back"
    assert "does not run any more; see" in made["reason"]
    assert machine.path(init.own).read_text() == text
    assert machine.info() == NOTHING


def test_without_a_restart_it_is_pending(machine: ScriptHost, init: Init) -> None:
    made = machine.result("set", "--https-proxy", PROXY, "--no-restart", "--no-dial")
    assert (made["outcome"], made["reason"]) == ("pending", f"the engine must still be restarted: {init.restart}")
    assert machine.daemon()["drift"] == "restart"
    assert machine.result("set", "--https-proxy", PROXY, "--no-dial")["outcome"] == "applied"
    assert machine.info() == OTHER
