"""Several engines on one host: which there are, which one is meant, and that each reads its own places."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from dockproxy import survey
from dockproxy.model import Missing, Refusal
from dockproxy.planner import plan_set, plan_unset
from dockproxy.report import show_json, show_text
from dockproxy.resolve import engines
from dockproxy.resolve.daemon import DaemonView, view
from dockproxy.secret import ProxyURL
from dockproxy.sources.endpoint import Client
from dockproxy.sources.installation import SNAP, SYSTEM
from tests.unit.trees import DAEMON_JSON, PID, SOCKET, Content, Link, docker_files, drop_in, info, live, tree

PROXY = "http://proxy.corp:3128"
PASSWD = "root:x:0:0::/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n"
USER_UNIT = "/home/alice/.config/systemd/user/docker.service"
USER_JSON = "/home/alice/.config/docker/daemon.json"
USER_SOCKET = "/run/user/1000/docker.sock"
SNAP_UNIT = f"/etc/systemd/system/{SNAP.unit}"
ROOTLESS: Dict[str, Content] = {
    "/etc/passwd": PASSWD,
    "/run/user/1000/": "",
    "/usr/bin/dockerd-rootless.sh": "",
    USER_UNIT: drop_in("ExecStart=/usr/bin/dockerd-rootless.sh --no-proxy=%h,%u,%U,%t,%E"),
}
SNAPPED: Dict[str, Content] = {
    SNAP_UNIT: drop_in("EnvironmentFile=-/etc/environment", "ExecStart=/usr/bin/snap run docker.dockerd"),
    "/etc/environment": f'HTTPS_PROXY="{PROXY}"\n',
    "/usr/bin/snap": "",
    SNAP.config_file: {"proxies": {"no-proxy": ".snap"}},
}


def texts(seen: DaemonView) -> Dict[str, str]:
    return {variable: effective.text for variable, effective in seen.effective.items()}


def by_id(seen: List[DaemonView]) -> Dict[str, DaemonView]:
    return {s.engine.id: s for s in seen}


def test_each_engine_reads_its_own_places(tmp_path: Path) -> None:
    files = {
        **ROOTLESS,
        **SNAPPED,
        DAEMON_JSON: {"proxies": {"no-proxy": ".system"}},
        USER_JSON: {"proxies": {"http-proxy": "http://user:1"}},
        "/etc/environment.d/a.conf": "HTTPS_PROXY=http://user:2\n",
    }
    seen = by_id(engines.all_of(tree(tmp_path, docker_files(files))))
    assert list(seen) == ["system", "snap", "rootless:1000"]
    assert texts(seen["system"]) == {"http-proxy": "", "https-proxy": "", "no-proxy": ".system"}
    assert texts(seen["snap"]) == {"http-proxy": "", "https-proxy": PROXY, "no-proxy": ".snap"}
    assert texts(seen["rootless:1000"]) == {
        "http-proxy": "http://user:1",
        "https-proxy": "http://user:2",
        "no-proxy": "/home/alice,alice,1000,/run/user/1000,/home/alice/.config",
    }


def test_a_letter_that_depends_on_the_version_of_systemd_is_not_known(tmp_path: Path) -> None:
    unit = drop_in("ExecStart=/usr/bin/dockerd-rootless.sh", "Environment=NO_PROXY=%S")
    (seen,) = engines.all_of(tree(tmp_path, {**ROOTLESS, USER_UNIT: unit, "/usr/lib/systemd/system/": ""}))
    assert seen.effective["no-proxy"].setting is None
    assert [(u.path, u.reason) for u in seen.sources.reading.unread] == [(USER_UNIT, Missing.UNPARSABLE)]


def test_the_users_manager_is_the_truth_where_it_answers(tmp_path: Path) -> None:
    answers = {
        "manager-environment of alice": {"HTTPS_PROXY": PROXY},
        "unit docker.service of alice": {"ActiveState": "active", "MainPID": "5", "NeedDaemonReload": "no"},
        "processes dockerd": [{"pid": 6, "argv": ["dockerd"], "uid": 1000, "started": 5.0}],
        f"GET {USER_SOCKET} /info": {"status": 200, "server": "Docker", "body": info(https=PROXY)},
        f"GET {SOCKET} /info": "absent",
    }
    files = docker_files({**ROOTLESS, "/etc/environment.d/a.conf": "HTTPS_PROXY=http://old:2\n"})
    seen = by_id(engines.all_of(live(tmp_path, files, answers=answers)))["rootless:1000"]
    assert seen.effective["https-proxy"].text == PROXY
    assert (seen.engine.pid, seen.init, seen.engine.running) == (6, "systemd", True)


def test_a_host_with_only_a_rootless_engine_has_no_other(tmp_path: Path) -> None:
    files = {**ROOTLESS, "/usr/lib/systemd/system/": ""}
    assert list(by_id(engines.all_of(tree(tmp_path, files)))) == ["rootless:1000"]
    assert list(by_id(engines.all_of(tree(tmp_path / "2", {"/etc/": ""})))) == ["system"]


SNAPS = {"pid": 9, "argv": ["dockerd", f"--config-file={SNAP.config_file}"]}


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        ([SNAPS], ["snap"]),
        ([{"pid": PID, "argv": ["dockerd", "-H", "fd://"]}], ["system"]),
        ([], ["system", "snap"]),
    ],
)
def test_of_two_on_one_socket_the_one_that_runs(processes: Any, expected: List[str], tmp_path: Path) -> None:
    answers = {"processes dockerd": processes, f"unit {SNAP.unit}": {"MainPID": "8", "ActiveState": "active"}}
    if not processes:
        answers[f"GET {SOCKET} /info"] = "absent"
    host = live(tmp_path, docker_files(SNAPPED), info(https=PROXY, no=".snap"), answers=answers)
    seen = engines.all_of(host)
    assert [s.engine.id for s in engines.behind(host, "/var/run/docker.sock", seen)] == expected
    assert [s.engine.id for s in seen if s.running is not None] == (expected if processes else [])


def test_by_id_and_by_socket(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(ROOTLESS))
    seen = engines.all_of(host)
    assert [s.engine.id for s in engines.with_id(seen, "rootless:1000")] == ["rootless:1000"]
    assert [s.engine.id for s in engines.behind(host, USER_SOCKET, seen)] == ["rootless:1000"]
    with pytest.raises(engines.UnknownEngine, match="no engine snap on this host; there is system, rootless:1000"):
        engines.with_id(seen, "snap")


def test_the_settings_of_a_rootless_engine_go_into_its_users_files(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({**ROOTLESS, USER_UNIT: drop_in("ExecStart=/usr/bin/dockerd-rootless.sh")}))
    (seen,) = engines.with_id(engines.all_of(host), "rootless:1000")
    made = plan_set(host, seen, {"https-proxy": ProxyURL("http://u:C4NARY@p:1")})
    assert {c.path: c.owner for c in made.changes} == {
        "/home/alice/.config/systemd/user/docker.service.d/http-proxy.conf": (1000, 1001),
        "/home/alice/.config/docker/http-proxy.env": (1000, 1001),
    }
    gone = plan_unset(host, view(host, SYSTEM), ["https-proxy"])
    assert gone.changes == (), "the system's engine has none of it"


def test_a_rootless_engine_that_no_service_starts_is_left_to_its_user(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(ROOTLESS))
    (seen,) = engines.with_id(engines.all_of(host), "rootless:1000")
    with pytest.raises(Refusal, match="flag --no-proxy sets no-proxy"):
        plan_set(host, seen, {"no-proxy": "x"})


def test_root_runs_no_program_of_a_user(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        **ROOTLESS,
        USER_UNIT: drop_in("ExecStart=/home/alice/bin/dockerd-rootless.sh"),
        "/home/alice/bin/dockerd": "",
        "/run/systemd/system/": "",
    }
    answers = {
        "version /home/alice/bin/dockerd": "Docker version 28.5.2, build x",
        f"GET {USER_SOCKET} /info": "absent",
    }
    host = live(tmp_path, files, None, answers=answers)
    found = by_id(engines.all_of(host))["rootless:1000"].engine
    assert (found.installed, found.version) == (True, None)


def test_the_masked_service_of_a_user(tmp_path: Path) -> None:
    seen = by_id(engines.all_of(tree(tmp_path, docker_files({**ROOTLESS, USER_UNIT: Link("/dev/null")}))))
    (defect,) = seen["rootless:1000"].sources.reading.defects
    assert "run `systemctl --user unmask docker.service` first" in defect.message


UNASKED = {"ActiveState": "inactive", "MainPID": "0"}
MAIN = {"ActiveState": "active", "MainPID": "9"}
GROUP = "0::/system.slice/docker.service"


@pytest.mark.parametrize(
    ("unit", "started", "files", "ids", "reason"),
    [
        ({"ActiveState": "active"}, [], {}, ["/srv/d.sock", "system"], "absent"),
        (UNASKED, [], {}, ["/srv/d.sock", "system"], "absent"),
        (UNASKED, [], {"/srv/d.sock": ""}, ["/srv/d.sock", "system"], "not-checked"),
        (UNASKED, [None], {}, ["unix:///srv/d.sock", "system"], None),
        (MAIN, [GROUP], {}, ["system"], None),
    ],
)
def test_each_engine_has_an_id_of_its_own(
    unit: Any, started: List[Any], files: Dict[str, Content], ids: List[str], reason: Optional[str], tmp_path: Path
) -> None:
    """A socket that is named may be nobody's, of an engine started by hand, or of a service with another socket."""
    argv = ["dockerd", "-H", "unix:///srv/d.sock"]
    answers = {
        "GET /srv/d.sock /info": "absent",
        "unit docker.service": unit,
        "processes dockerd": [{"pid": 9, "argv": argv, "cgroup": group} for group in started],
    }
    host = live(tmp_path, {**docker_files({"/usr/lib/systemd/system/": ""}), **files}, answers=answers)
    client = Client("root", 0, 0, "/root/.docker", {}, host="unix:///srv/d.sock")
    report = survey.inspect(host, client)
    daemons = [c for c in report.consumers if c.consumer == "daemon"]
    assert [e.id for e in report.engines] == [c.engine for c in daemons] == ids
    told = [u.reason.value for u in daemons[0].unread if u.path == "/srv/d.sock"]
    assert told == ([reason] if reason is not None else ["not-checked"])
    if reason == "absent":
        assert "daemon at /srv/d.sock  " in show_text.render(report)
        assert "/srv/d.sock: no such socket, or nothing listens there" in show_text.render(report)
        assert show_json.document(report)["consumers"][0]["unread"][-1]["reason"] == "not-checked"


def test_the_systems_engine_that_somebody_started_with_another_socket(tmp_path: Path) -> None:
    started = {"pid": 9, "argv": ["dockerd", "-H", "unix:///srv/d.sock"]}
    host = live(tmp_path, docker_files(), answers={"processes dockerd": [started]})
    (found,) = engines.behind(host, "/srv/d.sock", engines.all_of(host))
    assert (found.engine.id, found.engine.socket, found.engine.pid) == ("system", "/srv/d.sock", 9)
