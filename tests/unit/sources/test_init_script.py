"""Hosts with SysV or OpenRC: only what is exported reaches dockerd. tests/oracles asks the shells."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.model import Missing, Unread, Version
from dockproxy.resolve.daemon import DaemonView, view
from dockproxy.sources import daemon, init_files, init_script
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

DEFAULTS = "/etc/default/docker"


def files(path: str, text: str, marker: str = "/etc/rc0.d/") -> Dict[str, Content]:
    return {marker: "", "/usr/sbin/dockerd": "", path: text}


@pytest.mark.parametrize(
    ("path", "marker", "source"),
    [
        (DEFAULTS, "/etc/rc0.d/", "sysv-defaults"),
        ("/etc/sysconfig/docker", "/etc/rc0.d/", "sysv-defaults"),
        ("/etc/conf.d/docker", "/etc/runlevels/", "openrc-conf"),
    ],
)
def test_what_is_exported_is_in_force_at_its_line(path: str, marker: str, source: str, tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(path, "# c\nexport HTTPS_PROXY=http://p:1\n", marker)))
    setting = seen.effective["https-proxy"].setting
    assert setting is not None
    assert (setting.origin.source, str(setting.origin), str(setting.value)) == (source, f"{path}:2", "http://p:1")


def test_without_export_it_is_a_defect(tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(DEFAULTS, "HTTPS_PROXY=http://u:C4NARY@p:1\n")))
    assert seen.effective["https-proxy"].setting is None
    (defect,) = seen.sources.reading.defects
    assert defect.message.startswith(f"{DEFAULTS}:1: HTTPS_PROXY is not exported")
    assert "C4NARY" not in defect.message


@pytest.mark.parametrize("text", ["export HTTPS_PROXY=$P\n", "if x; then export HTTPS_PROXY=a; fi\n", ". /etc/proxy\n"])
def test_what_only_a_shell_could_tell_is_unread(text: str, tmp_path: Path) -> None:
    reading = view(tree(tmp_path, files(DEFAULTS, text))).sources.reading
    assert reading.settings == ()
    assert {u.line for u in reading.unread} == {1}
    assert ("sysv-defaults", DEFAULTS, Missing.UNPARSABLE) in [u[:3] for u in reading.unread]


def test_flags_from_the_options(tmp_path: Path) -> None:
    text = 'DOCKER_OPTS="--debug --no-proxy=.corp --config-file=/x.json"\n'
    host = tree(tmp_path, {**files(DEFAULTS, text), "/x.json": "{}"})
    found = daemon.read(host, SYSTEM, "sysv", Version.parse("28.5"))
    assert [(s.name, s.value, str(s.origin)) for s in found.reading.settings] == [
        ("--no-proxy", ".corp", f"{DEFAULTS}:1")
    ]
    assert found.config_file == "/x.json"
    unknown = daemon.read(tree(tmp_path / "2", files(DEFAULTS, "DOCKER_OPTS=$X\n")), SYSTEM, "sysv", None)
    assert [u.source for u in unknown.reading.unread] == ["dockerd-flag"]


def test_absent_and_unreadable(tmp_path: Path) -> None:
    assert init_script.read(tree(tmp_path, {"/etc/rc0.d/": ""}), "sysv")[1] is None
    grow(tmp_path, files(DEFAULTS, ""))
    reading, command = init_script.read(Unreadable(str(tmp_path), DEFAULTS), "sysv")
    assert [(u.path, u.reason) for u in reading.unread] == [(DEFAULTS, Missing.PERMISSION)]
    assert command is None


SCRIPT = "/etc/init.d/docker"
CONF, PROFILE = "/etc/conf.d/docker", "/etc/profile.d/proxy.sh"
ALPINE = f"#!/sbin/openrc-run\nif [ -e {PROFILE} ]; then\n\t. {PROFILE}\nfi\n"


def openrc(root: Path, given: Dict[str, Content], script: str = ALPINE) -> DaemonView:
    return view(tree(root, {"/etc/runlevels/": "", "/usr/bin/dockerd": "", SCRIPT: script, **given}))


def test_openrc_sources_one_file_behind_the_other(tmp_path: Path) -> None:
    seen = openrc(
        tmp_path,
        {
            "/etc/profile.env": "export HTTP_PROXY='http://env:1'\nexport NO_PROXY='.env'\n",
            "/etc/rc.conf": "export HTTP_PROXY=http://rc:1\nHTTPS_PROXY=http://rc:1\n",
            CONF: "export HTTPS_PROXY NO_PROXY=.conf\n",
            PROFILE: "export NO_PROXY=.profile\n",
        },
    )
    found = {v: str(e.setting.origin) if e.setting else None for v, e in seen.effective.items()}
    assert found == {"http-proxy": "/etc/rc.conf:1", "https-proxy": "/etc/rc.conf:2", "no-proxy": f"{PROFILE}:1"}
    lost = [(str(s.setting.origin), s.reason) for s in seen.effective["no-proxy"].shadowed]
    assert lost == [
        ("/etc/profile.env:2", "Alpine's script sources it last"),
        (f"{CONF}:1", "Alpine's script sources it last"),
    ]


def test_the_file_of_login_shells_counts_only_where_the_script_sources_it(tmp_path: Path) -> None:
    given: Dict[str, Content] = {PROFILE: "export NO_PROXY=.profile\n"}
    setting = openrc(tmp_path, given).effective["no-proxy"].setting
    assert setting is not None
    assert setting.origin.source == "openrc-profile"
    assert openrc(tmp_path / "2", given, "#!/sbin/openrc-run\n").effective["no-proxy"].setting is None


def test_what_a_later_file_takes_away_is_not_there(tmp_path: Path) -> None:
    seen = openrc(tmp_path, {"/etc/rc.conf": "export NO_PROXY=.rc\n", CONF: "unset NO_PROXY\n"})
    assert seen.sources.reading.settings == ()


def test_openrcs_folder_and_the_file_of_the_runlevel(tmp_path: Path) -> None:
    given: Dict[str, Content] = {
        "/etc/rc.conf": "export HTTP_PROXY=http://rc:1 NO_PROXY=.rc\n",
        "/etc/rc.conf.d/a.conf": "export HTTP_PROXY=http://folder:1\n",
        "/etc/rc.conf.d/README": "export HTTP_PROXY=http://not.sourced:1\n",
        CONF: "export NO_PROXY=.everywhere\n",
        f"{CONF}.default": "export HTTPS_PROXY=http://default:1\n",
        f"{CONF}.work": "export HTTPS_PROXY=http://work:1\n",
    }
    effective = openrc(tmp_path, given).effective
    assert [e.text for e in effective.values()] == ["http://folder:1", "http://default:1", ".rc"]
    there = openrc(tmp_path / "2", {**given, "/run/openrc/softlevel": "work\n"}).effective["https-proxy"].setting
    assert str(there.origin if there else None) == f"{CONF}.work:1"
    garbage = openrc(tmp_path / "3", {**given, "/run/openrc/softlevel": "../x\0"}).effective["https-proxy"].setting
    assert str(garbage.origin if garbage else None) == f"{CONF}.default:1"


@pytest.mark.parametrize(
    ("links", "chosen"),
    [([], "default"), (["work"], "work"), (["default", "work"], None)],
)
def test_the_runlevel_of_a_tree_is_the_one_that_starts_the_engine(
    links: List[str], chosen: Optional[str], tmp_path: Path
) -> None:
    given: Dict[str, Content] = {
        CONF: "export HTTPS_PROXY=http://everywhere:1\n",
        f"{CONF}.default": "export HTTPS_PROXY=http://default:1\n",
        f"{CONF}.work": "export HTTPS_PROXY=http://work:1\n",
        **{f"/etc/runlevels/{level}/docker": Link("/etc/init.d/docker") for level in links},
    }
    seen = openrc(tmp_path, given)
    if chosen is not None:
        assert seen.effective["https-proxy"].text == f"http://{chosen}:1"
    unread = [u.path for u in seen.sources.reading.unread]
    assert unread == ([] if chosen is not None else [f"{CONF}.default", f"{CONF}.work"])


@pytest.mark.parametrize(
    ("allow", "is_open"),
    [("'*'", True), ("'PATH NO_PROXY'", True), ("'PATH HTTP_PROXY'", False), ("''", False), ("$X", True)],
)
def test_what_openrc_lets_through_is_not_known(allow: str, is_open: bool, tmp_path: Path) -> None:
    text = f"export HTTP_PROXY=http://rc:1\nrc_env_allow={allow}\n"
    unread = openrc(tmp_path, {"/etc/rc.conf": text}).sources.reading.unread
    assert [(u.path, u.line) for u in unread] == ([("/etc/rc.conf", 2)] if is_open else [])


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ('supervise_daemon_args="-e HTTPS_PROXY=http://p:1"', True),
        ("start_stop_daemon_args=$X", True),
        ("start_stop_daemon_args=--background", False),
    ],
)
def test_what_the_starter_is_told_is_not_known(line: str, is_told: bool, tmp_path: Path) -> None:
    unread = openrc(tmp_path, {CONF: f"{line}\n"}).sources.reading.unread
    assert [(u.path, u.line) for u in unread] == ([(CONF, 1)] if is_told else [])


@pytest.mark.parametrize(
    ("script", "unread"),
    [
        ("# HTTP_PROXY\n. /lib/lsb/init-functions\nBASE=docker\n. /etc/default/$BASE\n", []),
        ("export HTTPS_PROXY=http://script:1\n", [(SCRIPT, 1)]),
        (": x\nif x; then source /etc/corp.sh; fi\n", [("/etc/corp.sh", None)]),
        ("[ -e /gone ] && . /gone\n", []),
        ('. "$CORP"\n', [(SCRIPT, 1)]),
        ("MY_NO_PROXY=1 ./x\n", []),
        ('[ -z "$HTTPS_PROXY" ] && echo ${HTTPS_PROXY:-x}\n', []),
        (": ${HTTPS_PROXY:=http://script:1}\n", [(SCRIPT, 1)]),
        ("unset NO_PROXY\n", [(SCRIPT, 1)]),
        ("dockerd --https-proxy=http://script:1 &\n", [(SCRIPT, 1)]),
        ("x=1\ndockerd --config-file /etc/other.json &\n", [(SCRIPT, 2)]),
        ('eval "$(cat /etc/corp.sh)"\n', [(SCRIPT, 1)]),
        ("if . /etc/corp.sh; then :; fi\n", [("/etc/corp.sh", None)]),
    ],
)
def test_what_the_script_itself_may_set_is_not_known(
    script: str, unread: List[Tuple[str, Optional[int]]], tmp_path: Path
) -> None:
    given = {**files(DEFAULTS, ""), SCRIPT: script, "/etc/corp.sh": "export HTTPS_PROXY=http://corp:1\n"}
    given["/lib/lsb/init-functions"] = "log_daemon_msg() { :; }\n"
    found = view(tree(tmp_path, given)).sources.reading.unread
    assert [(u.path, u.line) for u in found] == unread


def test_a_script_that_may_not_be_read_hides_what_it_sets(tmp_path: Path) -> None:
    grow(tmp_path, {**files(DEFAULTS, ""), SCRIPT: ""})
    reading = view(Unreadable(str(tmp_path), SCRIPT)).sources.reading
    assert [(u.path, u.reason) for u in reading.unread] == [(SCRIPT, Missing.PERMISSION)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('"--debug --label \\"a b\\""', ["--debug", "--label", "a b"]),
        ('""', []),
        ("'$FLAGS'", None),
        ("'--debug; x'", None),
        ('"\'"', None),
    ],
)
def test_openrc_evaluates_the_options_once_more(options: str, words: Optional[List[str]], tmp_path: Path) -> None:
    seen = openrc(tmp_path, {CONF: f"DOCKER_OPTS={options}\n"})
    assert seen.sources.command is not None
    assert list(seen.sources.command.argv[1:]) == (words or [])
    assert [(u.source, u.line) for u in seen.sources.reading.unread] == (
        [] if words is not None else [("dockerd-flag", 1)]
    )


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({SCRIPT: "[ -e /etc/sysconfig/$prog ] && . /etc/sysconfig/$prog\n", DEFAULTS: ""}, "/etc/sysconfig/docker"),
        ({SCRIPT: ". /etc/default/$BASE\n", "/etc/sysconfig/docker": ""}, DEFAULTS),
        ({"/etc/sysconfig/docker": ""}, "/etc/sysconfig/docker"),
        ({}, DEFAULTS),
    ],
)
def test_the_engines_own_file_is_the_one_that_the_script_names(
    given: Dict[str, Content], path: str, tmp_path: Path
) -> None:
    own = init_files.find(tree(tmp_path, given), "sysv").own
    assert own is not None
    assert own.path == path
    assert init_files.find(tree(tmp_path, given), "none").own is None


def test_a_script_starts_the_engine_also_without_the_file(tmp_path: Path) -> None:
    seen = view(tree(tmp_path, {"/etc/rc0.d/": "", SCRIPT: ""}))
    assert seen.sources.command is not None
    assert seen.sources.command.argv == ("dockerd",)


@pytest.mark.parametrize(("mode", "is_told"), [(0o755, True), (0o644, False)])
def test_a_script_that_systemd_runs_is_not_checked(mode: int, is_told: bool, tmp_path: Path) -> None:
    given: Dict[str, Content] = {
        "/usr/sbin/dockerd": "",
        "/run/systemd/system/": "",
        SCRIPT: "#!/bin/sh\n",
        DEFAULTS: "export HTTPS_PROXY=http://p:1\n",
    }
    seen = tree(tmp_path, given)
    (tmp_path / SCRIPT[1:]).chmod(mode)
    unread = Unread("sysv-defaults", SCRIPT, Missing.NOT_CHECKED)
    assert (unread in view(seen).sources.reading.unread) is is_told
    generated = f"[Unit]\nSourcePath={SCRIPT}\n[Service]\nType=forking\nExecStart={SCRIPT} start\n"
    grow(tmp_path, {"/run/systemd/generator.late/docker.service": generated})
    reading = view(seen).sources.reading
    assert ((unread in reading.unread), reading.defects) == (is_told, ())
