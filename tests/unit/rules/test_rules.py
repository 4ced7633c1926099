"""Every rule has a case that it reports, and a clean host has no finding."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional

import pytest

from dockproxy import rules, survey
from dockproxy.host import File, Host
from dockproxy.model import Finding, Origin, Reading, Severity
from dockproxy.resolve.daemon import view
from dockproxy.rules.facts import Facts
from dockproxy.sources.endpoint import Client
from tests.unit.trees import (
    DAEMON_JSON,
    DROP_IN,
    SOCKET,
    UNIT_FILE,
    Content,
    Link,
    docker_files,
    drop_in,
    info,
    live,
    tree,
)

CASES: Dict[str, Dict[str, Content]] = {
    "DP101": {DAEMON_JSON: "{,}"},
    "DP102": {
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://f:1"),
        DAEMON_JSON: {"proxies": {"https-proxy": "http://f:1"}},
    },
    "DP103": {DAEMON_JSON: {"proxies": {"default": {"httpsProxy": "http://p:1"}}}},
    "DP104": {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=/gone")},
    "DP105": {"/etc/systemd/system/docker.service": Link("/dev/null")},
    "DP106": {DAEMON_JSON: {"debug": "true"}},
    "DP201": {DAEMON_JSON: {"https-proxy": "http://p:1"}},
    "DP202": {f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://u:C4NARY%zz@p:1")},
    "DP204": {
        "/root/.docker/config.json": {"proxies": {"default": {"allProxy": "socks5://p:1"}}},
        "/var/lib/dpkg/status": "Package: docker.io\nStatus: install ok installed\nVersion: 20.10.24\n\n",
    },
    "DP205": {"/root/.docker/config.json": {"proxies": {"default": {"noProxy": [".corp"]}}}},
    "DP207": {"/etc/default/docker": "# c\nexport HTTPS_PROXY=http://u:C4NARY@p:1\n"},
    "DP208": {"/etc/environment": "HTTPS_PROXY=http://u:C4NARY@p:1\n"},
    "DP203": {f"{DROP_IN}/p.conf": drop_in('Environment="HTTPS_PROXY=http://u:C4NARY%%zz@p:1"')},
    "DP206": {
        f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://u:C4NARY@p:1"),
        DAEMON_JSON: {"proxies": {"https-proxy": ""}},
    },
    "DP209": {f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://p:1 NO_PROXY=.corp,*.a.*")},
    "DP210": {f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://u:C4NARY@p:1")},
    "DP212": {DAEMON_JSON: {"proxies": {"https-proxy": "http://p:1"}}, "/var/lib/dpkg/status": ""},
    "DP211": {f"{DROP_IN}/p.conf": drop_in("Environment=HTTP_PROXY=http://p:1")},
}


def problems(root: Path, files: Dict[str, Content]) -> List[Finding]:
    """A tree is readable by everybody: of a password in it only the rule's own tests hear."""
    return [p for p in all_problems(tree(root, docker_files(files))) if p.code != "DP210"]


def all_problems(host: Host) -> List[Finding]:
    report = survey.inspect(host, Client("root", 0, 0, "/root/.docker", {}))
    return [problem for consumer in report.consumers for problem in consumer.problems]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://HTTP://p:1", "(the scheme stands twice), so the engine takes HTTP for the proxy's host"),
        ("http:/p:3128", "(http: is not followed by two slashes), so the engine takes http for the proxy's host"),
        ("http:p:3128", "(http: is not followed by two slashes), so the engine takes http:p for the proxy's host"),
        ("http//p:3128", "(the colon is missing after http), so the engine takes http for the proxy's host"),
        ("http://", "missing behind the scheme), so the engine takes http for the proxy's host"),
        ("http://p:99999", "(the port is out of range; it must be 1 to 65535), so the engine sends nothing"),
        ("socks://p:1", "(Go dials no such scheme, only http, https, socks5, socks5h), so the engine talks plain HTTP"),
        ("socks5h://p:1", None),
        (
            "http://p:1;HTTP_PROXY=http://p:1",
            "(no blank between several assignments), so the engine takes something else",
        ),
        ("http://joe:C4NARYproxy:1", "(the host holds a colon: an @ is missing, or something stands before the port)"),
        ("http://::1:3128", None),
        (
            "\u201chttp://p:1\u201d",
            "(it holds the typographic character U+201C, pasted from a document), so the engine",
        ),
        ("http://u:12#C4NARY@p:1", "(a character of the user or password must be percent-encoded), so the engine"),
        (
            "http://u:C4NARY/@p:1",
            "(a character of the user or password must be percent-encoded), so the engine takes http",
        ),
        ("u@C4NARY/x@p:1", "(a character of the user or password must be percent-encoded), so the engine takes"),
        ("http://p:port", "so the engine takes http for the proxy's host"),
        ("http://http:1", None),
    ],
)
def test_a_scheme_as_the_host(url: str, said: Optional[str], tmp_path: Path) -> None:
    found = problems(tmp_path, {f"{DROP_IN}/p.conf": drop_in(f"Environment=HTTPS_PROXY={url}")})
    assert [(f.code, said is not None and said in f.message) for f in found] == ([("DP203", True)] if said else [])


@pytest.mark.parametrize("code", list(CASES))
def test_the_case_of_a_rule(code: str, tmp_path: Path) -> None:
    found = all_problems(tree(tmp_path, docker_files(CASES[code])))
    (finding,) = [f for f in found if f.code == code or f.code != "DP210"]
    assert finding.code == code
    assert finding.origin is not None
    assert (finding.origin.path or "") in CASES[code]
    assert "C4NARY" not in finding.message


def test_a_proxy_that_is_no_url_is_reported_with_the_reason_of_go(tmp_path: Path) -> None:
    (finding,) = problems(tmp_path, CASES["DP203"])
    assert "no proxy that Go can use (a % is not followed by two hexadecimal digits)" in finding.message
    conf: Dict[str, Content] = {f"{DROP_IN}/p.conf": drop_in('Environment="HTTP_PROXY= http://x:1" "HTTPS_PROXY=p:1"')}
    (finding,) = problems(tmp_path / "2", conf)
    assert "HTTP_PROXY at" in finding.message
    assert "(a blank or a line break stands before or behind it)" in finding.message


@pytest.mark.parametrize("code", list(CASES))
def test_an_error_of_the_daemon_is_what_it_does_not_start_with(code: str, tmp_path: Path) -> None:
    daemon = survey.inspect(tree(tmp_path, docker_files(CASES[code]))).consumer("daemon")
    errors = [problem for problem in daemon.problems if problem.severity is Severity.ERROR]
    assert (daemon.status == "will-not-start") == bool(errors) == code.startswith("DP1")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            CASES["DP206"],
            f"https-proxy at {DAEMON_JSON}:3 is empty, which cancels nothing: HTTPS_PROXY at {DROP_IN}/p.conf:2",
        ),
        ({f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY= https_proxy=http://p:1")}, "HTTPS_PROXY at"),
        ({f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://p:1 https_proxy=")}, "https_proxy at"),
        ({DAEMON_JSON: {"proxies": {"https-proxy": ""}}}, ""),
        ({f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://p:1 HTTPS_PROXY=")}, ""),
    ],
)
def test_an_empty_value_is_reported_where_another_one_is_in_force(
    files: Dict[str, Content], message: str, tmp_path: Path
) -> None:
    found = [problem.message for problem in problems(tmp_path, files)]
    assert len(found) == bool(message)
    assert all(text.startswith(message) for text in found)


def test_a_file_that_the_unit_reads_is_no_finding(tmp_path: Path) -> None:
    named = drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=-/etc/default/docker")
    files: Dict[str, Content] = {"/etc/default/docker": "HTTPS_PROXY=http://p:1\n"}
    assert [f.code for f in problems(tmp_path, files)] == ["DP207"]
    assert problems(tmp_path / "2", {**files, UNIT_FILE: named}) == []
    files = {"/etc/default/docker": Link("/etc/docker.env"), "/etc/docker.env": "HTTPS_PROXY=http://p:1\n"}
    named = named.replace("/etc/default/docker", "/etc/docker.env")
    assert problems(tmp_path / "3", {**files, UNIT_FILE: named}) == []


def test_every_rule_has_a_case_and_a_page() -> None:
    assert sorted(CASES) == sorted(rule.CODE for rule in rules.RULES)
    assert len({rule.NAME for rule in rules.RULES}) == len(rules.RULES)
    assert all(rule.__doc__ and "Source:" in rule.__doc__ for rule in rules.RULES)


def test_a_clean_host_has_no_finding(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://p:3128 NO_PROXY=.corp"),
        DAEMON_JSON: {"proxies": {"http-proxy": "http://p:3128"}},
    }
    assert problems(tmp_path, files) == []


@pytest.mark.parametrize(
    ("mode", "group", "who"),
    [
        (0o644, 0, "everybody may read it (mode 0644)"),
        (0o640, 7, "group 7 may read it (mode 0640)"),
        (0o640, 0, ""),
        (0o600, 7, ""),
    ],
)
def test_who_may_read_a_password(mode: int, group: int, who: str, tmp_path: Path) -> None:
    proxies = {"https-proxy": "http://u:C4NARY@p:1", "http-proxy": "http://u:C4NARY@p:1"}
    host = tree(tmp_path, docker_files({DAEMON_JSON: {"proxies": proxies}}))
    file = host.read(DAEMON_JSON)
    assert isinstance(file, File)
    read = survey.daemon_consumer(host, view(host))
    facts = Facts("daemon", Reading(), read.effective, files={DAEMON_JSON: file._replace(mode=mode, uid=0, gid=group)})
    found = [f.message for f in rules.check(facts)]
    assert [m.rpartition(", and ")[2] for m in found] == ([who] if who else [])
    assert rules.check(facts._replace(files={})) == []


@pytest.mark.parametrize(
    ("proxy", "entries", "found"),
    [
        ("http://p:1", ".corp,*.a.b,10.0.0.0/8,[::1]:80", []),
        ("http://p:1", "*", ["'*': it matches every host, so the proxy is never used"]),
        ("http://p:1", "http://a,10.0.0.0/40", ["'http://a': an entry is a host", "'10.0.0.0/40': an IPv4 network"]),
        ("http://p:1", "a b", ["'a b': entries are separated by commas"]),
        ("", "*", []),
        ("http://p:1", "a,joe:C4NARY x", ["an entry: entries are separated by commas"]),
    ],
)
def test_entries_that_do_not_do_what_they_look_like(proxy: str, entries: str, found: List[str], tmp_path: Path) -> None:
    seen = problems(tmp_path, {DAEMON_JSON: {"proxies": {"https-proxy": proxy, "no-proxy": entries}}})
    assert [f.code for f in seen] == ["DP209"] * len(found)
    assert all(words in f.message for f, words in zip(seen, found))


def test_how_it_is_mended_is_one_sentence_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def mend(code: str, source: str = "") -> Optional[str]:
        origin = Origin(source, "/x") if source else None
        return rules.mend(Finding(code, "", Severity.ERROR, "", origin))

    assert mend("DP102") == "remove one of the two"
    assert mend("DP104") is None
    assert mend("DP101", "client-config") == mend("DP101") == "correct the named line"
    assert "dockerd --validate" in str(mend("DP101", "daemon-json"))
    assert "systemd-analyze verify UNIT" in str(mend("DP101", "systemd-environment"))
    monkeypatch.setattr(rules.configuration_conflict, "__doc__", None)
    assert mend("DP102") is None


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=http://u:C4NARY@p:1")}, "`systemctl show` tells"),
        (
            {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://u:C4NARY@p:1")},
            "the list of processes",
        ),
        ({DAEMON_JSON: {"proxies": {"https-proxy": "http://u:C4NARY@p:1"}}}, "everybody may read it (mode 0644)"),
    ],
)
def test_who_else_reads_a_password(files: Dict[str, Content], words: str, tmp_path: Path) -> None:
    root = tree(tmp_path, docker_files(files))
    (finding,) = [p for p in all_problems(root) if p.code == "DP210"]
    assert words in finding.message
    for path in files:
        (tmp_path / path[1:]).chmod(0o600)
    assert [p.code for p in all_problems(root)] == (["DP210"] if DAEMON_JSON not in files else [])


@pytest.mark.parametrize(
    ("proxies", "codes"),
    [
        ({"http-proxy": "http://p:1"}, ["DP211"]),
        ({"http-proxy": "http://p:1", "https-proxy": "http://p:1"}, []),
        ({"https-proxy": "http://p:1"}, []),
        ({"http-proxy": ""}, []),
    ],
)
def test_a_proxy_that_no_registry_goes_through(proxies: Dict[str, str], codes: List[str], tmp_path: Path) -> None:
    assert [p.code for p in problems(tmp_path, {DAEMON_JSON: {"proxies": proxies}})] == codes


def test_one_pair_of_quotes_and_quotes_in_the_value(tmp_path: Path) -> None:
    one: Dict[str, Content] = {
        f"{DROP_IN}/p.conf": drop_in('Environment="HTTP_PROXY=http://p:1 HTTPS_PROXY=http://p:1"')
    }
    (finding,) = problems(tmp_path / "1", one)
    assert "(one pair of quotes around several assignments" in finding.message
    (finding,) = problems(tmp_path / "2", {DAEMON_JSON: {"proxies": {"https-proxy": '"http://p:3128"'}}})
    assert "(quotes are a part of the value), so the engine takes" in finding.message
    (finding,) = problems(tmp_path / "3", {DAEMON_JSON: {"proxies": {"https-proxy": "http://?C4NARY"}}})
    assert "(it has no host)" in finding.message


def test_a_scheme_that_an_old_engine_does_not_know(tmp_path: Path) -> None:
    conf: Dict[str, Content] = {
        f"{DROP_IN}/p.conf": drop_in("Environment=HTTPS_PROXY=socks5h://p:1 HTTP_PROXY=http://p:1")
    }
    found = [p for p in all_problems(tree(tmp_path, docker_files(conf, "20.10.24"))) if p.code == "DP203"]
    assert ["knows no socks5h://), so the engine takes socks5h for the proxy's host" in f.message for f in found] == [
        True
    ]
    assert problems(tmp_path / "2", conf) == []
    asked = live(
        tmp_path / "3",
        docker_files(conf),
        info(https="socks5h://p:1", http="http://p:1"),
        answers={
            f"GET {SOCKET} /version": {"status": 200, "server": "Docker/28.5.2", "body": {"GoVersion": "go1.21.1"}}
        },
    )
    assert "DP203" in [p.code for p in all_problems(asked)]


def test_an_old_engine_falls_back_to_the_other_proxy(tmp_path: Path) -> None:
    only = {f"{DROP_IN}/p.conf": drop_in("Environment=HTTP_PROXY=http://p:1")}
    codes = {
        version: [p.code for p in all_problems(tree(tmp_path / version, docker_files(only, version)))]
        for version in ("20.10.5", "20.10.24")
    }
    assert codes == {"20.10.5": [], "20.10.24": ["DP211"]}


def test_what_may_be_set_in_a_place_that_was_not_read_is_not_said_to_be_unset(tmp_path: Path) -> None:
    lines = drop_in("Environment=HTTP_PROXY=http://p:1", "EnvironmentFile=-/run/flannel/d.env")
    assert problems(tmp_path, {f"{DROP_IN}/p.conf": lines}) == []


def test_each_way_to_read_the_passwords_of_one_file(tmp_path: Path) -> None:
    lines = drop_in(
        "Environment=HTTP_PROXY=http://u:C4NARY@p:1",
        "ExecStart=",
        "ExecStart=/usr/sbin/dockerd --https-proxy=http://u:C4NARY@p:2",
    )
    found = all_problems(tree(tmp_path, docker_files({f"{DROP_IN}/p.conf": lines})))
    assert [("systemctl show" in p.message, "list of processes" in p.message) for p in found] == [
        (True, False),
        (False, True),
    ]
