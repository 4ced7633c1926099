"""``unset``: winner after winner, other authors' files edited, packaged and shared ones neutralised."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import pytest

from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, HTTP, Plan, Refusal
from dockproxy.planner import plan_set, plan_unset
from dockproxy.planner.places import Places
from dockproxy.resolve.daemon import view
from dockproxy.resolve.engines import all_of
from dockproxy.secret import ProxyURL
from dockproxy.sources.installation import SNAP
from tests.conftest import CANARY
from tests.unit.planner.test_daemon_set import (
    ENV_FILE,
    LATE,
    OWN,
    READS_DEFAULTS,
    after,
    carry_out,
    hand_started,
    written,
)
from tests.unit.resolve.test_engines import ROOTLESS, SNAPPED, USER_UNIT, by_id
from tests.unit.trees import DAEMON_JSON, DROP_IN, PID, UNIT_FILE, Content, docker_files, drop_in, info, live, tree

PACKAGED = "/usr/lib/systemd/system/docker.service.d/p.conf"
NEUTRAL = "[Service]\nUnsetEnvironment=HTTPS_PROXY https_proxy\n"


def plan(host: Host, *variables: str, force: bool = False) -> Plan:
    return plan_unset(host, view(host), variables or DAEMON_VARIABLES, force)


FLAGS = "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// \\\n# why\n  {}--label=a=$HOME --label 'b=c d'\n"

CASES: Dict[str, Any] = {
    "nothing is set": ({}, {}),
    "our own files go, with their section": (
        {OWN: drop_in("EnvironmentFile=-/etc/docker/http-proxy.env"), ENV_FILE: "HTTPS_PROXY=http://a:1\n"},
        {OWN: None, ENV_FILE: None},
    ),
    "what else stands in our file stays": (
        {OWN: drop_in("Environment=HTTPS_PROXY=http://a:1", "LimitNOFILE=1000")},
        {OWN: drop_in("LimitNOFILE=1000")},
    ),
    "another author's section stays": (
        {f"{DROP_IN}/s.conf": "# ours\n[Service]\nEnvironment=HTTPS_PROXY=http://a:1\n"},
        {f"{DROP_IN}/s.conf": "# ours\n[Service]\n"},
    ),
    "one behind the other": (
        {
            DAEMON_JSON: '{"debug": true, "proxies": {"https-proxy": "http://j:1"}}',
            f"{DROP_IN}/s.conf": drop_in("Environment=HTTPS_PROXY=http://a:1 https_proxy=http://b:1 X=1"),
        },
        {DAEMON_JSON: '{"debug": true}', f"{DROP_IN}/s.conf": drop_in("Environment=X=1")},
    ),
    "a daemon.json with nothing else": ({DAEMON_JSON: '{"proxies": {"no-proxy": "x"}}'}, {DAEMON_JSON: "{}"}),
    "a daemon.json that set made": (
        {DAEMON_JSON: '{\n    "proxies": {\n        "no-proxy": "x",\n        "http-proxy": "x"\n    }\n}\n'},
        {DAEMON_JSON: None},
    ),
    "an indented line of an environment file": (
        {
            f"{DROP_IN}/s.conf": drop_in("EnvironmentFile=/etc/x.env"),
            "/etc/x.env": "A=1 # b\n \t NO_PROXY = x\n  HTTP_PROXY=y\n B=2\n   https_proxy='z'",
        },
        {"/etc/x.env": "A=1 # b\n B=2\n"},
    ),
    "an environment file elsewhere, which this engine alone reads": (
        {
            f"{DROP_IN}/s.conf": drop_in("EnvironmentFile=/opt/docker.env"),
            "/opt/docker.env": "A=1\nHTTPS_PROXY=http://a:1\n",
        },
        {"/opt/docker.env": "A=1\n"},
    ),
    "an environment file that a program writes": (
        {f"{DROP_IN}/s.conf": drop_in("EnvironmentFile=/run/x.env"), "/run/x.env": "HTTPS_PROXY=http://a:1\n"},
        {LATE: NEUTRAL},
    ),
    "packaged": ({PACKAGED: drop_in("Environment=HTTPS_PROXY=http://a:1")}, {LATE: NEUTRAL}),
    "of all services": (
        {"/etc/systemd/system/service.d/a.conf": drop_in("Environment=HTTPS_PROXY=http://a:1")},
        {LATE: NEUTRAL},
    ),
    "a file that another unit reads": (
        {
            UNIT_FILE: READS_DEFAULTS,
            "/etc/default/docker": "HTTPS_PROXY=http://a:1\n",
            "/etc/systemd/system/x.service": drop_in("EnvironmentFile=-/etc/default/docker"),
        },
        {LATE: NEUTRAL},
    ),
    "a file that a user's unit reads": (
        {
            UNIT_FILE: READS_DEFAULTS,
            "/etc/default/docker": "HTTPS_PROXY=http://a:1\n",
            "/usr/lib/systemd/user/x.service": drop_in("EnvironmentFile=-/etc/default/docker"),
        },
        {LATE: NEUTRAL},
    ),
    "a file that shells source": (
        {
            f"{DROP_IN}/e.conf": drop_in("EnvironmentFile=/etc/proxy.env"),
            "/etc/proxy.env": "HTTPS_PROXY=http://a:1\n",
            "/etc/profile.d/proxy.sh": "set -a; . /etc/proxy.env; set +a\n",
        },
        {LATE: NEUTRAL},
    ),
    "a daemon.json that a script looks at": (
        {
            DAEMON_JSON: '{"proxies": {"https-proxy": "http://a:1"}}',
            "/etc/cron.daily/backup": f"cp {DAEMON_JSON} /backup\n",
        },
        {DAEMON_JSON: "{}"},
    ),
    "of every login": (
        {
            f"{DROP_IN}/e.conf": drop_in("EnvironmentFile=/etc/environment"),
            "/etc/environment": "HTTPS_PROXY=http://a:1\n",
        },
        {LATE: NEUTRAL},
    ),
    "an environment file of this engine": (
        {UNIT_FILE: READS_DEFAULTS, "/etc/default/docker": "A=1\nhttps_proxy=http://a:1\n"},
        {"/etc/default/docker": "A=1\n"},
    ),
    "our file hides a packaged one, which stays hidden": (
        {
            OWN: drop_in("Environment=HTTPS_PROXY=http://a:1"),
            "/usr/lib/systemd/system/docker.service.d/http-proxy.conf": drop_in("LimitNOFILE=9"),
        },
        {OWN: ""},
    ),
    "a name that a specifier makes": (
        {"/etc/hostname": "HTTPS\n", f"{DROP_IN}/s.conf": drop_in("Environment=%H_PROXY=http://a:1")},
        {LATE: NEUTRAL},
    ),
    "packaged, and already neutralised for another variable": (
        {
            PACKAGED: drop_in("Environment=HTTPS_PROXY=http://a:1"),
            LATE: drop_in("UnsetEnvironment=NO_PROXY no_proxy"),
        },
        {LATE: drop_in("UnsetEnvironment=NO_PROXY no_proxy", "UnsetEnvironment=HTTPS_PROXY https_proxy")},
    ),
    "flags of the administrator's command": (
        {f"{DROP_IN}/s.conf": FLAGS.format("--no-proxy .corp --https-proxy='http://a:1' ")},
        {f"{DROP_IN}/s.conf": FLAGS.format("")},
    ),
    "flags of a packaged command": (
        {UNIT_FILE: drop_in("ExecStart=-/usr/sbin/dockerd -H fd:// \\", " --http-proxy=$X --no-proxy x")},
        {LATE: drop_in("ExecStart=", "ExecStart=-/usr/sbin/dockerd -H fd://")},
    ),
    "a flag before what the environment holds": (
        {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --no-proxy=x", "Environment=NO_PROXY=y")},
        {LATE: drop_in("ExecStart=", "ExecStart=/usr/sbin/dockerd", "UnsetEnvironment=NO_PROXY no_proxy")},
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_taken_away(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    host = tree(tmp_path, docker_files(files))
    made = plan(host)
    assert written(made) == expected
    assert set(after(host, made).values()) == {""}


OLD = '{"debug": true, "proxies": {"https-proxy": "http://j:1", "no-proxy": ".corp"}}'


@pytest.mark.parametrize(
    ("text", "variables", "to", "expected"),
    [
        (OLD, DAEMON_VARIABLES, "auto", '{"debug": true}'),
        (OLD, DAEMON_VARIABLES, "daemon-json", '{"debug": true}'),
        (OLD, ("no-proxy", "https-proxy"), "auto", '{"debug": true}'),
        (OLD, ("no-proxy",), "auto", None),
        (OLD, DAEMON_VARIABLES, "systemd", None),
        ('{"debug": true, "https-proxy": "http://j:1"}', DAEMON_VARIABLES, "auto", None),
    ],
)
def test_what_an_old_engine_does_not_start_with_is_taken_away(
    text: str, variables: Sequence[str], to: str, expected: Optional[str], tmp_path: Path
) -> None:
    files: Dict[str, Content] = {DAEMON_JSON: text, OWN: drop_in("Environment=HTTPS_PROXY=http://a:1")}
    host = tree(tmp_path, docker_files(files, "20.10.24"))
    if expected is None:
        with pytest.raises(Refusal, match=r"does not start|is set at"):
            plan_unset(host, view(host), variables, to=to)
        return
    if to == "daemon-json":
        host = tree(tmp_path / "2", docker_files({DAEMON_JSON: text}, "20.10.24"))
    made = plan_unset(host, view(host), variables, to=to)
    assert written(made) == {DAEMON_JSON: expected, **({OWN: None} if to == "auto" else {})}
    assert set(after(host, made).values()) == {""}
    assert made.reason.startswith(f"{DAEMON_JSON} loses what keeps this engine from starting")


def test_the_manager_is_neutralised(tmp_path: Path) -> None:
    host = live(
        tmp_path, docker_files(), info(), answers={"manager-environment": {"https_proxy": "http://m:1", "PATH": "/"}}
    )
    assert written(plan(host)) == {LATE: NEUTRAL}


def test_the_manager_of_a_tree_is_neutralised(tmp_path: Path) -> None:
    text = "[Manager]\nDefaultEnvironment=https_proxy=http://m:1\n"
    host = tree(tmp_path, docker_files({"/etc/systemd/system.conf.d/p.conf": text}))
    made = plan(host)
    assert written(made) == {LATE: NEUTRAL}
    assert not any(after(host, made).values())


def test_only_the_variable_that_is_named(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({OWN: drop_in("Environment=HTTPS_PROXY=http://a:1", "Environment=NO_PROXY=x")}))
    assert written(plan(host, "no-proxy")) == {OWN: drop_in("Environment=HTTPS_PROXY=http://a:1")}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        *(
            ({UNIT_FILE: drop_in(*lines)}, [f"{UNIT_FILE}:{line}", "remove the flag there"])
            for line, lines in (
                # In a variable; of two commands; as the value of another flag; also in a variable.
                (3, ["ExecStart=/usr/sbin/dockerd $A", "Environment=A=--no-proxy=x"]),
                (3, ["ExecStart=/bin/true", "ExecStart=/usr/sbin/dockerd --no-proxy=x"]),
                (2, ["ExecStart=/usr/sbin/dockerd --label --no-proxy --no-proxy=x"]),
                (2, ["ExecStart=/usr/sbin/dockerd $A --no-proxy=x", "Environment=A=--no-proxy=y"]),
            )
        ),
        (
            {
                UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --no-proxy=x"),
                "/usr/lib/systemd/system/docker.service.d/zzz.conf": drop_in(
                    "ExecStart=", "ExecStart=/usr/sbin/dockerd --no-proxy=x"
                ),
            },
            ["zzz.conf:3", "remove the flag there"],
        ),
        (
            {f"{DROP_IN}/s.conf": "# managed by Puppet\n" + drop_in("Environment=NO_PROXY=x")},
            [f"{DROP_IN}/s.conf", "Puppet", "would undo the change; change it there"],
        ),
        ({DAEMON_JSON: "{,}"}, [f"{DAEMON_JSON}:1:2"]),
        (
            {PACKAGED: drop_in("Environment=NO_PROXY=x"), f"{DROP_IN}/zzz.conf": drop_in("UnsetEnvironment=")},
            [f"still be decided by {PACKAGED}:2", "`systemctl cat docker.service`", "empty UnsetEnvironment="],
        ),
    ],
)
def test_what_is_refused(files: Dict[str, Content], words: List[str], tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        plan(tree(tmp_path, docker_files(files)))
    assert all(w in str(caught.value) for w in words), str(caught.value)
    assert "--to" not in str(caught.value), "a word that unset does not know"


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (
            "0::/system.slice/engine.service\n",
            "engine.service, or a shell in it, started dockerd (pid 812) and exported HTTP_PROXY; start",
        ),
        ("1:name=systemd:/system.slice/a.service/x\n0::/y\n", "`systemctl cat a.service`"),
        (
            "0::/user.slice/user-0.slice/session-3.scope\n",
            "the shell that started dockerd (pid 812) exported HTTP_PROXY",
        ),
        ("0::/user.slice/user-0.slice/user@0.service/app.slice/x.scope\n", "the shell that started"),
        (None, "the shell that started dockerd"),
    ],
)
def test_who_started_dockerd(group: Optional[str], words: str, tmp_path: Path) -> None:
    process = {"pid": PID, "argv": ["/usr/bin/dockerd"], "cgroup": group}
    answers = {"processes dockerd": [process], f"environment {PID}": {"HTTP_PROXY": "http://e:1"}}
    with pytest.raises(Refusal) as caught:
        plan(live(tmp_path, {"/usr/bin/dockerd": ""}, info(), answers=answers))
    assert words in str(caught.value)


def test_what_the_shell_exported_is_left_to_the_shell(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="exported HTTP_PROXY; start dockerd again without it"):
        plan(hand_started(tmp_path, {"/srv/d.json": "{}"}))


def test_nothing_to_do_says_so(tmp_path: Path) -> None:
    made = plan(tree(tmp_path, docker_files()))
    found: Optional[str] = made.reason
    assert found == "nothing sets a proxy"


def test_what_goes_out_of_a_command_is_told(tmp_path: Path) -> None:
    own = f"{DROP_IN}/s.conf"
    made = plan(tree(tmp_path, docker_files({own: FLAGS.format("--no-proxy x --http-proxy http://a:1 ")})))
    assert made.notes == (f"{own} takes --http-proxy and --no-proxy out of ExecStart=, whose other words stay",)
    packaged = {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --no-proxy=x"), OWN: drop_in("Environment=NO_PROXY=x")}
    made = plan(tree(tmp_path / "2", docker_files(packaged)))
    stays, taken = made.notes
    assert stays == f"{UNIT_FILE} stays as it is, and no longer decides no-proxy"
    assert taken.startswith(f"{LATE} takes --no-proxy out of ExecStart=, whose other words stay; what an upgrade of")


def test_of_a_snap_unset_takes_back_what_set_made(tmp_path: Path) -> None:
    host = tree(tmp_path, SNAPPED)
    before = {str(path) for path in tmp_path.rglob("*") if path.is_file()}
    value = {HTTP: ProxyURL(f"http://u:{CANARY}@p:1")}
    carry_out(tmp_path, plan_set(host, view(host, SNAP), value))
    assert view(host, SNAP).effective[HTTP].text == value[HTTP].reveal()
    carry_out(tmp_path, plan_unset(host, view(host, SNAP), [HTTP]))
    assert {str(path) for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("place", "is_edited"), [("/home/alice/x.env", True), ("/opt/x.env", False)])
def test_a_user_edits_environment_files_at_home(place: str, is_edited: bool, tmp_path: Path) -> None:
    unit = drop_in("ExecStart=/usr/bin/dockerd-rootless.sh", f"EnvironmentFile={place}")
    host = tree(tmp_path, {**ROOTLESS, USER_UNIT: unit, place: "HTTP_PROXY=http://a:1\n"})
    seen = by_id(all_of(host))["rootless:1000"]
    assert seen.effective[HTTP].text == "http://a:1"
    setting = seen.effective[HTTP].setting
    assert setting is not None
    assert Places(host, seen.installation).is_editable(setting.origin) == is_edited
