"""The docker snap's engine: snapd's own programs start a real dockerd with the snap's daemon.json."""

from __future__ import annotations

import json
from typing import Iterator

import pytest

from tests.harness.snap import DATA, UNIT, snap, write_dockerd
from tests.harness.systemd_host import OPTIONS, SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", "snap", root=True)

PROXY, OTHER = "http://10.203.0.1:3128", "http://other.corp:1"
NOTHING = {"http-proxy": "", "https-proxy": "", "no-proxy": ""}
CONFIG = f"{DATA}/config/daemon.json"
DOCKERD = f'#!/bin/sh\nexec /usr/sbin/dockerd {OPTIONS} --storage-driver=vfs "$@"\n'


@pytest.fixture
def engine(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host on which the snap's engine runs, and the package's does not."""
    newest.stop("docker.socket", "docker.service")
    environment = newest.path("/etc/environment").read_bytes()
    with snap(newest):
        write_dockerd(newest, DOCKERD)
        newest.write(CONFIG, '{\n    "log-level": "error"\n}\n')
        restart(newest)
        yield newest
    newest.path("/etc/environment").write_bytes(environment)
    newest.run(["systemctl", "start", "docker.socket", "docker.service"], check=True)


def restart(host: SystemdHost) -> None:
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemctl", "restart", UNIT], check=True)
    host.wait_for_engine()


def test_its_environment_and_its_daemon_json_are_seen(engine: SystemdHost) -> None:
    engine.write("/etc/environment", f"HTTP_PROXY={OTHER}\nHTTPS_PROXY={OTHER}\nNO_PROXY=.corp\n")
    engine.write(CONFIG, json.dumps({"proxies": {"https-proxy": PROXY}}))
    restart(engine)
    daemon = engine.daemon("--engine", "snap")
    assert {v: e["value"] for v, e in daemon["effective"].items()} == engine.info()
    assert engine.info() == {"http-proxy": OTHER, "https-proxy": PROXY, "no-proxy": ".corp"}
    assert (daemon["status"], daemon["drift"]) == ("ok", None)


def test_set_and_unset_change_it(engine: SystemdHost) -> None:
    before = engine.path(CONFIG).read_bytes()
    made = engine.result("set", PROXY, "--no-dial", "--engine", "snap")
    assert made["outcome"] == "applied"
    assert engine.info() == {"http-proxy": PROXY, "https-proxy": PROXY, "no-proxy": ""}
    engine.result("unset", "--engine", "snap")
    assert (engine.info(), engine.path(CONFIG).read_bytes()) == (NOTHING, before)


def test_unset_neutralises_etc_environment_which_others_read(engine: SystemdHost) -> None:
    engine.write("/etc/environment", f"HTTPS_PROXY={OTHER}\n")
    restart(engine)
    engine.result("unset", "--engine", "snap")
    assert engine.info() == NOTHING
    assert engine.path("/etc/environment").read_text() == f"HTTPS_PROXY={OTHER}\n"
