"""Whose docker CLI is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

from dockproxy.host import Host
from dockproxy.sources import users
from tests.unit.trees import docker_files, grow, info, live, tree

PASSWD = {
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nalice:x:4711:4712::/home/alice:/bin/sh\nbob:x:5:5::/home/alice:/bin/sh\n"
}
SUDO = {"SUDO_USER": "alice", "HOME": "/root", "PATH": "/bin"}


def config_file(host: Host, environ: Dict[str, str], uid: int = 0) -> str:
    return users.caller(host, environ, uid, uid).config_file


def test_the_caller_is_the_user_of_the_process(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(PASSWD), info())
    found = users.caller(host, {"HOME": "/srv/alice", "DOCKER_HOST": "tcp://x"}, 4711, 1)
    assert (found.user, found.uid, found.gid) == ("alice", 4711, 4712)
    assert found.config_file == "/srv/alice/.docker/config.json", "HOME is what the CLI looks at"
    assert found.environ["DOCKER_HOST"] == "tcp://x"
    assert config_file(host, {}, 4711) == "/home/alice/.docker/config.json"
    assert users.caller(host, {}, 12, 13)[:4] == ("12", 12, 13, "/.docker")


def test_under_sudo_it_is_the_user_behind(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(PASSWD), info())
    found = users.caller(host, {**SUDO, "DOCKER_HOST": "tcp://x"}, 0, 0)
    assert (found.user, found.gid, found.config_dir) == ("alice", 4712, "/home/alice/.docker")
    assert found.environ == {"DOCKER_HOST": "tcp://x"}
    assert config_file(host, {**SUDO, "DOCKER_CONFIG": "/srv/c"}) == "/srv/c/config.json"
    assert config_file(host, {**SUDO, "SUDO_USER": "root"}) == "/root/.docker/config.json"
    assert config_file(host, {**SUDO, "SUDO_USER": "gone"}) == "/root/.docker/config.json"
    assert users.caller(host, SUDO, 5, 5).user == "bob", "sudo -u bob"


def test_an_offline_tree_has_no_shell(tmp_path: Path) -> None:
    host = tree(tmp_path, PASSWD)
    found = users.caller(host, {"HOME": "/elsewhere", "DOCKER_HOST": "tcp://x"}, 0, 0)
    assert (found.config_dir, found.environ) == ("/root/.docker", {})
    assert config_file(tree(tmp_path / "2", {"/etc/": ""}), {}) == "/root/.docker/config.json"


def test_every_user_with_a_configuration_once(tmp_path: Path) -> None:
    host = tree(tmp_path, {**PASSWD, "/home/alice/.docker/config.json": "{}"})
    assert [client.user for client in users.with_configuration(host)] == ["alice"]
    grow(tmp_path, {"/root/.docker/config.json": "{}"})
    assert [client.user for client in users.with_configuration(host)] == ["root", "alice"]
    found = users.named(host, "bob")
    assert found is not None
    assert (found.uid, users.named(host, "carol")) == (5, None)
