"""What a host answers, and that absent, unreadable and not checked stay apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Union

import pytest

from dockproxy.host import BundleHost, File, Kind, LocalHost, OverlayHost, Process, Response, TreeHost, User, local
from dockproxy.host.tree import MAX_FILE_BYTES
from dockproxy.model import Missing
from dockproxy.sources import installation
from tests.unit.trees import Content, Link, grow, tree


def data(host: Any, path: str) -> Union[bytes, Missing]:
    answer = host.read(path)
    return answer.data if isinstance(answer, File) else answer


def test_a_file_with_what_must_survive_its_replacement(tmp_path: Path) -> None:
    grow(tmp_path, {"/a": "x"})
    (tmp_path / "a").chmod(0o640)
    file = TreeHost(str(tmp_path)).read("/a")
    assert isinstance(file, File)
    info = (tmp_path / "a").stat()
    assert (file.data, file.mode, file.uid, file.gid) == (b"x", 0o640, info.st_uid, info.st_gid)
    assert file.changed == max(info.st_mtime, info.st_ctime)


def test_links_never_leave_the_tree(tmp_path: Path) -> None:
    grow(
        tmp_path,
        {
            "/etc/real": "inside",
            "/etc/absolute": Link("/etc/real"),
            "/etc/relative": Link("../etc/./real"),
            "/etc/climbing": Link("../../../../../../etc/real"),
            "/dir": Link("/etc"),
            "/loop": Link("/loop"),
        },
    )
    host = TreeHost(str(tmp_path))
    for path in ("/etc/absolute", "/etc/relative", "/etc/climbing", "/dir/real", "/dir/../etc/real"):
        assert data(host, path) == b"inside", path
    assert host.realpath("/dir/absolute") == "/etc/real"
    assert host.read("/loop") is Missing.LINK_LOOP
    assert host.realpath("/loop") == "/loop"
    assert host.list("/dir") == ("absolute", "climbing", "real", "relative")


def test_more_links_than_the_kernel_follows_never_leave_the_tree_either(tmp_path: Path) -> None:
    links: Dict[str, Content] = {f"/{number}": Link(f"/{number + 1}") for number in range(42)}
    host = tree(tmp_path, {**links, "/42": Link("/etc/hosts")})
    assert host.read("/10") is Missing.ABSENT
    assert host.read("/0") is Missing.LINK_LOOP


def test_absent_and_what_is_no_file(tmp_path: Path) -> None:
    grow(tmp_path, {"/file": "x", "/folder/": ""})
    os.mkfifo(tmp_path / "fifo")
    host = TreeHost(str(tmp_path))
    assert host.read("/gone") is Missing.ABSENT
    assert host.read("/file/below") is Missing.ABSENT
    assert host.list("/gone") is Missing.ABSENT
    assert host.list("/file") is Missing.ABSENT
    assert host.read("/folder") is Missing.NO_FILE
    assert host.read("/fifo") is Missing.NO_FILE
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert host.read("/socket") is Missing.NO_FILE


def test_the_null_device_is_an_empty_file_also_where_there_are_no_devices(tmp_path: Path) -> None:
    grow(tmp_path, {"/link": Link("/dev/null")})
    for host in (TreeHost(str(tmp_path)), LocalHost()):
        assert data(host, "/dev/null") == b""
    assert data(TreeHost(str(tmp_path)), "/link") == b""


def test_a_file_beyond_reason_is_not_read(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/big": b"x" * (MAX_FILE_BYTES + 1), "/var/lib/dpkg/status": b"x" * (MAX_FILE_BYTES + 1)})
    assert host.read("/big") is Missing.TOO_LARGE
    assert isinstance(host.read("/var/lib/dpkg/status"), File)


ME = User("me", os.geteuid(), os.getegid(), "/root")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything; test_without_permission_as_another_user does it")
def test_without_permission(tmp_path: Path) -> None:
    grow(tmp_path, {"/a": "x"})
    (tmp_path / "a").chmod(0)
    assert TreeHost(str(tmp_path)).read("/a") is Missing.PERMISSION


@pytest.mark.real("setpriv", root=True)
def test_without_permission_as_another_user(tmp_path: Path) -> None:
    script = "from dockproxy.host import LocalHost as L; h = L(); print(h.read('/etc/shadow'), h.list('/root'))"
    source = str(Path(__file__).resolve().parents[3] / "src")
    # An interpreter of the system, as the test's own may stand below a folder that nobody else may enter.
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    copy = Path("/tmp") / f"dockproxy-{os.getpid()}"
    subprocess.run(["cp", "-r", source, str(copy)], check=True)
    try:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", python, "-c", script],
            env={"PYTHONPATH": str(copy)},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        subprocess.run(["rm", "-r", str(copy)], check=True)
    assert done.stdout.split() == ["Missing.PERMISSION", "Missing.PERMISSION"]


def test_a_tree_knows_nothing_of_today(tmp_path: Path) -> None:
    host = TreeHost(str(tmp_path))
    answers = [
        host.unit_properties("docker.service", ["MainPID"]),
        host.manager_environment(),
        host.process(1),
        host.processes("dockerd"),
        host.process_environment(1),
        host.program_version("dockerd"),
        host.engine_get("/run/docker.sock", "/info"),
    ]
    assert set(answers) == {Missing.NOT_CHECKED}
    assert not host.live


def test_an_overlay_shows_the_plan_over_the_host(tmp_path: Path) -> None:
    grow(tmp_path, {"/etc/a": "old", "/etc/b": "gone", "/etc/link": Link("/etc/a")})
    base = BundleHost(str(tmp_path), {"manager-environment": {"A": "1"}, "environment 7": {"B": "2"}, "version x": "1"})
    host = OverlayHost(base, {"/etc/a": b"new", "/etc/b": None, "/new/c": b"c"})
    assert data(host, "/etc/a") == data(host, "/etc/link") == b"new"
    assert host.read("/etc/b") is Missing.ABSENT
    assert host.list("/etc") == ("a", "link")
    assert host.list("/new") == ("c",)
    assert host.list("/nowhere") is Missing.ABSENT
    assert (host.manager_environment(), host.process_environment(7)) == ({"A": "1"}, {"B": "2"})
    hidden = [
        host.unit_properties("x", []),
        host.process(7),
        host.processes("x"),
        host.program_version("x"),
        host.engine_get("/s", "/info"),
    ]
    assert set(hidden) == {Missing.NOT_CHECKED}
    assert not host.live


def test_an_overlay_over_a_loop_of_links(tmp_path: Path) -> None:
    host = OverlayHost(TreeHost(str(grow(tmp_path, {"/loop": Link("/loop")}))), {})
    assert host.read("/loop") is Missing.LINK_LOOP
    assert host.list("/loop") is Missing.LINK_LOOP


def test_a_bundle_answers_what_was_recorded(tmp_path: Path) -> None:
    host = BundleHost(
        str(tmp_path),
        {
            "unit docker.service": {"MainPID": "7", "Other": "x"},
            "processes dockerd": [{"pid": 7, "argv": ["dockerd"], "started": 1.0}],
            "environment 7": "permission",
            "version dockerd": "Docker version 28",
            "GET /s /info": {"status": 200, "server": "Docker", "body": {}},
        },
    )
    assert host.live
    assert host.unit_properties("docker.service", ["MainPID", "Absent"]) == {"MainPID": "7"}
    assert host.unit_properties("other.service", ["MainPID"]) is Missing.NOT_CHECKED
    assert host.process(7) == Process(7, "dockerd", ("dockerd",), 1.0)
    assert host.process(8) is Missing.ABSENT
    assert host.process_environment(7) is Missing.PERMISSION
    assert host.program_version("dockerd") == "Docker version 28"
    assert host.engine_get("/s", "/info") == Response(200, "Docker", {})
    assert host.engine_get("/s", "/nodes") is Missing.NOT_CHECKED


def test_this_process_as_the_kernel_holds_it() -> None:
    child = subprocess.Popen(["sleep", "60"], env={"A": "1=2", "B": "é"})
    try:
        host = LocalHost()
        found = host.process(child.pid)
        while isinstance(found, Process) and not (found.name == "sleep" and found.argv):  # between fork and exec
            found = host.process(child.pid)
        assert isinstance(found, Process)
        assert (found.name, found.argv) == ("sleep", ("sleep", "60"))
        assert found.started is not None
        assert found.started == pytest.approx(os.stat(f"/proc/{child.pid}").st_mtime, abs=2)
        running = host.processes("sleep")
        assert not isinstance(running, Missing)
        assert child.pid in [p.pid for p in running]
        assert host.process_environment(child.pid) == {"A": "1=2", "B": "é"}
    finally:
        child.kill()
        child.wait()
    assert host.process(child.pid) is Missing.ABSENT
    assert host.process_environment(child.pid) is Missing.ABSENT


@pytest.mark.real("unshare", root=True)
def test_a_process_of_a_container_is_another_hosts() -> None:
    child = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "sleep", "61"])
    try:
        inside = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        while not inside.read_text() or Path(f"/proc/{inside.read_text().strip()}/comm").read_text() != "sleep\n":
            time.sleep(0.01)
        running = LocalHost().processes("sleep")
        assert not isinstance(running, Missing)
        assert int(inside.read_text()) not in [p.pid for p in running]
    finally:
        child.kill()
        child.wait()


def test_a_program_that_is_not_there_was_not_checked() -> None:
    host = LocalHost()
    assert host.program_version("/nonexistent") is Missing.NOT_CHECKED
    assert host.program_version("false") is Missing.NOT_CHECKED
    assert "Python" in str(host.program_version(sys.executable))


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name, and one called docker, which print a file; tests/e2e asks the real ones."""
    for name in ("systemctl", "docker"):
        grow(tmp_path, {f"/bin/{name}": f'#!/bin/sh\ncat "{tmp_path}/answer"\n'})
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    return tmp_path / "answer"


def test_properties_of_a_unit(systemctl: Path) -> None:
    systemctl.write_text("MainPID=7\nNeedDaemonReload=no\nnonsense\n")
    assert LocalHost().unit_properties("docker.service", ["MainPID"]) == {"MainPID": "7", "NeedDaemonReload": "no"}
    systemctl.unlink()
    assert LocalHost().unit_properties("docker.service", ["MainPID"]) is Missing.NOT_CHECKED


@pytest.mark.parametrize("text", ['{"A": "1 2"}', "A=1 2\n"])
def test_the_managers_environment_of_new_and_old_systemd(text: str, systemctl: Path) -> None:
    systemctl.write_text(text)
    assert LocalHost().manager_environment() == {"A": "1 2"}
    systemctl.unlink()
    assert LocalHost().manager_environment() is Missing.NOT_CHECKED


@pytest.mark.parametrize(
    "text", ["", "[1]", "5", "[" * 100_000, "{"], ids=["nothing", "a list", "a number", "deep", "half"]
)
def test_programs_that_print_nonsense(text: str, systemctl: Path) -> None:
    systemctl.write_text(text)
    assert LocalHost().manager_environment() == {}
    assert LocalHost().docker_info([], ME) is Missing.UNPARSABLE


def test_what_the_docker_cli_learns_from_afar(systemctl: Path) -> None:
    systemctl.write_text('{"ServerVersion": "28.5.2"}')
    assert LocalHost().docker_info(["--host", "tcp://build.corp:2376"], ME) == {"ServerVersion": "28.5.2"}


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (
            b'HTTP/1.0 200 OK\r\nServer: Docker/28.5.2 (linux)\r\n\r\n{"ID": "x"}\n',
            Response(200, "Docker/28.5.2 (linux)", {"ID": "x"}),
        ),
        (b"HTTP/1.1 500 Internal\r\n\r\n", Response(500, "", None)),
        (b"HTTP/1.0 200 OK\r\n\r\nnot json", Missing.UNPARSABLE),
        (b"HTTP/1.0 " + b"2" * 5000 + b" OK\r\n\r\n", Missing.UNPARSABLE),
        (b"HTTP/1.0 \xb2 OK\r\n\r\n", Missing.UNPARSABLE),
        (b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 100_000, Missing.UNPARSABLE),
        (b"SSH-2.0-x\r\n", Missing.UNPARSABLE),
        (b"", Missing.UNPARSABLE),
    ],
)
def test_the_engines_api(raw: bytes, answer: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(4096).startswith(b"GET /info HTTP/1.0\r\n")
                connection.sendall(raw)

        thread = threading.Thread(target=serve)
        thread.start()
        assert LocalHost().engine_get(path, "/info") == answer
        thread.join()


def test_an_api_where_nobody_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    assert LocalHost().engine_get(path, "/info") is Missing.ABSENT
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
    assert LocalHost().engine_get(path, "/info") is Missing.ABSENT


def test_an_api_that_does_not_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert LocalHost().engine_get(path, "/info", timeout=0.05) is Missing.UNPARSABLE


def test_links_of_this_machine(tmp_path: Path) -> None:
    grow(tmp_path, {"/a": "x"})
    (tmp_path / "b").symlink_to("a")
    assert LocalHost().realpath(str(tmp_path / "b")) == os.path.realpath(tmp_path / "a")


PASSWD = "root:x:0:0:root:/root:/bin/sh\n# no account\nalice:x:4711:4712::/home/alice:/bin/sh\nbad:x:x:1::/:/bin/sh\n"


def test_the_accounts_of_a_tree_are_its_own(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/etc/passwd": PASSWD})
    alice = User("alice", 4711, 4712, "/home/alice")
    assert [user.name for user in host.users()] == ["root", "alice"]
    assert (host.user("alice"), host.user(4711), host.user("bob")) == (alice, alice, None)
    overlay = OverlayHost(host, {})
    assert (overlay.users(), overlay.user("alice")) == (host.users(), alice)
    assert TreeHost(str(tmp_path / "none")).users() == []


def test_the_accounts_of_this_machine() -> None:
    host = LocalHost()
    root = host.user(0)
    assert root is not None
    assert host.user(root.name) == root
    assert root in host.users()
    assert host.user("nobody-of-that-name") is None
    assert host.user("half\0name") is None


def test_entries_and_where_links_lead(tmp_path: Path) -> None:
    links = {"/a/near": Link("x/../file"), "/a/far": Link("/b/file"), "/a/self": Link("self"), "/a/up": Link("../b/.")}
    host = tree(tmp_path, {"/a/file": "", "/a/x/": "", "/b/": "", **links})
    kinds = host.kinds("/a")
    assert not isinstance(kinds, Missing)
    expected = {"file": Kind.FILE, "x": Kind.OTHER, **dict.fromkeys(["near", "far", "self", "up"], Kind.LINK)}
    assert dict(kinds) == expected
    assert host.kinds("/gone") is Missing.ABSENT
    targets = {name: host.target(f"/a/{name}") for name in expected}
    assert targets == {
        "file": None, "x": None, "near": "/a/file", "far": "/b/file", "self": "/a/self", "up": "/b",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/a\0b", "\0"])
def test_a_name_that_nothing_can_have_is_absent(path: str, tmp_path: Path) -> None:
    for host in (TreeHost(str(tmp_path)), LocalHost()):
        assert host.read(path) is Missing.ABSENT
        assert host.list(path) is Missing.ABSENT
        assert host.kinds(path) is Missing.ABSENT
        assert host.target(path) is None
        assert host.realpath(path) == path


def test_a_plans_files_are_entries_too(tmp_path: Path) -> None:
    base = tree(tmp_path, {"/a/file": "", "/a/link": Link("file"), "/a/old": ""})
    host = OverlayHost(base, {"/a/new": b"", "/a/old": None, "/c/new": b""})
    assert host.kinds("/a") == {"file": Kind.FILE, "link": Kind.LINK, "new": Kind.FILE}
    assert (host.kinds("/c"), host.kinds("/d")) == ({"new": Kind.FILE}, Missing.ABSENT)
    assert host.target("/a/link") == "/a/file"


GROUPS = [
    ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service\n", True),
    ("12:pids:/x\n1:name=systemd:/user.slice/user-1.slice/user@1.service/docker.service/init\n0::/\n", True),
    ("0::/system.slice/docker-0123.scope\n", False),
    ("0::/lxc.payload.c/user.slice/user-1000.slice/user@1000.service/docker.service\n", False),
    ("", False),
]


@pytest.mark.parametrize("above", ["/init.scope", "/lxc.payload.c/init.scope", "/"])
def test_a_user_of_this_host_is_one_below_its_own_init(above: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = above.removesuffix("/init.scope").rstrip("/")
    group = f"0::{root}/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service\n"
    texts = {(1, "cgroup"): f"0::{above}\n", (7, "status"): "Name:\tdockerd\nNSpid:\t7\t2\n"}
    monkeypatch.setattr(local, "_proc_text", lambda pid, name: texts.get((pid, name)))
    for cgroup, is_anothers in ((group, False), (group.replace("user.slice/", "other/", 1), True)):
        assert local._is_in_container(Process(7, "dockerd", ("dockerd",), 0.0, cgroup=cgroup)) is is_anothers


@pytest.mark.parametrize(("text", "is_users"), GROUPS)
def test_what_a_users_manager_started_is_known_by_its_control_group(text: str, is_users: bool) -> None:
    assert bool(local.OF_USER.fullmatch(local.systemd_group(text))) is is_users


def test_an_account_with_a_number_that_is_none_is_passed_over(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/etc/passwd": "x:x:\u00b2:0::/h:/sh\nbob:x:7:7::/b:/sh\n", "/run/user/\u00b2/": ""})
    assert [user.name for user in host.users()] == ["bob"]
    assert [i.id for i in installation.find(host)] == ["system"]
