"""Who reads a file beside the engine. tests/e2e does the same to a real systemd."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional

import pytest

from dockproxy.planner.sharing import SYSTEM_WIDE, Readers
from dockproxy.sources.installation import SYSTEM
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
