"""The engine of a host: installed, which version, running, and what it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

import pytest

from dockproxy.host import BundleHost, Host
from dockproxy.model import Engine, Running
from dockproxy.sources import engine, init
from dockproxy.sources.installation import SYSTEM
from tests.unit.trees import PID, SOCKET, Content, Link, docker_files, grow, info, live, tree


def find(host: Host) -> Engine:
    return asked(host)[0]


def asked(host: Host) -> Tuple[Engine, Optional[Running]]:
    return engine.find(
        host, SYSTEM, engine.find_process(host, SYSTEM, init.detect(host))[0], engine.ask(host, SOCKET)[0]
    )


def test_an_offline_tree_tells_version_and_nothing_of_today(tmp_path: Path) -> None:
    found = find(tree(tmp_path, docker_files()))
    assert found.version is not None
    assert (found.version.text, found.version.at_least(28, 5), found.version.at_least(29)) == (
        "28.5.2+dfsg1-1",
        True,
        False,
    )
    assert (found.installed, found.running, found.pid) == (True, None, None)


def test_no_engine(tmp_path: Path) -> None:
    found = find(tree(tmp_path, {"/usr/bin/sh": ""}))
    assert (found.installed, found.version) == (False, None)


@pytest.mark.parametrize(
    "status",
    [
        "",
        "Package: docker.io\nStatus: deinstall ok config-files\nVersion: 20.10\n",
        "Package: bash\nStatus: install ok installed\nVersion: 5.2\n",
        "Package: docker.io\nStatus: install ok installed\nVersion: unknown\n",
    ],
)
def test_a_package_that_is_not_installed_has_no_version(status: str, tmp_path: Path) -> None:
    assert find(tree(tmp_path, docker_files({"/var/lib/dpkg/status": status}))).version is None


def test_a_running_engine_reports_itself(tmp_path: Path) -> None:
    body = {
        **info("http://a:1", "http://b:2", ".corp"),
        "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
    }
    host = live(tmp_path, docker_files({"/run/docker.pid": f"{PID}\n"}), body, started=5.0)
    found, running = asked(host)
    assert found == Engine("system", True, found.version, True, SOCKET, PID, "containerd", "its own report")
    assert running == Running({"http-proxy": "http://a:1", "https-proxy": "http://b:2", "no-proxy": ".corp"}, PID, 5.0)
    assert engine.ask(host, SOCKET) == (body, False)


def test_the_classic_image_store(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), {**info(), "DriverStatus": [["Backing Filesystem", "extfs"]]})
    assert find(host).image_store == "classic"


@pytest.mark.parametrize(
    ("files", "answers", "pid"),
    [
        ({"/run/docker.pid": f"{PID}\n"}, {}, PID),
        ({}, {}, PID),  # MainPID of the unit
        ({"/run/docker.pid": "4711\n"}, {}, PID),  # stale
        ({"/run/docker.pid": "nonsense\n"}, {}, PID),
        ({}, {"unit docker.service": {"MainPID": "0"}}, PID),  # started by hand
        ({}, {"unit docker.service": "not-checked"}, PID),
        (
            {},
            {"unit docker.service": {"MainPID": "0"}, "processes dockerd": [{"pid": 5, "argv": [], "uid": 1000}]},
            None,
        ),
        ({"/run/docker.pid": f"{PID}\n"}, {"processes dockerd": "not-checked"}, None),
    ],
)
def test_the_process_of_a_service(
    files: Dict[str, Content], answers: Dict[str, Any], pid: Optional[int], tmp_path: Path
) -> None:
    host = live(tmp_path, docker_files(files), info(), answers=answers)
    found, _ = engine.find_process(host, SYSTEM, "systemd")
    assert (found.pid if found else None) == pid


@pytest.mark.parametrize(
    ("cgroup", "by_hand"),
    [
        ("0::/system.slice/docker.service\n", False),
        ("2:cpu:/\n1:name=systemd:/system.slice/docker.service\n", False),
        ("0::/user.slice/user-0.slice/session-3.scope\n", True),
        (None, False),
    ],
)
def test_a_dockerd_that_somebody_started_beside_its_service(cgroup: Any, by_hand: bool, tmp_path: Path) -> None:
    answers = {"processes dockerd": [{"pid": PID, "argv": ["dockerd"], "cgroup": cgroup}]}
    host = live(tmp_path, docker_files({"/run/docker.pid": f"{PID}\n"}), info(), answers=answers)
    assert engine.find_process(host, SYSTEM, "systemd")[1] is by_hand
    assert engine.find_process(host, SYSTEM, "sysv")[1] is False


def test_the_only_dockerd_where_no_service_manager_starts_it(tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), info())
    found, _ = engine.find_process(host, SYSTEM, "none")
    assert found is not None
    assert found.pid == PID


def test_of_several_the_one_that_listens_on_the_socket(tmp_path: Path) -> None:
    several = [
        {"pid": 1, "argv": ["dockerd", "-H", "tcp://0.0.0.0:2375"]},
        {"pid": 2, "argv": ["dockerd", "--host=unix:///a.sock", "-H", "unix:///b.sock", "-DHunix:///d.sock"]},
        {"pid": 3, "argv": ["dockerd", "-H=unix://"]},
        {"pid": 4, "argv": ["dockerd"], "uid": 1000},
    ]
    host = live(tmp_path, {}, info(), answers={"processes dockerd": several})

    def pid(socket: str) -> Optional[int]:
        found, _ = engine.find_process(host, SYSTEM._replace(socket=socket), "none")
        return found.pid if found else None

    assert [pid(s) for s in ("/a.sock", "/b.sock", "/d.sock", SOCKET, "/c.sock")] == [2, 2, 2, 3, None]


@pytest.mark.parametrize(("answer", "running"), [("absent", False), ("permission", None)])
def test_down_and_not_allowed_to_ask_are_two_answers(answer: str, running: Optional[bool], tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), None, answers={f"GET {SOCKET} /info": answer})
    assert find(host).running is running


def test_an_error_of_the_api_is_no_report(tmp_path: Path) -> None:
    answer = {"status": 500, "server": "Docker", "body": {"message": "x"}}
    host = live(tmp_path, docker_files(), info(), answers={f"GET {SOCKET} /info": answer})
    found, running = asked(host)
    assert (found.running, running) == (True, None)


def test_the_version_that_the_program_prints(tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    host = BundleHost(str(tmp_path), {"version /usr/sbin/dockerd": "x"})
    found = find(host)
    assert found.version is not None
    host = BundleHost(str(tmp_path), {"version /usr/sbin/dockerd": "Docker version 26.1.5+dfsg1, build a72d7cd"})
    found = find(host)
    assert found.version is not None
    assert found.version.text == "26.1.5+dfsg1"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"/run/systemd/system/": ""}, "systemd"),
        ({"/usr/lib/systemd/system/": ""}, "systemd"),
        ({"/etc/runlevels/": ""}, "openrc"),
        ({"/etc/rc0.d/": ""}, "sysv"),
        ({}, "none"),
        ({"/usr/lib/systemd/system/": "", "/etc/rc0.d/": "", "/sbin/init": Link("/lib/systemd/systemd")}, "systemd"),
        ({"/usr/lib/systemd/system/": "", "/etc/rc0.d/": "", "/sbin/init": ""}, "sysv"),
        ({"/usr/lib/systemd/system/": "", "/etc/runlevels/": "", "/sbin/init": Link("openrc-init")}, "openrc"),
    ],
)
def test_which_program_starts_services(files: Dict[str, Content], name: str, tmp_path: Path) -> None:
    assert init.detect(tree(tmp_path, files)) == name


class Alive(BundleHost):
    """Says that it is this machine."""

    def __init__(self, root: str, answers: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(root, answers or {})
        self.root, self._place = "/", root

    def _outside(self, path: str) -> str:
        return self._place + path


@pytest.mark.parametrize(
    ("files", "name"),
    [({"/run/initctl": ""}, "sysv"), ({"/run/openrc/": ""}, "openrc"), ({"/usr/lib/systemd/system/": ""}, "none")],
)
def test_on_a_live_host_only_what_runs_counts(files: Dict[str, Content], name: str, tmp_path: Path) -> None:
    grow(tmp_path, files)
    assert init.detect(Alive(str(tmp_path))) == name
