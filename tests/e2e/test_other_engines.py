"""An engine on another machine, and Podman in dockerd's place: what they report is shown, and nothing is changed."""

from __future__ import annotations

import subprocess
import time
from typing import Iterator

import pytest

from tests.harness.by_hand import COMMAND, by_hand
from tests.harness.network import INSIDE
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", "podman", root=True)

PROXY = "http://10.203.0.1:3128"
FAR = f"tcp://{INSIDE}:2375"


@pytest.fixture
def far(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host that also reaches an engine over TCP, which has a proxy of its own."""
    with by_hand(newest, {"HTTPS_PROXY": PROXY}) as engine:
        engine.again([*COMMAND, f"--host={FAR}", "--tls=false"])
        yield newest


@pytest.mark.parametrize("option", [["-H", FAR], ["--context", "far"]])
def test_show_asks_an_engine_elsewhere_and_set_refuses_it(option: str, far: SystemdHost) -> None:
    far.run(["docker", "context", "create", "far", "--docker", f"host={FAR}"], check=True)
    before = far.files()
    shown = far.dockproxy("show", *option, check=True).stdout
    assert shown.startswith(f"daemon at {FAR} (dockerd ")
    assert f"https-proxy is {PROXY}\n" in shown
    for verb in (["set", PROXY, "--no-dial"], ["unset"]):
        done = far.dockproxy(*verb, "--yes", *option)
        assert (done.returncode, f"docker talks to {FAR}" in done.stderr) == (6, True)
    assert far.files() == before


@pytest.fixture
def podman(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host on which Podman offers Docker's API."""
    # vfs, as the kernel puts no overlay over the host's own.
    store = ["--storage-driver=vfs", "--root=/run/podman-data", "--runroot=/run/podman-run"]
    command = ["podman", *store, "system", "service", "--time=0", "unix:///run/podman.sock"]
    words = newest.enter(command, {"HTTPS_PROXY": PROXY, "https_proxy": PROXY})
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        if newest.run(["docker", "-H", "unix:///run/podman.sock", "version"]).returncode == 0:
            break
        time.sleep(0.05)
    else:
        raise RuntimeError("podman does not answer")
    yield newest
    newest.run(["pkill", "--exact", "podman"])
    process.wait()


def test_podman_is_called_podman(podman: SystemdHost) -> None:
    before = podman.files()
    shown = podman.dockproxy("show", "-H", "unix:///run/podman.sock", check=True).stdout
    assert shown.startswith("Podman 4.")
    assert f"https-proxy is {PROXY}\n" in shown
    done = podman.dockproxy("set", PROXY, "--no-dial", "--yes", "-H", "unix:///run/podman.sock")
    assert (done.returncode, "answered by Podman" in done.stderr) == (6, True)
    assert podman.files() == before
