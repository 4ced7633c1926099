"""Hosts without systemd: what an init script sources. tests/oracles has Debian's script and OpenRC start a dockerd."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockproxy import survey
from dockproxy.host import Host, OverlayHost
from dockproxy.model import DAEMON_VARIABLES, Plan, Refusal
from dockproxy.planner import plan_shell, plan_unset
from dockproxy.resolve.daemon import view
from tests.unit.planner.test_daemon_set import (
    LISTS,
    PROXIES,
    PROXY,
    READS_DEFAULTS,
    SECRET,
    after,
    hand_started,
    intent,
    plan,
    refused,
    written,
)
from tests.unit.sources.test_engine import Alive
from tests.unit.sources.test_init_script import CONF, DEFAULTS, PROFILE, SCRIPT
from tests.unit.trees import (
    ALPINE_SCRIPT,
    DAEMON_JSON,
    DEBIAN_SCRIPT,
    PID,
    RED_HAT_SCRIPT,
    SOCKET,
    UNIT_FILE,
    Content,
    docker_files,
    drop_in,
    grow,
    info,
    live,
    tree,
)

EXPORT = f"export HTTPS_PROXY='{PROXY}'\n"
SYSV = {"/etc/rc0.d/": "", SCRIPT: DEBIAN_SCRIPT}
RED_HAT = {"/etc/rc0.d/": "", SCRIPT: RED_HAT_SCRIPT}
OPENRC = {"/etc/runlevels/": "", SCRIPT: ALPINE_SCRIPT}
RC_CONF = "/etc/rc.conf"


def files(
    init: Dict[str, str], given: Optional[Dict[str, Content]] = None, version: str = "28.5.2"
) -> Dict[str, Content]:
    status = f"Package: docker.io\nStatus: install ok installed\nVersion: {version}\n\n" if version else ""
    return {**init, "/usr/bin/dockerd": "", "/var/lib/dpkg/status": status, **(given or {})}


@pytest.mark.parametrize(
    ("init", "version", "expected"),
    [
        (SYSV, "28.5.2", DAEMON_JSON),
        (OPENRC, "23.0", DAEMON_JSON),
        (SYSV, "20.10.24", DEFAULTS),
        (RED_HAT, "20.10.24", "/etc/sysconfig/docker"),
        (OPENRC, "20.10.24", CONF),
        (SYSV, "", DEFAULTS),
    ],
)
def test_where_auto_writes(init: Dict[str, str], version: str, expected: str, tmp_path: Path) -> None:
    host = tree(tmp_path, files(init, version=version))
    made = plan(host)
    assert list(written(made)) == [expected]
    assert after(host, made)["https-proxy"] == PROXY
    assert expected == DAEMON_JSON or written(made)[expected] == EXPORT


@pytest.mark.parametrize(
    ("init", "to", "path"),
    [
        (SYSV, "defaults", DEFAULTS),
        (SYSV, "sysv-defaults", DEFAULTS),
        (RED_HAT, "defaults", "/etc/sysconfig/docker"),
        (OPENRC, "openrc", CONF),
        (OPENRC, "openrc-conf", CONF),
    ],
)
def test_where_an_explicit_target_writes(init: Dict[str, str], to: str, path: str, tmp_path: Path) -> None:
    host = tree(tmp_path, files(init, {path: "# by hand\nhttps_proxy=http://old:1\nA=1\n"}))
    made = plan(host, to)
    assert written(made) == {path: f"# by hand\nA=1\n{EXPORT}"}
    assert path in made.reason
    assert plan(OverlayHost(host, {c.path: c.after for c in made.changes}), to).changes == ()


def test_a_password_closes_the_file(tmp_path: Path) -> None:
    made = plan(tree(tmp_path, files(SYSV, {DEFAULTS: "A=1\n"})), "defaults", https=SECRET)
    assert [(c.path, c.mode) for c in made.changes] == [(DEFAULTS, 0o600)]
    assert made.notes == (f"{DEFAULTS} becomes readable by its owner only (mode 0600), because it holds a password",)


@pytest.mark.parametrize(
    ("host_files", "to", "words"),
    [
        (files(SYSV), "openrc", [CONF, "no init script here sources it", "--to auto"]),
        (files(OPENRC), "defaults", [DEFAULTS, "/etc/sysconfig/docker", "no init script here sources it"]),
        (docker_files(), "defaults", [DEFAULTS, "docker.service does not name it as EnvironmentFile="]),
        (docker_files(), "openrc", [CONF, "docker.service does not name it as EnvironmentFile="]),
        (
            docker_files(
                {UNIT_FILE: READS_DEFAULTS, "/etc/systemd/system/x.service": drop_in(f"EnvironmentFile={DEFAULTS}")}
            ),
            "defaults",
            [DEFAULTS, "x.service would read it too"],
        ),
        (files(SYSV, version="20.10.24"), "daemon-json", ["20.10.24", "use --to auto"]),
        (files(SYSV, {DEFAULTS: "A=1\nexport HTTPS_PROXY=$P\n"}), "defaults", [f"{DEFAULTS}:2", "only a shell"]),
        (files(SYSV, {DEFAULTS: "A=1\n[ -e x ] && . x\n"}), "auto", [f"{DEFAULTS}:2", "could decide"]),
        (files(SYSV, {DEFAULTS: "# Ansible managed\n"}), "defaults", [DEFAULTS, "Ansible"]),
        (files(OPENRC, {PROFILE: "export HTTPS_PROXY=x\n"}), "openrc", [f"{PROFILE}:1", "still be decided by"]),
        (files(SYSV, {DAEMON_JSON: {"proxies": {"https-proxy": "http://j:1"}}}), "defaults", [DAEMON_JSON]),
        (
            files(SYSV, {DEFAULTS: 'DOCKER_OPTS="--https-proxy=http://f:1"\n'}),
            "auto",
            [f"{DEFAULTS}:1", "--https-proxy"],
        ),
    ],
)
def test_what_is_refused(host_files: Dict[str, Content], to: str, words: List[str], tmp_path: Path) -> None:
    sentence = refused(tree(tmp_path, host_files), to)
    assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize("to", ["auto", "openrc", "defaults", "systemd", "daemon-json"])
@pytest.mark.parametrize("version", ["28.5.2", "20.10.24", ""])
def test_no_place_is_advised_that_a_flag_beats_too(to: str, version: str, tmp_path: Path) -> None:
    host = tree(tmp_path, files(OPENRC, {CONF: 'DOCKER_OPTS="--https-proxy=http://f:1"\n'}, version))
    sentence = refused(host, to)
    assert f"{CONF}:1: dockerd's flag --https-proxy sets https-proxy" in sentence
    assert "--to" not in sentence
    with pytest.raises(Refusal, match=r"dockerd's flag --https-proxy sets https-proxy; change or remove .* there$"):
        lines(host, https=PROXY)


@pytest.mark.parametrize(("version", "has_json"), [("28.5.2", True), ("20.10.24", False), ("", False)])
def test_auto_is_advised_only_where_it_has_another_place(version: str, has_json: bool, tmp_path: Path) -> None:
    host = tree(tmp_path, files(OPENRC, {PROFILE: "export HTTPS_PROXY=x\n"}, version))
    mend = "change it there, or use --to auto" if has_json else "change it there"
    assert refused(host, "openrc").endswith(f"still be decided by {PROFILE}:1; {mend}")
    if has_json:
        assert after(host, plan(host, "auto"))["https-proxy"] == PROXY


def without_init(root: Path, given: Dict[str, Content], version: str, processes: Any = ()) -> Host:
    """WSL or a container: no systemd, no OpenRC and no /run/initctl."""
    grow(root, files({}, given, version))
    answers = {f"GET {SOCKET} /info": "absent", "processes dockerd": list(processes), f"environment {PID}": {}}
    return Alive(str(root), answers)


WSL: Dict[str, Content] = {SCRIPT: DEBIAN_SCRIPT, DEFAULTS: EXPORT}


def test_nothing_sources_a_file_for_what_was_started_by_hand(tmp_path: Path) -> None:
    assert "no init system runs here" in refused(hand_started(tmp_path, {"/srv/d.json": "{}"}), "defaults")
    runs = [{"pid": PID, "argv": ["/usr/bin/dockerd"]}]
    seen = view(without_init(tmp_path / "2", WSL, "28.5.2", runs))
    assert (seen.init, seen.effective["https-proxy"].text) == ("none", ""), "it has what its shell had"


def test_where_no_init_system_runs_a_script_starts_what_is_stopped(tmp_path: Path) -> None:
    old = without_init(tmp_path, WSL, "20.10.24")
    assert view(old).effective["https-proxy"].text == PROXY
    assert written(plan_unset(old, view(old), DAEMON_VARIABLES)) == {DEFAULTS: None}
    assert [list(written(plan(old, to, https=SECRET))) for to in ("auto", "defaults")] == [[DEFAULTS], [DEFAULTS]]
    assert "systemd does not start this engine, so nothing would read it" in refused(old, "systemd")
    newer = without_init(tmp_path / "2", WSL, "28.5.2")
    assert list(written(plan(newer, "auto", https=SECRET))) == [DAEMON_JSON]
    report = survey.inspect(newer)
    (daemon,) = report.consumers
    assert (report.init, daemon.status, [u.source for u in daemon.unread]) == ("none", "ok", ["process-environment"])


@pytest.mark.parametrize("script", [{}, {SCRIPT: ALPINE_SCRIPT, CONF: EXPORT}])
def test_openrcs_own_script_is_run_by_openrc_only(script: Dict[str, Content], tmp_path: Path) -> None:
    host = without_init(tmp_path, script, "28.5.2")
    (daemon,) = survey.inspect(host).consumers
    assert (view(host).init, daemon.status, [u.source for u in daemon.unread]) == (
        "none", "unset", ["process-environment"],
    )  # fmt: skip
    assert f"nothing reads {CONF} on this host: no init system runs here" in refused(host, "openrc")


def test_a_unit_that_reads_the_file_gets_an_environment_file(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({UNIT_FILE: READS_DEFAULTS, DEFAULTS: "A=1\n"}))
    made = plan(host, "defaults", https=SECRET)
    assert written(made) == {DEFAULTS: f"A=1\nHTTPS_PROXY={SECRET}\n"}
    assert made.changes[0].mode == 0o600
    assert after(host, made)["https-proxy"] == SECRET


NEUTRAL = "unset HTTPS_PROXY https_proxy\n"
SYSCONFIG = "/etc/sysconfig/docker"
BOTH = {
    "/etc/rc0.d/": "",
    SCRIPT: DEBIAN_SCRIPT.replace("case", f"[ -e {SYSCONFIG} ] && . {SYSCONFIG}\ncase", 1),
}
"""A script that sources the files of both families."""
UNGUARDED = {
    "/etc/rc0.d/": "",
    SCRIPT: DEBIAN_SCRIPT.replace("if [ -f /etc/default/$BASE ]; then", "").replace("fi\n", ""),
}
"""A script that ends where the file is not there."""
AGAIN = {"/etc/runlevels/": "", SCRIPT: f"{ALPINE_SCRIPT}[ -e {CONF} ] && . {CONF}\n:\n"}


@pytest.mark.parametrize(
    ("init", "before", "expected"),
    [
        (SYSV, {DEFAULTS: f"# c\n{EXPORT}export https_proxy=x\nA=1\n"}, {DEFAULTS: "# c\nA=1\n"}),
        (SYSV, {DEFAULTS: EXPORT}, {DEFAULTS: None}),
        (OPENRC, {RC_CONF: "export https_proxy=x\n", CONF: f"{EXPORT}A=1\n"}, {CONF: f"A=1\n{NEUTRAL}"}),
        (OPENRC, {"/etc/profile.env": "export HTTPS_PROXY='x'\n"}, {CONF: NEUTRAL}),
        (SYSV, {DAEMON_JSON: {"proxies": {"no-proxy": "x"}}, DEFAULTS: EXPORT}, {DAEMON_JSON: "{}", DEFAULTS: None}),
        (SYSV, {DEFAULTS: f"\n{EXPORT}"}, {DEFAULTS: "\n"}),
        (UNGUARDED, {DEFAULTS: EXPORT}, {DEFAULTS: ""}),
        (BOTH, {DEFAULTS: EXPORT, SYSCONFIG: f"{EXPORT}A=1\n"}, {DEFAULTS: None, SYSCONFIG: "A=1\n"}),
        (AGAIN, {PROFILE: "export HTTPS_PROXY=x\n", CONF: "A=1\n"}, {CONF: f"A=1\n{NEUTRAL}"}),
    ],
)
def test_what_unset_takes_away(init: Dict[str, str], before: Any, expected: Any, tmp_path: Path) -> None:
    host = tree(tmp_path, files(init, before))
    made = plan_unset(host, view(host), DAEMON_VARIABLES)
    assert written(made) == expected
    assert set(after(host, made).values()) == {""}


def test_what_others_share_and_comes_last_is_left_to_the_administrator(tmp_path: Path) -> None:
    host = tree(tmp_path, files(OPENRC, {PROFILE: "export https_proxy=x\n"}))
    with pytest.raises(Refusal, match=f"{PROFILE}:1: .*behind {CONF}, .*take https_proxy out of it yourself"):
        plan_unset(host, view(host), DAEMON_VARIABLES)
    again = {"/etc/runlevels/": "", SCRIPT: f"{ALPINE_SCRIPT}. {RC_CONF}\n", RC_CONF: "export https_proxy=x\n"}
    shared = tree(tmp_path / "2", files(again))
    with pytest.raises(Refusal, match=f"{RC_CONF}:1: .*behind {CONF}, and others read it too"):
        plan_unset(shared, view(shared), DAEMON_VARIABLES)
    made = plan(host, "openrc")
    assert after(host, made)["https-proxy"] == PROXY, "Go reads upper case first"


def test_set_takes_back_what_unset_neutralised(tmp_path: Path) -> None:
    host = tree(tmp_path, files(OPENRC, {RC_CONF: "export HTTPS_PROXY=x\n", CONF: f"A=1\n{NEUTRAL}"}))
    assert written(plan(host, "openrc")) == {CONF: f"A=1\n{EXPORT}"}


def test_a_file_without_which_the_script_ends_is_made_and_stays(tmp_path: Path) -> None:
    host = tree(tmp_path, files(UNGUARDED))
    with pytest.raises(Refusal, match=f"{SCRIPT}:8: sources {DEFAULTS}, which is not there.*create it"):
        plan_unset(host, view(host), DAEMON_VARIABLES)
    made = plan(host, "defaults")
    assert written(made) == {DEFAULTS: EXPORT}
    there = OverlayHost(host, {c.path: c.after for c in made.changes})
    assert written(plan_unset(there, view(there), DAEMON_VARIABLES)) == {DEFAULTS: ""}


@pytest.mark.parametrize(
    ("init", "given", "body", "steps"),
    [
        (SYSV, {}, info(), ("validate", "restart")),
        (OPENRC, {}, info(), ("validate", "restart")),
        (SYSV, {}, info(version="20.10.24"), ("restart",)),
        (SYSV, {}, None, ("validate",)),
        ({"/etc/rc0.d/": ""}, {DEFAULTS: ""}, info(), ("validate",)),
    ],
)
def test_the_steps_of_a_plan(init: Dict[str, str], given: Any, body: Any, steps: Any, tmp_path: Path) -> None:
    answers: Dict[str, Any] = {f"environment {PID}": {}}
    assert plan(live(tmp_path, files(init, given), body, answers=answers)).steps == steps


def lines(host: Host, **values: str) -> Plan:
    return plan_shell(view(host), intent(**values))


def test_the_lines_for_a_shell(tmp_path: Path) -> None:
    made = lines(hand_started(tmp_path, {"/srv/d.json": "{}"}), http=SECRET, https=PROXY, no="")
    assert made.notes == (
        "export HTTP_PROXY='http://***:***@proxy.corp:3128'",
        EXPORT.rstrip(),
        "unset NO_PROXY no_proxy",
        "# type user and password in the place of ***:***",
    )
    assert (made.changes, made.steps) == ((), ())
    service = lines(tree(tmp_path / "2", docker_files()), https=PROXY)
    assert service.notes[1:] == ("# systemd starts the engine of this host, and gives it nothing of a shell",)


def test_lines_that_would_lose_are_refused(tmp_path: Path) -> None:
    host = hand_started(tmp_path, {"/srv/d.json": {"proxies": {"https-proxy": "http://j:1"}}})
    with pytest.raises(Refusal, match=r"https-proxy would still be decided by /srv/d.json:3"):
        lines(host, https=PROXY)
    assert lines(host, https="http://j:1").notes


LINES = st.lists(
    st.sampled_from(
        [
            "export HTTPS_PROXY=http://a:1",
            "https_proxy=b; export https_proxy",
            "NO_PROXY=.x",
            "# c",
            "",
            "unset NO_PROXY",
        ]
        + ["set -a", "export HTTP_PROXY", "A=1 http_proxy=c", "x && HTTP_PROXY=d", "DOCKER_OPTS=--debug"]
    ),
    max_size=5,
).map(lambda lines: "\n".join([*lines, ""]))


@settings(deadline=None)
@given(
    st.sampled_from([(SYSV, "defaults"), (RED_HAT, "auto"), (OPENRC, "openrc"), (OPENRC, "auto")]),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys((DEFAULTS, "/etc/sysconfig/docker", RC_CONF, CONF, PROFILE), LINES)
    ),
    PROXIES,
    LISTS,
)
def test_set_makes_effective_what_was_asked_for_and_unset_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory, where: Any, given: Dict[str, Content], https: str, no: str
) -> None:
    init, to = where
    host: Host = tree(tmp_path_factory.mktemp("h"), files(init, given, "20.10.24"))
    http = view(host).effective["http-proxy"].text
    try:
        made = plan(host, to, https=https, no=no)
    except Refusal:
        pass
    else:
        assert after(host, made) == {"http-proxy": http, "https-proxy": https, "no-proxy": no}
        host = OverlayHost(host, {c.path: c.after for c in made.changes})
    try:
        gone = plan_unset(host, view(host), DAEMON_VARIABLES)
    except Refusal:
        return
    assert set(after(host, gone).values()) == {""}
