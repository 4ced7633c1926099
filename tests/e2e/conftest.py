"""One network, one Squid, two registries; a booted host for each engine. Made once, reset before each test."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Callable, Dict, Iterator

import pytest

from tests.harness import engines
from tests.harness.network import HOSTS, Network, network
from tests.harness.registry import registries
from tests.harness.squid import Squid, squid
from tests.harness.systemd_host import SystemdHost, systemd_host


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    # Not pytest's own folder: Squid runs as another user, who may not enter that.
    path = Path(tempfile.mkdtemp(prefix="dockproxy-e2e-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def far_side() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture(scope="session")
def session_squid(far_side: Network, folder: Path) -> Iterator[Squid]:
    with squid(far_side, folder / "squid", HOSTS) as made:
        yield made


@pytest.fixture(scope="session")
def authority(far_side: Network, folder: Path) -> Iterator[bytes]:
    with registries(far_side, folder / "registries") as pem:
        yield pem


@pytest.fixture(scope="session")
def booted(far_side: Network, authority: bytes) -> Iterator[Callable[[str], SystemdHost]]:
    hosts: Dict[str, SystemdHost] = {}
    managers = []

    def boot(suite: str) -> SystemdHost:
        if suite not in hosts:
            if not engines.available()[suite]:
                pytest.fail(f"the engine of Debian {suite} is missing; .ci/packages brings it")
            manager = systemd_host(far_side, suite, authority)
            hosts[suite] = manager.__enter__()
            managers.append(manager)
        return hosts[suite]

    yield boot
    for manager in managers:
        manager.__exit__(None, None, None)


@pytest.fixture
def proxy(session_squid: Squid) -> Squid:
    """Squid without a password, its log empty."""
    session_squid.start()
    return session_squid


@pytest.fixture(params=engines.SUITES)
def host(request: pytest.FixtureRequest, booted: Callable[[str], SystemdHost]) -> SystemdHost:
    """A host of each engine generation, without any proxy."""
    made = booted(request.param)
    made.reset()
    return made


@pytest.fixture
def newest(booted: Callable[[str], SystemdHost]) -> SystemdHost:
    """The host with the newest engine, without any proxy."""
    made = booted(engines.SUITES[-1])
    made.reset()
    return made


@pytest.fixture
def no_socket(newest: SystemdHost) -> Iterator[SystemdHost]:
    """The same, with an engine that runs while its socket is gone."""
    newest.path("/run/docker.sock").unlink()
    yield newest
    newest.stop("docker.socket", "docker.service")
    newest.run(["systemctl", "start", "docker.socket", "docker.service"], check=True)
