"""The client's settings: whose file, which owner and mode, and what the real docker CLI makes of it."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any, Dict, Iterator, List

import pytest

from tests.conftest import CANARY
from tests.harness.registry import IMAGE
from tests.harness.squid import Squid
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

PROXY = "http://10.203.0.1:3128"
CONFIG = ".docker/config.json"
ROOT_CONFIG = "/root/.docker/config.json"
SET = ("set", PROXY, "--for", "client", "--yes")


@pytest.fixture
def users(newest: SystemdHost) -> Iterator[SystemdHost]:
    """A host with alice, who never used docker, and bob, who did."""
    for name in ("alice", "bob"):
        newest.run(["useradd", "--create-home", name], check=True)
    newest.write(f"/home/bob/{CONFIG}", '{"auths": {}}')
    newest.run(["chown", "-R", "bob:bob", "/home/bob/.docker"], check=True)
    yield newest
    for name in ("alice", "bob"):
        newest.run(["userdel", "--remove", name], check=True)


def owner_and_mode(host: SystemdHost, *paths: str) -> List[str]:
    return host.run(["stat", "-c", "%U %G %a", *paths], check=True).stdout.splitlines()


def test_client_settings_of_several_users(users: SystemdHost) -> None:
    users.dockproxy(*SET, "--users", "all", check=True)
    assert not users.path("/home/alice/.docker").exists()
    assert json.loads(users.path(f"/home/bob/{CONFIG}").read_text())["proxies"]["default"]
    done = users.dockproxy(*SET, env={"SUDO_USER": "alice"}, check=True)
    assert "`sudo docker` reads root's instead" in done.stderr
    assert not users.path(ROOT_CONFIG).exists()
    assert owner_and_mode(users, "/home/alice/.docker", f"/home/alice/{CONFIG}", f"/home/bob/{CONFIG}") == [
        "alice alice 700",
        "alice alice 600",
        "bob bob 644",
    ]
    users.dockproxy("unset", "--for", "client", "--users", "alice,bob", "--yes", check=True)
    assert not users.path(f"/home/alice/{CONFIG}").exists()
    assert users.path(f"/home/bob/{CONFIG}").read_text() == '{"auths": {}}'


def test_a_name_that_is_not_known_changes_nobodys_file(users: SystemdHost) -> None:
    done = users.dockproxy(*SET, "--users", "alice,bob,mallory")
    assert done.returncode == 2
    assert "user mallory: not known on this host" in done.stderr
    assert not users.path("/home/alice/.docker").exists()
    assert users.path(f"/home/bob/{CONFIG}").read_text() == '{"auths": {}}'


def test_a_user_may_edit_only_their_own(users: SystemdHost) -> None:
    done = users.dockproxy(*SET, user="bob", env={"HOME": "/home/bob"})
    assert done.returncode == 0, done.stderr
    assert json.loads(users.path(f"/home/bob/{CONFIG}").read_text())["proxies"]["default"]
    done = users.dockproxy(*SET, "--users", "alice", user="bob", env={"HOME": "/home/bob"})
    assert done.returncode == 5
    assert "/home/alice" in done.stderr


def test_a_file_that_gets_a_password_becomes_private(users: SystemdHost) -> None:
    words = ["--users", "bob", "--proxy-user", "u", "--proxy-password-stdin", "--allow-container-credentials"]
    done = users.dockproxy(*SET, *words, stdin=CANARY)
    assert done.returncode == 0, done.stderr
    assert CANARY in users.path(f"/home/bob/{CONFIG}").read_text()
    assert owner_and_mode(users, f"/home/bob/{CONFIG}") == ["bob bob 600"]


@pytest.mark.parametrize("link", [".docker", CONFIG])
def test_root_is_not_led_out_of_a_users_home(link: str, users: SystemdHost) -> None:
    target = link.replace(".docker", "/root/.docker")
    users.path("/root/.docker").mkdir()
    become = ["setpriv", "--reuid=alice", "--regid=alice", "--clear-groups"]
    if link != ".docker":
        users.run([*become, "mkdir", "/home/alice/.docker"], check=True)
    users.run([*become, "ln", "-s", target, f"/home/alice/{link}"], check=True)
    done = users.dockproxy(*SET, "--users", "alice")
    assert not users.path(ROOT_CONFIG).exists(), "alice would own what root's docker CLI reads"
    assert done.returncode == 6, done.stderr


@pytest.mark.parametrize("docker_host", ["unix:///run/docker.sock", "unix:///var/run/docker.sock"])
def test_the_real_cli_looks_up_the_entry_that_is_written(docker_host: str, newest: SystemdHost, proxy: Squid) -> None:
    newest.dockproxy("set", proxy.url, "--yes", "--no-dial", check=True)
    assert newest.pull(IMAGE).returncode == 0
    environment = {"DOCKER_HOST": docker_host, "DOCKER_CONFIG": "/root/.docker/other"}
    newest.write(
        "/root/.docker/other/config.json", json.dumps({"proxies": {"unix:///run/docker.sock": {"noProxy": "one"}}})
    )
    newest.dockproxy("set", "--no-proxy", "two", "--for", "client", "--yes", check=True, env=environment)
    assert injected(newest, IMAGE, environment)["no-proxy"] == "two"
    assert newest.consumer("container", env=environment)["effective"]["no-proxy"]["value"] == "two"


def injected(host: SystemdHost, image: str, environment: Dict[str, str]) -> Dict[str, str]:
    """What the real CLI puts into a new container."""
    command = ["docker", "create", "--network=none", image, "/x"]
    created = host.run(command, env=environment, check=True).stdout.strip()
    inspected = json.loads(host.docker("inspect", created).stdout)
    host.docker("rm", created)
    block = dict(line.split("=", 1) for line in inspected[0]["Config"]["Env"] or () if "=" in line)
    assert all(block[name.lower()] == value for name, value in block.items() if name.endswith("_PROXY"))
    return {n.lower().replace("_", "-"): value for n, value in block.items() if n.endswith("_PROXY")}


SOCKET = "unix:///run/docker.sock"
EVERY = {"httpProxy": "h", "httpsProxy": "s", "noProxy": "n", "ftpProxy": "f"}
CONFIGURATIONS: Dict[str, Any] = {
    "default": {"proxies": {"default": EVERY}},
    "the socket's own entry, not merged": {"proxies": {SOCKET: {"noProxy": "n"}, "default": EVERY}},
    "an empty entry of the socket": {"proxies": {SOCKET: {}, "default": EVERY}},
    "another socket's entry": {"proxies": {"unix:///var/run/docker.sock": EVERY, "default": {"noProxy": "n"}}},
    "a value that is empty": {"proxies": {"default": {**EVERY, "noProxy": ""}}},
    "names in another case": {"Proxies": {"default": {"HTTPPROXY": "h", "noproxy": "n"}}},
    "a key that nobody knows": {"proxies": {"default": {"no-proxy": "n", "httpProxy": "h"}}},
    "null": {"proxies": {"default": None}},
    "no object": {"proxies": ["http://p:1"]},
    "an entry that is no object": {"proxies": {"default": "http://p:1"}},
    "the socket's own entry, no object": {"proxies": {SOCKET: "http://p:1", "default": EVERY}},
    "a list of hosts, and a number": {"proxies": {"default": {**EVERY, "noProxy": [".a", ".b"], "ftpProxy": 5}}},
    "no file that is an object": ["proxies"],
    "allProxy, which is new in 23.0": {"proxies": {"default": {"allProxy": "a", "noProxy": "n"}}},
}


@pytest.fixture
def tiny() -> bytes:
    """An image of one file, as ``docker import`` takes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    return buffer.getvalue()


def test_show_says_what_the_real_cli_gives_to_containers(host: SystemdHost, tiny: bytes) -> None:
    host.path("/run/tiny.tar").write_bytes(tiny)
    host.run(["docker", "import", "/run/tiny.tar", "tiny"], check=True)
    environment = {"DOCKER_HOST": SOCKET}
    for name, configuration in CONFIGURATIONS.items():
        host.write(ROOT_CONFIG, json.dumps(configuration), 0o600)
        container = host.consumer("container", env=environment)
        shown = {v: e["value"] for v, e in container["effective"].items() if e["value"] is not None}
        assert shown == injected(host, "tiny", environment), name
        warns = "WARNING: Error" in host.run(["docker", "ps"], env=environment, check=True).stderr
        codes = {p["code"] for p in container["problems"]}
        assert warns == bool(codes & {"DP101", "DP205"}), name


def test_the_list_that_containers_need(newest: SystemdHost) -> None:
    made = newest.result("set", "--no-proxy", "auto", "--for", "client")
    entries = made["effective"]["no-proxy"]["value"].split(",")
    assert {"localhost", "127.0.0.1", "::1", "169.254.169.254", "host.docker.internal"} <= set(entries)
    assert newest.run(["hostname"]).stdout.strip() in entries
    assert entries == sorted(entries, key=str.lower)
