"""Bad input gets one clear sentence and the right exit code, and nothing is touched."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import pytest

from dockproxy.cli import invocation, main
from dockproxy.cli.errors import Exit
from dockproxy.host import Host
from tests.conftest import CANARY
from tests.unit.trees import (
    DAEMON_JSON,
    DROP_IN,
    PID,
    SOCKET,
    UNIT_FILE,
    Content,
    Link,
    docker_files,
    drop_in,
    grow,
    info,
    live,
)

PROXY = "http://proxy.corp:3128"
OWN = f"{DROP_IN}/http-proxy.conf"


class Said(NamedTuple):
    """What a run printed, and its exit code."""

    code: int
    out: str
    err: str


class Command:
    """Runs dockproxy in this process; a canary in its output fails the test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *words: str, stdin: str = "", host: Optional[Host] = None) -> Said:
        stream = io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")))
        self._monkeypatch.setattr("sys.stdin", stream)
        if host is not None:
            self._monkeypatch.setattr(invocation, "host_at", lambda root: host)
        code = main(list(words))
        said = self._capsys.readouterr()
        assert CANARY not in said.out + said.err
        assert "Traceback" not in said.err
        return Said(int(code), said.out, said.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Command(capsys, monkeypatch)


def files_of(root: Path) -> Dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


ARGUMENTS: List[Tuple[str, List[str], int, List[str]]] = [
    ("no URL", ["set", "::"], 2, ["not a URL", "http://proxy.example.com:3128"]),
    ("only a scheme", ["set", "http://"], 2, ["not a URL"]),
    ("a stray percent sign", ["set", f"http://u:{CANARY}%zz@proxy:3128"], 2, ["not a URL", "--proxy-password-stdin"]),
    ("a blank", ["set", "http://proxy :3128"], 2, ["blanks or control characters"]),
    ("a blank at the end", ["set", "http://proxy:3128 "], 2, ["blanks or control characters"]),
    (
        "a scheme that Go does not dial",
        ["set", "socks4://proxy:1080"],
        2,
        ["socks4://", "http, https, socks5, socks5h"],
    ),
    ("ftp", ["set", "ftp://proxy:21"], 2, ["does not dial ftp://"]),
    ("the scheme twice", ["set", "http://http://proxy:3128"], 2, ["the scheme stands twice"]),
    *(
        (f"an unencoded {c} in the password", ["set", f"http://u:a{c}{CANARY}@proxy:3128"], 2, ["must be encoded"])
        for c in "#/?"
    ),
    ("a port that is no number", ["set", "http://proxy.corp:abc"], 2, ["the port is not a number"]),
    ("a bare IPv6 address", ["set", "http://::1:3128"], 2, ["an IPv6 address stands in brackets"]),
    ("one slash", ["set", "http:/proxy.corp:3128"], 2, ["http:/proxy.corp:3128: not a URL", "two slashes"]),
    ("nothing", ["set", ""], 2, ["the proxy URL is empty", "dockproxy unset"]),
    (
        "a target for the client",
        ["set", PROXY, "--for", "client", "--to", "systemd"],
        2,
        ["--to says where the daemon's"],
    ),
    (
        "a / in the password behind an @",
        ["set", f"http://u:p@s/{CANARY}@p:3128"],
        2,
        ["must be encoded", "--proxy-user"],
    ),
    ("quotes around the URL", ["set", f'"{PROXY}"'], 2, ["quotes are a part of the value"]),
    ("a # in the password", ["set", f"http://u:12#{CANARY}@p:3128"], 2, ["must be encoded", "--proxy-user"]),
    ("a port of absurd length", ["set", f"http://proxy:{'9' * 5000}"], 2, ["1 to 65535"]),
    ("a port out of range", ["set", "http://proxy:70000"], 2, ["70000", "1 to 65535"]),
    (
        "a port that may be a password",
        ["set", "http://proxy:31280000"],
        2,
        ["http://proxy:***: the port is out of range"],
    ),
    ("port nought", ["set", "http://proxy:0"], 2, ["1 to 65535"]),
    ("smart quotes", ["set", "\u201chttp://proxy:3128\u201d"], 2, ["U+201C", "pasted from a document", "type '\"'"]),
    ("a typographic dash in the list", ["set", PROXY, "--no-proxy", "a\u2013b"], 2, ["no-proxy list", "U+2013"]),
    ("a line break in the list", ["set", PROXY, "--no-proxy", "a\nb"], 2, ["separate entries with commas"]),
    ("nothing to set", ["set"], 2, ["nothing to set"]),
    ("an unknown target", ["set", PROXY, "--to", "nowhere"], 2, ["nowhere"]),
    ("an unknown verb", ["sett"], 2, ["is set meant?"]),
    ("a verb like nothing", ["xyz"], 2, ["xyz: no such verb (see dockproxy --help)"]),
    ("a verb that is an option", ["version"], 2, ["is --version meant?"]),
    ("help for an unknown verb", ["help", "sett"], 2, ["is set meant?"]),
    ("a password as an argument", ["set", PROXY, CANARY], 2, ["an argument too many"]),
    (
        "a password behind its option",
        ["set", PROXY, "--proxy-user", "u", "--proxy-password-stdin", CANARY],
        2,
        ["--proxy-password-stdin takes none"],
    ),
    (
        "a password in the place of the URL",
        ["set", "--proxy-user", "u", "--proxy-password-stdin", CANARY],
        2,
        ["the word on the command line is no proxy URL", "read from standard input"],
    ),
    ("a password in the user", ["set", PROXY, "--proxy-user", f"u:{CANARY}"], 2, ["no user name holds a colon"]),
    ("no slashes", ["set", f"http:u:{CANARY}@p:3128"], 2, ["http: is not followed by two slashes"]),
    ("no slashes, other case", ["set", f"HTTP:u:{CANARY}@p:3128"], 2, ["two slashes", "--proxy-user"]),
    ("no colon", ["set", "http//p:3128"], 2, ["the colon is missing after http"]),
    ("no colon of socks", ["set", "socks5//p:1080"], 2, ["the colon is missing after socks5"]),
    ("no colon and a password", ["set", f"http//u:{CANARY}@p:3128"], 2, ["colon is missing", "--proxy-user"]),
    ("an unknown option", ["set", "--nope"], 2, ["--nope"]),
    ("an unknown variable", ["unset", "proxy"], 2, ["proxy: no such variable", "http-proxy"]),
    ("a user without a URL", ["set", "--no-proxy", "x", "--proxy-user", "u"], 2, ["--proxy-user needs a proxy URL"]),
    ("a password without a user", ["set", PROXY, "--proxy-password-stdin"], 2, ["needs --proxy-user"]),
    ("no tree", ["show", "--root", "/nonexistent"], 2, ["/nonexistent", "no such directory"]),
    ("no version", ["show", "--engine-version", "new"], 2, ["new", "28.5.2"]),
    ("no user of that name", ["set", PROXY, "--for", "client", "--users", "nobody-here"], 2, ["nobody-here"]),
    (
        "an image at a port that is none",
        ["set", PROXY, "--verify", "hub.corp:65536/x"],
        2,
        ["--verify hub.corp:65536/x", "no host has a port above 65535"],
    ),
    ("a word that is no image", ["set", PROXY, "--verify", "http://hub/x"], 2, ["--verify http://hub/x", "not a name"]),
    ("users of the daemon", ["set", PROXY, "--users", "a"], 2, ["--users", "--for client"]),
    ("an entry for the daemon", ["unset", "--client-host", "default"], 2, ["--client-host", "--for client"]),
    ("containers of the daemon", ["set", PROXY, "--allow-container-credentials"], 2, ["--for client"]),
    ("a container's variable", ["unset", "ftp-proxy"], 2, ["ftp-proxy", "--for client"]),
    ("a list that is not UTF-8", ["set", "--no-proxy", "\udcff"], 2, ["not UTF-8"]),
    ("auto in upper case", ["set", "--no-proxy", "AUTO"], 2, ["auto is written in lower case and alone"]),
    ("auto with a blank", ["set", PROXY, "--no-proxy", " auto"], 2, ["auto is written in lower case and alone"]),
    ("auto with a comma", ["set", PROXY, "--no-proxy", "auto,"], 2, ["auto is written in lower case and alone"]),
    ("auto beside others", ["set", "--no-proxy", "x.corp, Auto"], 2, ["auto stands alone", "with --add-no-proxy"]),
    (
        "auto for a host",
        ["set", "--add-no-proxy", "a, auto"],
        2,
        ["--add-no-proxy: auto is no host", "--no-proxy auto"],
    ),
    ("an option for a list", ["set", PROXY, "--no-proxy", "--dry-run"], 2, ["--no-proxy: its value is missing"]),
    ("no more options for a list", ["set", "--no-proxy", "--"], 2, ["--no-proxy: its value is missing"]),
    ("an option for an address", ["route", "x", "-H", "--for", "cli"], 2, ["-H: its value is missing"]),
    ("nothing in the environment", ["set", "--from-env"], 2, ["none of HTTP_PROXY"]),
]


@pytest.mark.parametrize(("words", "code", "sentence"), [a[1:] for a in ARGUMENTS], ids=[a[0] for a in ARGUMENTS])
def test_a_slip_in_the_arguments(
    words: List[str], code: int, sentence: List[str], run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    said = run(*words)
    assert said.code == code, said
    assert said.out == ""
    (line,) = said.err.splitlines()[-1:]
    assert line.startswith("dockproxy: ")
    assert all(part in line for part in sentence), line
    assert "31280000" not in line


WARNINGS: List[Tuple[str, List[str], List[str]]] = [
    ("no port", ["http://proxy.corp"], ["dockerd uses 80, not 3128 or 8080"]),
    ("no port of https", ["https://proxy.corp"], ["dockerd uses 443", "TLS to the proxy itself"]),
    ("no port of socks", ["socks5://proxy.corp"], ["dockerd uses 1080"]),
    ("no scheme", ["proxy.corp:3128"], ["no scheme was given; http:// is meant"]),
    ("loopback", ["http://127.0.0.1:3128"], ["loopback"]),
    ("a path", ["http://proxy.corp:3128/path"], ["dockerd uses only host and port"]),
    ("two slashes behind", ["http://proxy.corp:3128//"], ["dockerd uses only host and port"]),
    ("a query", ["http://proxy.corp:3128/?"], ["dockerd uses only host and port"]),
    ("a comma in the host", ["http://proxy,corp:1"], ["looks mistyped"]),
    ("a host that is not ASCII", ["http://pr\u00fcfung:3128"], ["looks mistyped"]),
    ("a user without a password", ["http://p:1", "--proxy-user", "u"], ["no password is given"]),
    ("a blank in an entry", ["http://p:1", "--no-proxy", "a b"], ["'a b'", "commas"]),
    ("a URL as entry", ["http://p:1", "--no-proxy", "http://x"], ["a host, not a URL"]),
    ("a star", ["http://p:1", "--add-no-proxy", "*"], ["the proxy is never used"]),
    ("a pattern", ["http://p:1", "--no-proxy", "10.*"], ["no pattern but *.domain"]),
    ("a pattern inside", ["http://p:1", "--no-proxy", "a.*.b"], ["no pattern but *.domain"]),
    ("quotes", ["http://p:1", "--no-proxy", "'a'"], ["quotes are part of the entry"]),
    (
        "no address",
        ["http://10.0.0.300:1", "--no-proxy", "10.0.0.301"],
        ["10.0.0.300 looks like", "'10.0.0.301': it looks like"],
    ),
    ("no network", ["http://p:1", "--no-proxy", "10.0.0.0/33"], ["an IPv4 network ends in"]),
    ("loopback by name", ["http://localhost:3128"], ["loopback"]),
    ("a password in argv", [f"http://u:{CANARY}@proxy.corp:3128"], ["seen by every user", "--proxy-password-stdin"]),
]


@pytest.mark.parametrize(("words", "sentences"), [w[1:] for w in WARNINGS], ids=[w[0] for w in WARNINGS])
def test_what_works_and_surprises_is_warned_about(
    words: List[str], sentences: List[str], run: Command, tmp_path: Path
) -> None:
    grow(tmp_path, docker_files())
    said = run("set", *words, "--root", str(tmp_path), "--dry-run")
    assert said.code == 0
    for sentence in sentences:
        assert any(line.startswith("warning: ") and sentence in line for line in said.err.splitlines()), said.err


def test_a_lone_slash_behind_the_port_is_nothing_that_is_ignored(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    assert run("set", f"{PROXY}/", "--root", str(tmp_path), "--dry-run").err == ""


@pytest.mark.parametrize(("version", "is_told"), [("20.10.24", True), ("28.5.2", False)])
def test_a_scheme_that_an_old_engine_does_not_know(version: str, is_told: bool, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files(version=version))
    said = run("set", "socks5h://p:1080", "--dry-run", "--root", str(tmp_path))
    assert ("knows no socks5h://" in said.out) == is_told
    assert "socks5h" not in run("set", "http://p:1", "--dry-run", "--root", str(tmp_path)).out


PLACES: List[Tuple[str, Dict[str, Content], List[str], int, List[str]]] = [
    (
        "invalid JSON",
        {DAEMON_JSON: '{\n "a": tru\n}'},
        [],
        6,
        [f"{DAEMON_JSON}:2:10:", "invalid character '\\n' in literal true (expecting 'e')"],
    ),
    ("duplicate keys", {DAEMON_JSON: '{"a": 1,\n"a": 2}'}, ["--to", "daemon-json"], 6, [f"{DAEMON_JSON}:2:", '"a"']),
    (
        "configuration management",
        {OWN: "# Ansible managed\n" + drop_in("Environment=HTTPS_PROXY=http://old:1")},
        [],
        6,
        [OWN, "Ansible", "--force"],
    ),
    ("no engine", {"/usr/sbin/dockerd": Link("/nowhere"), "/etc/docker/": ""}, [], 0, []),
    (
        "a flag",
        {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://f:1")},
        [],
        6,
        [f"{UNIT_FILE}:2", "--https-proxy"],
    ),
    (
        "a losing target",
        {DAEMON_JSON: {"proxies": {"https-proxy": "http://old:1"}}},
        ["--to", "systemd"],
        6,
        [f"{DAEMON_JSON}:3", "--to auto"],
    ),
]


@pytest.mark.parametrize(("files", "more", "code", "sentence"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_a_place_that_forbids_it(
    files: Dict[str, Content], more: List[str], code: int, sentence: List[str], run: Command, tmp_path: Path
) -> None:
    grow(tmp_path, docker_files({k: v for k, v in files.items() if k != "/usr/sbin/dockerd"}))
    before = files_of(tmp_path)
    said = run("set", PROXY, "--root", str(tmp_path), "--yes", *more)
    assert said.code == code, said
    assert all(part in said.err for part in sentence), said.err
    assert code == 0 or files_of(tmp_path) == before


def test_no_engine_at_all(run: Command, tmp_path: Path) -> None:
    said = run("set", PROXY, "--root", str(tmp_path), "--yes")
    assert (said.code, "no dockerd was found" in said.err) == (6, True)


@pytest.mark.parametrize(
    ("version", "words"), [("20.10.24", ["20.10.24", "new in 23.0"]), (None, ["--engine-version"])]
)
def test_daemon_json_of_an_engine_that_does_not_know_it(
    version: Optional[str], words: List[str], run: Command, tmp_path: Path
) -> None:
    grow(tmp_path, docker_files({} if version else {"/var/lib/dpkg/status": ""}, version or ""))
    said = run("set", PROXY, "--root", str(tmp_path), "--yes", "--to", "daemon-json")
    assert said.code == 6
    assert all(w in said.err for w in words)
    if version is None:
        again = run("set", PROXY, "--root", str(tmp_path), "--yes", "--to", "daemon-json", "--engine-version", "28")
        assert again.code == 0


@pytest.mark.parametrize("words", [["show"], ["route", "alpine"], ["set", PROXY, "--dry-run"], ["unset", "--dry-run"]])
def test_another_version_than_the_one_that_is_known(words: List[str], run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files(version="20.10.24"))
    said = run(*words, "--root", str(tmp_path), "--engine-version", "28.5")
    assert (said.code, said.out) == (2, "")
    assert "--engine-version 28.5: engine system is 20.10.24+dfsg1-1, as what is installed says" in said.err
    for same in ("20.10", "20.10.24", "20"):
        assert run(*words, "--root", str(tmp_path), "--engine-version", same).code == 0
    live_one = live(tmp_path / "2", docker_files(version="20.10.24"), info(version="28.5.2"))
    said = run(*words, "--engine-version", "20.10", host=live_one)
    assert (said.code, "engine system is 28.5.2, as its own report says" in said.err) == (2, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_and_utf_16_stay(encoding: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: '{"debug": true, "proxies": {"no-proxy": "é"}}'.encode(encoding)}))
    said = run("set", PROXY, "--root", str(tmp_path), "--yes")
    assert said.code == 0, said.err
    written = json.loads((tmp_path / DAEMON_JSON[1:]).read_bytes().decode(encoding))
    assert written == {
        "debug": True,
        "proxies": {"no-proxy": "é", "http-proxy": PROXY, "https-proxy": PROXY},
    }


@pytest.mark.real("chattr", "mount", root=True)
@pytest.mark.parametrize("how", ["immutable", "read-only"])
def test_a_file_that_cannot_be_changed(how: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: '{"proxies": {"no-proxy": "x"}}'}))
    place, folder = tmp_path / DAEMON_JSON[1:], tmp_path / "etc/docker"
    on = (
        ["chattr", "+i", str(place)]
        if how == "immutable"
        else ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    )
    off = ["chattr", "-i", str(place)] if how == "immutable" else ["umount", str(folder)]
    if subprocess.run(on, capture_output=True).returncode != 0:
        pytest.skip("this file system has no such flag")
    try:
        said = run("set", PROXY, "--root", str(tmp_path), "--yes")
    finally:
        subprocess.run(off, check=True)
    assert said.code == 6, said
    mend = f"run `chattr -i -a {DAEMON_JSON}` first" if how == "immutable" else "the file system is read-only"
    assert f"{DAEMON_JSON}: " in said.err
    assert mend in said.err


def test_a_linked_file_is_followed_and_the_link_stays(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: Link("/srv/d.json"), "/srv/d.json": '{"proxies": {"no-proxy": "x"}}'}))
    assert run("set", PROXY, "--root", str(tmp_path), "--yes").code == 0
    assert (tmp_path / DAEMON_JSON[1:]).is_symlink()
    assert PROXY in (tmp_path / "srv/d.json").read_text()


def test_without_a_terminal_and_without_yes_the_plan_is_shown_and_nothing_is_done(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    before = files_of(tmp_path)
    said = run("set", PROXY, "--root", str(tmp_path))
    assert said.code == 6
    assert f"create {OWN}" in said.err
    assert said.err.splitlines()[-1] == (
        "dockproxy: nothing was changed: there is no terminal to ask on; use --yes to agree beforehand"
    )
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "DOCKER_HOST",
            "tcp://build.corp:2375",
            ["tcp://build.corp:2375", "DOCKER_HOST", "run dockproxy on that host"],
        ),
        ("DOCKER_HOST", "ssh://build.corp", ["not on this host"]),
        ("DOCKER_CONTEXT", "gone", ["context gone", "does not exist"]),
    ],
)
def test_a_remote_endpoint(
    name: str, value: str, words: List[str], run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    host = live(tmp_path, docker_files(), info())
    for verb in (["set", PROXY], ["unset"]):
        said = run(*verb, "--yes", host=host)
        assert said.code == 6
        assert all(w in said.err for w in words), said.err
    assert run("set", PROXY, "--for", "client", "--dry-run", host=host).code == 0


@pytest.mark.parametrize("option", [["-H", "tcp://build.corp:2375"], ["--context", "gone"]])
def test_a_remote_engine_that_an_option_names(option: List[str], run: Command, tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), info())
    shown, said = run("show", *option, host=host), run("set", PROXY, "--yes", *option, host=host)
    if "gone" in option:
        for each in (
            shown,
            said,
            run("unset", *option, host=host),
            run("set", PROXY, *option, "--for=client", host=host),
        ):
            assert (each.code, each.out, each.err.count("\n")) == (2, "", 1)
            assert "no docker context gone in " in each.err
    else:
        assert (said.code, "not on this host" in said.err) == (6, True)
        assert shown.out.startswith(f"in {tmp_path}\n\ndaemon at ")


def test_two_engines_at_once(run: Command, tmp_path: Path) -> None:
    said = run("show", "-H", "unix:///x", "--context", "y", host=live(tmp_path, docker_files(), info()))
    assert (said.code, "give one of them" in said.err) == (2, True)


def test_podman_in_the_place_of_dockerd(run: Command, tmp_path: Path) -> None:
    answers = {f"GET {SOCKET} /info": {"status": 200, "server": "Libpod/4.3.1 (linux)", "body": info(version="4.3.1")}}
    host = live(tmp_path, docker_files(), info(), answers=answers)
    for verb in (["set", PROXY], ["unset"]):
        said = run(*verb, "--yes", host=host)
        assert (said.code, "answered by Podman 4.3.1, not by dockerd" in said.err) == (6, True)


def test_the_engine_of_somebody_else(run: Command, tmp_path: Path) -> None:
    socket = "/run/user/1000/docker.sock"
    answers = {f"GET {socket} /info": {"status": 200, "server": "Docker/28.5.2", "body": info()}}
    host = live(tmp_path, docker_files(), info(), answers=answers)
    said = run("set", PROXY, "--yes", "-H", f"unix://{socket}", host=host)
    assert (said.code, f"{socket} is not the socket of an engine of this host" in said.err) == (6, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; tests/e2e asks as another user")
def test_without_permission(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: "{}"}))
    (tmp_path / DAEMON_JSON[1:]).chmod(0)
    said = run("set", PROXY, "--root", str(tmp_path), "--yes")
    assert (said.code, DAEMON_JSON in said.err) == (Exit.PRIVILEGES, True)


def test_an_engine_that_is_down_is_written_for_and_not_started(run: Command, tmp_path: Path) -> None:
    unit = {"MainPID": "0", "ActiveState": "inactive", "NeedDaemonReload": "no"}
    host = live(tmp_path, docker_files(), None, answers={"unit docker.service": unit})
    said = run("set", PROXY, "--dry-run", "--format", "json", host=host)
    assert (said.code, json.loads(said.out)["steps"]) == (0, ["daemon-reload"])


def test_a_refusal_as_json(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: "{,}"}))
    said = run("set", PROXY, "--root", str(tmp_path), "--yes", "--format", "json")
    made: Dict[str, Any] = json.loads(said.out)
    assert said.code == 6
    assert (made["schema"], made["outcome"], made["changes"]) == ("dockproxy.result/1", "refused", [])
    assert f"{DAEMON_JSON}:1:2" in made["reason"]


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("a\nb\n", "more than one line"),
        ("a\tb", "control characters"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_password_that_cannot_be(stdin: str, words: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    said = run("set", PROXY, "--root", str(tmp_path), "--proxy-user", "u", "--proxy-password-stdin", stdin=stdin)
    assert (said.code, words in said.err) == (2, True)


def test_users_all_where_nobody_has_a_file(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pwd.getpwall", list)
    said = run("set", PROXY, "--for", "client", "--users", "all", "--root", str(tmp_path))
    assert (said.code, "name the users" in said.err) == (6, True)


def test_nothing_under_this_name_listens(run: Command, tmp_path: Path) -> None:
    host = live(tmp_path, docker_files(), None, answers={f"GET {SOCKET} /info": "absent"})
    said = run("show", host=host)
    assert said.code == 0
    assert "not running" in said.out
    assert str(PID) not in said.out
