"""A booted systemd to ask."""

from __future__ import annotations

from typing import Iterator

import pytest

from tests.harness import engines
from tests.harness.network import network
from tests.harness.systemd_host import SystemdHost, systemd_host


@pytest.fixture(scope="session")
def booted() -> Iterator[SystemdHost]:
    with network() as far_side, systemd_host(far_side, engines.INSTALLED, b"") as host:
        # %H is the running host's name; the reader takes the file's, which boot makes the same.
        host.run(["sh", "-c", 'hostname "$(cat /etc/hostname)"'], check=True)
        yield host
