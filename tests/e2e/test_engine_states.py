"""Drift, engines that are down or started by hand, notices and interruptions, on a real host."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from tests.conftest import CANARY
from tests.harness.registry import IMAGE
from tests.harness.squid import Squid
from tests.harness.systemd_host import OPTIONS, PYTHON_ENVIRONMENT, SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

DROP_INS = "/etc/systemd/system/docker.service.d"
OWN = f"{DROP_INS}/http-proxy.conf"
PROXY = "http://10.203.0.1:3128"


def daemon(host: SystemdHost, **options: Any) -> Dict[str, Any]:
    shown = json.loads(host.dockproxy("show", "--format", "json", check=True, **options).stdout)
    found: Dict[str, Any] = shown["consumers"][0]
    return found


def result(host: SystemdHost, *words: str, code: int = 0, **options: Any) -> Dict[str, Any]:
    done = host.dockproxy(*words, "--yes", "--format", "json", **options)
    assert done.returncode == code, done.stdout + done.stderr
    found: Dict[str, Any] = json.loads(done.stdout)
    return found


def test_drift_names_the_missing_step_and_set_takes_it(newest: SystemdHost) -> None:
    newest.write(OWN, f"[Service]\nEnvironment=HTTPS_PROXY={PROXY}\n")
    assert daemon(newest)["drift"] == "daemon-reload"
    newest.run(["systemctl", "daemon-reload"], check=True)
    assert daemon(newest)["drift"] == "restart"
    made = result(newest, "set", "--https-proxy", PROXY, "--no-dial")
    assert made["outcome"] == "applied"
    assert [s["step"] for s in made["steps"]] == ["restart", "ready", "verify"]
    assert made["changes"] == []
    assert (daemon(newest)["drift"], daemon(newest)["status"]) == (None, "ok")


def test_no_restart_leaves_it_pending(newest: SystemdHost) -> None:
    made = result(newest, "set", PROXY, "--no-dial", "--no-restart")
    assert made["outcome"] == "pending"
    assert daemon(newest)["drift"] == "restart"
    assert newest.run(["systemctl", "show", "-P", "NeedDaemonReload", "docker.service"]).stdout == "no\n"


def test_an_engine_that_was_stopped_stays_stopped(newest: SystemdHost) -> None:
    newest.run(["systemctl", "stop", "docker.socket", "docker.service"], check=True)
    assert "not running" in newest.dockproxy("show", check=True).stdout
    made = result(newest, "set", PROXY, "--no-dial")
    assert (made["outcome"], [s["step"] for s in made["steps"]]) == ("pending", ["daemon-reload"])
    assert newest.run(["systemctl", "is-active", "docker.service"]).stdout == "inactive\n"
    newest.run(["systemctl", "start", "docker.socket", "docker.service"], check=True)
    assert newest.info()["https-proxy"] == PROXY


def test_an_engine_that_failed_for_want_of_a_proxy_is_started(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/50-check.conf", "[Service]\nExecStartPre=/bin/sh -c 'printenv HTTPS_PROXY'\nRestart=no\n")
    newest.run(["systemctl", "daemon-reload"], check=True)
    newest.run(["systemctl", "restart", "docker.service"])
    assert newest.run(["systemctl", "is-failed", "docker.service"]).stdout == "failed\n"
    made = result(newest, "set", PROXY, "--no-dial")
    assert made["outcome"] == "applied"
    assert newest.info()["https-proxy"] == PROXY


def test_another_user_sees_what_is_not_read(newest: SystemdHost) -> None:
    newest.write(OWN, "[Service]\nEnvironmentFile=-/etc/docker/http-proxy.env\n")
    newest.write("/etc/docker/http-proxy.env", f"HTTPS_PROXY=http://u:{CANARY}@p:1\n", 0o600)
    newest.restart()
    seen = daemon(newest, user="nobody", env={"HOME": "/nonexistent"})
    assert seen["status"] == "unknown"
    assert seen["running"] is None
    assert {(u["source"], u["path"], u["reason"]) for u in seen["unread"]} == {
        ("systemd-env-file", "/etc/docker/http-proxy.env", "permission"),
        ("engine-api", "/run/docker.sock", "permission"),
    }
    done = newest.dockproxy("set", PROXY, "--yes", "--no-dial", user="nobody", env={"HOME": "/nonexistent"})
    assert done.returncode == 5
    assert "/etc/docker/http-proxy.env: no permission to read it" in done.stderr


def test_no_permission_to_write_names_the_path(newest: SystemdHost) -> None:
    done = newest.dockproxy("set", PROXY, "--yes", "--no-dial", user="nobody", env={"HOME": "/nonexistent"})
    assert done.returncode == 5
    assert f"{OWN}: no permission to change it; run this as root" in done.stderr


def test_an_interruption_during_the_restart_takes_everything_back(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/50-slow.conf", "[Service]\nExecStartPre=/bin/sleep 2\n")
    newest.restart()
    before = newest.files()
    words = newest.command("set", PROXY, "--yes", "--no-dial", "--format", "json")
    command = newest.enter(words, PYTHON_ENVIRONMENT)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "restarting the engine" not in process.stderr.readline():
            pass
        time.sleep(0.3)
        newest.run(["pkill", "-INT", "-f", "dockproxy set"])
        out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert json.loads(out)["outcome"] == "rolled-back"
    assert newest.files() == before
    assert newest.info()["https-proxy"] == ""


def test_a_remote_endpoint_is_refused(newest: SystemdHost) -> None:
    done = newest.dockproxy("set", PROXY, "--yes", env={"DOCKER_HOST": "tcp://10.203.0.1:2375"})
    assert done.returncode == 6
    assert "tcp://10.203.0.1:2375 (DOCKER_HOST), which is not on this host" in done.stderr
    newest.docker("context", "create", "far", "--docker", "host=tcp://far.corp:2376")
    newest.docker("context", "use", "far")
    done = newest.dockproxy("set", PROXY, "--yes")
    newest.docker("context", "use", "default")
    assert done.returncode == 6
    assert "tcp://far.corp:2376 (context far" in done.stderr


@pytest.fixture
def container(newest: SystemdHost, tmp_path: Path) -> Iterator[str]:
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


BY_HAND = [
    "dockerd",
    *OPTIONS.split(),
    "--data-root=/run/hand/data",
    "--exec-root=/run/hand/exec",
    "--pidfile=/run/hand/pid",
    "--host=unix:///run/hand/docker.sock",
    "--config-file=/run/hand/daemon.json",
]


@pytest.fixture
def by_hand(newest: SystemdHost) -> Iterator[Dict[str, str]]:
    """An engine that no service started, beside a service that is masked; gives the environment of its shell."""
    newest.run(["systemctl", "stop", "docker.socket", "docker.service"], check=True)
    newest.run(["systemctl", "mask", "--runtime", "docker.service"], check=True)
    newest.path("/run/hand").mkdir(exist_ok=True)
    newest.write("/run/hand/daemon.json", "{}")
    shell = {"NO_PROXY": ".shell"}
    process = subprocess.Popen(
        newest.enter(BY_HAND, shell), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    environment = {"DOCKER_HOST": "unix:///run/hand/docker.sock"}
    for _ in range(200):
        if newest.run(["docker", "version"], env=environment).returncode == 0:
            break
        time.sleep(0.05)
    yield environment
    newest.run(["pkill", "-TERM", "-F", "/run/hand/pid"])
    process.send_signal(signal.SIGTERM)
    process.wait()
    newest.run(["systemctl", "unmask", "--runtime", "docker.service"])
    newest.run(["systemctl", "start", "docker.socket"])


def test_an_engine_started_by_hand(by_hand: Dict[str, str], newest: SystemdHost) -> None:
    seen = daemon(newest, env=by_hand)
    assert seen["effective"]["no-proxy"]["value"] == ".shell"
    assert seen["effective"]["no-proxy"]["origin"]["source"] == "process-environment"
    assert (seen["status"], seen["drift"]) == ("ok", None)
    made = result(newest, "set", PROXY, "--no-dial", env=by_hand)
    assert made["outcome"] == "pending"
    assert [s["step"] for s in made["steps"]] == ["validate"]
    assert "--config-file=/run/hand/daemon.json" in made["reason"]
    assert json.loads(newest.path("/run/hand/daemon.json").read_text()) == {
        "proxies": {"http-proxy": PROXY, "https-proxy": PROXY}
    }
    assert daemon(newest, env=by_hand)["drift"] == "restart"


def test_client_settings_of_several_users(newest: SystemdHost, proxy: Squid) -> None:
    for name in ("alice", "bob"):
        newest.run(["userdel", "--remove", name])
        newest.run(["useradd", "--create-home", name], check=True)
    newest.write("/home/bob/.docker/config.json", '{"auths": {}}')
    newest.run(["chown", "-R", "bob:bob", "/home/bob/.docker"], check=True)
    newest.dockproxy("set", PROXY, "--for", "client", "--users", "all", "--yes", check=True)
    assert not newest.path("/home/alice/.docker").exists()
    assert json.loads(newest.path("/home/bob/.docker/config.json").read_text())["proxies"]["default"]
    done = newest.dockproxy("set", PROXY, "--for", "client", "--yes", env={"SUDO_USER": "alice"}, check=True)
    assert "`sudo docker` reads root's instead" in done.stderr
    made = newest.run(["stat", "-c", "%U %G %a", "/home/alice/.docker", "/home/alice/.docker/config.json"]).stdout
    assert made == "alice alice 700\nalice alice 600\n"
    newest.dockproxy("unset", "--for", "client", "--users", "alice,bob", "--yes", check=True)
    assert not newest.path("/home/alice/.docker/config.json").exists()
    assert newest.path("/home/bob/.docker/config.json").read_text() == '{"auths": {}}'


@pytest.mark.parametrize("docker_host", ["unix:///run/docker.sock", "unix:///var/run/docker.sock"])
def test_the_real_cli_looks_up_the_entry_that_is_written(docker_host: str, newest: SystemdHost, proxy: Squid) -> None:
    newest.dockproxy("set", proxy.url, "--yes", "--no-dial", check=True)
    assert newest.pull(IMAGE).returncode == 0
    environment = {"DOCKER_HOST": docker_host, "DOCKER_CONFIG": "/root/.docker/other"}
    newest.write(
        "/root/.docker/other/config.json", json.dumps({"proxies": {"unix:///run/docker.sock": {"noProxy": "one"}}})
    )
    newest.dockproxy("set", "--no-proxy", "two", "--for", "client", "--yes", check=True, env=environment)
    created = newest.run(["docker", "create", "--network=none", IMAGE], env=environment, check=True).stdout.strip()
    inspected = json.loads(newest.docker("inspect", created).stdout)
    newest.docker("rm", created)
    assert "NO_PROXY=two" in inspected[0]["Config"]["Env"]
    shown = json.loads(newest.dockproxy("show", "--format", "json", env=environment).stdout)
    assert shown["consumers"][1]["effective"]["no-proxy"]["value"] == "two"
