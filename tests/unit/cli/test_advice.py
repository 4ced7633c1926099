"""What is advised is true for the place that it is about, and what was asked in vain is told."""

from __future__ import annotations

from pathlib import Path
from typing import List

import pytest

from tests.conftest import CANARY
from tests.unit.cli.test_bad_input import PROXY, Command, run
from tests.unit.trees import DAEMON_JSON, DEBIAN_SCRIPT, DROP_IN, UNIT_FILE, Content, docker_files, drop_in, grow

__all__ = ["run"]

CONFIG = "/root/.docker/config.json"
ROOT_HOME: Content = "root:x:0:0::/root:/bin/sh\n"


def shown(run: Command, root: Path, path: str, content: Content, *words: str) -> str:
    """What `show` says of a file, without its line breaks."""
    grow(root, docker_files({"/etc/passwd": ROOT_HOME, path: content}))
    return " ".join(run("show", *words, "--root", str(root)).out.split())


@pytest.mark.parametrize(
    ("path", "content", "mend"),
    [
        (
            CONFIG,
            {"proxies": {"default": {"httpProxy": f"http://u:{CANARY}@p:1"}}},
            "`dockproxy set URL --for client --allow-container-credentials --proxy-user NAME",
        ),
        (
            UNIT_FILE,
            drop_in(f"ExecStart=/usr/sbin/dockerd --http-proxy=http://u:{CANARY}@p:1"),
            "take the flag away, and run `dockproxy set URL --proxy-user NAME",
        ),
        (
            f"{DROP_IN}/p.conf",
            drop_in(f"Environment=HTTP_PROXY=http://u:{CANARY}@p:1"),
            "`dockproxy set URL --proxy-user",
        ),
        (f"{CONFIG}/", "", "put a regular file in its place, or remove it"),
        (f"{DAEMON_JSON}/", "", "put a regular file in its place, or remove it"),
        (CONFIG, "{,}", "correct the named line"),
        ("/etc/environment", "HTTP_PROXY=http://p:1\n", "`dockproxy set --from-env` in a new login"),
    ],
)
def test_how_it_is_mended_there(path: str, content: Content, mend: str, run: Command, tmp_path: Path) -> None:
    assert f" mend: {mend}" in shown(run, tmp_path, path, content)


def test_what_the_unit_reads_is_not_for_logins_only(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, {"/etc/environment": "HTTP_PROXY=http://p:1\n"})
    own = drop_in("EnvironmentFile=/etc/environment", "UnsetEnvironment=HTTP_PROXY")
    assert "DP208" not in shown(run, tmp_path, f"{DROP_IN}/p.conf", own)


def test_a_variable_that_dockerd_never_reads(run: Command, tmp_path: Path) -> None:
    own = drop_in("Environment=ALL_PROXY=socks5://p:1", "Environment=all_proxy=x")
    places = f"{DROP_IN}/p.conf:2, {DROP_IN}/p.conf:3"
    said = shown(run, tmp_path, f"{DROP_IN}/p.conf", own, "all-proxy")
    assert f" all-proxy dockerd never reads it; it is set, to no effect, at {places} " in said
    assert " ftp-proxy dockerd never reads it new" in shown(run, tmp_path / "2", "/etc/x", "", "ftp-proxy")


def test_why_a_line_is_not_understood(run: Command, tmp_path: Path) -> None:
    said = shown(run, tmp_path, f"{DROP_IN}/p.conf", drop_in("Environment=HTTP_PROXY=%H"))
    assert f"not read {DROP_IN}/p.conf:2: a specifier (%) in it is known to the running host only" in said
    said = shown(run, tmp_path / "2", DAEMON_JSON, "{,}")
    assert f"not read {DAEMON_JSON}: cannot be parsed" in said
    grow(
        tmp_path / "3",
        {"/etc/init.d/docker": DEBIAN_SCRIPT, "/etc/default/docker": "export NO_PROXY=$(x)\n"},
    )
    said = " ".join(run("show", "--root", str(tmp_path / "3")).out.split())
    assert "not read /etc/default/docker:1: only a shell could tell" in said


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["show", "-H", "foo://bar"], 2, "-H foo://bar: docker takes no such address; use one of unix, tcp, ssh"),
        (["show", "--json"], 2, "No such option: --json; is --format json meant? (see dockproxy show --help)"),
        (["show", "--jsn"], 2, "--jsn"),
        (
            ["set", PROXY, "--verify", "a.corp/x:1", "--dry-run"],
            0,
            "nothing is restarted, so a.corp/x:1 is not verified",
        ),
        (["unset", "--verify", "a.corp/x:1", "--yes"], 0, "nothing is restarted, so a.corp/x:1 is not verified"),
        (["route", "--dialect", "all", "alpine"], 0, "no proxy is set, so that every client connects directly"),
    ],
)
def test_what_is_told(words: List[str], code: int, told: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    said = run(*words, "--root", str(tmp_path))
    assert (said.code, told in said.err) == (code, True), said.err


def test_only_where_no_proxy_is_set(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    said = run("route", "--dialect", "all", "alpine", "--http-proxy", PROXY, "--root", str(tmp_path))
    assert said.err == ""


def test_beside_one_variable_all_problems_are_told_as_a_single_word_may_miss_another(
    run: Command, tmp_path: Path
) -> None:
    lines = drop_in(
        "Environment=HTTP_PROXY=http//a:1", "Environment=HTTPS_PROXY=http://b:1 NO_PROXY=a;b", "Enviroment=HTTP_PROXY=x"
    )
    grow(tmp_path, docker_files({f"{DROP_IN}/p.conf": lines}))
    whole = run("show", "--root", str(tmp_path)).out
    for variable in ("http-proxy", "no-proxy", "ftp-proxy"):
        told = run("show", variable, "--root", str(tmp_path)).out
        assert [code for code in ("DP203", "DP209", "DP202") if code in told] == ["DP203", "DP209", "DP202"]
        assert whole.splitlines()[2] == told.splitlines()[2]
        assert f"  {variable:<12} " in told


@pytest.mark.parametrize(
    "edit", [["--add-no-proxy", "b"], ["--no-proxy", "a,b,b"], ["--remove-no-proxy", "gone"], ["--no-proxy", "a, b"]]
)
def test_a_list_that_keeps_its_entries_is_not_written_anew(edit: List[str], run: Command, tmp_path: Path) -> None:
    root = grow(tmp_path, docker_files({f"{DROP_IN}/p.conf": drop_in('Environment="NO_PROXY=a, b"')}))
    assert run("set", *edit, "--check", "--root", str(root)).code == 0
    assert run("set", "--add-no-proxy", "c", "--check", "--root", str(root)).code == 1


@pytest.mark.parametrize("edit", [["--add-no-proxy", "b"], ["--remove-no-proxy", "b"], ["--no-proxy", "auto"]])
def test_a_list_that_is_not_known_is_not_edited(edit: List[str], run: Command, tmp_path: Path) -> None:
    root = ["--root", str(grow(tmp_path, docker_files({f"{DROP_IN}/p.conf": drop_in("Environment=NO_PROXY=a%v")})))]
    for words in (edit, [*edit, "--to", "daemon-json"]):
        said = run("set", *words, "--dry-run", *root)
        assert (said.code, "p.conf:2 could decide" in said.err, "give no-proxy as a whole" in said.err) == (
            6,
            True,
            True,
        )
    whole = ["--http-proxy", "http://p:1", "--https-proxy", "http://p:1", "--no-proxy", "b", "--to", "daemon-json"]
    assert run("set", *whole, "--dry-run", *root).code == 0


def test_what_is_taken_out_of_a_list_and_is_not_there_is_told(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({f"{DROP_IN}/p.conf": drop_in("Environment='NO_PROXY=a.corp,b.corp c.corp'")}))
    words = ("--remove-no-proxy", "b.corp,x.corp", "--add-no-proxy", "d.corp", "--dry-run", "--root", str(tmp_path))
    said = run("set", *words).out
    assert "note: --remove-no-proxy b.corp: it is a part of the entry 'b.corp c.corp'\n" in said
    assert "note: --remove-no-proxy x.corp: the list has no such entry\n" in said


def test_credentials_that_go_without_being_asked_for_are_told(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({f"{DROP_IN}/p.conf": drop_in(f"Environment=HTTP_PROXY=http://u:{CANARY}@p:1")}))
    told = "note: the user or password of http-proxy is dropped; to keep it, give them again"
    root = ("--dry-run", "--root", str(tmp_path))
    assert told in run("set", "http://q:1", *root).out
    assert told not in run("set", f"http://u:{CANARY}@q:1", *root).out
    assert told not in run("unset", *root).out


def test_a_flag_that_is_nearly_one_is_told_which(run: Command, tmp_path: Path) -> None:
    said = shown(run, tmp_path, UNIT_FILE, drop_in("ExecStart=/usr/sbin/dockerd --no-proxi=a"))
    assert "is --no-proxy meant?" in said


def test_unset_at_one_place_refuses_where_another_sets_something(run: Command, tmp_path: Path) -> None:
    sysv = {"/etc/init.d/docker": DEBIAN_SCRIPT, "/etc/default/docker": "export HTTP_PROXY=http://p:1\n"}
    files = {path: content for path, content in docker_files(sysv).items() if path != "/run/systemd/system/"}
    grow(tmp_path, {path: content for path, content in files.items() if path != UNIT_FILE})
    root = ("--dry-run", "--root", str(tmp_path))
    assert "-export HTTP_PROXY=http://p:1" in run("unset", "--to", "defaults", *root).out
    assert "unset HTTPS_PROXY https_proxy\n" in run("unset", "--to", "shell", *root).out
    other = run("unset", "--to", "daemon-json", *root)
    assert (other.code, "http-proxy is set at /etc/default/docker:1; without --to" in other.err) == (6, True)
    assert run("unset", "--to", "openrc", *root).code == 6
    assert run("unset", "--to", "defaults", "--for", "client", *root).code == 2
    assert run("unset", "--to", "shell", "--for", "all", *root).code == 2


def test_a_password_that_a_unit_names_is_the_units(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    root = ("--yes", "--root", str(tmp_path))
    assert run("set", f"http://u:{CANARY}@p:1", "--to", "systemd", *root).code == 0
    assert run("unset", "--to", "systemd", *root).code == 0
    assert not list(tmp_path.rglob("http-proxy*"))
