"""Drift, engines that are down, notices before a restart, and restarts that do not end, on a real host."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import tarfile
import time
from typing import Iterator

import pytest

from tests.conftest import CANARY
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

DROP_INS = "/etc/systemd/system/docker.service.d"
OWN = f"{DROP_INS}/http-proxy.conf"
PROXY = "http://10.203.0.1:3128"


def test_drift_names_the_missing_step_and_set_takes_it(newest: SystemdHost) -> None:
    newest.write(OWN, f"[Service]\nEnvironment=HTTPS_PROXY={PROXY}\n")
    assert (newest.daemon()["drift"], newest.daemon()["differs"]) == ("daemon-reload", "manager")
    newest.run(["systemctl", "daemon-reload"], check=True)
    assert (newest.daemon()["drift"], newest.daemon()["differs"]) == ("restart", "process")
    layers = newest.daemon()["layers"]["https-proxy"]
    assert {layer["layer"]: layer["value"] for layer in layers} == {
        "files": PROXY, "manager": PROXY, "process": None, "engine": None
    }  # fmt: skip
    assert all(layer["known"] for layer in layers)
    made = newest.result("set", "--https-proxy", PROXY, "--no-dial")
    assert made["outcome"] == "applied"
    assert [s["step"] for s in made["steps"]] == ["validate", "restart", "ready", "verify"]
    assert made["changes"] == []
    assert (newest.daemon()["drift"], newest.daemon()["status"]) == (None, "ok")


def test_no_restart_leaves_it_pending(newest: SystemdHost) -> None:
    made = newest.result("set", PROXY, "--no-dial", "--no-restart")
    assert made["outcome"] == "pending"
    assert newest.daemon()["drift"] == "restart"
    assert newest.unit("NeedDaemonReload") == "no"


def test_an_engine_that_was_stopped_stays_stopped(newest: SystemdHost) -> None:
    newest.stop("docker.socket", "docker.service")
    assert "not running" in newest.dockproxy("show", check=True).stdout
    made = newest.result("set", PROXY, "--no-dial")
    assert (made["outcome"], [s["step"] for s in made["steps"]]) == ("pending", ["daemon-reload"])
    assert newest.unit("ActiveState") == "inactive"
    newest.run(["systemctl", "start", "docker.socket", "docker.service"], check=True)
    assert newest.info()["https-proxy"] == PROXY


def test_an_engine_that_its_socket_would_start_is_not_started(newest: SystemdHost) -> None:
    newest.stop("docker.service")
    made = newest.result("set", PROXY, "--no-dial")
    assert made["outcome"] == "pending"
    assert newest.unit("ActiveState") == "inactive"
    assert newest.info()["https-proxy"] == PROXY, "this question starts it"


def test_an_engine_that_failed_for_want_of_a_proxy_is_started(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/50-check.conf", "[Service]\nExecStartPre=/bin/sh -c 'printenv HTTPS_PROXY'\nRestart=no\n")
    newest.run(["systemctl", "daemon-reload"], check=True)
    newest.run(["systemctl", "restart", "docker.service"])
    assert newest.unit("ActiveState") == "failed"
    made = newest.result("set", PROXY, "--no-dial")
    assert made["outcome"] == "applied"
    assert newest.info()["https-proxy"] == PROXY


NO_PROGRAM = '{"userland-proxy-path": "/nowhere"}'
"""What only dockerd itself finds, before it starts."""

NO_DRIVER = '{"storage-driver": "none"}'
"""What it finds as it starts."""


def test_what_dockerd_would_not_start_with_is_found_while_it_runs(newest: SystemdHost) -> None:
    newest.write("/etc/docker/daemon.json", NO_PROGRAM)
    before, pid = newest.files(), newest.unit("MainPID")
    made = newest.result("set", PROXY, "--no-dial", code=3)
    assert "userland-proxy-path" in made["reason"]
    assert [s["step"] for s in made["steps"]] == ["validate"]
    assert (newest.files(), newest.unit("MainPID")) == (before, pid)


def test_an_engine_that_failed_for_another_reason_stays_as_it_was(host: SystemdHost) -> None:
    host.write("/etc/docker/daemon.json", NO_DRIVER)
    assert not host.starts()
    before = host.files()
    made = host.result("set", PROXY, "--no-dial", code=3)
    assert made["outcome"] == "rolled-back"
    assert host.files() == before
    wait_for(host, "failed")


def test_an_engine_whose_socket_is_gone_is_refused(no_socket: SystemdHost) -> None:
    before, pid = no_socket.files(), no_socket.unit("MainPID")
    done = no_socket.dockproxy("set", PROXY, "--yes", "--no-dial", "--timeout", "1")
    assert (no_socket.files(), no_socket.unit("MainPID")) == (before, pid)
    assert done.returncode == 6
    assert "/run/docker.sock" in done.stderr


def test_a_start_that_does_not_end_is_rolled_back(newest: SystemdHost) -> None:
    newest.write(
        f"{DROP_INS}/50-slow.conf", "[Service]\nExecStartPre=/bin/sh -c '! printenv HTTPS_PROXY || sleep 600'\n"
    )
    newest.restart()
    before = newest.files()
    made = newest.result("set", PROXY, "--no-dial", "--timeout", "1", code=3)
    assert made["outcome"] == "rolled-back"
    assert "did not end within 1 s" in made["reason"]
    assert newest.files() == before
    assert not any(newest.info().values())


def test_a_rollback_ends_with_3_whoever_reads_the_report(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/50-check.conf", "[Service]\nExecStartPre=/bin/sh -c '! printenv HTTPS_PROXY'\n")
    newest.restart()
    before = newest.files()
    done = newest.without_reader("set", PROXY, "--yes", "--no-dial")
    assert newest.files() == before
    assert not any(newest.info().values())
    assert done.returncode == 3


HOLD = "/run/hold"
"""While it is there, the engine does not get beyond ExecStartPre=."""


@pytest.fixture
def held(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host whose engine runs, has a proxy with a password, and will not end its next start before HOLD is gone."""
    wait = f"ExecStartPre=/bin/sh -c 'while test -e {HOLD}; do sleep 0.05; done'"
    newest.write(f"{DROP_INS}/50-hold.conf", f"[Service]\n{wait}\nEnvironment=HTTPS_PROXY=http://u:{CANARY}@p:1\n")
    newest.restart()
    before = newest.files()
    newest.write(HOLD, "")
    yield newest
    newest.path(HOLD).unlink(missing_ok=True)
    assert newest.files() == before
    assert newest.daemon()["drift"] is None
    assert newest.info()["https-proxy"] == "http://xxxxx:xxxxx@p:1"


def wait_for(host: SystemdHost, state: str) -> None:
    for _ in range(500):
        if host.unit("SubState") == state:
            return
        time.sleep(0.02)
    raise AssertionError(f"the engine is {host.unit('SubState')}, not {state}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["INT", "TERM", "HUP"])
def test_an_interruption_during_the_restart_takes_everything_back(number: int, held: SystemdHost) -> None:
    with held.start_dockproxy("set", PROXY, "--yes", "--no-dial", "--format", "json") as process:
        assert process.stderr is not None
        wait_for(held, "start-pre")
        held.signal(process, number)
        told = ""
        while "rolling back" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        held.path(HOLD).unlink()
        out, err = process.communicate()
    assert process.returncode == 130, out + told + err
    assert json.loads(out)["outcome"] == "rolled-back"
    assert CANARY not in out + told + err


def test_a_terminal_that_is_gone_takes_everything_back(held: SystemdHost) -> None:
    changed = f"{DROP_INS}/50-hold.conf"
    before = held.path(changed).read_bytes()
    process, terminal = held.start_in_terminal("set", PROXY, "--no-dial")
    with process:
        os.write(terminal, b"y\n")
        wait_for(held, "start-pre")
        assert held.path(changed).read_bytes() != before
        os.close(terminal)
        while held.path(changed).read_bytes() != before:
            assert process.poll() is None
            time.sleep(0.02)
        held.path(HOLD).unlink()
    assert process.returncode != 0


@pytest.fixture
def container(newest: SystemdHost) -> Iterator[str]:
    """A running container; its image is a sleep with the libraries that it needs."""
    listed = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True).stdout
    libraries = [word for word in listed.split() if word.startswith("/")]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for path in ["/bin/sleep", *libraries]:
            archive.add(path, path.lstrip("/"))
    newest.path("/run/sleep.tar").write_bytes(buffer.getvalue())
    newest.run(["docker", "import", "/run/sleep.tar", "sleep"], check=True)
    newest.run(
        ["docker", "run", "-d", "--network=none", "--name=web", "--stop-signal=KILL", "sleep", "/bin/sleep", "1000"],
        check=True,
    )
    yield "web"
    newest.docker("rm", "-f", "web")


def test_the_notice_names_containers_and_units(container: str, newest: SystemdHost) -> None:
    newest.write(
        "/etc/systemd/system/needs-docker.service",
        "[Unit]\nRequires=docker.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
    )
    newest.run(["systemctl", "daemon-reload"], check=True)
    newest.run(["systemctl", "start", "needs-docker.service"], check=True)
    done = newest.dockproxy("set", PROXY, "--yes", "--no-dial")
    assert done.returncode == 0, done.stderr
    assert "1 running container(s) will be stopped: web" in done.stderr
    assert "live-restore" in done.stderr
    assert "needs-docker.service" in done.stderr
    notice, restart = done.stderr.index("needs-docker.service"), done.stderr.index("restarting the engine")
    assert notice < restart


def test_with_live_restore_containers_go_on(container: str, newest: SystemdHost) -> None:
    def started() -> str:
        return newest.docker("inspect", "-f", "{{.State.StartedAt}} {{.State.Running}}", container).stdout

    newest.write("/etc/docker/daemon.json", '{"live-restore": true}')
    newest.run(["systemctl", "reload", "docker.service"], check=True)
    before = started()
    done = newest.dockproxy("set", PROXY, "--yes", "--no-dial")
    assert done.returncode == 0, done.stderr
    assert "1 running container(s) keep running (live-restore): web" in done.stderr
    assert started() == before
    assert before.endswith("true\n")
