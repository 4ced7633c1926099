"""Who reads a file beside the engine. tests/e2e does the same to a real systemd."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Dict, Optional

import pytest

from dockproxy.host import User
from dockproxy.planner.sharing import SCRIPTS, SYSTEM_WIDE, Readers
from dockproxy.sources.installation import SYSTEM, rootless
from tests.unit.trees import DROP_IN, UNIT_FILE, Content, Link, docker_files, drop_in, tree

ETC = "/etc/systemd/system"
ENV_FILE, PART = "/etc/default/docker", f"{DROP_IN}/p.conf"
BASE: Dict[str, Content] = {
    UNIT_FILE: drop_in(f"EnvironmentFile=-{ENV_FILE}", "ExecStart=/usr/sbin/dockerd"),
    ENV_FILE: "A=1\n",
    PART: drop_in("LimitNOFILE=9"),
    "/etc/hostname": "node1\n",
}


def reader(root: Path, files: Dict[str, Content], path: str = ENV_FILE) -> Optional[str]:
    return Readers(tree(root, docker_files({**BASE, **files})), SYSTEM).other_than_engine(path)


def names(line: str) -> str:
    return drop_in("Type=oneshot", line)


@pytest.mark.parametrize(
    ("path", "text", "unit"),
    [
        ("x.service", names(f"EnvironmentFile={ENV_FILE}"), "x.service"),
        ("x.service", names(f"  EnvironmentFile =  -{ENV_FILE}"), "x.service"),
        ("x.service", names("EnvironmentFile=-/etc/default/*"), "x.service"),
        ("x.service", names("EnvironmentFile=-/etc/./default//docker"), "x.service"),
        ("x.service", names("EnvironmentFile=-/etc/linked/docker"), "x.service"),
        ("x.service", names("EnvironmentFile=-%E/default/docker"), "x.service"),
        ("docker.socket", "[Socket]\nEnvironmentFile=/etc/default/%p\n", "docker.socket"),
        ("docker-x.service", names("EnvironmentFile=/etc/default/%H"), "docker-x.service"),
        ("x@.service", names("EnvironmentFile=-/etc/default/%i"), "x@.service"),
        ("x.service", names("EnvironmentFile=-/etc/default/doc%v"), "x.service"),
        ("mnt.mount", f"[Mount]\nEnvironmentFile={ENV_FILE}\n", "mnt.mount"),
        ("dev-x.swap", f"[Swap]\nEnvironmentFile={ENV_FILE}\n", "dev-x.swap"),
        ("containerd.service.d/x.conf", drop_in(f"EnvironmentFile={ENV_FILE}"), "containerd.service"),
        ("service.d/x.conf", drop_in(f"EnvironmentFile={ENV_FILE}"), "service"),
    ],
)
def test_an_environment_file_that_another_unit_reads(path: str, text: str, unit: str, tmp_path: Path) -> None:
    links = {"/etc/linked": Link("default"), "/etc/default/node1": Link("docker")}
    files: Dict[str, Content] = {f"{ETC}/{path}": text, **links}
    assert reader(tmp_path, files) == unit


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.service", names("EnvironmentFile=/etc/default/docker-registry")),
        ("x.service", names(f"# EnvironmentFile={ENV_FILE}")),
        ("x.service", names(f"[Unit]\nEnvironmentFile={ENV_FILE}")),
        ("x.service", names("EnvironmentFile=-/etc/default/%p")),
        ("x.service", names("EnvironmentFile=-/etc/default/%k")),
        ("x.service", names("Environment=A=/etc/default/docker")),
        ("x.timer", f"[Timer]\nEnvironmentFile={ENV_FILE}\n"),
        ("x.service.d/", ""),
        ("x.service.d/README", drop_in(f"EnvironmentFile={ENV_FILE}")),
        ("docker.service.d/x.conf", drop_in(f"EnvironmentFile={ENV_FILE}")),
        ("moby.service", Link("docker.service")),
    ],
)
def test_an_environment_file_of_the_engine_alone(path: str, text: Content, tmp_path: Path) -> None:
    files: Dict[str, Content] = {f"{ETC}/docker.service": BASE[UNIT_FILE], f"{ETC}/{path}": text}
    assert reader(tmp_path, files) is None


@pytest.mark.parametrize("place", SYSTEM_WIDE)
def test_what_logins_and_shells_read(place: str, tmp_path: Path) -> None:
    path = f"{place}x.sh" if place.endswith("/") else place
    assert reader(tmp_path, {path: ""}, path) == "logins and shells"
    files: Dict[str, Content] = {"/etc/environment": Link("/etc/proxy.env"), "/etc/proxy.env": ""}
    assert reader(tmp_path / "2", files, "/etc/proxy.env") == "logins and shells"


def script(root: Path, files: Dict[str, Content], path: str = ENV_FILE) -> Optional[str]:
    return Readers(tree(root, docker_files({**BASE, **files})), SYSTEM).script(path)


@pytest.mark.parametrize("place", SCRIPTS)
def test_what_a_script_names(place: str, tmp_path: Path) -> None:
    path = f"{place}x" if place.endswith("/") else place
    assert script(tmp_path, {path: f"set -a; . {ENV_FILE}; set +a\n"}) == path


FOO = "/etc/init.d/foo"


@pytest.mark.parametrize(
    "text",
    [
        f"auth required pam_env.so readenv=1 envfile={ENV_FILE}\n",
        f"test -r {ENV_FILE}&&. {ENV_FILE}",
        f'. "{ENV_FILE}"',
        ". /etc/'default/docker'",
        "NAME=docker\n[ -r /etc/default/$NAME ] && . /etc/default/$NAME\n",
        "  export NAME='docker' # c\n. /etc/default/${NAME}\n",
        '. "$DIR"/docker',
        ". ${DIR:-/etc/default}/docker; . $DIR/docker",
        ". ${CONF:-/etc/default/docker}",
        "cd /etc/default; . ./docker",
        "for f in /etc/default/*; do . $f; done",
        ". /etc/linked/docker",
        ". /etc/init.d/../default//docker",
        f"* * * * * root env $(cat {ENV_FILE}) curl x",
    ],
)
def test_how_a_script_may_name_a_file(text: str, tmp_path: Path) -> None:
    assert script(tmp_path, {FOO: text, "/etc/linked": Link("default")}) == FOO


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (FOO, "# see /etc/default/docker\n  #. /etc/default/docker\n"),
        (FOO, ". /etc/default/docker-registry; . /srv/etc/default/docker"),
        (FOO, "NAME=cron\n. /etc/default/$NAME\n. /etc/default/$OTHER\n"),
        (FOO, "case $x in /*) ;; esac; rm -f /etc/*; ls -d /etc/default/ /"),
        (FOO, "docker ps; bin/docker; $/ /$"),
        (FOO, b"\0 /etc/default/docker"),
        (FOO, Link("/etc/init.d")),
        ("/etc/init.d/docker", ". /etc/default/docker"),
        (ENV_FILE, "A=/etc/default/docker\n"),
        ("/opt/x", ". /etc/default/docker"),
    ],
)
def test_what_is_no_name_of_the_file(path: str, text: Content, tmp_path: Path) -> None:
    assert script(tmp_path, {path: text}) is None


@pytest.mark.parametrize("text", ["a" * 10**6, "/" * 10**6, "${a" * 10**5, "$a/" * 10**5, " \t" * 10**5 + "=" * 10**5])
def test_a_hostile_script_costs_no_time(text: str, tmp_path: Path) -> None:
    start = time.process_time()
    assert script(tmp_path, {FOO: text}) is None
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("/usr/lib/systemd/user", f"EnvironmentFile={ENV_FILE}"),
        ("/lib/systemd/user", f"EnvironmentFile={ENV_FILE}"),
        ("/etc/systemd/user", "EnvironmentFile=-%h/p"),
        ("/home/ann/.config/systemd/user", f"EnvironmentFile={ENV_FILE}"),
        ("/home/ann/.config/systemd/user", "EnvironmentFile=-%h/p"),
    ],
)
@pytest.mark.parametrize("unit", ["x.service", "docker.service", "x@.service"])
def test_what_a_unit_of_a_users_manager_reads(folder: str, line: str, unit: str, tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        f"{folder}/{unit}": drop_in(line),
        "/home/ann/p": Link(ENV_FILE),
        "/etc/passwd": "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n",
    }
    assert reader(tmp_path, files) == f"a user's {unit}"


def test_the_files_of_a_rootless_engine(tmp_path: Path) -> None:
    ann = User("ann", 1000, 1000, "/home/ann")
    own, units = "/home/ann/p.env", "/home/ann/.config/systemd/user"
    files: Dict[str, Content] = {f"{units}/docker.service": drop_in("EnvironmentFile=%h/p.env"), own: "A=1\n"}
    assert Readers(tree(tmp_path, files), rootless(ann)).other_than_engine(own) is None
    files[f"{units}/x.service"] = drop_in("EnvironmentFile=%h/p.env")
    assert Readers(tree(tmp_path / "2", files), rootless(ann)).other_than_engine(own) == "x.service"
    files = {own: "", f"{ETC}/y.service": drop_in(f"EnvironmentFile={own}")}
    assert Readers(tree(tmp_path / "3", files), rootless(ann)).other_than_engine(own) == "y.service"


def test_a_drop_in_of_two_units(tmp_path: Path) -> None:
    link = {f"{ETC}/containerd.service.d/p.conf": Link("../docker.service.d/p.conf")}
    assert reader(tmp_path, dict(link), PART) == "containerd.service"
    assert reader(tmp_path / "2", {}, PART) is None
    folder = {f"{ETC}/containerd.service.d": Link("docker.service.d")}
    assert reader(tmp_path / "3", dict(folder), f"{DROP_IN}/new.conf") == "containerd.service"


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    files: Dict[str, Content] = {f"{ETC}/x.service": names("EnvironmentFile=-/etc/docker/http-proxy.env")}
    assert reader(tmp_path, files, "/etc/docker/http-proxy.env") == "x.service"


def test_names_that_lead_to_the_same_unit_are_no_other_reader(tmp_path: Path) -> None:
    etc, lib = "/etc/systemd/system", "/usr/lib/systemd/system"
    unit = "[Service]\nEnvironmentFile=/etc/own.env\n"
    files: Dict[str, Content] = {
        f"{etc}/docker.service": Link(f"{lib}/moby.service"),
        f"{etc}/other.service": Link("moby.service"),
        f"{etc}/gone.service": Link("/nowhere"),
        f"{lib}/moby.service": unit,
        f"{lib}/moby.service.d/a.conf": unit,
        "/etc/own.env": "",
    }
    assert Readers(tree(tmp_path, files), SYSTEM).other_than_engine("/etc/own.env") is None
