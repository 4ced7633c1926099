"""Where ``set`` writes, that it is proved, and what it refuses. tests/e2e does it on real engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockproxy import survey
from dockproxy.host import Host, OverlayHost, TreeHost
from dockproxy.model import DAEMON_VARIABLES, HTTPS, FileKind, Plan, Refusal, Value, Version, value_of
from dockproxy.planner import plan_set, plan_unset
from dockproxy.planner.draft import Draft
from dockproxy.resolve.daemon import view
from dockproxy.secret import ProxyURL
from dockproxy.sources.init import SCRIPT
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import (
    DAEMON_JSON,
    DEBIAN_SCRIPT,
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

OWN, LATE = f"{DROP_IN}/http-proxy.conf", f"{DROP_IN}/zz-dockproxy.conf"
ENV_FILE = "/etc/docker/http-proxy.env"
PROXY, SECRET = "http://proxy.corp:3128", "http://alice:C4NARY%40%25@proxy.corp:3128"
PACKAGED_TWIN = "/usr/lib/systemd/system/docker.service.d/http-proxy.conf"
TWIN = drop_in("Environment=FOO=bar HTTPS_PROXY=http://old:1", "LimitNOFILE=9")
READS_DEFAULTS = drop_in("EnvironmentFile=-/etc/default/docker", "ExecStart=/usr/sbin/dockerd $OPTS")


def intent(**values: str) -> Dict[str, Value]:
    return {f"{k}-proxy": value_of(f"{k}-proxy", v) for k, v in values.items()}


def plan(host: Host, to: str = "auto", **values: str) -> Plan:
    return plan_set(host, view(host), intent(**values or {"https": PROXY}), to)


def refused(host: Host, to: str = "auto", **values: str) -> str:
    with pytest.raises(Refusal) as caught:
        plan(host, to, **values)
    return str(caught.value)


def written(made: Plan) -> Dict[str, Optional[str]]:
    return {c.path: c.after.decode() if c.after is not None else None for c in made.changes}


def after(host: Host, made: Plan) -> Dict[str, str]:
    """What the engine would use once the plan is carried out."""
    overlay = OverlayHost(host, {c.path: c.after for c in made.changes})
    return {v: e.text for v, e in view(overlay).effective.items()}


def carry_out(root: Path, made: Plan) -> None:
    """Write what a plan says."""
    grow(root, {c.path: c.after for c in made.changes if c.after is not None})
    for change in made.changes:
        place = root / change.path[1:]
        place.chmod(change.mode) if change.after is not None else place.unlink()


def test_a_fresh_host_gets_a_drop_in(tmp_path: Path) -> None:
    made = plan(tree(tmp_path, docker_files()), http=PROXY, https=PROXY, no=".corp")
    assert written(made) == {
        OWN: drop_in(
            f'Environment="HTTP_PROXY={PROXY}"', f'Environment="HTTPS_PROXY={PROXY}"', 'Environment="NO_PROXY=.corp"'
        )
    }
    assert made.changes[0].action == "create"
    assert made.changes[0].mode == 0o644


def test_a_password_goes_into_a_private_file(tmp_path: Path) -> None:
    made = plan(tree(tmp_path, docker_files()), https=SECRET, no=".corp")
    files = written(made)
    assert files[OWN] == f"[Service]\nEnvironmentFile=-{ENV_FILE}\n"
    assert "C4NARY" in str(files[ENV_FILE])
    assert {c.path: c.mode for c in made.changes} == {OWN: 0o644, ENV_FILE: 0o600}
    assert "C4NARY" not in repr(made)


ROWS: Dict[str, Any] = {
    "daemon.json holds proxies": ({DAEMON_JSON: {"proxies": {"no-proxy": ".corp"}}}, [DAEMON_JSON]),
    "a drop-in of another author decides": (
        {f"{DROP_IN}/50-site.conf": drop_in("Environment=HTTPS_PROXY=http://old:1")},
        [f"{DROP_IN}/50-site.conf"],
    ),
    "an environment file of this engine alone decides": (
        {UNIT_FILE: READS_DEFAULTS, "/etc/default/docker": "HTTPS_PROXY=http://old:1\n"},
        ["/etc/default/docker"],
    ),
    "the unit of the administrator decides": (
        {"/etc/systemd/system/docker.service": drop_in("ExecStart=/usr/sbin/dockerd", "Environment=HTTPS_PROXY=x")},
        ["/etc/systemd/system/docker.service"],
    ),
    "a packaged drop-in decides": (
        {"/usr/lib/systemd/system/docker.service.d/10.conf": drop_in("Environment=HTTPS_PROXY=http://old:1")},
        [OWN],
    ),
    "a later drop-in in /run would win": (
        {"/run/systemd/system/docker.service.d/x.conf": drop_in("Environment=HTTPS_PROXY=http://old:1")},
        [LATE],
    ),
    "a shared environment file would win": (
        {
            UNIT_FILE: READS_DEFAULTS,
            "/etc/default/docker": "HTTPS_PROXY=http://old:1\n",
            "/etc/systemd/system/other.service": drop_in("EnvironmentFile=/etc/default/docker"),
            "/etc/systemd/system/another.service": drop_in("Type=oneshot"),
        },
        [LATE, ENV_FILE],
    ),
    "a drop-in of another service names the file": (
        {
            UNIT_FILE: READS_DEFAULTS,
            "/etc/default/docker": "HTTPS_PROXY=http://old:1\n",
            "/etc/systemd/system/other.service.d/x.conf": drop_in("EnvironmentFile=/etc/default/docker"),
        },
        [LATE, ENV_FILE],
    ),
    "an environment file of the whole system would win": (
        {
            f"{DROP_IN}/e.conf": drop_in("EnvironmentFile=/etc/environment"),
            "/etc/environment": "HTTPS_PROXY=http://old:1\n",
        },
        [LATE, ENV_FILE],
    ),
    "a drop-in that another unit links to decides": (
        {
            f"{DROP_IN}/s.conf": drop_in("Environment=HTTPS_PROXY=http://old:1"),
            "/etc/systemd/system/containerd.service.d/s.conf": Link("../docker.service.d/s.conf"),
        },
        [LATE],
    ),
    "another unit links to our drop-in": (
        {
            OWN: drop_in("Environment=HTTPS_PROXY=http://old:1"),
            "/etc/systemd/system/containerd.service.d/http-proxy.conf": Link("../docker.service.d/http-proxy.conf"),
        },
        [LATE],
    ),
    "a drop-in for all services decides": (
        {"/etc/systemd/system/service.d/all.conf": drop_in("Environment=HTTPS_PROXY=http://old:1")},
        [OWN],
    ),
    "UnsetEnvironment= of our own drop-in": (
        {LATE: drop_in("UnsetEnvironment=HTTPS_PROXY https_proxy")},
        [LATE, OWN],
    ),
    "a packaged drop-in of the same name": ({PACKAGED_TWIN: TWIN}, [LATE]),
    "one in /run": ({"/run/systemd/system/docker.service.d/http-proxy.conf": TWIN}, [LATE]),
    "one of every service": ({"/etc/systemd/system/service.d/http-proxy.conf": TWIN}, [LATE]),
    "a packaged one that ours hides already": ({PACKAGED_TWIN: TWIN, OWN: drop_in("LimitNOFILE=8")}, [OWN]),
    "a link to /dev/null": ({OWN: Link("/dev/null"), PACKAGED_TWIN: TWIN}, [LATE]),
    "a folder": ({f"{OWN}/": ""}, [LATE]),
    "a link that leads to itself": ({OWN: Link(OWN)}, [LATE]),
    "daemon.json, and nothing else can be written": (
        {DAEMON_JSON: {"proxies": {"no-proxy": "x"}}, OWN: Link(OWN), f"{LATE}/": "", f"{ENV_FILE}/": ""},
        [DAEMON_JSON],
    ),
    "our drop-in, and no late one can be written": ({f"{LATE}/": ""}, [OWN]),
}


@pytest.mark.parametrize("row", list(ROWS))
def test_where_auto_writes(row: str, tmp_path: Path) -> None:
    files, paths = ROWS[row]
    host = tree(tmp_path, docker_files(files))
    made = plan(host)
    assert list(written(made)) == paths
    assert after(host, made)["https-proxy"] == PROXY


@pytest.mark.parametrize("row", list(ROWS))
def test_a_password_is_private_wherever_it_is_written(row: str, tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(ROWS[row][0]))
    made = plan(host, https=SECRET)
    assert after(host, made)["https-proxy"] == SECRET
    (holder,) = [c for c in made.changes if c.after and b"C4NARY" in c.after]
    assert holder.mode == 0o600
    assert not holder.path.endswith((".conf", ".service"))


def test_a_password_that_a_unit_names_the_file_of_stands_there(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({f"{DROP_IN}/corp.conf": drop_in("Environment=HTTP_PROXY=http://a:1")}))
    carry_out(tmp_path, plan(host, "systemd", http=SECRET))
    assert plan(host, "systemd", http=SECRET).changes == ()


EXPOSED: Dict[str, Dict[str, Content]] = {
    "daemon.json": {DAEMON_JSON: {"proxies": {"https-proxy": SECRET}}},
    "our own drop-in": {OWN: drop_in(f'Environment="HTTPS_PROXY={SECRET.replace("%", "%%")}"')},
    "an environment file of this engine": {
        UNIT_FILE: READS_DEFAULTS,
        "/etc/default/docker": f"https_proxy={SECRET}\n",
    },
    "a packaged environment file": {
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=/usr/lib/p.env"),
        "/usr/lib/p.env": f"HTTPS_PROXY={SECRET}\n",
    },
    "a packaged unit": {
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", f'Environment="HTTPS_PROXY={SECRET.replace("%", "%%")}"')
    },
    "an environment file that a late drop-in of others names": {
        f"{DROP_IN}/y.conf": drop_in("EnvironmentFile=/etc/environment"),
        "/etc/environment": f"HTTPS_PROXY={SECRET}\n",
    },
}


def passwords_told(host: Host) -> List[str]:
    return [p.message for p in survey.daemon_consumer(host, view(host)).problems if p.code == "DP210"]


@pytest.mark.parametrize("case", list(EXPOSED))
def test_a_password_that_others_read_is_put_where_only_the_owner_does(case: str, tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(EXPOSED[case]))
    assert len(passwords_told(host)) == 1
    assert view(host).effective["https-proxy"].text == SECRET
    carry_out(tmp_path, plan(host, https=SECRET))
    assert passwords_told(host) == []
    assert view(host).effective["https-proxy"].text == SECRET
    assert plan(host, https=SECRET).changes == ()


@pytest.mark.parametrize("version", ["28.5.2", "20.10.24"])
def test_a_password_in_a_file_of_an_init_script(version: str, tmp_path: Path) -> None:
    files = docker_files({"/etc/default/docker": f"export HTTPS_PROXY='{SECRET}'\n", SCRIPT: DEBIAN_SCRIPT}, version)
    del files["/run/systemd/system/"], files[UNIT_FILE]
    host = tree(tmp_path, files)
    assert len(passwords_told(host)) == 1
    made = plan(host, https=SECRET)
    carry_out(tmp_path, made)
    assert passwords_told(host) == []
    still = [note for note in made.notes if "it still holds a password, and everybody may read it" in note]
    assert len(still) == (version == "28.5.2"), "an old engine reads that file alone"


def test_a_password_that_cannot_be_hidden_is_refused(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        f"{DROP_IN}/zzz.conf": drop_in("EnvironmentFile=/usr/lib/p.env"),
        "/usr/lib/p.env": f"HTTPS_PROXY={SECRET}\n",
    }
    sentence = refused(tree(tmp_path, docker_files(files)), https=SECRET)
    assert "/usr/lib/p.env:1, which holds a password, and everybody may read it (mode 0644)" in sentence
    flag = {UNIT_FILE: drop_in(f"ExecStart=/usr/sbin/dockerd --https-proxy={PROXY.replace('//', '//u:C4NARY@')}")}
    host = tree(tmp_path / "2", docker_files(flag))
    assert plan(host, https="http://u:C4NARY@proxy.corp:3128").changes == (), "no other place hides what a flag holds"


def test_a_tightened_file_is_told(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({DAEMON_JSON: {"proxies": {"no-proxy": ".corp"}}}))
    made = plan(host, https=SECRET)
    assert made.changes[0].mode == 0o600
    assert made.notes == (f"{DAEMON_JSON} becomes readable by its owner only (mode 0600), because it holds a password",)


def parts(host: Host) -> List[str]:
    unit = view(host).sources.unit
    assert unit is not None
    return [part.path for part in unit.parts]


@pytest.mark.parametrize("row", list(ROWS))
def test_every_drop_in_stays_in_force(row: str, tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(ROWS[row][0]))
    others = set(parts(host)) - {OWN, LATE}
    overlay = OverlayHost(host, {c.path: c.after for c in plan(host).changes})
    assert others == set(parts(overlay)) - {OWN, LATE}
    gone = plan_unset(overlay, view(overlay), ["http-proxy", "https-proxy", "no-proxy"])
    assert others == set(parts(OverlayHost(overlay, {c.path: c.after for c in gone.changes}))) - {OWN, LATE}


def test_what_is_disabled_is_not_written(tmp_path: Path) -> None:
    null = Link("/dev/null")
    files: Dict[str, Content] = {OWN: null, LATE: null, DAEMON_JSON: null}
    host = tree(tmp_path, docker_files(files))
    for to, path in (("systemd", OWN), ("daemon-json", DAEMON_JSON)):
        assert f"{path}: a link to /dev/null" in refused(host, to)


def test_a_draft_that_hides_a_drop_in_is_refused(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({PACKAGED_TWIN: TWIN, f"{LATE}/": ""}))
    assert f"{PACKAGED_TWIN} would be hidden" in refused(host)


def test_variables_not_named_keep_their_value(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({f"{DROP_IN}/s.conf": drop_in("Environment=HTTP_PROXY=http://a:1 NO_PROXY=.x")}))
    assert after(host, plan(host, https=PROXY)) == {"http-proxy": "http://a:1", "https-proxy": PROXY, "no-proxy": ".x"}


def test_lower_case_twins_in_an_edited_file_go(tmp_path: Path) -> None:
    text = drop_in("Environment=https_proxy=http://old:1 OTHER=x", "# kept")
    made = plan(tree(tmp_path, docker_files({f"{DROP_IN}/s.conf": text})))
    assert written(made)[f"{DROP_IN}/s.conf"] == drop_in(
        "Environment=OTHER=x", f'Environment="HTTPS_PROXY={PROXY}"', "# kept"
    )


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        DAEMON_JSON: Link("/srv/docker.json"),
        "/srv/docker.json": {"proxies": {"https-proxy": "http://old:1"}},
    }
    assert list(written(plan(tree(tmp_path, docker_files(files))))) == ["/srv/docker.json"]


def test_an_emptied_variable_is_taken_away_wherever_it_comes_from(tmp_path: Path) -> None:
    host = tree(
        tmp_path,
        docker_files(
            {
                "/usr/lib/systemd/system/docker.service.d/p.conf": drop_in(
                    "Environment=NO_PROXY=.corp HTTP_PROXY=http://a:1"
                )
            }
        ),
    )
    made = plan(host, no="")
    assert written(made) == {LATE: "[Service]\nUnsetEnvironment=NO_PROXY no_proxy\n"}
    made = plan(host, no="", https=PROXY)
    assert after(host, made) == {"http-proxy": "http://a:1", "https-proxy": PROXY, "no-proxy": ""}


def test_set_twice_is_once(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files())
    first = plan(host, https=SECRET, no=".corp")
    carry_out(tmp_path, first)
    again = plan(host, https=SECRET, no=".corp")
    assert (again.changes, again.reason) == ((), "the files already say so")


def test_a_file_that_takes_no_further_line_is_passed_over(tmp_path: Path) -> None:
    files: Dict[str, Content] = {UNIT_FILE: READS_DEFAULTS, "/etc/default/docker": "HTTP_PROXY=http://a:1\nA='open"}
    host = tree(tmp_path, docker_files(files))
    made = plan(host)
    assert list(written(made)) == [OWN]
    assert after(host, made)["https-proxy"] == PROXY
    files[OWN] = files[LATE] = "[Unit]\nX=\udcff\n"
    assert "correct it first" in refused(tree(tmp_path / "2", docker_files(files)))


def test_a_draft_that_changes_nothing_is_no_change(tmp_path: Path) -> None:
    grow(tmp_path, {"/a": "x"})
    (tmp_path / "a").chmod(0o600)
    draft = Draft(TreeHost(str(tmp_path)))
    draft.write("/a", b"x", FileKind.UNIT, 0o600)
    assert draft.edits("/a")
    assert draft.changes() == ()


def test_an_explicit_target_moves_the_value(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({f"{DROP_IN}/s.conf": drop_in(f"Environment=HTTPS_PROXY={PROXY}")}))
    assert list(written(plan(host, "daemon-json"))) == [DAEMON_JSON]
    assert written(plan(host, "env-file")) == {
        OWN: f"[Service]\nEnvironmentFile=-{ENV_FILE}\n",
        ENV_FILE: f"HTTPS_PROXY={PROXY}\n",
    }
    assert plan(host, "systemd").changes == ()


def test_the_edit_of_an_environment_file_in_place_keeps_the_rest(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: READS_DEFAULTS,
        "/etc/default/docker": "# by hand\nOPTS=--debug\nHTTPS_PROXY=x\n",
    }
    made = plan(tree(tmp_path, docker_files(files)), "env-file")
    assert written(made) == {"/etc/default/docker": f"# by hand\nOPTS=--debug\nHTTPS_PROXY={PROXY}\n"}


@pytest.mark.parametrize(
    ("files", "to", "words"),
    [
        (
            {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://f:1")},
            "auto",
            [f"{UNIT_FILE}:2", "--https-proxy"],
        ),
        ({DAEMON_JSON: {"proxies": {"https-proxy": "http://j:1"}}}, "systemd", [DAEMON_JSON, "--to auto"]),
        ({DAEMON_JSON: "{,}"}, "auto", [f"{DAEMON_JSON}:1:2"]),
        ({DAEMON_JSON: '{"a": 1, "a": 2}'}, "daemon-json", [f"{DAEMON_JSON}:1", '"a" stands there twice']),
        ({DAEMON_JSON: '{"proxies": "x"}'}, "daemon-json", [f"{DAEMON_JSON}:1", '"proxies" is not an object']),
        ({DAEMON_JSON: "[]"}, "daemon-json", [f"{DAEMON_JSON}:1", "not a JSON object"]),
        ({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh")}, "auto", [f"{UNIT_FILE}:2", "/opt/wrap.sh", "--force"]),
        ({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=/gone")}, "auto", ["/gone"]),
        ({"/etc/systemd/system/docker.service": Link("/dev/null")}, "auto", ["masked", "systemctl unmask"]),
        (
            {f"{DROP_IN}/s.conf": "# Ansible managed\n" + drop_in("Environment=HTTPS_PROXY=http://a:1")},
            "auto",
            [f"{DROP_IN}/s.conf", "Ansible", "--force"],
        ),
        (
            {
                f"{DROP_IN}/x.conf": "[Service]\n",
                "/etc/systemd/system/containerd.service.d": Link("docker.service.d"),
            },
            "auto",
            [f"{OWN} is read by containerd.service, too"],
        ),
        (
            {
                LATE: drop_in("Environment=HTTPS_PROXY=http://zzz:1"),
                f"{DROP_IN}/zzz.conf": drop_in("UnsetEnvironment=HTTPS_PROXY"),
            },
            "systemd",
            [f"stay unset: HTTPS_PROXY stands at {LATE}:2", f"{DROP_IN}/zzz.conf:2 takes it away; change that first"],
        ),
        (
            {
                DAEMON_JSON: Link("/nix/store/x-daemon.json"),
                "/nix/store/x-daemon.json": {"proxies": {"no-proxy": "x"}},
            },
            "auto",
            ["/nix/store/x-daemon.json is managed by NixOS", "--force"],
        ),
        (
            {f"{DROP_IN}/zzz.conf": drop_in("EnvironmentFile=")},
            "systemd-env-file",
            [
                "HTTPS_PROXY stands at /etc/docker/http-proxy.env:1, but",
                f"an empty EnvironmentFile= at {DROP_IN}/zzz.conf:2 takes it away",
            ],
        ),
        (
            {f"{DROP_IN}/zzz.conf": drop_in("Environment=")},
            "systemd",
            [f"HTTPS_PROXY stands at {OWN}:2, but an empty Environment= at {DROP_IN}/zzz.conf:2 takes it away"],
        ),
    ],
)
def test_what_is_refused(files: Dict[str, Content], to: str, words: List[str], tmp_path: Path) -> None:
    sentence = refused(tree(tmp_path, docker_files(files)), to)
    assert all(word in sentence for word in words), sentence


def test_a_wrapper_without_any_command(tmp_path: Path) -> None:
    assert "ExecStart= runs nothing" in refused(tree(tmp_path, docker_files({UNIT_FILE: drop_in('ExecStart=""')})))


def test_force_lifts_only_what_says_so(tmp_path: Path) -> None:
    files = docker_files({f"{DROP_IN}/s.conf": "# Ansible managed\n" + drop_in("Environment=HTTPS_PROXY=http://a:1")})

    def forced(host: Host) -> Plan:
        return plan_set(host, view(host), intent(https=PROXY), force=True)

    assert forced(tree(tmp_path, files)).changes
    assert forced(
        tree(tmp_path / "2", docker_files({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh"), "/opt/wrap.sh": ""}))
    ).changes
    with pytest.raises(Refusal):
        forced(tree(tmp_path / "3", docker_files({DAEMON_JSON: "{,}"})))


def test_no_engine_no_plan(tmp_path: Path) -> None:
    assert "no dockerd was found" in refused(tree(tmp_path, {"/bin/sh": ""}))


def test_daemon_json_needs_a_known_engine_of_23_or_newer(tmp_path: Path) -> None:
    old = tree(tmp_path, docker_files(version="20.10.24"))
    assert "20.10.24" in refused(old, "daemon-json")
    unknown = tree(tmp_path / "2", docker_files({"/var/lib/dpkg/status": ""}))
    assert "--engine-version" in refused(unknown, "daemon-json")
    holds = tree(
        tmp_path / "3",
        docker_files({"/var/lib/dpkg/status": "", DAEMON_JSON: {"proxies": {"https-proxy": "http://a:1"}}}),
    )
    assert f"decided by {DAEMON_JSON}:3; it is not edited" in refused(holds)
    assert "--engine-version" in refused(holds)
    seen = view(unknown, version=Version.parse("28.5"))
    assert list(written(plan_set(unknown, seen, intent(https=PROXY), "daemon-json"))) == [DAEMON_JSON]


@pytest.mark.parametrize(
    ("files", "to", "both"),
    [
        ({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh")}, "daemon-json", True),
        ({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh"), DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}, "auto", True),
        ({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh")}, "auto", False),
        ({UNIT_FILE: drop_in("ExecStart=/opt/wrap.sh")}, "systemd", False),
    ],
)
def test_a_version_that_is_lacking_too_is_told_with_the_first_refusal(
    files: Dict[str, Content], to: str, both: bool, tmp_path: Path
) -> None:
    sentence = refused(tree(tmp_path, docker_files({**files, "/var/lib/dpkg/status": ""})), to)
    assert "/opt/wrap.sh" in sentence
    assert ("; and give --engine-version" in sentence) == both
    assert "--engine-version" not in refused(tree(tmp_path / "2", {"/bin/sh": ""}), to), "there is no engine"


def test_systemd_targets_need_the_service(tmp_path: Path) -> None:
    files: Dict[str, Content] = {"/usr/bin/dockerd": "", "/run/systemd/system/": ""}
    assert "no docker.service" in refused(tree(tmp_path, files), "systemd")


def test_right_files_of_an_engine_that_would_not_start_are_refused(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        OWN: drop_in(f"Environment=HTTPS_PROXY={PROXY}"),
        DAEMON_JSON: {"proxies": {"x": 1}},
    }
    assert "does not start" in refused(tree(tmp_path, docker_files(files)))


@pytest.mark.parametrize(("path", "privileges"), [("/e", True), (DAEMON_JSON, True)])
def test_an_unread_place_that_could_decide(path: str, privileges: bool, tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "EnvironmentFile=-/e"), path: "{}"})
    grow(tmp_path, files)
    with pytest.raises(Refusal) as caught:
        plan(Unreadable(str(tmp_path), path))
    assert path in str(caught.value)
    assert caught.value.privileges == privileges


def test_an_unparsable_place_that_could_decide(tmp_path: Path) -> None:
    host = tree(
        tmp_path, docker_files({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd", "Environment=HTTP_PROXY=%H")})
    )
    with pytest.raises(Refusal) as caught:
        plan(host)
    assert not caught.value.privileges
    assert f"{UNIT_FILE}:3 could decide, and was not read: a specifier (%) in it" in str(caught.value)


GENERATOR = "/etc/systemd/system-environment-generators/10-x"


@pytest.mark.parametrize(("version", "has_way"), [("28.5.2", True), ("20.10.24", False)])
def test_a_place_that_is_not_looked_into_is_for_the_user_to_judge(version: str, has_way: bool, tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({GENERATOR: "#!/bin/sh\n"}, version))
    (tmp_path / GENERATOR[1:]).chmod(0o755)
    sentence = refused(host)
    assert sentence.startswith(f"{GENERATOR} could decide, and was not read: not checked; look there yourself")
    assert ("set all three variables with --to daemon-json" in sentence) == has_way
    if has_way:
        assert list(written(plan(host, "daemon-json", http=PROXY, https=PROXY, no="x"))) == [DAEMON_JSON]
    with pytest.raises(Refusal, match=r"take it away if it is not needed$"):
        plan_unset(host, view(host), ["https-proxy"])


def test_a_file_that_cannot_be_read_is_not_edited(tmp_path: Path) -> None:
    grow(tmp_path, docker_files({OWN: "[Service]\n"}))
    with pytest.raises(Refusal) as caught:
        plan(Unreadable(str(tmp_path), OWN))
    assert caught.value.privileges


def hand_started(root: Path, files: Mapping[str, Content], version: str = "28.5.2") -> Host:
    argv = ["/usr/bin/dockerd", "--config-file=/srv/d.json"]
    return live(
        root,
        {"/usr/bin/dockerd": "", **files},
        info(version=version),
        answers={
            "processes dockerd": [{"pid": PID, "argv": argv}],
            f"environment {PID}": {"HTTP_PROXY": "http://e:1"},
        },
    )


def test_an_engine_started_by_hand_gets_its_own_daemon_json(tmp_path: Path) -> None:
    made = plan(hand_started(tmp_path, {"/srv/d.json": "{}"}))
    assert list(written(made)) == ["/srv/d.json"]
    assert "no service starts this engine" in made.reason
    assert made.steps == ("validate",)
    again = plan(hand_started(tmp_path / "2", {"/srv/d.json": "{}"}), http="http://e:1")
    assert (again.changes, again.steps) == ((), ("validate",)), "it still has to be restarted"


def test_an_old_engine_started_by_hand_is_left_to_its_shell(tmp_path: Path) -> None:
    sentence = refused(hand_started(tmp_path, {"/srv/d.json": "{}"}, "20.10.24"), https=SECRET)
    assert "export HTTPS_PROXY='http://***:***@proxy.corp:3128'" in sentence


@pytest.mark.parametrize(
    ("needs", "state", "running", "files", "steps"),
    [
        ("no", "active", info(), {}, ("validate", "daemon-reload", "restart")),
        ("no", "inactive", None, {}, ("daemon-reload",)),
        ("no", "failed", None, {}, ("validate", "daemon-reload", "restart")),
        ("no", "active", info(), {DAEMON_JSON: {"proxies": {"no-proxy": "x"}}}, ("validate", "restart")),
        ("no", "active", info(), {OWN: drop_in(f"Environment=HTTPS_PROXY={PROXY}")}, ("validate", "restart")),
        ("no", "active", info(version="20.10.24"), {}, ("daemon-reload", "restart")),
        (
            "no",
            "active",
            info(),
            {OWN: Link("/etc/x"), "/etc/x": "[Service]\n"},
            ("validate", "daemon-reload", "restart"),
        ),
        (
            "yes",
            "active",
            info(),
            {OWN: drop_in(f"Environment=HTTPS_PROXY={PROXY}")},
            ("validate", "daemon-reload", "restart"),
        ),
        ("no", "active", info(https=PROXY), {OWN: drop_in(f"Environment=HTTPS_PROXY={PROXY}")}, ()),
    ],
)
def test_the_steps_of_a_plan(
    needs: str, state: str, running: Any, files: Dict[str, Content], steps: Any, tmp_path: Path
) -> None:
    unit = {"NeedDaemonReload": needs, "ActiveState": state, "MainPID": str(PID)}
    host = live(tmp_path, docker_files(files), running, answers={"unit docker.service": unit})
    assert plan(host).steps == steps


def test_an_engine_that_could_not_be_asked_afterwards_is_refused(tmp_path: Path) -> None:
    answers = {"processes dockerd": [{"pid": PID, "argv": ["dockerd"]}]}
    host = live(tmp_path, docker_files({"/run/docker.pid": str(PID)}), None, answers=answers)
    assert "nobody listens there" in refused(host)
    unit = {"MainPID": str(PID), "ActiveState": "active", "NeedDaemonReload": "no"}
    absent = {"GET /run/typo.sock /info": "absent", "processes dockerd": []}
    mistyped = live(tmp_path / "2", docker_files(), info(), answers={"unit docker.service": unit, **absent})
    with pytest.raises(Refusal, match="nobody listens there"):
        plan_set(mistyped, view(mistyped, SYSTEM._replace(socket="/run/typo.sock")), {HTTPS: ProxyURL(PROXY)})


def test_an_offline_tree_has_no_steps(tmp_path: Path) -> None:
    assert plan(tree(tmp_path, docker_files())).steps == ()


PROXIES = st.sampled_from(["", PROXY, SECRET, "http://other:1", "socks5://s:1080"])
LISTS = st.sampled_from(["", ".corp", "a b,c", 'q"uote', "10.0.0.0/8,%h,$x"])
LINES = st.sampled_from(
    [
        "Environment=HTTPS_PROXY=http://a:1",
        'Environment="https_proxy=http://b:1" NO_PROXY=.x OTHER=1',
        "Environment=",
        "# comment",
        "EnvironmentFile=-/etc/default/docker",
        "EnvironmentFile=-/etc/docker/http-proxy.env",
        "UnsetEnvironment=HTTP_PROXY",
    ]
)
FILES = st.fixed_dictionaries(
    {},
    optional={
        f"{DROP_IN}/10-a.conf": st.lists(LINES, max_size=3).map(lambda lines: drop_in(*lines)),
        OWN: st.lists(LINES, max_size=3).map(lambda lines: drop_in(*lines)),
        f"{DROP_IN}/zzz.conf": st.lists(LINES, max_size=2).map(lambda lines: drop_in(*lines)),
        PACKAGED_TWIN: st.lists(LINES, max_size=2).map(lambda ls: drop_in("Environment=FOO=bar", *ls)),
        "/usr/lib/systemd/system/docker.service.d/p.conf": st.lists(LINES, max_size=2).map(lambda ls: drop_in(*ls)),
        "/etc/default/docker": st.sampled_from(["", "HTTP_PROXY=http://d:1\n", "no_proxy=.d\nX=1\n"]),
        DAEMON_JSON: st.sampled_from(["", "{}", '{"proxies": {"no-proxy": ".j"}}', '{"debug": true}']),
    },
)


@settings(deadline=None)
@given(FILES, PROXIES, PROXIES, LISTS, st.sampled_from(["auto", "systemd", "env-file", "daemon-json"]))
def test_set_makes_effective_what_was_asked_for_and_unset_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: Dict[str, Content], http: str, https: str, no: str, to: str
) -> None:
    host = tree(tmp_path_factory.mktemp("h"), docker_files(files))
    try:
        made = plan(host, to, http=http, https=https, no=no)
    except Refusal:
        made = None
    if made is not None:
        assert after(host, made) == {"http-proxy": http, "https-proxy": https, "no-proxy": no}
        host = OverlayHost(host, {c.path: c.after for c in made.changes})  # type: ignore[assignment]
    try:
        gone = plan_unset(host, view(host), ["http-proxy", "https-proxy", "no-proxy"])
    except Refusal:
        return
    assert set(after(host, gone).values()) == {""}


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(PROXIES, PROXIES, LISTS, st.sampled_from(["auto", "systemd", "env-file", "daemon-json"]))
def test_unset_after_set_on_a_fresh_host_leaves_every_file_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, http: str, https: str, no: str, to: str
) -> None:
    host = tree(tmp_path_factory.mktemp("h"), docker_files())
    made = plan(host, to, http=http, https=https, no=no)
    overlay = OverlayHost(host, {c.path: c.after for c in made.changes})
    gone = plan_unset(overlay, view(overlay), ["http-proxy", "https-proxy", "no-proxy"])
    assert {c.path: c.after for c in gone.changes} == dict.fromkeys((c.path for c in made.changes), None)


@pytest.mark.parametrize("empty", ["", "{}"])
def test_a_daemon_json_that_was_there_without_anything_stays_there(empty: str, tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({DAEMON_JSON: empty}))
    made = plan_set(host, view(host), {"no-proxy": "x"}, "daemon-json")
    assert written(made) == {DAEMON_JSON: '{"proxies": {"no-proxy": "x"}}'}
    host = tree(tmp_path / "2", docker_files({DAEMON_JSON: '{"proxies": {"no-proxy": "x"}}'}))
    assert written(plan_unset(host, view(host), DAEMON_VARIABLES)) == {DAEMON_JSON: "{}"}


def test_a_command_line_that_is_not_known_is_no_wrapper(tmp_path: Path) -> None:
    files = docker_files({f"{DROP_IN}/a.conf": drop_in("Environment=DOCKER_OPTS=--http-proxy=http://%b")})
    sentence = refused(tree(tmp_path, files), https=PROXY)
    assert f"{DROP_IN}/a.conf:2 could decide, and was not read" in sentence
