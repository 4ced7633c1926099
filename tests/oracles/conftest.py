"""A booted systemd to ask; and what every oracle was asked, which tests/conftest.py tells at the end of the run."""

from __future__ import annotations

import subprocess
from typing import Callable, Iterator

import pytest

from tests.harness import engines
from tests.harness.network import network
from tests.harness.systemd_host import SystemdHost, systemd_host

Agreed = Callable[[int], None]


@pytest.fixture(scope="session")
def booted() -> Iterator[SystemdHost]:
    with network() as far_side, systemd_host(far_side, engines.INSTALLED, b"") as host:
        # %H is the running host's name; the reader takes the file's, which boot makes the same.
        host.run(["sh", "-c", 'hostname "$(cat /etc/hostname)"'], check=True)
        yield host


@pytest.fixture
def agreed(record_property: Callable[[str, object], None]) -> Agreed:
    """Called with the number of questions of a test; without it a test counts as one."""
    return lambda count: record_property("questions", count)


@pytest.fixture(autouse=True)
def _program(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    if "booted" in request.fixturenames:
        version = request.getfixturevalue("booted").run(["systemctl", "--version"], check=True).stdout
        record_property("program", version.split("\n")[0])
    elif "sysv" in request.fixturenames:
        record_property("program", f"/etc/init.d/docker of docker.io {packaged()}")
    elif "redhat" in request.fixturenames:
        record_property("program", f"contrib/init/sysvinit-redhat/docker in the source of docker.io {packaged()}")
    elif {"openrc", "supervised"} & set(request.fixturenames):
        host = request.getfixturevalue("openrc" if "openrc" in request.fixturenames else "supervised")
        record_property("program", host.run(["rc-service", "--version"]).stdout.strip())
    elif "real" in request.fixturenames:
        record_property("program", f"dockerd {request.getfixturevalue('real').version.text}")
    elif isinstance(request.node, pytest.Function) and hasattr(request.node, "callspec"):
        given = request.node.callspec.params
        client = given.get("dialect", given.get("name"))
        record_property("program", client if isinstance(client, str) else "")


def packaged() -> str:
    """The version of Debian's package."""
    command = ["dpkg-query", "-W", "-f", "${Version}", "docker.io"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
