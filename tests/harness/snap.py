"""The docker snap's service on a host with systemd: snapd's own ``snap run`` and ``snap-exec`` start it."""

from __future__ import annotations

import contextlib
import posixpath
import subprocess
import time
from typing import Iterator

from tests import cases
from tests.harness import engines
from tests.harness.systemd_host import SystemdHost

SNAPD = engines.CACHE / "snapd"
"""Debian's package, unpacked."""

ROOT, REVISION = "/snap/docker/3377", "3377"
DATA = f"/var/snap/docker/{REVISION}"
UNIT = "snap.docker.dockerd.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
PROGRAMS = ("/usr/bin/snap", "/usr/lib/snapd", "/var/lib/snapd")

META = """name: docker
version: 28.4.0
base: core22
confinement: strict
apps:
  dockerd:
    command: bin/dockerd-wrapper
    daemon: simple
"""

# snap-confine gives a snap its own root, which needs core22. Its source (cmd/snap-confine/snap-confine.c) changes some
# variables, such as TMPDIR, and no proxy; this stand-in is no proof of that.
CONFINE = """#!/bin/sh
while [ "$1" != snap.docker.dockerd ]; do shift; done
shift
exec "$@"
"""

WRAPPER = """#!/bin/sh
exec "$SNAP/bin/dockerd" --config-file="$SNAP_DATA/config/daemon.json" --data-root=/var/lib/docker/snap \\
    --exec-root=/run/snap.docker --pidfile="$SNAP_DATA/run/docker.pid" "$@"
"""
"""A script of the shape of the snap's own dockerd-wrapper."""

KEY = "/var/lib/snapd/system-key"
"""What snapd writes when it has made the profiles of this system; ``snap run`` waits for it."""


def write_dockerd(host: SystemdHost, text: str) -> None:
    """Put a script in the place of the snap's dockerd."""
    host.write(f"{ROOT}/bin/dockerd", text, 0o755)


@contextlib.contextmanager
def snap(host: SystemdHost) -> Iterator[None]:
    """The host with the snap, whose service is not started, and without it afterwards."""
    try:
        _install(host)
        yield
    finally:
        host.run(["systemctl", "stop", UNIT])
        host.run(["rm", "-rf", UNIT_FILE, f"{UNIT_FILE}.d", *PROGRAMS, "/snap", "/var/snap"], check=True)
        host.run(["systemctl", "daemon-reload"], check=True)


def _install(host: SystemdHost) -> None:
    for path in PROGRAMS:
        host.run(["mkdir", "-p", posixpath.dirname(path)], check=True)
        subprocess.run(["cp", "-a", f"{SNAPD}{path}", str(host.path(path))], check=True)
    host.write("/usr/lib/snapd/snap-confine", CONFINE, 0o755)
    host.write("/var/lib/snapd/snaps/docker_3377.snap", "")
    host.write(f"{ROOT}/meta/snap.yaml", META)
    host.write(f"{ROOT}/bin/dockerd-wrapper", WRAPPER, 0o755)
    host.run(["mkdir", "-p", f"{DATA}/config", f"{DATA}/run"], check=True)
    host.run(["ln", "-s", REVISION, "/snap/docker/current"], check=True)
    host.run(["ln", "-s", REVISION, "/var/snap/docker/current"], check=True)
    host.write(UNIT_FILE, (cases.FOLDER / f"snap/tree{UNIT_FILE}").read_text())
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemd-run", "--quiet", "--collect", "--unit=snapd-once", "/usr/lib/snapd/snapd"], check=True)
    for _ in range(200):
        if host.path(KEY).exists():
            break
        time.sleep(0.05)
    else:
        raise RuntimeError("snapd does not write its key: " + host.run(["journalctl", "-u", "snapd-once"]).stdout)
    # It would take half a minute to end by itself.
    host.run(["systemctl", "kill", "--signal=KILL", "snapd-once"])
