"""All sources of one daemon together."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional

import pytest

from dockproxy.host import Process, User
from dockproxy.model import Missing, Version
from dockproxy.sources import daemon
from dockproxy.sources.installation import SYSTEM, rootless
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import (
    DAEMON_JSON,
    DROP_IN,
    PID,
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

NEW = Version.parse("28.5.2")


def test_every_source_of_a_service(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --http-proxy=http://f:1 $X", "EnvironmentFile=-/e"),
        f"{DROP_IN}/a.conf": drop_in("Environment=HTTP_PROXY=http://u:1"),
        "/e": "NO_PROXY=e\n",
        DAEMON_JSON: {"proxies": {"https-proxy": "http://j:1"}},
    }
    found = daemon.read(
        tree(tmp_path, docker_files(files)), SYSTEM, "systemd", NEW, None, {"NO_PROXY": "m", "X": "--no-proxy=x"}
    )
    assert {(s.origin.source, s.variable) for s in found.reading.settings} == {
        ("dockerd-flag", "http-proxy"),
        ("dockerd-flag", "no-proxy"),
        ("systemd-environment", "http-proxy"),
        ("systemd-env-file", "no-proxy"),
        ("systemd-manager", "no-proxy"),
        ("daemon-json", "https-proxy"),
    }
    assert found.config_file == DAEMON_JSON


@pytest.mark.parametrize("reason", [Missing.NOT_CHECKED, Missing.PERMISSION])
def test_a_manager_that_does_not_answer_is_unread(reason: Missing, tmp_path: Path) -> None:
    found = daemon.read(tree(tmp_path, docker_files()), SYSTEM, "systemd", NEW, None, reason)
    assert [(u.source, u.reason) for u in found.reading.unread] == [("systemd-manager", reason)]
    assert daemon.read(tree(tmp_path, {}), SYSTEM, "systemd", NEW, None, None).reading.unread == ()


def test_what_a_tree_says_of_the_manager_reaches_the_service_and_its_command_line(tmp_path: Path) -> None:
    system = "/etc/systemd/system.conf.d/p.conf"
    text = '[Manager]\nDefaultEnvironment=HTTPS_PROXY=http://m:1 "OPTS=--no-proxy=m"\n'
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd $OPTS"), system: text})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW)
    assert [(s.name, str(s.value), str(s.origin)) for s in found.reading.settings] == [
        ("HTTPS_PROXY", "http://m:1", f"{system}:2"),
        ("--no-proxy", "m", f"{system}:2"),
    ]
    assert found.reading.unread == ()


def test_a_flag_of_the_running_manager_is_found_at_the_line_that_uses_it(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd $OPTS")})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW, None, {"OPTS": "--no-proxy=m"})
    assert [str(s.origin) for s in found.reading.settings] == [f"{UNIT_FILE}:2"]


@pytest.mark.parametrize("line", ["/bin/sh -c 'exec dockerd --https-proxy=http://p:1'", "/opt/wrap.sh", '""'])
def test_the_flags_of_a_wrapper_are_unread(line: str, tmp_path: Path) -> None:
    found = daemon.read(tree(tmp_path, docker_files({UNIT_FILE: drop_in(f"ExecStart={line}")})), SYSTEM, "systemd", NEW)
    assert [tuple(u[:3]) for u in found.reading.unread] == [("dockerd-flag", UNIT_FILE, Missing.NOT_CHECKED)]


def test_a_process_is_dockerd_whatever_it_calls_itself(tmp_path: Path) -> None:
    host = live(tmp_path, {}, info(), answers={f"environment {PID}": {}})
    assert daemon.read(host, SYSTEM, "none", NEW, Process(PID, "dockerd", ("engine", "--debug"))).reading.unread == ()


@pytest.mark.parametrize("process", [None, Process(PID, "dockerd", ())])
def test_a_masked_service_does_not_start_again(process: Optional[Process], tmp_path: Path) -> None:
    files = docker_files({"/etc/systemd/system/docker.service": Link("/dev/null")})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW, process)
    assert ([d.kind for d in found.reading.defects], found.unit) == (["unit-masked"], None)


@pytest.mark.parametrize(("folder", "command"), [("etc", "unmask"), ("run", "unmask --runtime")])
def test_how_a_mask_is_taken_away(folder: str, command: str, tmp_path: Path) -> None:
    files = docker_files({f"/{folder}/systemd/system/docker.service": Link("/dev/null")})
    (defect,) = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW, None).reading.defects
    assert f"run `systemctl {command} docker.service` first" in defect.message


def test_a_hand_started_dockerd_has_its_own_flags_and_environment(tmp_path: Path) -> None:
    host = live(
        tmp_path,
        {"/x.json": {"proxies": {"no-proxy": "j"}}},
        info(),
        answers={f"environment {PID}": {"https_proxy": "http://e:1", "HOME": "/"}},
    )
    process = Process(PID, "dockerd", ("dockerd", "--config-file=/x.json", "--http-proxy=http://f:1"))
    found = daemon.read(host, SYSTEM, "none", NEW, process)
    assert [(s.origin.source, s.name, s.origin.pid) for s in found.reading.settings] == [
        ("process-environment", "https_proxy", PID),
        ("dockerd-flag", "--http-proxy", PID),
        ("daemon-json", "no-proxy", None),
    ]


def test_an_environment_that_cannot_be_read(tmp_path: Path) -> None:
    host = live(tmp_path, {}, info(), answers={f"environment {PID}": "permission"})
    found = daemon.read(host, SYSTEM, "none", NEW, Process(PID, "dockerd", ("dockerd",)))
    assert [(u.path, u.reason) for u in found.reading.unread] == [(f"/proc/{PID}/environ", Missing.PERMISSION)]


def test_nobody_says_how_dockerd_is_started(tmp_path: Path) -> None:
    found = daemon.read(tree(tmp_path, {DAEMON_JSON: {"proxies": {"no-proxy": "j"}}}), SYSTEM, "none", NEW)
    assert found.command is None
    assert [s.origin.path for s in found.reading.settings] == [DAEMON_JSON]


def test_a_config_file_that_a_flag_names_must_exist(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --config-file /gone.json")})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW)
    assert [d.kind for d in found.reading.defects] == ["config-file-missing"]


def test_with_an_empty_name_dockerd_reads_no_file(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --config-file="), DAEMON_JSON: "{,}"})
    assert daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading.defects == ()


def test_what_is_unset_is_not_in_the_command_line(tmp_path: Path) -> None:
    lines = [
        "Environment=A=--debug B=--no-proxy=b C=c",
        "UnsetEnvironment=B C=other",
        "ExecStart=/usr/sbin/dockerd $A $B $C",
    ]
    found = daemon.read(tree(tmp_path, docker_files({UNIT_FILE: drop_in(*lines)})), SYSTEM, "systemd", NEW)
    assert found.command is not None
    assert found.command.argv[1:] == ("--debug", "c")


OPTIONS = "ExecStart=/usr/sbin/dockerd $DOCKER_OPTS ${MORE}"


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        (["Environment=DOCKER_OPTS=--http-proxy=http://%b"], [f"{DROP_IN}/a.conf"]),
        (["PassEnvironment=MORE"], [f"{DROP_IN}/a.conf"]),
        (["PassEnvironment=OTHER", "Environment=A=%b"], []),
        (["EnvironmentFile=-/run/docker.env"], ["/run/docker.env"]),
    ],
)
def test_what_a_command_line_is_made_of_and_is_not_known(lines: List[str], places: List[str], tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in(OPTIONS), f"{DROP_IN}/a.conf": drop_in(*lines)})
    unread = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading.unread
    assert [u.path for u in unread if u.source == "dockerd-flag"] == places


@pytest.mark.parametrize(("path", "is_open"), [("/etc/docker/http-proxy.env", False), ("/etc/docker/other.env", True)])
def test_of_the_tools_own_file_only_proxies_are_not_known(path: str, is_open: bool, tmp_path: Path) -> None:
    unit = drop_in(OPTIONS, f"EnvironmentFile=-{path}")
    grow(tmp_path, docker_files({UNIT_FILE: unit, path: "HTTPS_PROXY=http://p:1\n"}))
    unread = daemon.read(Unreadable(str(tmp_path), path), SYSTEM, "systemd", NEW).reading.unread
    assert ("dockerd-flag" in [u.source for u in unread]) is is_open


def test_an_engine_that_nothing_starts_has_the_environment_of_a_shell(tmp_path: Path) -> None:
    files = {"/usr/bin/dockerd": "", "/run/systemd/system/": ""}
    assert [u.source for u in daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading.unread] == [
        "process-environment"
    ]


@pytest.mark.parametrize(("options", "kinds"), [("--no-proxy=x", ["file-not-read"]), ("--debug", []), ("$X", [])])
def test_options_that_no_unit_reads(options: str, kinds: List[str], tmp_path: Path) -> None:
    files = docker_files(
        {"/etc/default/docker": f'DOCKER_OPTS="{options}"\n', UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd")}
    )
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading
    assert [d.kind for d in found.defects] == kinds


def test_a_wrapper_may_read_what_the_unit_does_not_name(tmp_path: Path) -> None:
    defaults = {"/etc/default/docker": "export HTTPS_PROXY=http://p:1\n", "/bin/sh": ""}
    for command, kinds in (("/usr/sbin/dockerd", ["file-not-read"]), ("/bin/sh -c 'exec dockerd'", [])):
        files = docker_files({UNIT_FILE: drop_in(f"ExecStart={command}"), **defaults})
        found = daemon.read(tree(tmp_path / str(len(kinds)), files), SYSTEM, "systemd", NEW).reading
        assert [d.kind for d in found.defects] == kinds


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([], "/home/bob/.config/docker/daemon.json"),
        (["Environment=XDG_CONFIG_HOME=/home/bob/.cfg/"], "/home/bob/.cfg/docker/daemon.json"),
        (["Environment=XDG_CONFIG_HOME="], "/home/bob/.config/docker/daemon.json"),
        (["Environment=XDG_CONFIG_HOME=cfg"], "/home/bob/cfg/docker/daemon.json"),
        (["Environment=HOME=/srv/bob"], "/srv/bob/.config/docker/daemon.json"),
        (
            ["Environment=XDG_CONFIG_HOME=/x", "UnsetEnvironment=XDG_CONFIG_HOME"],
            "/home/bob/.config/docker/daemon.json",
        ),
    ],
)
def test_where_a_rootless_engine_has_its_file(lines: List[str], place: str, tmp_path: Path) -> None:
    unit = "/home/bob/.config/systemd/user/docker.service"
    files: Dict[str, Content] = {
        unit: drop_in("ExecStart=/usr/bin/dockerd-rootless.sh", *lines),
        place: {"proxies": {"https-proxy": "http://j:1"}},
    }
    bob = rootless(User("bob", 1000, 1000, "/home/bob"))
    found = daemon.read(tree(tmp_path, files), bob, "systemd", NEW)
    assert found.config_file == place
    assert [s.origin.path for s in found.reading.settings] == [place]


def test_the_systems_engine_has_its_file_in_etc(tmp_path: Path) -> None:
    files = {f"{DROP_IN}/a.conf": drop_in("Environment=XDG_CONFIG_HOME=/x")}
    assert daemon.read(tree(tmp_path, docker_files(files)), SYSTEM, "systemd", NEW).config_file == DAEMON_JSON


@pytest.mark.parametrize(
    ("flag", "is_unread"),
    [
        ("--https-proxy=http://%v:3128", True),
        ("--http-proxy http://%H", True),
        ("--config-file=/etc/docker/%H.json", True),
        ("--config-file=%H.json", True),
        ("--%v=x", True),
        ("%v", True),
        ("-%v", True),
        ("--label=a=%v --mtu %v -H tcp://%H", False),
    ],
)
def test_a_flag_that_only_the_host_knows_is_unread(flag: str, is_unread: bool, tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in(f"ExecStart=/usr/sbin/dockerd {flag}")})
    reading = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading
    unread = [("dockerd-flag", UNIT_FILE, Missing.AT_RUN_TIME, 2)] if is_unread else []
    assert [tuple(u) for u in reading.unread] == unread
    assert (reading.settings, reading.defects) == ((), ())


def test_of_a_flag_given_twice_the_first_is_none_where_the_last_is_not_known(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --http-proxy=http://x:1 --http-proxy=%v")})
    assert daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading.settings == ()


def test_a_program_that_only_the_host_knows_is_a_wrapper(tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/opt/%v/dockerd")})
    reading = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", NEW).reading
    assert ([u.source for u in reading.unread], reading.defects) == (["dockerd-flag"], ())


@pytest.mark.parametrize(
    ("line", "is_unread"),
    [("NO_PROXY=%v", True), ("%v", True), ("A=%v", False), ("NO_PROXY=b", False)],
)
def test_what_is_taken_away_may_be_known_to_the_host_only(line: str, is_unread: bool, tmp_path: Path) -> None:
    lines = ["ExecStart=/usr/sbin/dockerd", "Environment=NO_PROXY=a", f"UnsetEnvironment={line}"]
    reading = daemon.read(tree(tmp_path, docker_files({UNIT_FILE: drop_in(*lines)})), SYSTEM, "systemd", NEW).reading
    unread = [("systemd-environment", UNIT_FILE, Missing.UNPARSABLE, 4)] if is_unread else []
    assert [tuple(u) for u in reading.unread] == unread


@pytest.mark.parametrize(
    ("directory", "folder"),
    [
        ("", ""), ("/opt", "/opt"), ("-/opt", "/opt"), ("%E/%p", "/etc/docker"), ("~", "/root"), ("-~", "/root"),
        ("/a\nWorkingDirectory=-b", "/a"), ("/a\nWorkingDirectory=-/%k", "/a"), ("/a\nWorkingDirectory=", ""),
        ("/opt/%v", None),
    ],
)  # fmt: skip
def test_a_relative_config_file_begins_at_the_working_directory(
    directory: str, folder: Optional[str], tmp_path: Path
) -> None:
    lines = ["ExecStart=/usr/sbin/dockerd --config-file=alt.json", f"WorkingDirectory={directory}"]
    files: Dict[str, Content] = {UNIT_FILE: drop_in(*lines), f"{folder}/alt.json": {"proxies": {"no-proxy": "j"}}}
    found = daemon.read(tree(tmp_path, docker_files(files)), SYSTEM, "systemd", NEW)
    assert [s.origin.path for s in found.reading.settings] == ([] if folder is None else [f"{folder}/alt.json"])
    assert (found.reading.defects, bool(found.reading.unread)) == ((), folder is None)


def test_a_users_service_begins_at_home(tmp_path: Path) -> None:
    user = User("alice", 1000, 1000, "/home/alice")
    files: Dict[str, Content] = {
        "/home/alice/.config/systemd/user/docker.service": drop_in("ExecStart=/usr/bin/dockerd --config-file=alt.json"),
        "/home/alice/alt.json": {"proxies": {"no-proxy": "j"}},
    }
    found = daemon.read(tree(tmp_path, docker_files(files)), rootless(user), "systemd", NEW)
    assert [s.origin.path for s in found.reading.settings] == ["/home/alice/alt.json"]
