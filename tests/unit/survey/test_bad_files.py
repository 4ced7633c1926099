"""Whatever stands in the place of a file: no exception, and what the other files say is still reported."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Set, Tuple, Union

import pytest

from dockproxy import survey
from dockproxy.host import File, Host, Kind, TreeHost
from dockproxy.host.tree import MAX_FILE_BYTES
from dockproxy.model import Missing
from dockproxy.report import show_json, show_text
from dockproxy.sources.endpoint import Client
from tests.conftest import CANARY
from tests.unit.trees import (
    ALPINE_SCRIPT,
    DAEMON_JSON,
    DEBIAN_SCRIPT,
    DROP_IN,
    PID,
    SOCKET,
    Content,
    Link,
    docker_files,
    drop_in,
    grow,
    info,
    live,
)

CLIENT = Client("alice", 1000, 1000, "/home/alice/.docker", {})
CONFIG = "/home/alice/.docker/config.json"
ENV_FILE = "/etc/docker/proxy.env"
USER = "/home/alice/.config"
SHARED: Dict[str, Content] = {
    DAEMON_JSON: {"proxies": {"https-proxy": "http://daemon-json.corp:1"}},
    CONFIG: {"proxies": {"default": {"httpProxy": "http://client.corp:1"}}},
}
TREES: Dict[str, Dict[str, Content]] = {
    "systemd": docker_files(
        {
            **SHARED,
            f"{DROP_IN}/10.conf": drop_in("Environment=HTTP_PROXY=http://drop-in.corp:1"),
            f"{DROP_IN}/20.conf": drop_in(f"EnvironmentFile={ENV_FILE}"),
            ENV_FILE: "no_proxy=.env-file.corp\n",
            "/etc/hostname": "build\n",
            "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
            "/run/docker.pid": str(PID),
        }
    ),
    "sysv": {
        **SHARED,
        "/etc/rc0.d/": "",
        "/etc/init.d/docker": DEBIAN_SCRIPT,
        "/etc/default/docker": "export HTTP_PROXY=http://defaults.corp:1\n",
    },
    "openrc": {
        **SHARED,
        "/etc/runlevels/": "",
        "/etc/init.d/docker": ALPINE_SCRIPT,
        "/etc/conf.d/docker": "export HTTP_PROXY=http://confd.corp:1\n",
    },
    "rootless": {
        CONFIG: SHARED[CONFIG],
        "/usr/lib/systemd/system/": "",
        "/etc/passwd": "alice:x:1000:1000::/home/alice:/bin/sh\n",
        f"{USER}/systemd/user/docker.service": drop_in("ExecStart=/usr/bin/dockerd-rootless.sh"),
        f"{USER}/systemd/user/docker.service.d/10.conf": drop_in("Environment=HTTP_PROXY=http://user-drop-in.corp:1"),
        f"{USER}/environment.d/10.conf": "no_proxy=.environment-d.corp\n",
        f"{USER}/docker/daemon.json": {"proxies": {"https-proxy": "http://user-daemon-json.corp:1"}},
    },
}
SAYS = {
    f"{DROP_IN}/10.conf": "http://drop-in.corp:1",
    ENV_FILE: ".env-file.corp",
    DAEMON_JSON: "http://daemon-json.corp:1",
    CONFIG: "http://client.corp:1",
    "/etc/default/docker": "http://defaults.corp:1",
    "/etc/conf.d/docker": "http://confd.corp:1",
    f"{USER}/systemd/user/docker.service.d/10.conf": "http://user-drop-in.corp:1",
    f"{USER}/environment.d/10.conf": ".environment-d.corp",
    f"{USER}/docker/daemon.json": "http://user-daemon-json.corp:1",
}
"""File to the value that it alone says."""
NAMED_IN = {
    ENV_FILE: f"{DROP_IN}/20.conf",
    **dict.fromkeys(("/etc/default/docker", "/etc/conf.d/docker"), "/etc/init.d/docker"),
    **{path: "/etc/passwd" for path in SAYS if path.startswith(USER)},
}
"""A file that is read only because of what another one says."""

PLACES = [
    (name, path)
    for name, files in TREES.items()
    for path, content in files.items()
    if not path.endswith("/") and not isinstance(content, Link)
]


def shown(host: Host) -> Dict[str, Any]:
    """The document of a host in whatever state; both reports can be written, and nothing in them moves the cursor."""
    report = survey.inspect(host, CLIENT)
    text = show_text.render(report)
    assert all(character.isprintable() or character == "\n" for character in text)
    made: Dict[str, Any] = json.loads(json.dumps(show_json.document(report)))
    assert CANARY not in text + json.dumps(made)
    return made


def said(document: Dict[str, Any]) -> Set[str]:
    """Every value, also those that lost."""
    found = [e for c in document["consumers"] for e in c["effective"].values()]
    return {e["value"] for e in found} | {lost["value"] for e in found for lost in e["shadowed"]}


def named(document: Dict[str, Any]) -> str:
    """What is unread, and the problems."""
    return json.dumps([document["host"]["unread"], *((c["unread"], c["problems"]) for c in document["consumers"])])


def check_the_rest(document: Dict[str, Any], tree: str, path: str) -> None:
    """What every file but this one says is there."""
    rest = {file for file in SAYS if file in TREES[tree] and path not in (file, NAMED_IN.get(file))}
    assert {SAYS[file] for file in rest} <= said(document)


def put(place: Path, make: Callable[[Path], object]) -> None:
    """Make something else in the place of a file or a folder."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink()
    make(place)


def listen(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, tempfile.TemporaryDirectory() as short:
        listening.bind(f"{short}/s")
        os.rename(f"{short}/s", place)


NO_FILES: Dict[str, Callable[[Path], object]] = {
    "a directory": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a socket": listen,
    "a link to itself": lambda place: place.symlink_to(place.name),
    "10 MB in one line": lambda place: place.write_bytes(b"A" * 10_000_000),
    "10 MB in short lines": lambda place: place.write_bytes(b"X=1\n" * 2_500_000),
}


@pytest.mark.parametrize("what", list(NO_FILES))
@pytest.mark.parametrize(("tree", "path"), PLACES)
def test_what_cannot_be_read_is_named_and_the_rest_is_reported(tree: str, path: str, what: str, tmp_path: Path) -> None:
    put(grow(tmp_path, TREES[tree]) / path[1:], NO_FILES[what])
    document = shown(TreeHost(str(tmp_path)))
    if path.endswith("/docker.service") and not what.startswith("10 MB"):
        # To systemd there is no such unit then, and so no drop-in.
        assert said(document).isdisjoint(SAYS[file] for file in SAYS if file.startswith(f"{path}.d/"))
        return
    check_the_rest(document, tree, path)
    if path in SAYS:
        assert path in named(document) or "environment.d" in path, "its generator passes over what is no file"
        assert SAYS[path] not in said(document)


CONTENTS: Dict[str, bytes] = {
    "every byte": bytes(range(256)) * 40,
    "an ELF head": b"\x7fELF\x02\x01\x01" + bytes(200) + b"[Service]\n",
    "UTF-16": "[Service]\nEnvironment=HTTP_PROXY=x\n".encode("utf-16"),
    "Latin-1": b"[Service]\nEnvironment=HTTP_PROXY=http://b\xfcro:1\nHTTP_PROXY=http://b\xfcro:1\n",
    "a header that is not closed": b"[Service\nEnvironment=HTTP_PROXY=x\n",
    "quotes that are not closed": b"[Service]\nEnvironment=\"HTTP_PROXY=x\nHTTP_PROXY='x\nexport HTTP_PROXY=`x\n",
    "NUL bytes": b"\0" * 1000 + b"HTTP_PROXY=x\0",
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"proxies":' * 20_000,
    "a number of 5000 digits": b'{"proxies": ' + b"9" * 5000 + b"}",
    "a list": b"[1, 2]",
    "wrong types": b'{"proxies": {"https-proxy": 1, "default": [], "no-proxy": {"a": 1e999}}, "currentContext": 5}',
    "escape sequences": b'{"proxies": {"no-proxy": "\\u001b[2J"}, "x\\u001b[2J": {"no-proxy": 1}}',
    "an assignment of 500 kB": b"[Service]\nEnvironment=HTTP_PROXY=" + b"a" * 500_000,
    "a variable of 500 kB": b"HTTP_PROXY=" + b"a" * 500_000,
    "a URL of many": b"HTTP_PROXY=" + b"http://u:C4NARY@h:1/" * 2_000,
    "10,000 words": b"[Service]\nEnvironment=" + b"A=1 " * 10_000,
    "10,000 continued lines": b"[Service]\nEnvironment=" + b"A=1 \\\n" * 10_000,
    "10,000 assignments": b"[Service]\n" + b"Environment=A=1\n" * 10_000,
    "10,000 lines": b"A=1\n" * 10_000,
    "backslashes": b"[Service]\nEnvironment=" + b"\\" * 100_000,
    "line feeds": b"\n" * 100_000,
    "open conditions": b"if " * 20_000,
    "open parentheses": b"(" * 20_000,
    "open substitutions": b"A=${" * 20_000,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
@pytest.mark.parametrize(("tree", "path"), PLACES)
def test_what_makes_no_sense_costs_no_more_than_that_file(tree: str, path: str, content: bytes, tmp_path: Path) -> None:
    assert len(content) <= MAX_FILE_BYTES
    (grow(tmp_path, TREES[tree]) / path[1:]).write_bytes(content)
    check_the_rest(shown(TreeHost(str(tmp_path))), tree, path)


class Changing(TreeHost):
    """A tree in which one path cannot be read, from its given read on."""

    def __init__(self, root: str, path: str, answer: Missing, after: int) -> None:
        super().__init__(root)
        self.path, self.answer, self.left = path, answer, after

    def read(self, path: str) -> Union[File, Missing]:
        if path == self.path:
            self.left -= 1
            return self.answer if self.left < 0 else super().read(path)
        return super().read(path)

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        return self.answer if path == self.path else super().list(path)

    def kinds(self, path: str) -> Union[Mapping[str, Kind], Missing]:
        return self.answer if path == self.path else super().kinds(path)


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize(("tree", "path"), PLACES)
def test_a_file_that_vanishes_between_two_reads(tree: str, path: str, after: int, tmp_path: Path) -> None:
    host = Changing(str(grow(tmp_path, TREES[tree])), path, Missing.ABSENT, after)
    check_the_rest(shown(host), tree, path)


@pytest.mark.parametrize(("tree", "path"), PLACES)
def test_a_file_without_permission(tree: str, path: str, tmp_path: Path) -> None:
    document = shown(Changing(str(grow(tmp_path, TREES[tree])), path, Missing.PERMISSION, 0))
    check_the_rest(document, tree, path)
    assert path not in SAYS or path in named(document)


FOLDERS = sorted({(tree, str(parent)) for tree, path in PLACES for parent in Path(path).parents if parent.name})


LISTED = (
    DROP_IN,
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    f"{USER}/systemd/user",
    f"{USER}/systemd/user/docker.service.d",
    f"{USER}/environment.d",
)
"""Folders in which files are looked for whose names nobody knows beforehand."""


@pytest.mark.parametrize("way", ["a file", "a link to itself", "without permission"])
@pytest.mark.parametrize(("tree", "folder"), FOLDERS)
def test_a_folder_is_something_else(tree: str, folder: str, way: str, tmp_path: Path) -> None:
    grow(tmp_path, TREES[tree])
    host = TreeHost(str(tmp_path))
    if way == "without permission":
        host = Changing(str(tmp_path), folder, Missing.PERMISSION, 0)
    else:
        put(tmp_path / folder[1:], Path.touch if way == "a file" else lambda place: place.symlink_to(place.name))
    shared = {file for file in SHARED if file in TREES[tree] and not file.startswith(f"{folder}/")}
    document = shown(host)
    assert {SAYS[file] for file in shared} <= said(document)
    if way == "without permission" and folder in LISTED:
        assert f'"{folder}"' in named(document)


ODD_NAMES = [" ", "a b", "ü", "\udcff", "a\nb", "\x1b[2J", "%H", "$A", "'", '"', "\\", "*", "[a", "-", "a" * 200, "."]


def test_thousands_of_drop_ins_with_odd_names(tmp_path: Path) -> None:
    names = [f"{number:04}" for number in range(4000)] + [f"z{name}" for name in ODD_NAMES]
    files: Dict[str, Content] = {
        f"{DROP_IN}/{name}.conf": drop_in(f"Environment=HTTP_PROXY=http://{number}.corp:1")
        for number, name in enumerate(names)
    }
    document = shown(TreeHost(str(grow(tmp_path, docker_files(files)))))
    http = document["consumers"][0]["effective"]["http-proxy"]
    assert {e["origin"]["path"] for e in [http, *http["shadowed"]]} == set(files)


@pytest.mark.parametrize("digits", ["1" * 5000, "²"])
@pytest.mark.parametrize(
    "place",
    [
        ("/run/docker.pid", "{}"),
        ("/etc/passwd", "root:x:0:0::/root:/bin/sh\nx:x:{}:1::/:/bin/sh\ny:x:1:{}::/:/bin/sh\n"),
        ("/var/lib/dpkg/status", "Package: docker.io\nStatus: install ok installed\nVersion: 5:{}\n\n"),
        ("/snap/docker/current/meta/snap.yaml", "version: {}\n"),
    ],
)
def test_more_digits_than_python_takes(place: Tuple[str, str], digits: str, tmp_path: Path) -> None:
    path, text = place
    files: Dict[str, Content] = {**TREES["systemd"], path: text.replace("{}", digits)}
    document = shown(TreeHost(str(grow(tmp_path, files))))
    assert document["consumers"][0]["effective"]["http-proxy"]["value"] == "http://drop-in.corp:1"


BODIES: List[Any] = [
    [], [1], "x", 5, True, {}, {"ServerVersion": []}, {"ServerVersion": None, "HttpProxy": {"a": 1}},
    {"DriverStatus": 5}, {"DriverStatus": [5]}, {"DriverStatus": {"a": "b"}}, {"DriverStatus": [["driver-type"]]},
    {"HttpProxy": 5, "HttpsProxy": ["http://u:C4NARY@h:1"], "NoProxy": None},
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_an_engine_that_answers_nonsense(body: Any, tmp_path: Path) -> None:
    answers = {f"GET {SOCKET} /info": {"status": 200, "server": "", "body": body}}
    host = live(tmp_path, TREES["systemd"], info(), answers=answers)
    assert {SAYS[path] for path in SAYS if path in TREES["systemd"]} <= said(shown(host))


@pytest.mark.parametrize(
    "endpoint",
    ["unix:///run/\0x", "unix://" + "/a" * 5000, "unix://\ud800", "unix://\x1b[2J", "://", "tcp://[", 5, None],
)
def test_a_context_whose_host_is_none(endpoint: Any, tmp_path: Path) -> None:
    folder = f"/home/alice/.docker/contexts/meta/{hashlib.sha256(b'c').hexdigest()}"
    files: Dict[str, Content] = {f"{folder}/meta.json": {"Endpoints": {"docker": {"Host": endpoint}}}}
    host = live(tmp_path, {**TREES["systemd"], **files, CONFIG: {"currentContext": "c"}}, info())
    shown(host)
