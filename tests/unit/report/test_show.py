"""How ``show`` prints what others wrote: masked, obeyed by no terminal, in 80 columns, and so that it can be copied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Mapping

import pytest

from dockproxy import survey
from dockproxy.host import Host
from dockproxy.model import Unread
from dockproxy.report import show_json, show_text
from dockproxy.sources import unread_place
from dockproxy.sources.endpoint import Client
from tests.unit.trees import (
    DAEMON_JSON,
    DROP_IN,
    PID,
    UNIT,
    UNIT_FILE,
    Content,
    Link,
    docker_files,
    drop_in,
    info,
    live,
    tree,
)

CONF = f"{DROP_IN}/p.conf"
LONG_LIST = ",".join(f"host{i}.corp.example.com" for i in range(20))
LONG_URL = "http://" + "a-long-name." * 10


def inspect(host: Host, docker_host: str = "") -> survey.Report:
    return survey.inspect(host, Client("alice", 0, 0, "/home/alice/.docker", {}, docker_host))


def text(report: survey.Report) -> str:
    return show_text.render(report._replace(root="/"))


def environment(*words: str) -> str:
    return drop_in(*(f'Environment="{word}"' for word in words))


OTHERS: Dict[str, Mapping[str, Content]] = {
    "a list": {CONF: environment("NO_PROXY=http://u:C4NARY@p:1\x1b[31m")},
    "a list that lost": {CONF: environment("NO_PROXY=http://u:C4NARY@p:1\x1b", "NO_PROXY=.a")},
    "a URL": {CONF: environment("HTTP_PROXY=http://u:C4NARY@p:1\x1b")},
    "a path": {CONF: drop_in("EnvironmentFile=/http://u:C4NARY@p\x1b")},
    "a key": {DAEMON_JSON: {"proxies": {"http://u:C4NARY@p\x7f": "x"}}},
    "the client's list": {"/home/alice/.docker/config.json": {"proxies": {"default": {"noProxy": "u:C4NARY@p\x7f"}}}},
}


@pytest.mark.parametrize("what", list(OTHERS))
def test_what_others_wrote_is_masked_and_obeyed_by_no_terminal(what: str, tmp_path: Path) -> None:
    report = inspect(tree(tmp_path, docker_files(OTHERS[what])))
    shown, made = text(report), json.dumps(show_json.document(report))
    assert "C4NARY" not in shown + made
    assert all(line.isprintable() for line in shown.split("\n"))
    # Of a key that holds an @ nothing is shown.
    masked = "***" if what == "a key" else "***:***@p"
    assert masked in shown
    assert masked in made


def test_what_the_engine_and_the_endpoint_say_is_treated_alike(tmp_path: Path) -> None:
    body = info(no="u:C4NARY@p\x1b", version="28\x1b", https="u:C4 NARY@p")
    host = live(tmp_path, docker_files(), body, answers={"docker info": body})
    for report in (inspect(host), inspect(host, "tcp://u:C4NARY@build\x1b:1")):
        shown, made = text(report), json.dumps(show_json.document(report))
        assert "NARY" not in shown + made
        assert all(line.isprintable() for line in shown.split("\n"))
        assert "***:***@p" in shown
        assert "***:***@p" in made


def test_blanks_at_an_end_and_nothing_at_all_are_seen(tmp_path: Path) -> None:
    files = {CONF: environment("HTTP_PROXY= http://x:1", "NO_PROXY=.a ", "HTTPS_PROXY=http://a b:1", "https_proxy=")}
    lines = text(inspect(tree(tmp_path, docker_files(files)))).splitlines()
    assert '  http-proxy   " http://x:1"' in lines
    assert '  no-proxy     ".a "' in lines
    assert "  https-proxy  http://a***" in lines
    assert '               not ""' in lines


def test_long_values_and_paths(tmp_path: Path) -> None:
    folder = "/etc/docker/" + "a-long-name/" * 7
    files = docker_files(
        {
            f"{folder}daemon.json": {"proxies": {"no-proxy": LONG_LIST, "http-proxy": LONG_URL}},
            CONF: environment(f"NO_PROXY={LONG_LIST},.b", f"HTTP_PROXY={LONG_URL}b")
            + f"ExecStart=\nExecStart=/usr/sbin/dockerd --config-file={folder}daemon.json\n",
        }
    )
    report = inspect(live(tmp_path, files, info(no=f"{LONG_LIST},.c", http=f"{LONG_URL}c")))
    daemon, container = report.consumers
    assert daemon.drift == "restart"
    unread = tuple(Unread("daemon-json", f"{folder}{reason.value}", reason) for reason in unread_place.REASONS)
    elsewhere = container._replace(daemon_host=f"tcp://{folder}")
    whole = {LONG_URL, f"{LONG_URL}b", f"{LONG_URL}c", f"tcp://{folder}", *(f"{u.path}:" for u in unread)}
    whole |= {f"{folder}daemon.json:{line}" for line in ("3", "4", "4:")}
    for status in ("drift", "unknown"):
        consumers = (daemon._replace(status=status, unread=unread), elsewhere)
        lines = text(report._replace(consumers=consumers)).splitlines()
        last = [line.rpartition(" ")[2] for line in lines]
        assert whole <= set(last)
        assert {word for line, word in zip(lines, last) if len(line) > 80} <= whole


@pytest.mark.parametrize("between", [",", ", ", ",  ", ",,"])
def test_the_lines_of_a_list_are_its_value(between: str, tmp_path: Path) -> None:
    value = between.join(f"host-{number}.corp" for number in range(20))
    report = inspect(tree(tmp_path, docker_files({CONF: environment(f"NO_PROXY={value}")})))
    shown = text(report).partition("  no-proxy     ")[2].partition(f"\n               {CONF}")[0]
    assert shown.count("\n") > 2
    assert shown.replace("\n               ", "") == value


@pytest.mark.parametrize("variable", ["https-proxy", "all-proxy"])
def test_one_variable_in_json(variable: str, tmp_path: Path) -> None:
    host = live(tmp_path, docker_files({CONF: environment("HTTPS_PROXY=http://p:1")}), info(https="http://p:1"))
    daemon, container = show_json.document(inspect(host), variable)["consumers"]
    assert list(container["effective"]) == [variable]
    assert list(daemon["effective"]) == list(daemon["running"]) == [v for v in [variable] if v == "https-proxy"]
    assert container["running"] is None


INITS: Dict[str, Mapping[str, Content]] = {
    "run: systemctl restart docker": {"/run/systemd/system/": "", UNIT_FILE: UNIT},
    "run: systemctl daemon-reload && systemctl restart docker": {
        "/run/systemd/system/": "",
        UNIT_FILE: UNIT,
        CONF: environment("NO_PROXY=.a"),
    },
    "run: rc-service docker restart": {"/run/openrc/": "", DAEMON_JSON: {"proxies": {"no-proxy": ".a"}}},
    "run: service docker restart": {"/etc/rc0.d/": "", DAEMON_JSON: {"proxies": {"no-proxy": ".a"}}},
    "restart dockerd as it was started": {DAEMON_JSON: {"proxies": {"no-proxy": ".a"}}},
}


@pytest.mark.parametrize("mend", list(INITS))
def test_the_missing_step_is_that_of_the_hosts_init(mend: str, tmp_path: Path) -> None:
    files = {"/usr/sbin/dockerd": "", "/run/x": "", "/var/run": Link("../run"), **INITS[mend]}
    reload = "yes" if "daemon-reload" in mend else "no"
    answers = {f"environment {PID}": {}, "unit docker.service": {"NeedDaemonReload": reload, "MainPID": str(PID)}}
    shown = text(inspect(live(tmp_path, files, info(no=".old"), answers=answers)))
    assert f"no-proxy is .old\n               {mend}\n" in shown
