"""The main job on real engines: pull fails, set, pull goes through Squid, internal goes direct, unset, as before."""

from __future__ import annotations

import json

import pytest

from tests.conftest import CANARY
from tests.harness.registry import IMAGE, INTERNAL_IMAGE, INTERNAL_NAME, PUBLIC_NAME
from tests.harness.squid import Squid
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)


def test_set_makes_the_pull_work_and_unset_takes_it_back(host: SystemdHost, proxy: Squid) -> None:
    before = host.files()
    assert host.pull(IMAGE).returncode != 0

    done = host.dockproxy("set", proxy.url, "--no-proxy", ".corp", "--yes", "--verify", IMAGE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.info() == {"http-proxy": proxy.url, "https-proxy": proxy.url, "no-proxy": ".corp"}
    pulled = host.pull(IMAGE)
    assert pulled.returncode == 0, pulled.stderr
    assert proxy.connects(PUBLIC_NAME)
    assert host.pull(INTERNAL_IMAGE).returncode == 0
    assert not proxy.connects(INTERNAL_NAME)

    shown = json.loads(host.dockproxy("show", "--format", "json", check=True).stdout)
    daemon = shown["consumers"][0]
    assert (daemon["status"], daemon["drift"]) == ("ok", None)
    origin = daemon["effective"]["https-proxy"]["origin"]
    assert origin["path"] == "/etc/systemd/system/docker.service.d/http-proxy.conf"

    again = host.dockproxy(
        "set", proxy.url, "--no-proxy", ".corp", "--yes", "--no-dial", "--format", "json", check=True
    )
    assert json.loads(again.stdout)["outcome"] == "unchanged"

    done = host.dockproxy("unset", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.info() == {"http-proxy": "", "https-proxy": "", "no-proxy": ""}
    assert host.pull(IMAGE).returncode != 0
    assert host.files() == before


def test_variables_not_named_keep_their_value(newest: SystemdHost, proxy: Squid) -> None:
    newest.dockproxy("set", proxy.url, "--no-proxy", ".corp", "--yes", "--no-dial", check=True)
    newest.dockproxy("set", "--add-no-proxy", "10.0.0.0/8", "--yes", check=True)
    assert newest.info() == {"http-proxy": proxy.url, "https-proxy": proxy.url, "no-proxy": ".corp,10.0.0.0/8"}


def test_an_engine_that_does_not_start_is_rolled_back(newest: SystemdHost, proxy: Squid) -> None:
    newest.write(
        "/etc/systemd/system/docker.service.d/50-check.conf",
        "[Service]\nExecStartPre=/bin/sh -c '! printenv HTTPS_PROXY'\n",
    )
    newest.restart()
    before = newest.files()
    done = newest.dockproxy("set", proxy.url, "--yes", "--no-dial", "--format", "json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert json.loads(done.stdout)["outcome"] == "rolled-back"
    assert newest.files() == before
    assert newest.info()["https-proxy"] == ""


def test_a_proxy_that_stops_answering_after_the_dial_is_rolled_back(newest: SystemdHost, proxy: Squid) -> None:
    before = newest.files()
    proxy.stop()
    done = newest.dockproxy("set", proxy.url, "--yes", "--no-dial", "--verify", IMAGE, "--format", "json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "cannot resolve" in json.loads(done.stdout)["reason"]
    assert newest.files() == before
    assert newest.info()["https-proxy"] == ""


def test_a_proxy_that_is_down_is_refused_by_the_dial(newest: SystemdHost, proxy: Squid) -> None:
    before = newest.files()
    proxy.stop()
    done = newest.dockproxy("set", proxy.url, "--yes")
    assert done.returncode == 6
    assert "refused the connection" in done.stderr
    assert newest.files() == before


EVERY_CHARACTER = "".join(chr(c) for c in range(33, 127)) + "é " + CANARY


@pytest.mark.parametrize("target", ["systemd", "env-file", "daemon-json"])
def test_every_character_of_a_password_reaches_squid(target: str, newest: SystemdHost, proxy: Squid) -> None:
    # RFC 7617: a user name holds no colon.
    proxy.start("corp\\al%ce", EVERY_CHARACTER)
    words = [
        "set",
        proxy.url,
        "--proxy-user",
        "corp\\al%ce",
        "--proxy-password-stdin",
        "--to",
        target,
        "--yes",
        "--verify",
        IMAGE,
    ]
    done = newest.dockproxy(*words, stdin=EVERY_CHARACTER + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr
    pulled = newest.pull(IMAGE)
    assert pulled.returncode == 0, pulled.stderr
    assert proxy.connects(PUBLIC_NAME)
    secret_files = [p for p, data in newest.files().items() if CANARY.encode() in data]
    assert secret_files
    assert all(newest.path(p).stat().st_mode & 0o077 == 0 for p in secret_files)
    shown = newest.dockproxy("show").stdout + newest.dockproxy("show", "--format", "json").stdout
    assert CANARY not in shown
    assert "the engine reports the same" in shown


def test_a_wrong_password_is_refused_before_anything_is_touched(newest: SystemdHost, proxy: Squid) -> None:
    proxy.start("alice", "right")
    before = newest.files()
    done = newest.dockproxy("set", proxy.url, "--proxy-user", "alice", "--proxy-password-stdin", "--yes", stdin=CANARY)
    assert done.returncode == 6
    assert "refuses this user and password" in done.stderr
    assert CANARY not in done.stderr
    assert newest.files() == before
    assert len([line for line in proxy.log() if "/407" in line]) == 1, "never more than one attempt"


def test_client_settings_reach_new_containers(host: SystemdHost, proxy: Squid) -> None:
    host.dockproxy("set", proxy.url, "--no-proxy", ".corp", "--yes", "--for", "all", "--verify", IMAGE, check=True)
    assert host.path("/root/.docker/config.json").stat().st_mode & 0o777 == 0o600
    assert host.pull(IMAGE).returncode == 0
    created = host.docker("create", "--network", "none", IMAGE)
    assert created.returncode == 0, created.stderr
    inspected = json.loads(host.docker("inspect", created.stdout.strip()).stdout)
    host.docker("rm", created.stdout.strip())
    assert f"HTTPS_PROXY={proxy.url}" in inspected[0]["Config"]["Env"]
    assert "no_proxy=.corp" in inspected[0]["Config"]["Env"]
