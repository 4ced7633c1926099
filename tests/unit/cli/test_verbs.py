"""The verbs on offline trees: what they print, write and return."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from dockproxy import inspect
from dockproxy.apply import files, transaction
from dockproxy.cli import main
from dockproxy.model import Change, Refusal
from dockproxy.report import plan as report
from tests.conftest import CANARY
from tests.unit.cli.test_bad_input import OWN, PROXY, Command, files_of, run
from tests.unit.trees import (
    DAEMON_JSON,
    DEBIAN_SCRIPT,
    DROP_IN,
    SOCKET,
    Content,
    docker_files,
    drop_in,
    grow,
    info,
    live,
)

__all__ = ["run"]


def test_set_show_unset(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    root = ["--root", str(tmp_path)]
    before = files_of(tmp_path)
    said = run("set", PROXY, "--no-proxy", ".corp, 10.0.0.0/8,.corp", "--yes", *root)
    assert (said.code, said.out) == (0, "Done.\n")
    assert (tmp_path / OWN[1:]).read_text() == drop_in(
        f'Environment="HTTP_PROXY={PROXY}"',
        f'Environment="HTTPS_PROXY={PROXY}"',
        'Environment="NO_PROXY=.corp,10.0.0.0/8"',
    )
    shown = run("show", *root)
    assert (shown.code, shown.err) == (0, "")
    assert f"{OWN}:3" in shown.out
    assert json.loads(run("show", "--format", "json", *root).out)["consumers"][0]["status"] == "ok"
    again = run("set", PROXY, "--yes", *root)
    assert (again.code, again.out) == (0, "Nothing to do: the files already say so.\n")
    assert run("set", "--add-no-proxy", "registry.corp", "--remove-no-proxy", "10.0.0.0/8", "--yes", *root).code == 0
    assert "NO_PROXY=.corp,registry.corp" in (tmp_path / OWN[1:]).read_text()
    assert run("unset", "no-proxy", "--yes", *root).code == 0
    assert "NO_PROXY" not in (tmp_path / OWN[1:]).read_text()
    assert run("unset", "--yes", *root).code == 0
    assert files_of(tmp_path) == before


def test_a_password_from_stdin_is_encoded_and_never_shown(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    root = ["--root", str(tmp_path)]
    said = run(
        "set", PROXY, "--proxy-user", "corp\\al", "--proxy-password-stdin", "--yes", *root, stdin=f"{CANARY}@%\r\n"
    )
    assert said.code == 0
    text = (tmp_path / "etc/docker/http-proxy.env").read_text()
    assert f"HTTPS_PROXY=http://corp%5Cal:{CANARY}%40%25@proxy.corp:3128" in text.replace('"', "").replace("\\\\", "\\")
    for words in (["show"], ["show", "--format", "json"], ["unset", "--dry-run"], ["unset", "--check"]):
        assert CANARY not in run(*words, *root).out


def test_a_user_without_a_password(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    assert run("set", PROXY, "--proxy-user", "alice", "--yes", "--root", str(tmp_path)).code == 0
    assert "alice" in (tmp_path / "etc/docker/http-proxy.env").read_text()


def test_the_shells_variables(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, docker_files())
    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setenv("HTTP_PROXY", "")
    monkeypatch.setenv("http_proxy", "http://lower:1")
    monkeypatch.setenv("NO_PROXY", ".corp")
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    assert run("set", "--from-env", "--yes", "--root", str(tmp_path)).code == 0
    text = (tmp_path / OWN[1:]).read_text()
    assert f"HTTPS_PROXY={PROXY}" in text
    assert "HTTP_PROXY=http://lower:1" in text
    assert "NO_PROXY=.corp" in text


def test_an_entry_is_added_to_the_list_of_the_shell(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": ".old"}}}))
    monkeypatch.setenv("NO_PROXY", ".corp")
    root = ["--root", str(tmp_path)]
    assert run("set", "--from-env", "--add-no-proxy", "x.corp", "--yes", *root).code == 0
    assert json.loads((tmp_path / DAEMON_JSON[1:]).read_text())["proxies"]["no-proxy"] == ".corp,x.corp"


def test_the_shells_list_is_checked_like_an_argument(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "a\nb")
    said = run("set", "--from-env", "--yes")
    assert (said.code, "separate entries with commas" in said.err) == (2, True)


def test_from_env_under_sudo_says_how(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SUDO_USER", "root")
    assert "--preserve-env=HTTP_PROXY" in run("set", "--from-env").err


def test_check_tells_by_its_exit_code(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    root = ["--root", str(tmp_path)]
    before = files_of(tmp_path)
    assert run("set", PROXY, "--check", *root).code == 1
    assert run("set", PROXY, "--dry-run", *root).code == 0
    assert run("unset", "--check", *root).code == 0
    assert files_of(tmp_path) == before


def test_a_plan_as_json(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    said = run("set", f"http://u:{CANARY}@p:1", "--dry-run", "--format", "json", "--root", str(tmp_path))
    made = json.loads(said.out)
    assert made["schema"] == "dockproxy.plan/1"
    assert [(c["path"], c["action"], c["mode"]) for c in made["changes"]] == [
        (OWN, "create", "0644"),
        ("/etc/docker/http-proxy.env", "create", "0600"),
    ]
    assert "+HTTPS_PROXY=http://***:***@p:1" in made["changes"][1]["diff"]
    assert (made["steps"], made["reason"]) == ([], "a drop-in, as systemd starts this engine")


def test_a_result_as_json(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    made: Dict[str, Any] = json.loads(run("set", PROXY, "--yes", "--format", "json", "--root", str(tmp_path)).out)
    assert {k: made[k] for k in ("schema", "outcome", "transaction", "downtime_ms", "steps")} == {
        "schema": "dockproxy.result/1",
        "outcome": "applied",
        "transaction": None,
        "downtime_ms": None,
        "steps": [],
    }
    assert made["effective"]["https-proxy"]["value"] == PROXY
    assert made["changes"][0]["path"] == OWN


def test_a_diff_hides_every_other_secret(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = (
        '{"auths": {"r.corp": {"auth": "C4NARYauth"}}, "HttpHeaders": {"X-Token": ["C4NARYtoken", "C4NARY2"]}, '
        '"proxies": {"default": {"noProxy": ".old"}}}'
    )
    unit = drop_in(
        "# PASSWORD=C4NARY",
        'Environment="TOKEN=C4NARYx y" HTTPS_PROXY=http://u:C4NARY@old:1 C4NARYword \\',
        "  MORE=C4NARY \\",
        "  https_proxy=http://lower:1",
        "ExecStartPre=/bin/login --password=C4NARY",
        "EnvironmentFile=-/etc/default/docker",
    )
    grow(tmp_path, docker_files({f"{DROP_IN}/s.conf": unit, "/u/config.json": config}))
    grow(tmp_path, {"/etc/default/docker": "TOKEN=C4NARY\nexport SECRET='C4NARY'\nHTTP_PROXY=http://old:1\n"})
    monkeypatch.setenv("DOCKER_CONFIG", "/u")
    said = run("set", PROXY, "--no-proxy", ".new", "--for", "all", "--dry-run", "--root", str(tmp_path))
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    for shown in (
        " # ***",
        "-Environment=TOKEN=*** HTTPS_PROXY=http://***:***@old:1 *** \\",
        "-  MORE=*** \\",
        "-  https_proxy=http://lower:1",
        " EnvironmentFile=-/etc/default/docker",
        " TOKEN=***",
        " ***",
        "-HTTP_PROXY=http://old:1",
        f"+HTTP_PROXY={PROXY}",
    ):
        assert shown in lines, f"{shown!r} is not in\n{said.out}"
    assert '"auth": "***"' in said.out
    assert '"X-Token": ["***", "***"]' in said.out
    assert '"noProxy": ".new"' in said.out


def test_a_diff_of_a_file_that_a_script_sources_shows_proxies_and_no_other_secret(run: Command, tmp_path: Path) -> None:
    text = f"export HTTP_PROXY=http://u:{CANARY}@old:1 NO_PROXY=.old; TOKEN='{CANARY} x' MORE={CANARY}\n"
    files = {"/etc/rc0.d/": "", "/usr/bin/dockerd": "", "/etc/init.d/docker": DEBIAN_SCRIPT}
    grow(tmp_path, {**files, "/etc/default/docker": text})
    said = run("set", PROXY, "--to", "defaults", "--dry-run", "--root", str(tmp_path))
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert "-export HTTP_PROXY=http://***:***@old:1 NO_PROXY=.old; TOKEN=*** MORE=***" in lines
    assert f"+export HTTP_PROXY='{PROXY}' NO_PROXY=.old; TOKEN=*** MORE=***" in lines
    assert f"+export HTTPS_PROXY='{PROXY}'" in lines


def test_the_lines_for_a_shell(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, {"/usr/bin/dockerd": ""})
    words = ["set", f"http://u:{CANARY}@p:1", "--no-proxy", ".corp", "--to", "shell", "--root", str(tmp_path)]
    before = files_of(tmp_path)
    said = run(*words)
    assert said.code == 0
    assert said.out.splitlines() == [
        "export HTTP_PROXY='http://***:***@p:1'",
        "export HTTPS_PROXY='http://***:***@p:1'",
        "export NO_PROXY='.corp'",
        "# type user and password in the place of ***:***",
    ]
    made = json.loads(run(*words, "--format", "json").out)
    assert (made["schema"], made["changes"], made["steps"]) == ("dockproxy.plan/1", [], [])
    assert made["notes"] == said.out.splitlines()
    assert files_of(tmp_path) == before
    assert run(*words, "--for", "all").code == 2


@pytest.mark.parametrize("entry", [".corp", "*.corp", "corp", "10.0.0.0/8", "[::1]:443", "fd00::/8", "host:5000"])
def test_entries_that_mean_what_they_look_like(entry: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    assert run("set", PROXY, "--no-proxy", entry, "--dry-run", "--root", str(tmp_path)).err == ""


def test_a_new_password_is_a_change_that_is_seen(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    words = ["set", PROXY, "--proxy-user", "u", "--proxy-password-stdin", "--root", str(tmp_path)]
    assert run(*words, "--yes", stdin=f"{CANARY}1").code == 0
    said = run(*words, "--check", stdin=f"{CANARY}2")
    assert said.code == 1
    assert f"Plan for {tmp_path}: " in said.out
    assert "-HTTPS_PROXY=http://***:***@proxy.corp:3128\n" in said.out
    assert "+HTTPS_PROXY=http://***:***@proxy.corp:3128\n" in said.out


def test_the_engines_own_file_is_shown_but_for_secrets(run: Command, tmp_path: Path) -> None:
    text = '{\n"log-level": "info",\n"log-opts": {"splunk-token": "C4NARY"},\n"proxies": {"no-proxy": ".old"}\n}'
    grow(tmp_path, docker_files({DAEMON_JSON: text}))
    said = run("set", "--no-proxy", ".new", "--dry-run", "--root", str(tmp_path))
    assert ' "log-level": "info",' in said.out
    assert ' "log-opts": {"splunk-token": "***"},' in said.out


def test_what_is_not_verified_is_said(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    said = run("set", PROXY, "--verify", "hub/x:1", "--yes", "--root", str(tmp_path))
    assert said.code == 0
    assert "nothing is restarted, so hub/x:1 is not verified" in said.err


def test_the_client_file_of_a_tree_and_of_a_relative_folder(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = ["--root", str(tmp_path), "--for", "client", "--dry-run", "--format", "json"]
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert json.loads(run("set", PROXY, *root).out)["changes"][0]["path"] == "/.docker/config.json"
    grow(tmp_path, {"/etc/passwd": ALICE})
    assert json.loads(run("set", PROXY, *root).out)["changes"][0]["path"] == "/home/alice/.docker/config.json"
    monkeypatch.setenv("DOCKER_CONFIG", "rel/dc")
    assert json.loads(run("set", PROXY, *root).out)["changes"][0]["path"] == "/rel/dc/config.json"
    monkeypatch.chdir(tmp_path)
    host = live(tmp_path / "h", docker_files(), info())
    assert f"in {tmp_path}/rel/dc/config.json" in run("set", PROXY, "--for", "client", "--dry-run", host=host).out


def test_help_has_examples_and_exit_codes(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "Exit codes:" in run("--help").out
    assert max(map(len, run("--help").out.splitlines())) < 80
    for verb in ("show", "route", "set", "unset", "demo"):
        said = run(verb, "--help")
        assert max(map(len, said.out.splitlines())) < 80
        assert said.code == 0
        assert f"dockproxy {verb}" in said.out.partition("Examples:")[2]
        assert run("help", verb) == said
    assert run("help") == run("--help")
    assert run("--version").out.startswith("dockproxy ")


def test_a_bare_call_is_one_for_help(run: Command) -> None:
    assert run() == run("--help")


def test_the_help_names_the_demo_only_where_it_can_run(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    assert "  demo " in run("--help").out
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    assert "  demo " not in run("--help").out


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy", "No-Proxy"])
def test_a_variable_may_be_spelt_as_in_the_environment(name: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY, "no-proxy": ".corp"}}}))
    root = ["--root", str(tmp_path)]
    assert run("show", name, *root) == run("show", "no-proxy", *root)
    assert run("unset", name, "--dry-run", *root) == run("unset", "no-proxy", "--dry-run", *root)


def test_client_settings(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path, {"/u/": ""})
    monkeypatch.setenv("DOCKER_CONFIG", "/u")
    root = ["--root", str(tmp_path)]
    said = run("set", PROXY, "--for", "client", "--client-host", "tcp://b:2375", "--yes", *root)
    assert said.code == 0, said.err
    assert "only new containers and builds are affected" in said.err
    path = tmp_path / "u/config.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"proxies": {"tcp://b:2375": {"httpProxy": PROXY, "httpsProxy": PROXY}}}
    said = run("set", f"http://u:{CANARY}@p:1", "--for", "client", "--yes", *root)
    assert (said.code, "--allow-container-credentials" in said.err) == (6, True)
    assert run("unset", "--for", "client", "--client-host", "tcp://b:2375", "--yes", *root).code == 0
    assert not path.exists()


def test_daemon_and_client_are_one_plan_and_one_result(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    words = ["set", PROXY, "--for", "all", "--root", str(tmp_path), "--format", "json"]
    planned = json.loads(run(*words, "--dry-run").out)
    made = json.loads(run(*words, "--yes").out)
    assert [c["path"] for c in planned["changes"]] == [c["path"] for c in made["changes"]]
    assert len(made["changes"]) == 2
    assert (made["outcome"], made["effective"]["https-proxy"]["value"]) == ("applied", PROXY)


def test_what_cannot_be_written_for_the_client_leaves_the_daemon_alone(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, docker_files())
    before = files_of(tmp_path)
    check = files.refuse_unwritable

    def refuse(root: str, change: Change) -> None:
        if change.path.endswith("config.json"):
            raise Refusal(f"{change.path}: no")
        check(root, change)

    monkeypatch.setattr(files, "refuse_unwritable", refuse)
    assert run("set", PROXY, "--for", "all", "--root", str(tmp_path), "--yes").code == 6
    assert files_of(tmp_path) == before


ALICE = "alice:x:4711:4712::/home/alice:/bin/sh\n"


def test_under_sudo_the_users_own_file_is_edited_and_told(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, {"/etc/passwd": ALICE})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "alice")
    for verb in (["set", PROXY], ["unset"]):
        said = run(*verb, "--for", "client", "--dry-run", "--root", str(tmp_path))
        assert said.code == 0
        assert "this edits /home/alice/.docker/config.json; `sudo docker` reads root's instead" in said.err


def test_users_are_the_trees_own(run: Command, tmp_path: Path) -> None:
    own = ALICE.replace("4711", str(os.geteuid()))
    grow(tmp_path, {"/etc/passwd": own, "/home/alice/.docker/config.json": "{}"})
    words = ["set", PROXY, "--for", "client", "--dry-run", "--root", str(tmp_path), "--users"]
    for users in ("all", "alice"):
        assert "edit /home/alice/.docker/config.json" in run(*words, users).out
    said = run(*words, "bob")
    assert (said.code, f"user bob: not known in {tmp_path}" in said.err) == (2, True)


def test_the_command_for_what_a_computed_list_lacks_edits_that_list(run: Command, tmp_path: Path) -> None:
    computed = {"noProxy": "169.254.169.254"}
    config = {"proxies": {"default": computed, "tcp://b c:1": computed}}
    files: Dict[str, Content] = {"/etc/passwd": ALICE, "/home/alice/.docker/config.json": config}
    seen = docker_files({**files, DAEMON_JSON: {"proxies": {"no-proxy": "169.254.169.254"}}})
    root = ["--root", str(grow(tmp_path / "a b", seen))]
    said = run("set", "--no-proxy", "auto", "--dry-run", *root).out
    assert f"`dockproxy set --root '{root[1]}' --add-no-proxy fd00:ec2::254,metadata.google.internal` adds" in said
    words = ["--for", "client", "--users", "alice"]
    for more in ([], ["--client-host", "tcp://b c:1"], ["-H", "tcp://b c:1", "--engine", "system"]):
        said = run("set", "--no-proxy", "auto", "--dry-run", *words, *more, *root).out
        assert f"`{shlex.join(['dockproxy', 'set', *words, *more, *root])} --add-no-proxy 127.0.0.1,::1," in said
    grow(tmp_path / "a b", {"/etc/passwd": ALICE.replace("4711", str(os.geteuid()))})
    said = run("set", "--no-proxy", "auto", "--dry-run", "--for", "client", *root).out
    assert f"`dockproxy set --for client --root '{root[1]}' --add-no-proxy 127.0.0.1,::1," in said


@pytest.mark.parametrize(("go", "is_covered"), [("go1.13.15", True), ("go1.25.3", False)])
def test_an_entry_of_ones_own_covers_what_this_engines_go_reads_in_it(
    go: str, is_covered: bool, run: Command, tmp_path: Path
) -> None:
    configured = {"registry-mirrors": ["https://10.1.2.3"], "proxies": {"no-proxy": "010.0.0.0/8"}}
    answers = {f"GET {SOCKET} /version": {"status": 200, "server": "Docker", "body": {"GoVersion": go}}}
    body = {**info(), "RegistryConfig": {"Mirrors": configured["registry-mirrors"]}}
    seen = live(tmp_path, docker_files({DAEMON_JSON: configured}), body, 1.0, answers)
    said = run("set", "--no-proxy", "auto", "--dry-run", host=seen)
    assert said.code == 0
    assert ("no-proxy gets 10.1.2.3: a mirror" in said.out) is not is_covered


def test_a_computed_list_is_sorted_with_what_is_added_to_it(run: Command, tmp_path: Path) -> None:
    root = ["--root", str(grow(tmp_path, docker_files({"/etc/hostname": "zz\n"})))]
    edits = ["--add-no-proxy", "q.corp,b.corp", "--remove-no-proxy", "fd00:ec2::254"]
    assert run("set", "--no-proxy", "auto", *edits, "--yes", *root).code == 0
    written = (tmp_path / OWN.lstrip("/")).read_text()
    assert "NO_PROXY=169.254.169.254,b.corp,metadata.google.internal,q.corp,zz" in written


def test_inspect_is_the_object_that_show_prints(run: Command, tmp_path: Path) -> None:
    from dockproxy.report import show_json

    client = {"proxies": {"default": {"noProxy": ".corp"}}}
    grow(
        tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}, "/root/.docker/config.json": client})
    )
    printed = json.loads(run("show", "--format", "json", "--root", str(tmp_path)).out)
    made = json.loads(json.dumps(show_json.document(inspect(root=str(tmp_path)))))
    assert made == printed
    assert [c["consumer"] for c in printed["consumers"]] == ["daemon", "container"]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> List[Any]:
    """What the proxy was tried with; it refuses."""
    from dockproxy import dial

    asked: List[Any] = []

    def preflight(url: Any, host: str, port: int) -> dial.Preflight:
        asked.append((str(url), host, port))
        return dial.Preflight("refused", "the proxy refuses this user and password")

    monkeypatch.setattr(dial, "preflight", preflight)
    return asked


def test_the_dial_comes_before_anything_is_touched(run: Command, tmp_path: Path, dialled: List[Any]) -> None:
    host = live(tmp_path, docker_files(), info())
    before = files_of(tmp_path)
    said = run("set", PROXY, "--yes", "--verify", "registry.corp/a", host=host)
    assert (said.code, dialled) == (6, [(PROXY, "registry.corp", 443)])
    assert "--no-dial skips this test" in said.err
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--dry-run"],
        [],  # nobody to ask
        ["--yes", "--no-dial", "--no-restart", "--root", "/nonexistent"],
        ["--yes", "--for", "all", "--proxy-user", "u"],  # containers may not have it
    ],
)
def test_nobody_is_dialled_for_what_is_not_done(
    words: List[str], run: Command, tmp_path: Path, dialled: List[Any]
) -> None:
    run("set", PROXY, *words, host=live(tmp_path, docker_files(), info()))
    assert dialled == []


def test_nobody_is_dialled_where_nothing_changes(run: Command, tmp_path: Path, dialled: List[Any]) -> None:
    values = {"http-proxy": PROXY, "https-proxy": PROXY}
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": values}}), info(PROXY, PROXY))
    said = run("set", PROXY, "--yes", host=host)
    assert (said.code, dialled) == (0, [])
    assert said.out == "Nothing to do: the files already say so.\n"


def test_nobody_is_dialled_for_a_list(run: Command, tmp_path: Path, dialled: List[Any]) -> None:
    values = {"http-proxy": PROXY, "https-proxy": PROXY}
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": values}}), info(PROXY, PROXY))
    run("set", "--add-no-proxy", "registry.corp", "--yes", "--no-restart", host=host)
    assert dialled == []


def test_a_restart_that_is_not_wanted_is_not_planned(run: Command, tmp_path: Path) -> None:
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}), info(no="x"))
    words = ["set", PROXY, "--no-dial", "--no-restart"]
    said = run(*words, "--dry-run", "--verify", "hub/x:1", host=host)
    assert "then: validate\n" in said.out
    assert "note: the restart is left to you: systemctl restart docker" in said.out
    assert "restart the engine" not in said.out


def test_the_consequences_of_a_restart_stand_in_the_plan(run: Command, tmp_path: Path) -> None:
    containers = {"status": 200, "server": "Docker", "body": [{"Names": ["/web"]}]}
    host = live(tmp_path, docker_files(), info(), answers={f"GET {SOCKET} /containers/json": containers})
    planned = json.loads(run("set", PROXY, "--dry-run", "--format", "json", host=host).out)
    assert "1 running container(s) will be stopped: web" in planned["notes"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["unset", "no-proxy"], "Nothing to do: nothing sets no-proxy."),
        (["unset", "http-proxy", "no-proxy"], "Nothing to do: nothing sets http-proxy or no-proxy."),
        (["set", "--https-proxy", PROXY], "Nothing to do: the files already say so."),
        (["unset", "--for", "client"], 'looks up "default" in /root/.docker/config.json, which sets none of them.'),
    ],
)
def test_nothing_to_do_says_of_what(words: List[str], sentence: str, run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}}))
    grow(tmp_path, {"/etc/passwd": f"x:x:{os.geteuid()}:0::/root:/bin/sh", "/root/.docker/config.json": " "})
    before = files_of(tmp_path)
    said = run(*words, "--yes", "--root", str(tmp_path))
    assert (said.code, said.out.endswith(f"{sentence}\n")) == (0, True), said
    assert files_of(tmp_path) == before


def test_a_name_that_is_not_utf_8_is_shown_on_a_strict_terminal(tmp_path: Path) -> None:
    grow(tmp_path, docker_files({f"{DROP_IN}/caf\udce9.conf": drop_in("Environment=NO_PROXY=x")}))
    command = [sys.executable, "-m", "dockproxy", "show", "--root", str(tmp_path)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{DROP_IN}/caf\\xe9.conf:2" in done.stdout


@pytest.mark.parametrize("spelling", [f"{CANARY}@/", f"{CANARY}%40%2F", f"{CANARY}%%40%%2F"])
@pytest.mark.parametrize("outcome", ["refused", "warning"])
def test_a_proxy_that_repeats_the_password_is_quoted_without_it(
    spelling: str, outcome: str, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dockproxy import dial

    answer = dial.Preflight(outcome, f"the proxy says: no {spelling} here")

    def stop(*words: Any) -> None:
        raise Refusal("far enough")

    monkeypatch.setattr(dial, "preflight", lambda *words: answer)
    monkeypatch.setattr(transaction, "carry_out", stop)
    words = ["set", PROXY, "--proxy-user", "u", "--proxy-password-stdin", "--yes"]
    said = run(*words, host=live(tmp_path, docker_files(), info()), stdin=f"{CANARY}@/")
    assert "the proxy says: no *** here" in said.err


def test_a_terminal_obeys_nothing_of_an_error_or_a_warning(run: Command, tmp_path: Path) -> None:
    assert "--root /\\x1b[31m: no such directory" in run("show", "--root", "/\x1b[31m").err
    grow(tmp_path, docker_files())
    said = run("set", PROXY, "--no-proxy", "a\u202eb c", "--dry-run", "--root", str(tmp_path))
    assert "\u202e" not in said.out + said.err
    assert "a\\u202eb c" in said.out


START_UP = """
import sys
from dockproxy.cli import main
main(["show", "--root", sys.argv[1]])
print([m for m in ("rich", "asyncio", "ssl", "http.client", "hashlib", "difflib", "tempfile") if m in sys.modules])
"""


def test_show_imports_nothing_heavy(tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    done = subprocess.run([sys.executable, "-c", START_UP, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    grow(tmp_path, docker_files())
    command = f"'{sys.executable}' -m dockproxy show --root '{tmp_path}' | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interruption(run: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from dockproxy import survey

    def interrupt(*words: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(survey, "inspect", interrupt)
    assert main(["show"]) == 130
    assert capsys.readouterr().err.strip() == "dockproxy: interrupted"


@pytest.mark.parametrize("error", [RuntimeError(f"http://u:{CANARY}@p"), OSError(5, "Input/output error", "/etc/x")])
def test_an_error_of_our_own_is_one_sentence(error: Exception, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from dockproxy import survey

    def fail(*words: Any) -> None:
        raise error

    monkeypatch.setattr(survey, "inspect", fail)
    said = run("show")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "/etc/x: Input/output error" in said.err or "internal error" in said.err


def test_the_text_of_a_plan_in_colour_says_the_same(tmp_path: Path) -> None:
    from dockproxy.planner import plan_set
    from dockproxy.report import style
    from dockproxy.resolve.daemon import view
    from tests.unit.planner.test_daemon_set import intent
    from tests.unit.trees import tree

    host = tree(tmp_path, docker_files())
    made = plan_set(host, view(host), intent(https=PROXY))
    coloured = report.plan_text(made, style.coloured)
    for code in (*style.CODES.values(), "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == report.plan_text(made)
