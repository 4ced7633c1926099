"""What logins are given: shown where it explains something, and never what decides."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

import pytest

from dockproxy import survey
from dockproxy.host import Host
from dockproxy.model import Finding, Missing
from dockproxy.report import show_json, show_text
from dockproxy.sources import system_environment
from tests.unit.planner.test_daemon_set import hand_started
from tests.unit.sources.test_init_script import PROFILE, SCRIPT
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import ALPINE_SCRIPT, DAEMON_JSON, DEBIAN_SCRIPT, Content, docker_files, grow, tree

PASSWD = {"/etc/passwd": "root:x:0:0:root:/home/admin:/bin/sh\n"}


def logins(host: Host) -> List[Tuple[str, Optional[str]]]:
    found, _ = system_environment.read(host)
    return [(f"{login.origin}", str(login.value) if login.value is not None else None) for login in found]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("/etc/environment", "# c\nexport HTTPS_PROXY='http://p:1'\n", [(2, "http://p:1")]),
        ("/etc/environment", "export A=1\n", []),
        ("/etc/profile", ". /x\nif y; then export no_proxy=.a; fi\nexport NO_PROXY=.b\n", [(3, ".b"), (2, None)]),
        ("/etc/profile.d/proxy.sh", "http_proxy=$P; export http_proxy\n", [(1, None)]),
        ("/etc/profile.d/proxy.csh", "export http_proxy=x\n", []),
        ("/etc/bash.bashrc", '[ -z "$PS1" ] && return\nexport NO_PROXY=.b\n', [(2, ".b")]),
        ("/home/admin/.profile", "export NO_PROXY=.b FTP_PROXY=x\n", [(1, ".b")]),
        ("/home/admin/.bash_profile", "NO_PROXY=.b\n", []),
        ("/home/admin/.bashrc", "export NO_PROXY=.b\n", [(1, ".b")]),
    ],
)
def test_what_each_file_gives(path: str, text: str, expected: List[Tuple[int, Optional[str]]], tmp_path: Path) -> None:
    host = tree(tmp_path, {**PASSWD, path: text})
    assert logins(host) == [(f"{path}:{line}", value) for line, value in expected]


def test_what_may_not_be_read_is_named_once(tmp_path: Path) -> None:
    class NoHome(Unreadable):
        def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
            return Missing.PERMISSION if path == "/home/admin" else super().list(path)

    grow(tmp_path, {**PASSWD, "/etc/environment": "", "/home/admin/.profile": "export NO_PROXY=x\n"})
    found, unread = system_environment.read(NoHome(str(tmp_path), "/etc/environment"))
    assert found == ()
    assert [(u.path, u.reason) for u in unread] == [
        ("/home/admin", Missing.PERMISSION),
        ("/etc/environment", Missing.PERMISSION),
    ]


def problems(root: Path, files: Dict[str, Content]) -> List[Finding]:
    daemon = survey.inspect(tree(root, files)).consumer("daemon")
    assert daemon.status == "unset", "what logins are given decides nothing"
    return [p for p in daemon.problems if p.code == "DP208"]


def test_a_file_is_told_once_with_all_that_the_engine_lacks(tmp_path: Path) -> None:
    text = "PATH=/bin\nhttps_proxy=http://u:C4NARY@p:1\nHTTP_PROXY=http://p:1\n"
    (found,) = problems(tmp_path, docker_files({"/etc/environment": text}))
    assert found.message == "/etc/environment:2: HTTP_PROXY, https_proxy: for logins only, the engine has no such proxy"
    assert str(found.origin) == "/etc/environment:2"


def test_what_the_engine_has_is_no_problem(tmp_path: Path) -> None:
    files = docker_files({"/etc/environment": "NO_PROXY=.a\n", DAEMON_JSON: {"proxies": {"no-proxy": ".b"}}})
    daemon = survey.inspect(tree(tmp_path, files)).consumer("daemon")
    assert daemon.problems == ()


def test_what_alpines_script_sources_is_no_file_of_logins_only(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        "/etc/runlevels/": "",
        "/usr/bin/dockerd": "",
        PROFILE: "NO_PROXY=.a\nexport NO_PROXY\n",
    }
    assert len(problems(tmp_path, {**files, SCRIPT: "#!/sbin/openrc-run\ncommand=dockerd\n"})) == 1
    daemon = survey.inspect(tree(tmp_path / "2", {**files, SCRIPT: ALPINE_SCRIPT})).consumer("daemon")
    assert (daemon.problems, daemon.effective["no-proxy"].text) == ((), ".a")


@pytest.mark.parametrize(
    ("marker", "script"),
    [
        ("/etc/runlevels/", f"{ALPINE_SCRIPT}start_pre() {{ [ -f {PROFILE} ] && . {PROFILE}; }}\n"),
        ("/etc/rc0.d/", DEBIAN_SCRIPT.replace("case", "for f in /etc/profile.d/*; do . $f; done\ncase")),
        ("/etc/rc0.d/", None),
        ("/usr/lib/systemd/system/", DEBIAN_SCRIPT),
    ],
)
def test_of_what_a_shell_may_give_the_engine_nothing_is_said(
    marker: str, script: Optional[str], tmp_path: Path
) -> None:
    files: Dict[str, Content] = {marker: "", "/usr/bin/dockerd": "", PROFILE: "export NO_PROXY=.a\n"}
    host = tree(tmp_path, {**files, **({SCRIPT: script} if script is not None else {})})
    daemon = survey.inspect(host).consumer("daemon")
    assert (daemon.status, daemon.problems) == ("unknown", ())


def test_where_the_shell_that_started_dockerd_likely_had_it_from(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        "/srv/d.json": "{}",
        "/etc/environment": "HTTP_PROXY=http://other:1\nNO_PROXY=.a\n",
        "/etc/profile.d/p.sh": "export HTTP_PROXY=http://e:1\n",
    }
    report = survey.inspect(hand_started(tmp_path, files))
    assert [p.code for p in report.consumer("daemon").problems] == ["DP211"]
    effective = show_json.document(report)["consumers"][0]["effective"]
    assert effective["http-proxy"]["likely_origin"]["path"] == "/etc/profile.d/p.sh"
    assert effective["http-proxy"]["origin"]["source"] == "process-environment"
    assert effective["no-proxy"]["likely_origin"] is None
    assert "likely from /etc/profile.d/p.sh:1" in show_text.render(report)


def test_a_folder_of_scripts_that_may_not_be_listed_is_not_read(tmp_path: Path) -> None:
    grow(tmp_path, {"/etc/environment": "NO_PROXY=.a\n"})
    found, unread = system_environment.read(Unreadable(str(tmp_path), "/etc/profile.d"))
    assert [login.variable for login in found] == ["no-proxy"]
    assert [(u.path, u.reason) for u in unread] == [("/etc/profile.d", Missing.PERMISSION)]
