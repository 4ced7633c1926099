"""The docker snap's service, started by the real systemd, ``snap run`` and ``snap-exec``, with a stand-in for dockerd
that says what it is given."""

from __future__ import annotations

import random
import time
from typing import Callable, Dict, Iterator, List, Tuple

import pytest

from dockproxy.host import TreeHost
from dockproxy.sources import daemon
from dockproxy.sources.installation import SNAP
from tests.harness.snap import UNIT, snap, write_dockerd
from tests.harness.systemd_host import SystemdHost
from tests.oracles.conftest import Agreed

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", "snap", root=True)

ENVIRONMENT, DROP_IN = "/etc/environment", f"/etc/systemd/system/{UNIT}.d/proxy.conf"
STAND_IN = """#!/bin/sh
/usr/bin/env -0 > /run/snap-environment
for word; do printf '%s\\0' "$word"; done > /run/snap-arguments.new
mv /run/snap-arguments.new /run/snap-arguments
"""
NAMES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "no_proxy"]
VALUES = ["http://p:1", "", "'http://q:2'", '"a b"', "http://u:$X@h:3", "x # c", "a\\\\b", "é"]


@pytest.fixture(scope="module")
def host(booted: SystemdHost) -> Iterator[SystemdHost]:
    before = booted.path(ENVIRONMENT).read_bytes()
    with snap(booted):
        write_dockerd(booted, STAND_IN)
        yield booted
    booted.path(ENVIRONMENT).write_bytes(before)


def started(host: SystemdHost, files: Dict[str, str]) -> Tuple[Dict[str, str], List[str]]:
    """The proxy variables and the arguments that the snap's dockerd gets."""
    for path in (ENVIRONMENT, DROP_IN, "/run/snap-arguments"):
        host.path(path).unlink(missing_ok=True)
    for path, text in files.items():
        host.write(path, text)
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemctl", "reset-failed", UNIT])
    host.run(["systemctl", "restart", UNIT], check=True)
    for _ in range(200):
        if host.path("/run/snap-arguments").exists():
            break
        time.sleep(0.02)
    else:
        raise AssertionError(host.run(["journalctl", "--no-pager", "-n", "20", "-u", UNIT]).stdout)
    pairs = host.path("/run/snap-environment").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    given = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    arguments = host.path("/run/snap-arguments").read_text().split("\0")[:-1]
    return {n: v for n, v in given.items() if n.lower().endswith("_proxy")}, arguments


def test_etc_environment_and_the_drop_ins_reach_the_snaps_dockerd(
    host: SystemdHost, agreed: Agreed, record_property: Callable[[str, object], None]
) -> None:
    version = host.run(["snap", "version"]).stdout.split("\n")[0]
    record_property("program", f"{' '.join(version.split())}, snap run and snap-exec; without snap-confine")
    rng = random.Random(1)
    seen = TreeHost(str(host.path("/")))
    for _ in range(40):
        lines = [f"{rng.choice(NAMES)}={rng.choice(VALUES)}" for _ in range(rng.randint(0, 4))]
        files = {ENVIRONMENT: "\n".join(['PATH="/usr/bin:/bin"', *lines, ""])}
        if rng.random() < 0.5:
            more = [
                rng.choice([f"Environment={rng.choice(NAMES)}=http://d:4", f"UnsetEnvironment={rng.choice(NAMES)}"])
            ]
            files[DROP_IN] = "\n".join(["[Service]", *more, ""])
        environment, _ = started(host, files)
        ours = daemon.start(seen, SNAP, "systemd", None, {}).environment
        assert environment == {n: v for n, v in ours.items() if n in NAMES}, files
    agreed(40)
