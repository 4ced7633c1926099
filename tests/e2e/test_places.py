"""Where a setting stands, who wins and what `set` does about it, on a real systemd and a real engine."""

from __future__ import annotations

import json
from typing import Dict, List, Tuple

import pytest

from tests.conftest import CANARY
from tests.harness.squid import Squid
from tests.harness.systemd_host import INIT_ENVIRONMENT, OPTIONS, SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

DROP_INS = "/etc/systemd/system/docker.service.d"
LATE = f"{DROP_INS}/zz-dockproxy.conf"
PRIVATE = "/etc/docker/http-proxy.env"
DAEMON_JSON = "/etc/docker/daemon.json"
NEEDS = "/etc/systemd/system/needs-docker.service"
OLD = "http://old.corp:1"


def drop_in(*lines: str) -> str:
    return "\n".join(["[Service]", *lines, ""])


PLACES: Dict[str, Tuple[Dict[str, str], str]] = {
    "an environment file of this engine": ({"/etc/default/docker": f"HTTPS_PROXY={OLD}\n"}, "/etc/default/docker"),
    "an environment file that others read": (
        {
            "/etc/default/docker": f"HTTPS_PROXY={OLD}\n",
            NEEDS: drop_in("EnvironmentFile=/etc/default/docker", "ExecStart=/bin/true"),
        },
        PRIVATE,
    ),
    "an environment file with a name that another unit's begins with": (
        {
            "/etc/default/docker": f"HTTPS_PROXY={OLD}\n",
            NEEDS: drop_in("EnvironmentFile=-/etc/default/docker-registry", "ExecStart=/bin/true"),
        },
        "/etc/default/docker",
    ),
    "an environment file that a pattern of another unit matches": (
        {
            "/etc/default/docker": f"HTTPS_PROXY={OLD}\n",
            NEEDS: drop_in(" EnvironmentFile = -/etc/default/dock*", "ExecStart=/bin/true"),
        },
        PRIVATE,
    ),
    "an environment file that every service reads": (
        {
            "/etc/default/docker": f"HTTPS_PROXY={OLD}\n",
            "/etc/systemd/system/service.d/z.conf": drop_in("EnvironmentFile=-/etc/default/docker"),
        },
        PRIVATE,
    ),
    "an environment file of the whole system": (
        {
            "/etc/sysconfig/proxy": f"HTTPS_PROXY={OLD}\n",
            f"{DROP_INS}/e.conf": drop_in("EnvironmentFile=/etc/sysconfig/proxy"),
        },
        PRIVATE,
    ),
    "a later drop-in of another author": (
        {f"{DROP_INS}/zzz.conf": drop_in(f"Environment=HTTPS_PROXY={OLD} X=1")},
        f"{DROP_INS}/zzz.conf",
    ),
    "a drop-in in /run": (
        {"/run/systemd/system/docker.service.d/x.conf": drop_in(f"Environment=HTTPS_PROXY={OLD}")},
        LATE,
    ),
    "a packaged drop-in": (
        {"/usr/lib/systemd/system/docker.service.d/z.conf": drop_in(f"Environment=HTTPS_PROXY={OLD}")},
        LATE,
    ),
    "a drop-in of every service": (
        {"/etc/systemd/system/service.d/z.conf": drop_in(f"Environment=HTTPS_PROXY={OLD}")},
        LATE,
    ),
    "UnsetEnvironment= of our own": (
        {LATE: drop_in("UnsetEnvironment=HTTPS_PROXY https_proxy")},
        f"{DROP_INS}/http-proxy.conf",
    ),
}


@pytest.mark.parametrize("place", list(PLACES))
def test_set_and_unset_whatever_decides_today(place: str, newest: SystemdHost, proxy: Squid) -> None:
    files, written = PLACES[place]
    for path, text in files.items():
        newest.write(path, text)
    newest.restart()
    before = newest.info()
    assert newest.daemon()["drift"] is None
    done = newest.dockproxy("set", "--https-proxy", proxy.url, "--yes", "--no-dial")
    assert done.returncode == 0, done.stdout + done.stderr
    assert newest.info() == {**before, "https-proxy": proxy.url}
    origin = newest.daemon()["effective"]["https-proxy"]["origin"]
    assert origin["path"] == written
    done = newest.dockproxy("unset", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert newest.info() == {"http-proxy": "", "https-proxy": "", "no-proxy": ""}
    if written in {LATE, PRIVATE}:
        assert {path: newest.path(path).read_text() for path in files} == files, "what is not ours stays"
        assert "UnsetEnvironment=HTTPS_PROXY https_proxy\n" in newest.path(LATE).read_text()


def test_a_drop_in_that_another_unit_links_to_is_not_edited(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/site.conf", drop_in(f"Environment=HTTPS_PROXY={OLD}"))
    linked = newest.path("/etc/systemd/system/containerd.service.d/site.conf")
    linked.parent.mkdir()
    linked.symlink_to(f"{DROP_INS}/site.conf")
    newest.restart()
    before = newest.unit("Environment", "containerd.service")
    assert OLD in before
    newest.result("set", "--https-proxy", "http://new.corp:2", "--no-dial")
    assert newest.info()["https-proxy"] == "http://new.corp:2"
    newest.result("unset")
    assert not any(newest.info().values())
    assert newest.unit("Environment", "containerd.service") == before


def test_what_the_manager_gives_every_service_is_neutralised(newest: SystemdHost) -> None:
    newest.run(["systemctl", "set-environment", f"HTTPS_PROXY={OLD}"], check=True)
    try:
        newest.restart()
        assert newest.daemon()["effective"]["https-proxy"]["origin"]["source"] == "systemd-manager"
        newest.result("unset")
        assert not any(newest.info().values())
        assert newest.path(LATE).read_text() == drop_in("UnsetEnvironment=HTTPS_PROXY https_proxy")
        newest.result("set", "--https-proxy", "http://new.corp:2", "--no-dial")
        assert newest.info() == {"http-proxy": "", "https-proxy": "http://new.corp:2", "no-proxy": ""}
    finally:
        newest.run(["systemctl", "unset-environment", "HTTPS_PROXY"])


def test_what_system_conf_gives_every_service_has_its_line(newest: SystemdHost) -> None:
    system = "/etc/systemd/system.conf.d/proxy.conf"
    newest.write(system, f"[Manager]\nDefaultEnvironment=HTTPS_PROXY={OLD}\n")
    newest.restart()
    seen = newest.daemon()["effective"]["https-proxy"]
    assert (seen["value"], seen["origin"]["path"], seen["origin"]["line"]) == (OLD, system, 2)
    newest.result("unset")
    assert not any(newest.info().values())
    assert newest.path(LATE).read_text() == drop_in("UnsetEnvironment=HTTPS_PROXY https_proxy")


def test_a_wrapper_is_not_known_and_set_needs_force(newest: SystemdHost) -> None:
    line = f"/bin/sh -c 'exec /usr/sbin/dockerd -H fd:// {OPTIONS} --no-proxy=.wrapped'"
    newest.write(f"{DROP_INS}/wrapper.conf", drop_in("ExecStart=", f"ExecStart={line}"))
    newest.restart()
    assert newest.info()["no-proxy"] == ".wrapped"
    seen = newest.daemon()
    assert (seen["status"], [u["source"] for u in seen["unread"]]) == ("unknown", ["dockerd-flag"])
    words = ("set", "--https-proxy", OLD, "--no-proxy", ".wrapped", "--yes", "--no-dial")
    done = newest.dockproxy(*words)
    assert done.returncode == 6
    assert "use --force" in done.stderr
    newest.dockproxy(*words, "--force", check=True)
    assert newest.info() == {"http-proxy": "", "https-proxy": OLD, "no-proxy": ".wrapped"}


def test_a_masked_service_will_not_start(newest: SystemdHost) -> None:
    newest.stop("docker.socket", "docker.service")
    newest.run(["systemctl", "mask", "docker.service"], check=True)
    try:
        seen = newest.daemon()
        assert (seen["status"], [p["code"] for p in seen["problems"]]) == ("will-not-start", ["DP105"])
        assert not newest.starts()
        done = newest.dockproxy("set", OLD, "--yes", "--no-dial")
        assert done.returncode == 6
        assert "systemctl unmask docker.service" in done.stderr
    finally:
        newest.run(["systemctl", "unmask", "docker.service"], check=True)


def test_what_init_was_started_with_is_handed_on_and_neutralised(newest: SystemdHost) -> None:
    path = f"{DROP_INS}/pass.conf"
    newest.write(path, drop_in("PassEnvironment=NO_PROXY"))
    newest.restart()
    seen = newest.daemon()
    assert seen["effective"]["no-proxy"]["value"] == newest.info()["no-proxy"] == INIT_ENVIRONMENT["NO_PROXY"]
    assert seen["effective"]["no-proxy"]["origin"]["source"] == "systemd-pass-environment"
    newest.result("set", "--no-proxy", ".corp", "--no-dial")
    assert newest.info()["no-proxy"] == ".corp"
    newest.result("unset")
    assert newest.info()["no-proxy"] == ""
    assert newest.path(path).read_text() == drop_in("PassEnvironment=NO_PROXY")


UNIT = "/usr/lib/systemd/system/docker.service"


def started_by(host: SystemdHost) -> str:
    """The packaged command line."""
    return next(line for line in host.path(UNIT).read_text().splitlines() if line.startswith("ExecStart="))


def test_a_flag_is_cut_out_of_the_administrators_own_command(newest: SystemdHost) -> None:
    path, command = f"{DROP_INS}/flag.conf", started_by(newest)
    newest.write(path, drop_in("# ours", "ExecStart=", f"{command} --https-proxy={OLD} --debug"))
    newest.restart()
    assert newest.info()["https-proxy"] == OLD
    newest.result("unset")
    assert newest.info()["https-proxy"] == ""
    assert newest.path(path).read_text() == drop_in("# ours", "ExecStart=", f"{command} --debug")


def test_a_flag_of_the_package_is_left_out_of_a_command_of_our_own(newest: SystemdHost) -> None:
    before, command = newest.path(UNIT).read_text(), started_by(newest)
    newest.write(UNIT, before.replace(command, f"{command} --https-proxy={OLD}"))
    try:
        newest.restart()
        assert newest.info()["https-proxy"] == OLD
        result = newest.result("unset")
        assert newest.info()["https-proxy"] == ""
        assert [c["path"] for c in result["changes"]] == [LATE]
        assert newest.path(LATE).read_text() == drop_in("ExecStart=", command)
    finally:
        newest.write(UNIT, before)


def test_a_second_command_in_a_drop_in_is_refused_by_systemd_and_told(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/a.conf", drop_in("ExecStart=/usr/sbin/dockerd --https-proxy=http://p:1"))
    seen = newest.daemon()
    assert (seen["status"], [p["code"] for p in seen["problems"]]) == ("will-not-start", ["DP101"])
    newest.run(["systemctl", "daemon-reload"], check=True)
    state = newest.run(["systemctl", "show", "--property=LoadState", "--value", "docker.service"], check=True).stdout
    assert state.strip() == "bad-setting"


def test_a_masked_service_is_told_while_the_engine_still_runs(newest: SystemdHost) -> None:
    newest.run(["systemctl", "mask", "docker.service"], check=True)
    try:
        seen = newest.daemon()
        assert (seen["status"], [p["code"] for p in seen["problems"]]) == ("will-not-start", ["DP105"])
    finally:
        newest.run(["systemctl", "unmask", "docker.service"], check=True)


def test_what_the_manager_has_not_loaded_is_drift_until_a_reload(newest: SystemdHost) -> None:
    newest.write("/etc/systemd/system.conf.d/p.conf", f"[Manager]\nDefaultEnvironment=HTTPS_PROXY={OLD}\n")
    seen = newest.daemon()
    assert (seen["status"], seen["drift"]) == ("drift", "daemon-reload")
    newest.restart()
    seen = newest.daemon()
    assert (seen["status"], newest.info()["https-proxy"]) == ("ok", OLD)


def test_a_place_that_would_lose_is_refused_with_the_winner(newest: SystemdHost) -> None:
    newest.write("/etc/default/docker", f"HTTPS_PROXY={OLD}\n")
    before = newest.files()
    done = newest.dockproxy("set", "http://p:1", "--to", "systemd", "--yes", "--no-dial")
    assert done.returncode == 6
    assert "still be decided by /etc/default/docker:1" in done.stderr
    assert newest.files() == before


def test_an_environment_file_that_gets_a_password_becomes_private(newest: SystemdHost, proxy: Squid) -> None:
    newest.write("/etc/default/docker", f"# ours\nHTTPS_PROXY={OLD}\nDOCKER_OPTS=\n")
    newest.restart()
    words = ["set", proxy.url, "--proxy-user", "alice", "--proxy-password-stdin", "--yes", "--no-dial"]
    done = newest.dockproxy(*words, stdin=CANARY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/etc/default/docker becomes readable by its owner only (mode 0600)" in done.stderr
    place = newest.path("/etc/default/docker")
    assert place.stat().st_mode & 0o777 == 0o600
    lines = place.read_text().splitlines()
    assert [line for line in lines if "PROXY" not in line] == ["# ours", "DOCKER_OPTS="]
    assert (newest.daemon()["status"], newest.daemon()["drift"]) == ("ok", None)


def test_a_password_in_a_drop_in_moves_to_the_private_file(newest: SystemdHost, proxy: Squid) -> None:
    newest.write(f"{DROP_INS}/site.conf", drop_in(f"Environment=HTTPS_PROXY=http://u:{CANARY}old@old.corp:1", "# ours"))
    newest.restart()
    proxy.start("alice", CANARY)
    words = ["set", proxy.url, "--proxy-user", "alice", "--proxy-password-stdin", "--yes", "--no-dial"]
    done = newest.dockproxy(*words, stdin=CANARY)
    assert done.returncode == 0, done.stdout + done.stderr
    files = newest.files()
    holders = [p for p, data in files.items() if CANARY.encode() in data]
    assert holders == ["/etc/docker/http-proxy.env"]
    assert newest.path(holders[0]).stat().st_mode & 0o777 == 0o600
    assert b"# ours\n" in files[f"{DROP_INS}/site.conf"]
    assert newest.daemon()["status"] == "ok"


def test_a_flag_is_refused_at_its_line(newest: SystemdHost) -> None:
    newest.write(
        f"{DROP_INS}/flag.conf", drop_in("ExecStart=", f"ExecStart=/usr/sbin/dockerd -H fd:// --https-proxy={OLD}")
    )
    done = newest.dockproxy("set", "http://p:1", "--yes", "--no-dial")
    assert done.returncode == 6
    assert f"{DROP_INS}/flag.conf:3: dockerd's flag --https-proxy" in done.stderr


def test_daemon_json_wins_over_the_environment(newest: SystemdHost) -> None:
    newest.write(f"{DROP_INS}/a.conf", drop_in(f"Environment=HTTPS_PROXY={OLD} HTTP_PROXY={OLD}"))
    newest.write(DAEMON_JSON, json.dumps({"proxies": {"https-proxy": "http://new.corp:2"}}))
    newest.restart()
    seen = newest.daemon()
    assert newest.info() == {"http-proxy": OLD, "https-proxy": "http://new.corp:2", "no-proxy": ""}
    assert {v: e["value"] or "" for v, e in seen["effective"].items()} == newest.info()
    assert seen["status"] == "ok"
    newest.write(DAEMON_JSON, json.dumps({"proxies": {"https-proxy": "http://newer.corp:3"}}))
    seen = newest.daemon()
    assert (seen["drift"], seen["differs"]) == ("restart", "engine"), "no environment ever holds it"


PACKAGED_TWIN = "/usr/lib/systemd/system/docker.service.d/http-proxy.conf"


@pytest.mark.parametrize("in_the_way", ["a packaged drop-in of that name", "/dev/null", "a folder", "a loop"])
def test_what_has_the_name_of_our_drop_in_stays_as_it_is(in_the_way: str, newest: SystemdHost) -> None:
    newest.write(PACKAGED_TWIN, drop_in("Environment=FOO=bar", "LimitNOFILE=4321"))
    place = newest.path(f"{DROP_INS}/http-proxy.conf")
    place.parent.mkdir(exist_ok=True)
    if in_the_way == "a folder":
        place.mkdir()
    elif in_the_way != "a packaged drop-in of that name":
        place.symlink_to("/dev/null" if in_the_way == "/dev/null" else place.name)
    newest.restart()
    before = (newest.unit("Environment"), newest.unit("LimitNOFILE"), newest.unit("DropInPaths").split())
    assert ("FOO=bar" in before[0]) == (in_the_way == "a packaged drop-in of that name")
    assert (newest.daemon()["status"], newest.daemon()["drift"]) == ("unset", None)
    newest.result("set", "--https-proxy", OLD, "--no-dial")
    assert newest.info()["https-proxy"] == OLD
    after = (newest.unit("Environment"), newest.unit("LimitNOFILE"), newest.unit("DropInPaths").split())
    assert after == (f"{before[0]} HTTPS_PROXY={OLD}".strip(), before[1], [*before[2], LATE])
    newest.result("unset")
    assert not any(newest.info().values())
    assert newest.unit("DropInPaths").split() == before[2]


def test_with_a_disabled_drop_in_daemon_json_is_edited(newest: SystemdHost) -> None:
    newest.write(DAEMON_JSON, json.dumps({"proxies": {"https-proxy": OLD}}))
    newest.path(DROP_INS).mkdir()
    newest.path(f"{DROP_INS}/http-proxy.conf").symlink_to("/dev/null")
    newest.restart()
    newest.result("set", "--no-proxy", ".corp", "--no-dial")
    assert newest.info() == {"http-proxy": "", "https-proxy": OLD, "no-proxy": ".corp"}
    newest.result("unset")
    assert not any(newest.info().values())


UNSTARTABLE: List[Tuple[str, Dict[str, str], str]] = [
    ("the client's shape", {DAEMON_JSON: '{"proxies": {"default": {"httpsProxy": "http://p:1"}}}'}, "DP103"),
    ("no JSON", {DAEMON_JSON: '{"debug": true,}'}, "DP101"),
    (
        "a flag and a key",
        {
            DAEMON_JSON: '{"proxies": {"https-proxy": "http://p:1"}}',
            f"{DROP_INS}/flag.conf": drop_in(
                "ExecStart=", "ExecStart=/usr/sbin/dockerd -H fd:// --https-proxy=http://p:1"
            ),
        },
        "DP102",
    ),
    ("hosts beside the packaged -H", {DAEMON_JSON: '{"hosts": ["unix:///run/other.sock"]}'}, "DP102"),
    ("a name that no engine knows", {DAEMON_JSON: '{"foo": 1}'}, "DP106"),
    ("a value of a wrong type", {DAEMON_JSON: '{"log-opts": {"max-file": 3}}'}, "DP106"),
    ("a file that must exist", {f"{DROP_INS}/e.conf": drop_in("EnvironmentFile=/etc/docker/gone.env")}, "DP104"),
]


@pytest.mark.parametrize(("files", "code"), [u[1:] for u in UNSTARTABLE], ids=[u[0] for u in UNSTARTABLE])
def test_what_show_calls_will_not_start_does_not_start(files: Dict[str, str], code: str, newest: SystemdHost) -> None:
    for path, text in files.items():
        newest.write(path, text)
    seen = newest.daemon()
    assert seen["status"] == "will-not-start"
    assert code in [p["code"] for p in seen["problems"]]
    assert not newest.starts()
    done = newest.dockproxy("set", "http://p:1", "--yes", "--no-dial")
    assert done.returncode == 6, done.stdout + done.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_engines_and_show_agree_on_byte_order_marks(encoding: str, host: SystemdHost) -> None:
    place = host.path(DAEMON_JSON)
    place.parent.mkdir(exist_ok=True)
    place.write_bytes('{"debug": true}'.encode(encoding))
    status = host.daemon()["status"]
    starts = host.starts()
    assert starts == (status != "will-not-start")
    assert starts == (host.suite != "bookworm"), "20.10 takes no byte order mark, 26.1 and 28.5 do"


def test_an_engine_before_23_does_not_start_with_proxies(host: SystemdHost) -> None:
    host.write(DAEMON_JSON, '{"proxies": {"https-proxy": "http://p:1"}}')
    status = host.daemon()["status"]
    starts = host.starts()
    assert (starts, status) == ((False, "will-not-start") if host.suite == "bookworm" else (True, "drift"))


def test_the_defaults_file_counts_where_the_unit_names_it(newest: SystemdHost) -> None:
    default = "/etc/default/docker"
    before = newest.path(default).read_text()
    made = newest.result("set", OLD, "--to", "defaults", "--no-dial")
    assert [c["path"] for c in made["changes"]] == [default]
    assert newest.path(default).read_text() == f"{before}HTTP_PROXY={OLD}\nHTTPS_PROXY={OLD}\n"
    assert newest.info()["https-proxy"] == OLD
    unit = newest.path("/usr/lib/systemd/system/docker.service").read_text()
    newest.write("/etc/systemd/system/docker.service", unit.replace("EnvironmentFile=", "#"))
    newest.restart()
    assert newest.info()["https-proxy"] == ""
    assert [(p["code"], p["origin"]["path"]) for p in newest.daemon()["problems"]] == [("DP207", default)] * 2
    done = newest.dockproxy("set", OLD, "--to", "defaults", "--yes", "--no-dial")
    assert done.returncode == 6
    assert f"nothing reads {default}" in done.stderr


def test_the_list_that_the_host_needs_is_computed_once(newest: SystemdHost) -> None:
    mirror = "http://mirror.corp:5000"
    newest.write("/etc/docker/daemon.json", json.dumps({"registry-mirrors": [mirror], "proxies": {"no-proxy": ".own"}}))
    newest.restart()
    made = newest.result("set", OLD, "--no-proxy", "auto", "--no-dial")
    text = newest.info()["no-proxy"]
    own = newest.run(["hostname", "--all-ip-addresses"], check=True).stdout.split()
    assert made["effective"]["no-proxy"]["value"] == text
    assert own
    assert {".own", "169.254.169.254", "mirror.corp", newest.run(["hostname"]).stdout.strip(), *own} - set(
        text.split(",")
    ) == set()
    pid = newest.unit("MainPID")
    newest.write("/etc/hosts", "127.0.1.1 another.name\n" + newest.path("/etc/hosts").read_text())
    again = newest.dockproxy("set", "--no-proxy", "auto", "--yes")
    assert again.returncode == 0, again.stderr
    assert (newest.info()["no-proxy"], newest.unit("MainPID")) == (text, pid)
