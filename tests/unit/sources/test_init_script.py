"""Hosts with SysV or OpenRC: only what is exported reaches dockerd. tests/oracles asks the shells."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional

import pytest

from dockproxy import survey
from dockproxy.model import Missing, Unread, Version
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView, view
from dockproxy.sources import daemon, init_files, init_script
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import ALPINE_SCRIPT, DEBIAN_SCRIPT, RED_HAT_SCRIPT, Content, Link, grow, tree

DEFAULTS = "/etc/default/docker"


SYSCONFIG = "/etc/sysconfig/docker"
SCRIPT = "/etc/init.d/docker"
CONF, PROFILE = "/etc/conf.d/docker", "/etc/profile.d/proxy.sh"


def files(path: str, text: str, script: str = DEBIAN_SCRIPT) -> Dict[str, Content]:
    marker = "/etc/runlevels/" if "openrc-run" in script else "/etc/rc0.d/"
    return {marker: "", "/usr/sbin/dockerd": "", path: text, SCRIPT: script}


@pytest.mark.parametrize(
    ("path", "script", "source"),
    [
        (DEFAULTS, DEBIAN_SCRIPT, "sysv-defaults"),
        (SYSCONFIG, RED_HAT_SCRIPT, "sysv-defaults"),
        (CONF, ALPINE_SCRIPT, "openrc-conf"),
    ],
)
def test_what_is_exported_is_in_force_at_its_line(path: str, script: str, source: str, tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(path, "# c\nexport HTTPS_PROXY=http://p:1\n", script)))
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


@pytest.mark.parametrize(
    ("script", "is_open"),
    [
        (DEBIAN_SCRIPT, True),
        (DEBIAN_SCRIPT.replace("\nset -e\n", "\n"), False),
        (DEBIAN_SCRIPT.replace("/bin/sh\nset -e\n", "/bin/sh -ue\n"), True),
        (RED_HAT_SCRIPT, False),
    ],
)
def test_whether_the_engine_starts_behind_a_command_that_may_fail(script: str, is_open: bool, tmp_path: Path) -> None:
    path = SYSCONFIG if script is RED_HAT_SCRIPT else DEFAULTS
    reading = view(tree(tmp_path, files(path, "export HTTPS_PROXY=http://p:1\nx\n", script))).sources.reading
    assert [str(s.value) for s in reading.settings] == ["http://p:1"]
    assert list(reading.unread) == [Unread("dockerd-flag", path, Missing.MAY_FAIL, 2)] * is_open


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


@pytest.mark.parametrize(("marker", "path"), [("/etc/rc0.d/", DEFAULTS), ("/etc/runlevels/", CONF)])
def test_without_a_script_nobody_starts_the_engine_and_nobody_reads_the_file(
    marker: str, path: str, tmp_path: Path
) -> None:
    given: Dict[str, Content] = {marker: "", "/usr/sbin/dockerd": "", path: "export HTTPS_PROXY=http://p:1\n"}
    seen = view(tree(tmp_path, given))
    assert (seen.sources.command, seen.sources.reading.settings) == (None, ())
    assert [u.source for u in seen.sources.reading.unread] == ["process-environment"]
    (defect,) = seen.sources.reading.defects
    assert (defect.kind, str(defect.origin)) == ("file-not-read", f"{path}:1")
    assert f"no {SCRIPT} is there" in defect.message


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    grow(tmp_path, files(DEFAULTS, ""))
    found = init_script.read(Unreadable(str(tmp_path), DEFAULTS), "sysv")
    assert [(u.path, u.reason) for u in found.reading.unread] == [(DEFAULTS, Missing.PERMISSION)]


@pytest.mark.parametrize(
    ("script", "read", "not_read"),
    [(DEBIAN_SCRIPT, DEFAULTS, SYSCONFIG), (RED_HAT_SCRIPT, SYSCONFIG, DEFAULTS)],
)
def test_the_file_of_the_other_family_is_not_read(script: str, read: str, not_read: str, tmp_path: Path) -> None:
    text = "export HTTPS_PROXY=http://p:1\n"
    seen = view(tree(tmp_path, {**files(read, text, script), not_read: text}))
    assert [str(s.origin) for s in seen.sources.reading.settings] == [f"{read}:1"]
    assert [(d.kind, str(d.origin)) for d in seen.sources.reading.defects] == [("file-not-read", f"{not_read}:1")]
    assert f"{SCRIPT} does not source this file" in seen.sources.reading.defects[0].message


def openrc(root: Path, given: Dict[str, Content], script: str = ALPINE_SCRIPT) -> DaemonView:
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
        ("/etc/profile.env:2", precedence.SOURCED_LATER),
        (f"{CONF}:1", precedence.SOURCED_LATER),
    ]


@pytest.mark.parametrize(
    ("again", "script", "winner"),
    [
        ("/etc/profile.env", "#!/sbin/openrc-run\n", "/etc/profile.env"),
        (CONF, ALPINE_SCRIPT, CONF),
        (PROFILE, ALPINE_SCRIPT, PROFILE),
        ("/gone", ALPINE_SCRIPT, PROFILE),
    ],
)
def test_what_the_script_sources_once_more_comes_last(again: str, script: str, winner: str, tmp_path: Path) -> None:
    paths = ["/etc/profile.env", CONF, PROFILE]
    given: Dict[str, Content] = {path: f"export NO_PROXY={path}\n" for path in paths}
    found = openrc(tmp_path, given, f"{script}if [ -e {again} ]; then . {again}; fi\n").effective["no-proxy"]
    assert str(found.setting.origin if found.setting else None) == f"{winner}:1"
    lost = [str(s.setting.origin.path) for s in found.shadowed]
    assert lost == [path for path in paths if path != winner and (path != PROFILE or script == ALPINE_SCRIPT)]
    assert {(s.reason, "systemd" in s.evidence) for s in found.shadowed} == {(precedence.SOURCED_LATER, False)}


def test_the_order_of_a_sysv_script_is_its_own(tmp_path: Path) -> None:
    text = f". {{}}\n. {{}}\n{START}"
    given: Dict[str, Content] = {path: f"export NO_PROXY={path}\n" for path in (DEFAULTS, SYSCONFIG)}
    for i, (first, last) in enumerate(((DEFAULTS, SYSCONFIG), (SYSCONFIG, DEFAULTS))):
        host = tree(tmp_path / str(i), {"/etc/rc0.d/": "", **given, SCRIPT: text.format(first, last)})
        found = view(host).effective["no-proxy"]
        assert [found.text, *(s.reason for s in found.shadowed)] == [last, precedence.SOURCED_LATER]


def test_the_file_of_login_shells_counts_only_where_the_script_sources_it(tmp_path: Path) -> None:
    given: Dict[str, Content] = {PROFILE: "export NO_PROXY=.profile\n"}
    setting = openrc(tmp_path, given).effective["no-proxy"].setting
    assert setting is not None
    assert setting.origin.source == "openrc-profile"
    for i, script in enumerate(("#!/sbin/openrc-run\n", ALPINE_SCRIPT.replace("\t. ", "\t: # . "))):
        assert openrc(tmp_path / f"2{i}", given, script).effective["no-proxy"].setting is None


@pytest.mark.parametrize("path", ["/etc/rc.conf", "/etc/rc.conf.d/a.conf", CONF, PROFILE])
@pytest.mark.parametrize("last", ["grep -q x /etc/hosts", "[ -e /gone ] && echo x", "! true"])
def test_openrc_starts_nothing_where_a_last_command_fails(path: str, last: str, tmp_path: Path) -> None:
    text = f"export NO_PROXY=.a\n{last}\n"
    found = openrc(tmp_path / "1", {path: text}).sources.reading
    assert [(u.path, u.line) for u in found.unread] == [(path, 2)]
    assert openrc(tmp_path / "2", {path: f"{text}true\n"}).sources.reading.unread == ()
    assert openrc(tmp_path / "3", {path: f"{text}return 1\n"}).sources.reading.unread != ()
    # Where the script goes on behind a file, nothing depends on its end.
    assert openrc(tmp_path / "4", {PROFILE: text}, f"{ALPINE_SCRIPT}:\n").sources.reading.unread == ()


def test_a_script_that_ends_with_a_file_that_may_not_be_there_is_not_known(tmp_path: Path) -> None:
    script = f"{ALPINE_SCRIPT}[ -e {CONF} ] && . {CONF}\n"
    assert {u.path for u in openrc(tmp_path / "1", {}, script).sources.reading.unread} == {SCRIPT}
    assert openrc(tmp_path / "2", {}, f"{script}:\n").sources.reading.unread == ()


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


START = "start-stop-daemon --start --exec /usr/sbin/dockerd -- $DOCKER_OPTS\n"


@pytest.mark.parametrize(
    "script",
    [
        "# HTTP_PROXY\n. /lib/lsb/init-functions\nBASE=docker\n. /etc/default/$BASE\n",
        "[ -e /gone ] && . /gone\n",
        "MY_NO_PROXY=1\n./x\n",
        '[ -z "$HTTPS_PROXY" ] && echo ${HTTPS_PROXY:-x}\n',
        "unset NO_PROXY\n",
        "export PATH=/bin\n",
        "f() {\n\treturn 1\n}\n[ -x /usr/sbin/dockerd ] || exit 0\n$0 status > /dev/null 2>&1 || f\n",
    ],
)
def test_what_a_script_does_beside_it_is_followed(script: str, tmp_path: Path) -> None:
    given = {**files(DEFAULTS, ""), SCRIPT: script + START}
    given["/lib/lsb/init-functions"] = "log_daemon_msg() { :; }\n"
    reading = view(tree(tmp_path, given)).sources.reading
    assert (reading.unread, reading.defects) == ((), ())


@pytest.mark.parametrize(
    "script",
    [
        "export HTTPS_PROXY=http://script:1\n",
        "HTTPS_PROXY=http://script:1\n",
        "if x; then export HTTPS_PROXY=http://script:1; fi\n",
        "if x; then source /etc/corp.sh; fi\n",
        "[ -r /etc/corp.sh ] && . /etc/corp.sh\n",
        "if x; then . /etc/default/docker; fi\n",
        "f() { . /etc/default/docker; }\n",
        "x && . /etc/default/docker\n",
        '. "$CORP"\n',
        ". relative\n",
        ": ${HTTPS_PROXY:=http://script:1}\n",
        "dockerd --https-proxy=http://script:1 &\n",
        "dockerd --config-file /etc/other.json &\n",
        "/usr/bin/env -i $DOCKERD\n",
        "$DOCKERD $EXTRA &\n",
        'eval "$(cat /etc/corp.sh)"\n',
        "if . /etc/corp.sh; then :; fi\n",
        "export $(cat /etc/proxy.env)\n",
        'while read l; do export "$l"; done < /etc/proxy.env\n',
        "for v in $(cat /etc/names); do export $v; done\n",
        "exit 0\n",
        "start-stop-daemon --start --chroot /x --exec /usr/sbin/dockerd\n",
        "start-stop-daemon --start --exec /usr/bin/dockerd\n",
    ],
)
def test_what_is_not_understood_of_a_script_is_unread_at_its_line(script: str, tmp_path: Path) -> None:
    given = {**files(DEFAULTS, "HTTPS_PROXY=http://file:1\n"), SCRIPT: ":\n" + script + START}
    given["/etc/corp.sh"] = "export HTTPS_PROXY=http://corp:1\n"
    reading = view(tree(tmp_path, given)).sources.reading
    assert ({u.path for u in reading.unread}, {u.line for u in reading.unread}) == ({SCRIPT}, {2})
    assert [d for d in reading.defects if d.kind == "environment-ignored"] == []
    assert reading.settings == ()


def test_what_comes_from_the_calling_shell_is_not_known(tmp_path: Path) -> None:
    given = {**files(DEFAULTS, ""), SCRIPT: 'D=$HOME/dockerd\nstart-stop-daemon --start --exec "$D" -- -D $EXTRA\n'}
    found = view(tree(tmp_path, given)).sources
    assert [(u.source, u.path, u.line) for u in found.reading.unread] == [
        ("dockerd-flag", SCRIPT, 1),
        ("dockerd-flag", SCRIPT, 2),
    ]
    assert found.command is not None
    assert found.command.argv == ("dockerd", "-D")


@pytest.mark.parametrize("script", ["", "#!/bin/sh\n:\n"])
def test_a_script_in_which_nothing_is_seen_to_start_dockerd(script: str, tmp_path: Path) -> None:
    found = view(tree(tmp_path, {"/etc/rc0.d/": "", SCRIPT: script})).sources
    assert {(u.path, u.line) for u in found.reading.unread} == {(SCRIPT, 1)}
    assert found.command is not None
    assert found.command.argv == ("dockerd",)


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("#!/bin/sh\n" + ALPINE_SCRIPT, 1),
        (ALPINE_SCRIPT + "start() {\n\tx\n}\n", 8),
        (ALPINE_SCRIPT + "start_pre() {\n\texport $X\n}\n", 9),
        ("#!/sbin/openrc-run\nsupervisor=s6\ncommand=dockerd\n", 2),
        ("#!/sbin/openrc-run\ncommand=$X\n", 2),
        ("#!/sbin/openrc-run\ncommand='/usr/bin/env dockerd'\n", 2),
        ("#!/sbin/openrc-run\nname=x\n", 1),
    ],
)
def test_what_is_not_understood_of_an_openrc_script(script: str, line: int, tmp_path: Path) -> None:
    seen = openrc(tmp_path, {}, script)
    assert {(u.path, u.line) for u in seen.sources.reading.unread} == {(SCRIPT, line)}


@pytest.mark.parametrize("path", ["/etc/rc.conf", CONF, PROFILE, SCRIPT])
def test_what_a_function_may_set_stays_unknown(path: str, tmp_path: Path) -> None:
    body = "start_pre() {\n\tulimit -n 1\n\tunset HTTP_PROXY\n}\n"
    shebang, _, rest = ALPINE_SCRIPT.partition("\n")
    script = f"{shebang}\n{body}{rest}" if path == SCRIPT else ALPINE_SCRIPT
    given: Dict[str, Content] = {PROFILE: "export HTTP_PROXY=http://b:1 HTTPS_PROXY=http://c:1\n"}
    given[path] = body + str(given.get(path, ""))
    seen = openrc(tmp_path, {n: t for n, t in given.items() if n != SCRIPT}, script)
    line = script.count("\n", 0, script.index("unset")) + 1 if path == SCRIPT else 3
    assert [(u.path, u.line) for u in seen.sources.reading.unread] == [(path, line)]
    assert [s.name for s in seen.sources.reading.settings] == ["HTTPS_PROXY"]


@pytest.mark.parametrize(("path", "script"), [(DEFAULTS, DEBIAN_SCRIPT), (SYSCONFIG, RED_HAT_SCRIPT)])
def test_a_function_that_sets_neither_a_proxy_nor_an_option_does_not_matter(
    path: str, script: str, tmp_path: Path
) -> None:
    shebang, _, rest = script.partition("\n")
    body = "stop() {\n\tset +e\n\ttries=$((tries + 1))\n\tretval=$?\n\treturn $retval\n}\n"
    text = "export HTTPS_PROXY=http://p:1\n"
    seen = view(tree(tmp_path, files(path, text, f"{shebang}\n{body}{rest}{body}")))
    assert [s.name for s in seen.sources.reading.settings] == ["HTTPS_PROXY"]
    assert seen.sources.reading.unread == ()
    changing = body.replace("tries", "DOCKER_OPTS" if path == DEFAULTS else "other_args")
    seen = view(tree(tmp_path / "changing", files(path, text, f"{shebang}\n{changing}{rest}")))
    assert [(u.path, u.line) for u in seen.sources.reading.unread] == [(SCRIPT, 4)]


@pytest.mark.parametrize("path", ["/etc/rc.conf", CONF, PROFILE])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\nstart() {\n\tdockerd --https-proxy http://x:1\n}\n", 2),
        ("A=1; ssd_start ( ) { x; }\n", 1),
        ("# start() {\nstart_post() { :; }\nrestart() { :; }\n", None),
    ],
)
def test_a_file_may_define_how_dockerd_is_started(path: str, text: str, line: Optional[int], tmp_path: Path) -> None:
    seen = openrc(tmp_path, {CONF: "export NO_PROXY=.conf\n", path: f"export NO_PROXY=.a\n{text}"})
    unread = {(u.path, u.line) for u in seen.sources.reading.unread}
    assert unread == (set() if line is None else {(path, line + 1)})
    assert (seen.effective["no-proxy"].setting is None) == (line is not None)


@pytest.mark.parametrize(
    ("shebang", "ends"),
    [
        ("#!/bin/sh\n", True),
        ("#!/bin/dash\n", True),
        ("#!/bin/bash\n", False),
        ("#!/bin/bash\nset -x -o pipefail\n", False),
        ("#!/usr/bin/env bash\nset -ue\n", True),
        ("#!/bin/bash\nset -o errexit\n", True),
        ("#!/bin/bash -e\n", True),
    ],
)
@pytest.mark.parametrize("path", [DEFAULTS, "/etc/corp.sh"])
def test_a_script_ends_where_it_sources_what_is_not_there(shebang: str, ends: bool, path: str, tmp_path: Path) -> None:
    sourcing = f"{shebang}if [ -e {SYSCONFIG} ]; then\n\t. {SYSCONFIG}\nfi\n\n"
    script = f"{sourcing}. {path}\n{START}"
    host = tree(tmp_path, {"/etc/rc0.d/": "", "/usr/sbin/dockerd": "", SCRIPT: script})
    place = f"{SCRIPT}:{sourcing.count(chr(10)) + 1}"
    found = [(d.kind, d.stops, str(d.origin)) for d in view(host).sources.reading.defects]
    assert found == ([("sourced-file-missing", True, place)] if ends else [])
    assert init_files.find(host, "sysv").required == ({path} if ends else set())
    assert (survey.daemon_consumer(host, view(host)).status == "will-not-start") is ends
    grow(tmp_path, {path: ""})
    assert view(host).sources.reading.defects == ()


def test_openrc_ends_where_its_script_sources_what_is_not_there(tmp_path: Path) -> None:
    (defect,) = openrc(tmp_path, {}, f"{ALPINE_SCRIPT}. {CONF}\n").sources.reading.defects
    assert (defect.origin.source, str(defect.origin)) == ("openrc-conf", f"{SCRIPT}:8")


def test_all_export_around_the_file(tmp_path: Path) -> None:
    around = DEBIAN_SCRIPT.replace("\t. /etc/default/$BASE\n", "\tset -a\n\t. /etc/default/$BASE\n\tset +a\n")
    setting = view(tree(tmp_path, files(DEFAULTS, "A=1\nNO_PROXY=.a\n", around))).effective["no-proxy"].setting
    assert setting is not None
    assert str(setting.origin) == f"{DEFAULTS}:2"


@pytest.mark.parametrize(
    "sourcing",
    [
        "if [ -r {0} ] ; then . {0} ; fi\n",
        "if test -s {0}\nthen\n  source {0}\nfi\n",
        "[ -f {0} ] && \\\n\t. {0}\n",
        '[ -e "{0}" ] && . "{0}"\n',
        "if [ -f {0} ]; then\n\t# modify these\n\n\t. {0}\nfi\n",
    ],
)
def test_ways_to_source_a_file_where_it_is_there(sourcing: str, tmp_path: Path) -> None:
    script = sourcing.format(DEFAULTS) + START
    host = tree(tmp_path, files(DEFAULTS, "export NO_PROXY=.a\n", script))
    assert view(host).effective["no-proxy"].text == ".a"
    found = init_files.find(host, "sysv")
    assert found.start is not None
    assert found.start.line == script.count("\n")
    assert init_files.find(tree(tmp_path / "2", {SCRIPT: script}), "sysv").own == found.own


@pytest.mark.parametrize(
    ("in_file", "argv"),
    [
        ("", ["/usr/sbin/dockerd", "-p", "/var/run/docker.pid"]),
        (
            "DOCKER_OPTS=' --debug\t-l info\n'",
            ["/usr/sbin/dockerd", "-p", "/var/run/docker.pid", "--debug", "-l", "info"],
        ),
        ("DOCKER_OPTS='a\u00a0b --x=*'", ["/usr/sbin/dockerd", "-p", "/var/run/docker.pid", "a\u00a0b", "--x=*"]),
        ("DOCKERD=/opt/docker/dockerd", ["/opt/docker/dockerd", "-p", "/var/run/docker.pid"]),
        ("DOCKER_PIDFILE='/a b'", ["/usr/sbin/dockerd", "-p", "/a b"]),
    ],
)
def test_the_command_line_is_the_scripts(in_file: str, argv: List[str], tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(DEFAULTS, f"{in_file}\n")))
    assert seen.sources.command is not None
    assert list(seen.sources.command.argv) == argv
    assert (seen.sources.command.is_dockerd, seen.sources.reading.unread) == (True, ())


def test_a_pattern_in_the_options_stands_for_files(tmp_path: Path) -> None:
    reading = view(tree(tmp_path, files(DEFAULTS, "DOCKER_OPTS='--debug /etc/*'\n"))).sources.reading
    assert [(u.source, u.path) for u in reading.unread] == [("dockerd-flag", DEFAULTS)]


@pytest.mark.parametrize(
    ("path", "script", "line"),
    [
        (DEFAULTS, DEBIAN_SCRIPT, "DOCKERD=/usr/local/bin/wrapper"),
        (SYSCONFIG, RED_HAT_SCRIPT, "exec=/usr/local/bin/wrapper"),
        (CONF, ALPINE_SCRIPT, "DOCKERD_BINARY=/usr/local/bin/wrapper"),
        (CONF, "#!/sbin/openrc-run\n", "command=/usr/local/bin/wrapper"),
    ],
)
def test_the_file_may_put_a_wrapper_in_the_place_of_dockerd(path: str, script: str, line: str, tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(path, f"{line}\n", script)))
    command = seen.sources.command
    assert command is not None
    assert (command.argv[0], command.is_dockerd, command.program) == ("/usr/local/bin/wrapper", False, None)
    assert ("dockerd-flag", Missing.NOT_CHECKED) in [(u.source, u.reason) for u in seen.sources.reading.unread]


def test_each_flag_has_the_place_that_it_comes_from(tmp_path: Path) -> None:
    script = DEBIAN_SCRIPT.replace("DOCKER_OPTS=\n", "DOCKER_OPTS=--debug\nEXTRA=--no-proxy=.script\n")
    script = script.replace("$DOCKER_OPTS", "$DOCKER_OPTS $EXTRA --http-proxy=http://literal:1")
    text = 'DOCKER_OPTS="$DOCKER_OPTS"\n'
    unknown = view(tree(tmp_path / "1", files(DEFAULTS, text, script))).sources.reading
    assert [(u.path, u.line) for u in unknown.unread] == [(DEFAULTS, 1)]
    seen = view(tree(tmp_path / "2", files(DEFAULTS, "DOCKER_OPTS=--https-proxy=http://file:1\n", script)))
    found = {s.name: str(s.origin) for s in seen.sources.reading.settings}
    assert found == {
        "--https-proxy": f"{DEFAULTS}:1",
        "--no-proxy": f"{SCRIPT}:7",
        "--http-proxy": f"{SCRIPT}:13",
    }


def test_the_scripts_pid_file_beside_that_of_daemon_json(tmp_path: Path) -> None:
    given = {**files(DEFAULTS, ""), "/etc/docker/daemon.json": {"pidfile": "/x"}}
    (defect,) = view(tree(tmp_path, given)).sources.reading.defects
    assert (defect.kind, defect.stops) == ("configuration-conflict", True)
    assert f"-p at {SCRIPT}:12" in defect.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("command_args_background=--debug", ["--tls"]),
        ("command_args_foreground=--debug", ["--tls", "--debug"]),
        ('command_args_foreground="--label \\"a b\\""', ["--tls", "--label", "a b"]),
    ],
)
def test_openrcs_further_words(text: str, words: List[str], tmp_path: Path) -> None:
    given: Dict[str, Content] = {CONF: f"DOCKER_OPTS=--tls\n{text}\n"}
    seen = openrc(tmp_path / "1", given).sources
    assert seen.command is not None
    assert (list(seen.command.argv[1:]), seen.reading.unread) == (words, ())
    other = openrc(tmp_path / "2", given, ALPINE_SCRIPT.replace("supervisor=supervise-daemon\n", "")).sources
    assert other.command is not None
    assert ("--debug" in other.command.argv) is ("background" in text)


UPSTREAMS = ALPINE_SCRIPT.replace(
    'command_args="${DOCKER_OPTS}"',
    'pidfile="${DOCKER_PIDFILE:-/run/${RC_SVCNAME}.pid}"\ncommand_args="-p \\"${pidfile}\\" ${DOCKER_OPTS}"',
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["-p", "/run/docker.pid"]),
        ("DOCKER_PIDFILE=/x", ["-p", "/x"]),
        ("DOCKER_PIDFILE=", ["-p", "/run/docker.pid"]),
        ("DOCKER_OPTS=--debug", ["-p", "/run/docker.pid", "--debug"]),
        ("RC_SVCNAME=$X", []),
    ],
)
def test_a_script_makes_its_words_of_the_files_variables(text: str, words: List[str], tmp_path: Path) -> None:
    seen = openrc(tmp_path, {CONF: f"{text}\n"}, UPSTREAMS).sources
    assert seen.command is not None
    assert list(seen.command.argv[1:]) == words
    assert bool(seen.reading.unread) is (words == [])


def test_a_script_that_may_not_be_read_hides_everything(tmp_path: Path) -> None:
    grow(tmp_path, {**files(DEFAULTS, "HTTPS_PROXY=x\n"), SCRIPT: ""})
    seen = view(Unreadable(str(tmp_path), SCRIPT)).sources
    assert {(u.path, u.reason) for u in seen.reading.unread} == {(SCRIPT, Missing.PERMISSION)}
    assert (seen.command, seen.reading.defects, seen.reading.settings) == (None, (), ())


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
    ("script", "path"),
    [(DEBIAN_SCRIPT, DEFAULTS), (RED_HAT_SCRIPT, SYSCONFIG), (START, None), (f"if x; then . {DEFAULTS}; fi\n", None)],
)
def test_the_engines_own_file_is_the_one_that_the_script_sources(
    script: str, path: Optional[str], tmp_path: Path
) -> None:
    host = tree(tmp_path, {SCRIPT: script, DEFAULTS: "", SYSCONFIG: ""})
    own = init_files.find(host, "sysv").own
    assert (own.path if own is not None else None) == path
    assert init_files.find(host, "none").own is None


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
