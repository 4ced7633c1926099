"""The document of ``show``: statuses in their order, what is unread, and the keys that others build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from dockproxy import survey
from dockproxy.host import Host
from dockproxy.host.tree import MAX_FILE_BYTES
from dockproxy.model import HTTPS, NO, Missing
from dockproxy.report import show_json, show_text, style
from dockproxy.resolve.engines import UnknownEngine
from dockproxy.sources.endpoint import Client
from tests.unit.sources.test_systemd_unit import Unreadable
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
    tree,
)

CLIENT = Client("alice", 1000, 1000, "/home/alice/.docker", {})
CONFIG = "/home/alice/.docker/config.json"
PROXY = "http://proxy.corp:3128"

RUN_AS_ROOT = "no permission; run as root to include it"


def daemon(host: Host) -> survey.Consumer:
    return survey.inspect(host).consumer("daemon")


def text(host: Host, client: Optional[Client] = CLIENT, variable: Optional[str] = None) -> str:
    where, _, shown = show_text.render(survey.inspect(host, client), variable).partition("\n\n")
    assert where == f"in {host.root}"
    assert max(map(len, shown.splitlines())) <= 80
    return shown


def document(host: Host, client: Optional[Client] = CLIENT) -> Dict[str, Any]:
    made: Dict[str, Any] = json.loads(json.dumps(show_json.document(survey.inspect(host, client))))
    return made


@pytest.mark.parametrize(
    ("files", "body", "status"),
    [
        ({DAEMON_JSON: "{,}"}, info(), "will-not-start"),
        ({DAEMON_JSON: "{,}"}, None, "will-not-start"),
        ({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}}, info(), "drift"),
        ({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}}, info(https=PROXY), "ok"),
        ({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}}, None, "ok"),
        ({}, info(), "unset"),
        ({}, None, "unset"),
        ({}, info(https=PROXY), "drift"),
    ],
)
def test_status(files: Dict[str, Content], body: Any, status: str, tmp_path: Path) -> None:
    assert daemon(live(tmp_path, docker_files(files), body)).status == status


def test_unread_comes_before_drift_and_behind_will_not_start(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=-/e"), "/e": "X=1\n"})
    grow(tmp_path, files)
    seen = daemon(Unreadable(str(tmp_path), "/e"))
    assert seen.status == "unknown"
    assert [(u.path, u.reason) for u in seen.unread] == [("/e", Missing.PERMISSION)]
    grow(tmp_path, {DAEMON_JSON: "{,}"})
    assert daemon(Unreadable(str(tmp_path), "/e")).status == "will-not-start"


def test_the_flags_of_a_wrapper_could_decide(tmp_path: Path) -> None:
    command = "ExecStart=/bin/sh -c 'exec dockerd --https-proxy=http://p:1'"
    files = docker_files({UNIT_FILE: drop_in(command), "/bin/sh": ""})
    host = tree(tmp_path, files)
    seen = document(host, None)["consumers"][0]
    assert seen["status"] == "unknown"
    assert f"not read dockerd-flag in {UNIT_FILE}: not checked" in " ".join(text(host).split())
    assert [(u["source"], u["reason"]) for u in seen["unread"]] == [("dockerd-flag", "not-checked")]


@pytest.mark.parametrize("body", [None, info()])
def test_a_masked_service(body: Any, tmp_path: Path) -> None:
    files = docker_files({"/etc/systemd/system/docker.service": Link("/dev/null")})
    seen = daemon(live(tmp_path, files, body))
    assert (seen.status, [p.code for p in seen.problems]) == ("will-not-start", ["DP105"])


def test_what_the_manager_gives_has_its_line_in_a_tree(tmp_path: Path) -> None:
    path = "/etc/systemd/system.conf.d/p.conf"
    host = tree(tmp_path, docker_files({path: f"[Manager]\nDefaultEnvironment=HTTPS_PROXY={PROXY}\n"}))
    seen = daemon(host)
    assert (seen.status, seen.unread) == ("ok", ())
    assert str(seen.effective["https-proxy"].setting.origin) == f"{path}:2"  # type: ignore[union-attr]


def test_an_engine_that_may_not_be_asked_is_among_the_unread(tmp_path: Path) -> None:
    answers = {f"GET {SOCKET} /info": "permission"}
    seen = daemon(live(tmp_path, docker_files(), None, answers=answers))
    assert [(u.source, u.path, u.reason) for u in seen.unread] == [("engine-api", SOCKET, Missing.PERMISSION)]
    assert seen.running is None


def test_an_engine_that_runs_without_a_socket(tmp_path: Path) -> None:
    answers = {"processes dockerd": [{"pid": PID, "argv": ["dockerd"]}]}
    seen = daemon(live(tmp_path, docker_files({"/run/docker.pid": str(PID)}), None, answers=answers))
    assert [(u.source, u.reason) for u in seen.unread] == [("engine-api", Missing.NOT_CHECKED)]


def test_what_a_container_is_given(tmp_path: Path) -> None:
    host = tree(tmp_path, {CONFIG: {"proxies": {"default": {"httpsProxy": PROXY}}}})
    seen = survey.inspect(host, CLIENT).consumer("container")
    assert (seen.status, seen.user, seen.effective["https-proxy"].text) == ("ok", "alice", PROXY)
    assert survey.inspect(tree(tmp_path / "2", {}), CLIENT).consumer("container").status == "unset"
    assert survey.inspect(tree(tmp_path / "3", {CONFIG: "{"}), CLIENT).consumer("container").status == "unknown"


def test_the_keys_of_the_contract(tmp_path: Path) -> None:
    files = docker_files(
        {
            f"{DROP_IN}/p.conf": "# Ansible managed\n" + drop_in("Environment=HTTPS_PROXY=http://u:C4NARY@lost:1"),
            DAEMON_JSON: {"proxies": {"https-proxy": "http://u:C4NARY@proxy.corp:3128"}, "no-proxy": "x"},
            "/etc/docker/x": "",
        }
    )
    body = info(https="http://xxxxx:xxxxx@proxy.corp:3128")
    made = document(live(tmp_path, files, body, started=0.0, answers={"manager-environment": "permission"}))
    assert "C4NARY" not in json.dumps(made)
    assert made["schema"] == "dockproxy.show/1"
    assert made["host"]["init"] == "systemd"
    (engine,) = made["host"]["engines"]
    assert {k: engine[k] for k in ("id", "version", "running", "socket", "pid", "image_store")} == {
        "id": "system",
        "version": "28.5.2",
        "running": True,
        "socket": SOCKET,
        "pid": PID,
        "image_store": "classic",
    }
    first, second = made["consumers"]
    assert (first["consumer"], first["engine"], first["status"], first["drift"]) == (
        "daemon",
        "system",
        "unknown",
        None,
    )
    https = first["effective"]["https-proxy"]
    assert https["value"] == "http://***:***@proxy.corp:3128"
    assert (https["origin"]["source"], https["origin"]["path"], https["origin"]["line"]) == (
        "daemon-json",
        DAEMON_JSON,
        3,
    )
    (lost,) = https["shadowed"]
    assert (lost["value"], lost["origin"]["source"], lost["reason"]) == (
        "http://***:***@lost:1",
        "systemd-environment",
        "daemon.json replaces the environment",
    )
    unset = dict.fromkeys(("value", "managed_by", "origin", "evidence", "likely_origin"))
    assert first["effective"]["http-proxy"] == {**unset, "shadowed": [], "logins": []}
    assert first["running"] == {"http-proxy": None, "https-proxy": "http://***:***@proxy.corp:3128", "no-proxy": None}
    problem, readable = first["problems"]
    assert readable["code"] == "DP210"
    assert (problem["code"], problem["name"], problem["severity"], problem["fix"]) == (
        "DP201",
        "proxy-key-misplaced",
        "warning",
        "none",
    )
    unread = {"source": "systemd-manager", "path": None, "line": None}
    assert first["unread"] == [{**unread, "reason": "permission", "detail": "permission", "message": RUN_AS_ROOT}]
    assert second["consumer"] == "container"
    assert set(second["effective"]) == {"http-proxy", "https-proxy", "no-proxy", "ftp-proxy", "all-proxy"}
    assert second["running"] is None


def test_a_url_in_a_no_proxy_list_is_masked(tmp_path: Path) -> None:
    secret = "http://u:C4NARY@proxy.corp:3128,.corp"
    files = docker_files(
        {
            DAEMON_JSON: {"proxies": {"no-proxy": secret}},
            f"{DROP_IN}/p.conf": drop_in(f"Environment=NO_PROXY={secret}"),
        }
    )
    host = tree(tmp_path, files)
    no_proxy = document(host)["consumers"][0]["effective"]["no-proxy"]
    masked = "http://***:***@proxy.corp:3128,.corp"
    assert (no_proxy["value"], no_proxy["shadowed"][0]["value"]) == (masked, masked)
    assert masked in text(host)
    assert "C4NARY" not in text(host)


def test_who_manages_the_deciding_file(tmp_path: Path) -> None:
    files = docker_files({f"{DROP_IN}/p.conf": "# Ansible managed\n" + drop_in(f"Environment=HTTPS_PROXY={PROXY}")})
    host = tree(tmp_path, files)
    assert document(host)["consumers"][0]["effective"]["https-proxy"]["managed_by"] == "Ansible"
    assert f"{DROP_IN}/p.conf:3\n               managed by Ansible\n" in text(host)


def test_a_whole_page_as_a_reader_sees_it(tmp_path: Path) -> None:
    files = docker_files(
        {
            f"{DROP_IN}/http-proxy.conf": drop_in(f"Environment=HTTPS_PROXY={PROXY} NO_PROXY=.corp"),
            DAEMON_JSON: {"proxies": {"https-proxy": "http://u:C4NARY@new.corp:3128"}},
            CONFIG: {"proxies": {"default": {"httpsProxy": PROXY}}},
        }
    )
    host = live(tmp_path, files, info(https=PROXY, no=".corp"), started=0.0)
    assert (
        text(host)
        == f"""\
daemon (dockerd 28.5.2, pid 812)                                           drift
  http-proxy   -
  https-proxy  http://***:***@new.corp:3128
               /etc/docker/daemon.json:3
               not http://proxy.corp:3128
                   {DROP_IN}/http-proxy.conf:2
                   daemon.json replaces the environment
  no-proxy     .corp
               {DROP_IN}/http-proxy.conf:2
  drift        the engine reports others; missing step: restart
               https-proxy is http://proxy.corp:3128
               run: systemctl restart docker
  warning      DP210 /etc/docker/daemon.json:3 holds a password, and everybody
               may read it (mode 0644)
               mend: `dockproxy set URL --proxy-user NAME
                   --proxy-password-stdin` with that proxy puts the password
                   where only the owner reads it

new containers of alice                                                       ok
  http-proxy   -
  https-proxy  http://proxy.corp:3128
               /home/alice/.docker/config.json:4
  no-proxy     -
"""
    )


def test_a_user_whose_docker_talks_to_another_host(tmp_path: Path) -> None:
    far = CLIENT._replace(environ={"DOCKER_HOST": "tcp://build.corp:2375"})
    host = live(tmp_path, docker_files({CONFIG: {"proxies": {"tcp://build.corp:2375": {"noProxy": ".b"}}}}), info())
    assert "new containers of alice on tcp://build.corp:2375 " in text(host, far)
    made = document(host, far)["consumers"][1]
    assert (made["daemon_host"], made["effective"]["no-proxy"]["value"]) == ("tcp://build.corp:2375", ".b")
    gone = CLIENT._replace(environ={"DOCKER_CONTEXT": "gone"})
    assert "new containers of alice on no daemon " in text(host, gone)


def test_one_variable_only(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY, "no-proxy": ".corp"}}}))
    shown = text(host, None, "no-proxy")
    assert ".corp" in shown
    assert PROXY not in shown


def test_what_is_for_logins_only_belongs_to_the_whole_story(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        DAEMON_JSON: {"proxies": {"https-proxy": PROXY}},
        "/etc/environment": "HTTPS_PROXY=http://u:C4NARY@login:1\n",
        "/etc/profile.d/p.sh": "export https_proxy=$P NO_PROXY=.login\n",
    }
    host = tree(tmp_path, docker_files(files))
    assert "login:1" not in text(host, None)
    told = text(host, None, "https-proxy")
    lines = [line.strip() for line in told.splitlines()]
    at = lines.index("not http://***:***@login:1")
    assert lines[at + 1].startswith("/etc/environment:1")
    assert "not what only a shell could tell" in told
    assert "for logins only; nothing that starts this engine reads it" in told
    assert ".login" not in told
    found = document(host, None)["consumers"][0]["effective"]
    assert [each["value"] for each in found["https-proxy"]["logins"]] == ["http://***:***@login:1", None]
    assert [each["origin"]["line"] for each in found["no-proxy"]["logins"]] == [1]


def test_a_long_list_breaks_behind_its_commas(tmp_path: Path) -> None:
    entries = [f"host{i}.corp.example.com" for i in range(20)]
    host = tree(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": ",".join(entries)}}}))
    lines = text(host, None).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(e in line for line in lines) for e in entries)


@pytest.mark.parametrize(
    ("files", "body", "answers", "title"),
    [
        ({"/bin/sh": ""}, None, {}, "daemon: no dockerd was found"),
        (docker_files(), None, {}, "daemon (dockerd 28.5.2+dfsg1-1, not running)"),
        (docker_files(), None, {f"GET {SOCKET} /info": "permission"}, "daemon (dockerd 28.5.2+dfsg1-1, not asked)"),
        ({"/usr/bin/dockerd": ""}, None, {}, "daemon (dockerd, version not known, not running)"),
    ],
)
def test_the_title_says_what_is_known(
    files: Dict[str, Content], body: Any, answers: Dict[str, Any], title: str, tmp_path: Path
) -> None:
    report = survey.inspect(live(tmp_path, files, body, answers=answers))
    assert show_text.render(report._replace(root="/")).startswith(title)


def test_problems_and_unread_places_are_told_in_words(tmp_path: Path) -> None:
    files = docker_files({DAEMON_JSON: {"proxies": {"default": {"httpsProxy": PROXY}}}, CONFIG: "{"})
    answers: Dict[str, Any] = {"manager-environment": "not-checked", f"GET {SOCKET} /info": "permission"}
    shown = text(live(tmp_path, files, None, answers=answers))
    flat = " ".join(shown.split())
    assert "error DP103" in flat
    assert "not read systemd-manager: not checked" in flat
    assert f"not read {SOCKET}: no permission; run as root to include it" in flat
    assert f"not read {CONFIG}: cannot be parsed" in flat
    assert "will-not-start" in flat


@pytest.mark.parametrize(
    ("content", "detail", "words", "status"),
    [
        (Link(DAEMON_JSON), "link-loop", "a link that leads to itself", "will-not-start"),
        (b" " * (MAX_FILE_BYTES + 1), "too-large", f"larger than {MAX_FILE_BYTES >> 20} MB", "unknown"),
    ],
)
def test_what_stands_in_the_place_of_daemon_json_is_said(
    content: Content, detail: str, words: str, status: str, tmp_path: Path
) -> None:
    host = tree(tmp_path, docker_files({DAEMON_JSON: content}))
    seen = document(host)["consumers"][0]
    assert seen["status"] == status
    (unread,) = seen["unread"]
    assert (unread["path"], unread["reason"], unread["detail"]) == (DAEMON_JSON, "unparsable", detail)
    assert f"not read     {DAEMON_JSON}: {words}" in text(host)


def test_a_finding_without_a_place_has_no_origin() -> None:
    assert show_json.origin(None) is None


def test_an_empty_value_that_lost_is_shown_as_empty(tmp_path: Path) -> None:
    assert 'not ""' in text(tree(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": ""}}})))


def test_colour_carries_no_meaning_alone(tmp_path: Path) -> None:
    report = survey.inspect(live(tmp_path, docker_files({DAEMON_JSON: "{,}"}), info()))
    coloured = show_text.render(report, None, style.coloured)
    for code in style.CODES.values():
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured.replace("\x1b[0m", "") == show_text.render(report)


def test_when_colour_is_used() -> None:
    class Terminal:
        def __init__(self, is_terminal: bool) -> None:
            self._is_terminal = is_terminal

        def isatty(self) -> bool:
            return self._is_terminal

    def chosen(is_terminal: bool, choice: str = "auto", **environ: str) -> bool:
        return style.for_stream(Terminal(is_terminal), choice, environ) is style.coloured  # type: ignore[arg-type]

    assert chosen(True)
    assert not chosen(False)
    assert not chosen(True, NO_COLOR="1")
    assert not chosen(True, TERM="dumb")
    assert chosen(False, "always", NO_COLOR="1")
    assert not chosen(True, "never")


REMOTE = {"DOCKER_HOST": "tcp://build.corp:2376"}


def test_of_an_engine_elsewhere_the_report_is_known_and_the_files_are_not(tmp_path: Path) -> None:
    answers = {"docker info": info(https="http://xxxxx:xxxxx@proxy.corp:3128", no=".corp")}
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}), info(), answers=answers)
    made = document(host, CLIENT._replace(environ=REMOTE))
    (found,) = made["host"]["engines"]
    assert (found["id"], found["socket"], found["version"]) == ("remote", "tcp://build.corp:2376", "28.5.2")
    seen = made["consumers"][0]
    assert (seen["status"], seen["drift"]) == ("unknown", None)
    assert seen["running"] == {"http-proxy": None, "https-proxy": "http://***:***@proxy.corp:3128", "no-proxy": ".corp"}
    assert {e["value"] for e in seen["effective"].values()} == {None}
    assert {u["source"] for u in seen["unread"]} >= {"daemon-json", "systemd-environment", "dockerd-flag"}
    assert {u["reason"] for u in seen["unread"]} == {"not-checked"}
    shown = text(host, CLIENT._replace(environ=REMOTE))
    assert shown.startswith("daemon at tcp://build.corp:2376 (dockerd 28.5.2)")
    assert "not known" not in shown
    assert "https-proxy is http://***:***@proxy.corp:3128" in shown


@pytest.mark.parametrize(
    ("answers", "reason", "words"),
    [
        ({}, "not-checked", "not checked"),
        ({"docker info": "unparsable"}, "unparsable", "cannot be parsed"),
        ({"docker info": {"ServerErrors": ["Cannot connect"]}}, "not-checked", "docker cannot connect to it"),
    ],
)
def test_an_engine_elsewhere_that_does_not_answer(
    answers: Dict[str, Any], reason: str, words: str, tmp_path: Path
) -> None:
    host = live(tmp_path, docker_files(), info(), answers=answers)
    seen = document(host, CLIENT._replace(environ=REMOTE))["consumers"][0]
    assert (seen["running"], seen["status"]) == (None, "unknown")
    assert ("engine-api", reason) in [(u["source"], u["reason"]) for u in seen["unread"]]
    assert f"tcp://build.corp:2376: {words}\n" in text(host, CLIENT._replace(environ=REMOTE))


def test_podman_is_called_podman(tmp_path: Path) -> None:
    body = {**info(https=PROXY), "ServerVersion": "4.3.1"}
    answers = {f"GET {SOCKET} /info": {"status": 200, "server": "Libpod/4.3.1 (linux)", "body": body}}
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}), info(), answers=answers)
    made = document(host)
    assert [e["id"] for e in made["host"]["engines"]] == ["podman"]
    assert (made["consumers"][0]["status"], made["consumers"][0]["drift"]) == ("unknown", None)
    assert text(host).startswith(f"Podman 4.3.1 on {SOCKET}, not dockerd")


def test_the_engine_of_somebody_else_is_not_the_systems(tmp_path: Path) -> None:
    socket = "/srv/d.sock"
    answers = {f"GET {socket} /info": {"status": 200, "server": "Docker/28.5.2", "body": info(https=PROXY)}}
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}), info(no="x"), answers=answers)
    made = document(host, CLIENT._replace(host=f"unix://{socket}"))
    assert [e["id"] for e in made["host"]["engines"]] == [socket, "system"]
    daemon = made["consumers"][0]
    assert (daemon["status"], daemon["running"]["https-proxy"], daemon["drift"]) == ("unknown", PROXY, None)
    assert text(host, CLIENT._replace(host=f"unix://{socket}")).startswith(f"daemon at {socket} (dockerd 28.5.2)")


def test_the_whole_story_of_a_variable(tmp_path: Path) -> None:
    files = {
        f"{DROP_IN}/a.conf": drop_in("Environment=HTTPS_PROXY=http://old.corp:1"),
        f"{DROP_IN}/b.conf": drop_in(f"Environment=HTTPS_PROXY={PROXY}"),
    }
    unit = {"MainPID": str(PID), "NeedDaemonReload": "no", "Environment": "HTTPS_PROXY=http://old.corp:1"}
    answers = {"unit docker.service": unit, f"environment {PID}": "permission"}
    host = live(tmp_path, docker_files(files), info(https="http://old.corp:1"), answers=answers)
    report = survey.inspect(host, layered=True)
    shown = show_text.render(report, "https-proxy")
    assert "proof: systemd.exec(5), Environment=" in shown
    assert "a later assignment in the same source wins" in shown
    rows = [line.split() for line in shown.splitlines() if line.startswith("    ") and not line.startswith("     ")]
    assert rows == [
        ["files", PROXY],
        ["manager", "http://old.corp:1", "<-", "differs"],
        ["process", "not", "known"],
        ["engine", "http://old.corp:1", "<-", "differs"],
    ]
    assert "drift        systemd has not loaded the files; missing step: " in shown
    daemon = show_json.document(report, "https-proxy")["consumers"][0]
    assert (daemon["differs"], list(daemon["layers"])) == ("manager", ["https-proxy"])
    assert daemon["layers"]["https-proxy"][2] == {"layer": "process", "value": None, "known": False, "differs": False}
    assert daemon["effective"]["https-proxy"]["evidence"].startswith("systemd.exec(5)")
    assert daemon["effective"]["https-proxy"]["shadowed"][0]["evidence"].startswith("systemd.exec(5)")


def test_nothing_is_called_the_same_without_a_comparison(tmp_path: Path) -> None:
    shown = text(live(tmp_path, docker_files({DAEMON_JSON: "{,}"}), info(https=PROXY)))
    assert "the same" not in shown
    assert f"https-proxy is {PROXY}\n" in shown


def test_under_will_not_start_nothing_says_restart_but_the_warning(tmp_path: Path) -> None:
    files = docker_files({DAEMON_JSON: {"debug": "true", "proxies": {"https-proxy": PROXY}, "no-proxy": "x"}})
    host = live(tmp_path, files, info())
    assert (daemon(host).status, daemon(host).drift) == ("will-not-start", "restart")
    lines = text(host, None).splitlines()
    assert lines[1].startswith("  error        DP106")
    told = [line.strip() for line in lines if "restart" in line or "run:" in line]
    assert told == ["do not restart before this is mended"]
    assert lines.index("               do not restart before this is mended") < lines.index("  http-proxy   -")
    assert any(line.startswith("  warning      DP201") for line in lines[lines.index("  http-proxy   -") :])
    assert "restart" not in text(live(tmp_path / "2", files, None), None)


@pytest.mark.parametrize(
    ("files", "body", "answers", "heading"),
    [
        ({}, info(https=PROXY), {}, "ok"),
        ({}, None, {}, "ok, stopped"),
        ({}, None, {f"GET {SOCKET} /info": "permission"}, "ok, not verified"),
        ({"/etc/default/docker": "NO_PROXY=a"}, info(https=PROXY), {}, "1 warning"),
        ({"/etc/default/docker": "NO_PROXY=a\nHTTP_PROXY=b"}, None, {}, "stopped, 2 warnings"),
    ],
)
def test_ok_alone_leaves_nothing_to_say(
    files: Dict[str, Content], body: Any, answers: Dict[str, Any], heading: str, tmp_path: Path
) -> None:
    host = live(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}, **files}), body, 0, answers)
    assert text(host, None).split("\n", 1)[0].rpartition("  ")[2].strip() == heading
    assert daemon(host).status == "ok"


def test_a_tree_without_anything_has_one_engine_and_a_user_by_number(tmp_path: Path) -> None:
    host = tree(tmp_path, {"/etc/": ""})
    nobody = CLIENT._replace(user="0")
    assert [e["id"] for e in document(host, nobody)["host"]["engines"]] == ["system"]
    assert "new containers of uid 0 " in text(host, nobody)


def test_a_context_that_is_named_and_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownEngine, match="no docker context nix in /home/alice/"):
        survey.inspect(live(tmp_path, docker_files()), CLIENT._replace(context="nix"))


def test_one_variable_that_runs_as_it_should_beside_one_that_does_not(tmp_path: Path) -> None:
    files = docker_files({DAEMON_JSON: {"proxies": {"https-proxy": PROXY, "no-proxy": ".new"}}})
    host = live(tmp_path, files, info(https=PROXY, no=".old"), 9e9)
    report = survey.inspect(host)
    assert "the engine reports the same https-proxy" in show_text.render(report, HTTPS)
    assert show_json.document(report, HTTPS)["consumers"][0]["differs"] is None
    assert "missing step: restart" in show_text.render(report, NO)
    assert show_json.document(report, NO)["consumers"][0]["differs"] == "engine"


def test_what_a_place_that_was_not_read_may_take_over_is_marked(tmp_path: Path) -> None:
    files = docker_files({f"{DROP_IN}/a.conf": drop_in(f"Environment=HTTPS_PROXY={PROXY}"), DAEMON_JSON: "{}"})
    grow(tmp_path, files)
    shown = show_text.render(survey.inspect(Unreadable(str(tmp_path), DAEMON_JSON)))
    assert "unless something below that was not read says otherwise" in shown


def test_folders_of_other_users_may_hide_an_engine(tmp_path: Path) -> None:
    files = {"/etc/passwd": "bob:x:1002:1002::/home/bob:/bin/sh\n", "/usr/lib/systemd/system/": ""}
    folder = "/home/bob/.config/systemd/user"
    grow(tmp_path, docker_files(files))
    report = survey.inspect(Unreadable(str(tmp_path), folder))
    assert show_json.document(report)["host"]["unread"] == [
        {
            "source": "rootless:1002",
            "path": folder,
            "line": None,
            "reason": "permission",
            "detail": "permission",
            "message": RUN_AS_ROOT,
        }
    ]
    said = " ".join(show_text.render(report).split())
    assert f"other users not read rootless:1002 in {folder}: no permission; run as root to include it" in said


def test_an_engine_of_a_user_is_started_by_systemd_also_in_a_bare_tree(tmp_path: Path) -> None:
    unit = "/home/bob/.config/systemd/user/docker.service"
    files = {
        "/etc/passwd": "bob:x:1002:1002::/home/bob:/bin/sh\n",
        unit: "[Service]\nExecStart=/usr/bin/dockerd-rootless.sh\nEnvironment=NO_PROXY=.bob\n",
    }
    report = survey.inspect(tree(tmp_path, files), engine_id="rootless:1002")
    assert report.consumer("daemon").effective["no-proxy"].text == ".bob"
