"""What systemd refuses of a service, and what it ignores; tests/oracles asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.model import Reading
from dockproxy.resolve.daemon import view
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import DROP_IN, UNIT_FILE, Content, Link, docker_files, drop_in, grow, tree

PATH = f"{DROP_IN}/a.conf"
START = "ExecStart=/usr/sbin/dockerd"
URL = "http://p.corp:3128"


def reading(root: Path, files: Dict[str, Content]) -> Reading:
    return view(tree(root, docker_files(files))).sources.reading


def said(found: Reading, kind: str) -> List[str]:
    return [d.message for d in found.defects if d.kind == kind]


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        ([START], f"{PATH}:2", "a second command"),
        (["ExecStart=", f"{START} ; /bin/true"], f"{PATH}:3", "a second command"),
        (["ExecStart="], UNIT_FILE, "no ExecStart= is in force"),
        (['ExecStart=/usr/sbin/dockerd "--debug'], f"{PATH}:2", "systemd cannot read"),
        (["ExecStart=/usr/sbin/", "ExecStart=", START], f"{PATH}:2", "systemd cannot read"),
        (["ExecStart=@/usr/sbin/dockerd"], f"{PATH}:2", "systemd cannot read"),
        (["ExecStart=", "ExecStart=-/usr/sbin/dockerd %5"], UNIT_FILE, "no ExecStart= is in force"),
        (["ExecStart=", 'ExecStart="/usr/sbin/dockerd'], UNIT_FILE, "no ExecStart= is in force"),
    ],
)
def test_what_systemd_refuses(lines: List[str], where: str, what: str, tmp_path: Path) -> None:
    found = reading(tmp_path, {PATH: drop_in(*lines)})
    (message,) = said(found, "unit-invalid")
    assert message.startswith(f"{where}: {what}")
    assert "so systemd does not start docker.service" in message


@pytest.mark.parametrize(
    "lines",
    [
        ["ExecStart=", START],
        ["ExecStart=", "Type=oneshot", START, START],
        ["ExecStart=", "Type=onceshot", START],
        ["ExecStart=", f"{START} ;"],
        ["ExecStart=", f"{START} \\; ';'"],
        ["ExecStart=", "ExecStart=/usr/sbin/dockerd --label=%b"],
        ["ExecStart=", "ExecStart=/usr/sbin/dockerd", "ExecStart=-/usr/sbin/"],
    ],
)
def test_what_it_takes(lines: List[str], tmp_path: Path) -> None:
    assert said(reading(tmp_path, {PATH: drop_in(*lines)}), "unit-invalid") == []


def test_of_a_unit_that_may_not_be_read_nothing_follows(tmp_path: Path) -> None:
    grow(tmp_path, docker_files({PATH: drop_in("ExecStart=")}))
    found = view(Unreadable(str(tmp_path), UNIT_FILE)).sources.reading
    assert said(found, "unit-invalid") == []
    assert {u.source for u in found.unread} == {"systemd-environment", "dockerd-flag"}


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    gone: Dict[str, Content] = {PATH: drop_in("ExecStart=", "ExecStart=/opt/docker/dockerd")}
    (message,) = said(reading(tmp_path / "1", gone), "program-missing")
    assert message == f"{PATH}:3: /opt/docker/dockerd does not exist, so the service does not start; correct its path"
    assert said(reading(tmp_path / "2", {**gone, "/opt/docker/dockerd": ""}), "program-missing") == []
    assert said(reading(tmp_path / "3", {PATH: drop_in("ExecStart=", "ExecStart=dockerd")}), "program-missing") == []
    wrapped: Dict[str, Content] = {PATH: drop_in("ExecStart=", "ExecStart=/opt/wrap dockerd")}
    assert said(reading(tmp_path / "5", wrapped), "program-missing") == [], "a tree may hold a part of a host"
    bare = tree(tmp_path / "4", {UNIT_FILE: drop_in("ExecStart=/opt/docker/dockerd"), "/run/systemd/system/": ""})
    assert said(view(bare).sources.reading, "program-missing") == [], "of a tree without any dockerd nothing follows"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (f"Environment=HTTPS_PROXY={URL}\n", 1, "an assignment outside of any section; write [Service] above it"),
        (f"[Unit]\nEnvironment=HTTPS_PROXY={URL}\n", 2, "only under [Service], and this is [Unit]"),
        (f"[Sevice]\nEnvironment=NO_PROXY={URL}\n", 2, "only under [Service], and this is [Sevice]"),
        (f"[Service]\nenvironment=HTTPS_PROXY={URL}\n", 2, "knows no key environment; is Environment meant?"),
        (f"[Service]\nEnviroment=HTTPS_PROXY={URL}\n", 2, "knows no key Enviroment; is Environment meant?"),
        (f"[Service]\nHTTPS_PROXY={URL}\n", 2, "knows no key HTTPS_PROXY; write Environment=HTTPS_PROXY=… under"),
        (f"[Service]\nexport https_proxy={URL}\n", 2, "write Environment=https_proxy=… under [Service]"),
        (f"[Service]\nexecstart=dockerd --https-proxy={URL}\n", 2, "is ExecStart meant?"),
        (f"[Service]\nHTTPS_PROXY {URL}\n", 2, "a line without =; write [Service] above it"),
    ],
)
def test_what_systemd_ignores(text: str, line: int, why: str, tmp_path: Path) -> None:
    (message,) = said(reading(tmp_path, {PATH: text}), "environment-ignored")
    assert message.startswith(f"{PATH}:{line}: ")
    assert why in message


@pytest.mark.parametrize(
    "text",
    [
        "[Service]\nEnvironment=HTTPS_PROXY=http://p:1\n",
        "[Service]\nExecStartPre=/bin/echo --http-proxy\nDescription=of HTTP_PROXY\n",
        "[Unit]\nDescription=sets HTTPS_PROXY\nnonsense\n",
    ],
)
def test_what_it_does_not_ignore_or_is_no_proxy(text: str, tmp_path: Path) -> None:
    assert said(reading(tmp_path, {PATH: text}), "environment-ignored") == []


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        (["RootDirectory=/srv", "BindPaths=/a:/b"], [("daemon-json", 2), ("daemon-json", 3)]),
        (["PAMName=login"], [("systemd-environment", 2)]),
        (["PAMName=login", "PAMName="], []),
    ],
)
def test_what_gives_the_service_something_else(lines: List[str], places: List[Tuple[str, int]], tmp_path: Path) -> None:
    found = reading(tmp_path, {PATH: drop_in(*lines)})
    assert [(u.source, u.line) for u in found.unread] == places


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (f"{DROP_IN}/http-proxy", "whose names end in .conf"),
        (f"{DROP_IN}/http-proxy.con", "whose names end in .conf"),
        ("/etc/systemd/docker.service.d/p.conf", f"looks for drop-ins in {DROP_IN}"),
        ("/etc/systemd/system/docker.socket.d/p.conf", f"looks for drop-ins in {DROP_IN}"),
        (f"{DROP_IN}/p.conf.bak", None),
        (f"{DROP_IN}/.p.conf.swp", None),
        ("/etc/systemd/system/other.service.d/p.conf", None),
    ],
)
def test_a_drop_in_that_is_none(path: str, why: Optional[str], tmp_path: Path) -> None:
    found = said(reading(tmp_path, {path: drop_in(f"Environment=HTTPS_PROXY={URL}")}), "file-not-read")
    assert [why in message for message in found if why is not None] == [True] * (why is not None)
    assert len(found) == (why is not None)


def test_a_file_beside_the_drop_ins_that_names_no_proxy(tmp_path: Path) -> None:
    files: Dict[str, Content] = {f"{DROP_IN}/README": "about this\n", f"{DROP_IN}/gone": Link("/nowhere")}
    assert said(reading(tmp_path, files), "file-not-read") == []
