"""What ``show`` says on a real host to root and to those who may not read everything, and that it changes nothing."""

from __future__ import annotations

import json

import pytest

from tests.conftest import CANARY
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

OWN = "/etc/systemd/system/docker.service.d/http-proxy.conf"
PRIVATE = "/etc/docker/http-proxy.env"
DAEMON_JSON = "/etc/docker/daemon.json"
PROXY = "http://10.203.0.1:3128"
NOBODY = {"HOME": "/nonexistent"}


@pytest.fixture
def secret(newest: SystemdHost) -> SystemdHost:
    """A host whose engine has its proxy, with a password, from a file that only root reads."""
    newest.write(OWN, f"[Service]\nEnvironmentFile=-{PRIVATE}\n")
    newest.write(PRIVATE, f"HTTPS_PROXY=http://u:{CANARY}@p:1\n", 0o600)
    newest.restart()
    return newest


def test_another_user_sees_what_is_not_read(secret: SystemdHost) -> None:
    seen = secret.daemon(user="nobody", env=NOBODY)
    assert (seen["status"], seen["drift"], seen["running"]) == ("unknown", None, None)
    assert {(e["value"], e["origin"]) for e in seen["effective"].values()} == {(None, None)}, "nothing is invented"
    assert {(u["source"], u["path"], u["reason"]) for u in seen["unread"]} == {
        ("systemd-env-file", PRIVATE, "permission"),
        ("engine-api", "/run/docker.sock", "permission"),
        ("system-environment", "/root", "permission"),
    }
    text = secret.dockproxy("show", user="nobody", env=NOBODY, check=True).stdout
    assert text.splitlines()[0].endswith(" unknown")
    assert f"not read     {PRIVATE}: no permission" in text
    assert "not read     /run/docker.sock: no permission" in text
    done = secret.dockproxy("set", PROXY, "--yes", "--no-dial", user="nobody", env=NOBODY)
    assert done.returncode == 5
    assert f"{PRIVATE}: no permission to read it" in done.stderr


def test_an_unread_file_is_no_drift_to_a_member_of_the_docker_group(secret: SystemdHost) -> None:
    seen = secret.daemon(user="nobody", group="docker", env=NOBODY)
    assert seen["status"] == "unknown"
    assert seen["running"]["https-proxy"] == "http://***:***@p:1"
    assert [u["path"] for u in seen["unread"]] == [PRIVATE, "/root"]
    assert seen["drift"] is None
    text = secret.dockproxy("show", user="nobody", group="docker", env=NOBODY, check=True).stdout
    assert "systemctl restart" not in text


def test_an_unread_file_that_cannot_decide_leaves_the_status_known(secret: SystemdHost) -> None:
    values = {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": ".corp"}
    secret.write(DAEMON_JSON, json.dumps({"proxies": values}))
    seen = secret.daemon(user="nobody", env=NOBODY)
    assert seen["status"] == "ok"
    assert {v: e["value"] for v, e in seen["effective"].items()} == values
    assert PRIVATE in [u["path"] for u in seen["unread"]]


def test_another_users_client_configuration_is_not_read(newest: SystemdHost) -> None:
    newest.write("/root/.docker/config.json", "{}")
    seen = newest.consumer("container", user="nobody", env={**NOBODY, "DOCKER_CONFIG": "/root/.docker"})
    assert seen["status"] == "unknown"
    assert [(u["path"], u["reason"]) for u in seen["unread"]] == [("/root/.docker/config.json", "permission")]


def test_another_password_behind_the_same_mask_is_drift(secret: SystemdHost) -> None:
    assert (secret.daemon()["status"], secret.daemon()["drift"]) == ("ok", None)
    secret.write(PRIVATE, f"HTTPS_PROXY=http://u:{CANARY}2@p:1\n", 0o600)
    seen = secret.daemon()
    assert (seen["status"], seen["drift"]) == ("drift", "restart")
    assert seen["running"]["https-proxy"] == seen["effective"]["https-proxy"]["value"] == "http://***:***@p:1"


def test_another_password_in_daemon_json_is_drift(newest: SystemdHost) -> None:
    newest.write(DAEMON_JSON, json.dumps({"proxies": {"https-proxy": f"http://u:{CANARY}@p:1"}}), 0o600)
    newest.restart()
    assert (newest.daemon()["status"], newest.daemon()["drift"]) == ("ok", None)
    newest.write(DAEMON_JSON, json.dumps({"proxies": {"https-proxy": f"http://u:{CANARY}2@p:1"}}), 0o600)
    assert (newest.daemon()["status"], newest.daemon()["drift"]) == ("drift", "restart")


def test_a_reader_that_goes_away_is_no_failure(newest: SystemdHost) -> None:
    done = newest.without_reader("show")
    assert (done.returncode, done.stderr) == (0, b"")


def test_show_does_not_start_an_engine_that_its_socket_would_start(newest: SystemdHost) -> None:
    newest.stop("docker.service")
    assert (newest.unit("ActiveState"), newest.unit("ActiveState", "docker.socket")) == ("inactive", "active")
    assert newest.daemon()["running"] is None
    assert newest.unit("ActiveState") == "inactive"


def test_an_engine_whose_socket_is_gone_is_not_read(no_socket: SystemdHost) -> None:
    shown = json.loads(no_socket.dockproxy("show", "--format", "json", check=True).stdout)
    assert shown["host"]["engines"][0]["running"] is True
    daemon = shown["consumers"][0]
    assert (daemon["running"], daemon["drift"]) == (None, None)
    assert [u["path"] for u in daemon["unread"]] == ["/run/docker.sock"]
