"""Debian's own init script, upstream's for Red Hat, and OpenRC with upstream's and one of the shape of Alpine's; a
stand-in for dockerd says what it is given."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

import pytest

from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, Missing, Plan, reveal, value_of
from dockproxy.planner import plan_set, plan_unset
from dockproxy.resolve.daemon import DaemonView, view
from tests.harness.script_host import MOBY_INIT, OPENRC_SCRIPT, SCRIPT, ScriptHost, script_host
from tests.unit.trees import grow, tree

STAND_IN = """#!/bin/sh
/usr/bin/env -0 > /run/environment
touch /run/docker.pid
for word; do printf '%s\\0' "$word"; done > /run/arguments.new
mv /run/arguments.new /run/arguments
"""

DEFAULTS, CONF, PROFILE = "/etc/default/docker", "/etc/conf.d/docker", "/etc/profile.d/proxy.sh"
SYSCONFIG = "/etc/sysconfig/docker"
SYSTEM = ("/etc/rc.conf", "/etc/rc.conf.d/10-a.conf", "/etc/rc.conf.d/20-b.conf")
CONFS = (CONF, f"{CONF}.default", f"{CONF}.boot")
"""Of the host's runlevel, which is default, and of another one."""
QUIET = "ulimit() { :; }\n"
"""Debian's script raises limits, which a container's root may not."""


@pytest.fixture(scope="module")
def sysv() -> Iterator[ScriptHost]:
    with script_host("sysv") as host:
        host.write("/usr/sbin/dockerd", STAND_IN, 0o755)
        yield host


@pytest.fixture(scope="module")
def redhat() -> Iterator[ScriptHost]:
    with script_host("sysv") as host:
        host.write("/usr/bin/dockerd", STAND_IN, 0o755)
        host.write(SCRIPT, (MOBY_INIT / "sysvinit-redhat/docker").read_text(), 0o755)
        host.write("/etc/rc.d/init.d/functions", FUNCTIONS)
        # The script is written for a shell that knows more than Debian's.
        host.run(["ln", "--symbolic", "--force", "bash", "/usr/bin/sh"], check=True)
        yield host


START_STOP_DAEMON = """#!/bin/bash
for word; do
    case $word in --stdout|--stderr) skip=1 ;; *) [ "$skip" ] || words+=("$word"); skip= ;; esac
done
exec /sbin/start-stop-daemon "${words[@]}"
"""
"""Debian's OpenRC comes without its own, and dpkg's knows fewer options."""

FUNCTIONS = """success() { :; }
failure() { :; }
status() { return 3; }
sleep() { command sleep 0.02; }
"""
"""Of Red Hat's, those that the script calls."""


@pytest.fixture(scope="module")
def openrc() -> Iterator[ScriptHost]:
    with script_host("openrc") as host:
        host.write("/usr/sbin/dockerd", STAND_IN, 0o755)
        host.write(SCRIPT, OPENRC_SCRIPT, 0o755)
        yield host


@pytest.fixture(scope="module")
def supervised() -> Iterator[ScriptHost]:
    with script_host("openrc") as host:
        # What ends is started anew, with what it had before.
        host.write("/usr/sbin/dockerd", f"{STAND_IN}exec sleep 600\n", 0o755)
        host.write(SCRIPT, SUPERVISED_SCRIPT, 0o755)
        yield host
        host.run(["rc-service", "docker", "stop"])


SUPERVISED_SCRIPT = OPENRC_SCRIPT.replace("command_background=yes", "supervisor=supervise-daemon").replace(
    "command=/usr/sbin/dockerd", 'command="${DOCKERD_BINARY:-/usr/sbin/dockerd}"'
)
SUPERVISED = ["sh", "-c", "rc-service docker stop; rc-service docker zap; rc-service docker start"]


DIRECT, SERVICE = [SCRIPT, "start"], ["service", "docker", "start"]
# The stand-in has ended, which OpenRC takes for a failure to stop it.
RC_SERVICE = ["sh", "-c", "rc-service docker zap; rc-service docker start"]


def started(
    host: ScriptHost, files: Mapping[str, str], how: List[str], shell: Optional[Dict[str, str]] = None
) -> Tuple[Dict[str, str], List[str]]:
    """The proxy variables and the arguments that dockerd gets."""
    shown = ("/run/arguments", "/run/docker.pid")
    for path in (DEFAULTS, SYSCONFIG, PROFILE, "/etc/profile.env", *SYSTEM, *CONFS, *shown):
        host.path(path).unlink(missing_ok=True)
    quiet = {DEFAULTS: QUIET + files.get(DEFAULTS, "")} if host.init == "sysv" else {}
    for path, text in {**files, **quiet}.items():
        host.write(path, text)
    done = host.run(how, env=shell)
    for _ in range(100):
        if host.path("/run/arguments").exists():
            break
        time.sleep(0.02)
    else:
        raise AssertionError(f"dockerd was not started: {done.stdout}{done.stderr}")
    pairs = dict(p.split("=", 1) for p in host.path("/run/environment").read_text().split("\0") if "=" in p)
    arguments = host.path("/run/arguments").read_text().split("\0")[:-1]
    return {n: v for n, v in pairs.items() if n.lower().endswith("_proxy")}, arguments


def tree_of(root: Path, host: ScriptHost, files: Mapping[str, str]) -> Host:
    """The same host as dockproxy sees it."""
    marker = {"sysv": "/etc/rc0.d/", "openrc": "/etc/runlevels/"}[host.init]
    script = host.path(SCRIPT).read_text()
    return tree(root, {marker: "", "/usr/sbin/dockerd": "", SCRIPT: script, **files})


def exported(seen: DaemonView) -> Dict[str, str]:
    """What dockproxy says that reaches dockerd."""
    return {s.name: reveal(s.value) for s in seen.sources.reading.settings}


CASES: List[Tuple[str, Optional[Dict[str, str]]]] = [
    ("export HTTPS_PROXY=http://p:1\n", {"HTTPS_PROXY": "http://p:1"}),
    ("HTTPS_PROXY=http://p:1\n", {}),
    ('http_proxy="http://p:1"; export http_proxy\nNO_PROXY=.corp\n', {"http_proxy": "http://p:1"}),
    ("set -a\nNO_PROXY='.a,.b'\n", {"NO_PROXY": ".a,.b"}),
    ("# export HTTPS_PROXY=http://p:1\n", {}),
    ("export HTTPS_PROXY=$(echo http://p:1)\n", None),
]


SOURCED = "\t. /etc/default/$BASE\n"
CHECK = "# Check docker is present\n"
CHANGES: List[Tuple[Tuple[str, str], bool]] = [
    ((SOURCED, f"\tset -a\n{SOURCED}\tset +a\n"), True),
    ((SOURCED, "\tulimit() { :; }\n"), True),
    (
        (f"if [ -f /etc/default/$BASE ]; then\n{SOURCED}fi\n", "[ -r /etc/default/docker ] && . /etc/default/docker\n"),
        True,
    ),
    (("DOCKER_OPTS=\n", 'DOCKER_OPTS="-H unix:///x"\n'), True),
    ((CHECK, 'DOCKER_OPTS="$DOCKER_OPTS --tls"\n'), True),
    (("\t$DOCKER_OPTS ", "\t$DOCKER_OPTS $EXTRA "), True),
    ((CHECK, "unset NO_PROXY\n"), True),
    ((CHECK, "export $(cat /etc/proxy.env)\n"), False),
    ((CHECK, 'while read l; do export "$l"; done < /etc/proxy.env\n'), False),
    ((SOURCED, f"{SOURCED}\tfor v in HTTPS_PROXY; do export $v; done\n"), False),
    ((CHECK, "set -a; . /etc/proxy.env\n"), False),
    (('--exec "$DOCKERD" ', '--exec "$DOCKERD" --chdir / '), False),
]
"""Of Debian's script, and whether what it does is still followed."""


@pytest.mark.real("unshare", "start-stop-daemon", "service", "dockerd", root=True)
class TestDebian:
    """/etc/init.d/docker of Debian's package."""

    @pytest.mark.parametrize(("defaults", "expected"), CASES)
    @pytest.mark.parametrize("how", [DIRECT, SERVICE], ids=["script", "service"])
    def test_what_the_defaults_file_exports_reaches_dockerd(
        self, defaults: str, expected: Optional[Dict[str, str]], how: List[str], sysv: ScriptHost, tmp_path: Path
    ) -> None:
        environment, arguments = started(sysv, {DEFAULTS: defaults}, how)
        assert arguments[:2] == ["-p", "/var/run/docker.pid"]
        seen = view(tree_of(tmp_path, sysv, {DEFAULTS: defaults}))
        if expected is None:
            assert environment == {"HTTPS_PROXY": "http://p:1"}
            assert exported(seen) == {}
            assert seen.sources.reading.unread
        else:
            assert environment == exported(seen) == expected

    def test_the_options_are_dockerds_arguments(self, sysv: ScriptHost, tmp_path: Path) -> None:
        text = 'DOCKER_OPTS="--debug --no-proxy=.corp"\n'
        _, arguments = started(sysv, {DEFAULTS: text}, DIRECT)
        seen = view(tree_of(tmp_path, sysv, {DEFAULTS: text}))
        assert seen.sources.command is not None
        assert list(seen.sources.command.argv[1:]) == arguments
        assert arguments[2:] == ["--debug", "--no-proxy=.corp"]

    @pytest.mark.parametrize(
        "line", ["DOCKER_OPTS='\ta  b\u00a0c\n d\u2003'", "DOCKER_OPTS='--x=* -a'", "DOCKER_PIDFILE='/a b'"]
    )
    def test_the_command_line_is_the_scripts(self, line: str, sysv: ScriptHost, tmp_path: Path) -> None:
        _, arguments = started(sysv, {DEFAULTS: f"{line}\n"}, DIRECT)
        seen = view(tree_of(tmp_path, sysv, {DEFAULTS: f"{line}\n"}))
        assert seen.sources.command is not None
        assert list(seen.sources.command.argv[1:]) == arguments

    def test_the_file_may_put_a_wrapper_in_the_place_of_dockerd(self, sysv: ScriptHost, tmp_path: Path) -> None:
        text = "DOCKERD=/usr/local/bin/wrapper\nexport HTTPS_PROXY=http://p:1\n"
        sysv.write("/usr/local/bin/wrapper", STAND_IN.replace("\n", "\nexport HTTPS_PROXY=http://q:2\n", 1), 0o755)
        environment, _ = started(sysv, {DEFAULTS: text}, DIRECT)
        assert environment == {"HTTPS_PROXY": "http://q:2"}
        seen = view(tree_of(tmp_path, sysv, {DEFAULTS: text}))
        assert seen.sources.command is not None
        assert (seen.sources.command.argv[0], seen.sources.command.is_dockerd) == ("/usr/local/bin/wrapper", False)
        assert seen.sources.reading.unread

    @pytest.mark.parametrize(("change", "is_followed"), CHANGES)
    def test_a_script_that_somebody_changed(
        self, change: Tuple[str, str], is_followed: bool, sysv: ScriptHost, tmp_path: Path
    ) -> None:
        packaged = sysv.path(SCRIPT).read_text()
        text = "export NO_PROXY=.file\nHTTPS_PROXY=http://file:1\nEXTRA=--debug\n"
        assert change[0] in packaged
        files = {DEFAULTS: text, "/etc/proxy.env": "HTTP_PROXY=http://env:1\n"}
        sysv.write(SCRIPT, packaged.replace(*change), 0o755)
        try:
            environment, arguments = started(sysv, files, DIRECT)
            seen = view(tree_of(tmp_path, sysv, files))
        finally:
            sysv.write(SCRIPT, packaged, 0o755)
        assert bool(seen.sources.reading.unread) is not is_followed
        if is_followed:
            assert seen.sources.command is not None
            assert (exported(seen), list(seen.sources.command.argv[1:])) == (environment, arguments)
        assert not [d for d in seen.sources.reading.defects if not is_followed]

    def test_the_script_ends_where_it_sources_what_is_not_there(self, sysv: ScriptHost, tmp_path: Path) -> None:
        packaged = sysv.path(SCRIPT).read_text()
        sysv.write(SCRIPT, packaged.replace(CHECK, ". /etc/gone\n"), 0o755)
        try:
            with pytest.raises(AssertionError, match="dockerd was not started"):
                started(sysv, {}, DIRECT)
            seen = view(tree_of(tmp_path, sysv, {}))
        finally:
            sysv.write(SCRIPT, packaged, 0o755)
        assert [d.kind for d in seen.sources.reading.defects] == ["sourced-file-missing"]

    def test_the_calling_shell_reaches_dockerd_only_without_service(self, sysv: ScriptHost) -> None:
        shell = {"HTTPS_PROXY": "http://shell:1"}
        assert started(sysv, {}, DIRECT, shell)[0] == shell
        assert started(sysv, {}, SERVICE, shell)[0] == {}

    @pytest.mark.parametrize("how", [DIRECT, SERVICE], ids=["script", "service"])
    def test_what_set_writes_reaches_dockerd_and_unset_takes_it_away(
        self, how: List[str], sysv: ScriptHost, tmp_path: Path
    ) -> None:
        # Reached only without `service`, and never where the file says something else.
        shell = {"HTTP_PROXY": "http://shell:1", "NO_PROXY": ".shell"}
        left = {"HTTP_PROXY": "http://shell:1", "NO_PROXY": ".shell"} if how == DIRECT else {}
        _set_and_unset(sysv, DEFAULTS, "defaults", how, shell, left, tmp_path)


@pytest.mark.real("unshare", "service", "moby-init", root=True)
class TestRedHat:
    """Upstream's script, contrib/init/sysvinit-redhat/docker."""

    @pytest.mark.parametrize(("sysconfig", "expected"), CASES)
    @pytest.mark.parametrize("how", [DIRECT, SERVICE], ids=["script", "service"])
    def test_what_the_sysconfig_file_exports_reaches_dockerd(
        self, sysconfig: str, expected: Optional[Dict[str, str]], how: List[str], redhat: ScriptHost, tmp_path: Path
    ) -> None:
        # The file of the other family is nobody's here.
        files = {SYSCONFIG: sysconfig, DEFAULTS: "export HTTPS_PROXY=http://not.read:1 FTP_PROXY=x\n"}
        environment, _ = started(redhat, files, how)
        seen = view(tree_of(tmp_path, redhat, files))
        if expected is None:
            assert environment == {"HTTPS_PROXY": "http://p:1"}
            assert exported(seen) == {}
            assert seen.sources.reading.unread
        else:
            assert environment == exported(seen) == expected

    @pytest.mark.parametrize("options", ["", "--debug  --no-proxy=.corp", "--label 'a b'"])
    def test_the_options_are_dockerds_arguments(self, options: str, redhat: ScriptHost, tmp_path: Path) -> None:
        text = f'other_args="{options}"\n'
        _, arguments = started(redhat, {SYSCONFIG: text}, DIRECT)
        seen = view(tree_of(tmp_path, redhat, {SYSCONFIG: text}))
        assert seen.sources.command is not None
        assert list(seen.sources.command.argv[1:]) == arguments == options.split()

    @pytest.mark.parametrize("how", [DIRECT, SERVICE], ids=["script", "service"])
    def test_what_set_writes_reaches_dockerd_and_unset_takes_it_away(
        self, how: List[str], redhat: ScriptHost, tmp_path: Path
    ) -> None:
        _set_and_unset(redhat, SYSCONFIG, "defaults", how, {}, {}, tmp_path)


@pytest.mark.real("unshare", "openrc-run", "moby-init", root=True)
class TestOpenRC:
    """OpenRC itself, and a script that sources /etc/profile.d/proxy.sh as Alpine's does."""

    def test_files_in_the_order_in_which_they_are_sourced(self, openrc: ScriptHost, tmp_path: Path) -> None:
        rng = random.Random(1)
        names, counted = ["HTTP_PROXY", "https_proxy", "NO_PROXY"], 0
        lines = ["export {n}={v}", "export {n}={v}", "{n}={v}", "export {n}", "unset {n}", "set -a", "# {n}={v}"]
        for i in range(60):
            files = {
                # Gentoo's env-update writes nothing else into this one.
                "/etc/profile.env": "".join(f"export {n}='env {i}'\n" for n in names if rng.random() < 0.4),
                **{
                    path: "".join(
                        rng.choice(lines).format(n=rng.choice(names), v=f"{path[-2:]}{rng.randint(0, 99)}") + "\n"
                        for _ in range(rng.randint(0, 3))
                    )
                    for path in (*SYSTEM, *CONFS, PROFILE)
                    if path in ("/etc/rc.conf", CONF, PROFILE) or rng.random() < 0.3
                },
            }
            files = {path: text for path, text in files.items() if text}
            seen = view(tree_of(tmp_path / str(i), openrc, files))
            assert started(openrc, files, RC_SERVICE)[0] == exported(seen), files
            counted += len(exported(seen))
        assert counted > 60

    @pytest.mark.parametrize("again", ["/etc/profile.env", "/etc/rc.conf", CONF])
    def test_what_the_script_sources_once_more_comes_last(self, again: str, openrc: ScriptHost, tmp_path: Path) -> None:
        files = {path: f"export NO_PROXY='{path}'\n" for path in ("/etc/profile.env", "/etc/rc.conf", CONF, PROFILE)}
        openrc.write(SCRIPT, f"{OPENRC_SCRIPT}. {again}\n", 0o755)
        try:
            environment, _ = started(openrc, files, RC_SERVICE)
            seen = view(tree_of(tmp_path, openrc, files))
        finally:
            openrc.write(SCRIPT, OPENRC_SCRIPT, 0o755)
        assert environment == {"NO_PROXY": seen.effective["no-proxy"].text} == {"NO_PROXY": again}

    @pytest.mark.parametrize("path", [CONF, PROFILE])
    def test_a_file_may_define_how_dockerd_is_started(self, path: str, openrc: ScriptHost, tmp_path: Path) -> None:
        files = {path: "start() {\n\t/usr/sbin/dockerd --https-proxy http://x:1\n}\n"}
        assert started(openrc, files, RC_SERVICE)[1] == ["--https-proxy", "http://x:1"]
        assert view(tree_of(tmp_path, openrc, files)).sources.reading.unread

    @pytest.mark.parametrize("path", [CONF, SCRIPT])
    @pytest.mark.parametrize(
        ("lines", "given"),
        [
            ("start_pre() { unset HTTP_PROXY; }\nexport HTTP_PROXY=http://b:1\n", {}),
            ("start_pre() {\n\texport HTTP_PROXY=http://a:1\n}\n", {"HTTP_PROXY": "http://a:1"}),
            ("off() { unset HTTP_PROXY; }; export HTTP_PROXY=http://b:1\noff\n", {}),
        ],
    )
    def test_what_a_function_may_set_is_not_known(
        self, path: str, lines: str, given: Dict[str, str], openrc: ScriptHost, tmp_path: Path
    ) -> None:
        files = {CONF: lines} if path == CONF else {}
        openrc.write(SCRIPT, OPENRC_SCRIPT + (lines if path == SCRIPT else ""), 0o755)
        try:
            assert started(openrc, files, RC_SERVICE)[0] == given
            seen = view(tree_of(tmp_path, openrc, files))
        finally:
            openrc.write(SCRIPT, OPENRC_SCRIPT, 0o755)
        assert (path, Missing.UNPARSABLE) in {(u.path, u.reason) for u in seen.sources.reading.unread}
        assert exported(seen) == {}

    @pytest.mark.parametrize("path", [*SYSTEM[:2], CONF, PROFILE])
    @pytest.mark.parametrize(("last", "starts"), [("[ -e /gone ] && echo a", False), ("[ -e /gone ] || true", True)])
    def test_a_file_whose_last_command_fails_ends_it(
        self, path: str, last: str, starts: bool, openrc: ScriptHost, tmp_path: Path
    ) -> None:
        files = {path: f"export HTTPS_PROXY=http://a:1\n{last}\n"}
        unread = view(tree_of(tmp_path, openrc, files)).sources.reading.unread
        if starts:
            assert started(openrc, files, RC_SERVICE)[0] == {"HTTPS_PROXY": "http://a:1"}
            assert unread == ()
        else:
            with pytest.raises(AssertionError, match=f"error loading .*({path.rpartition('/')[2]}|{SCRIPT})"):
                started(openrc, files, RC_SERVICE)
            assert {(u.path, u.line) for u in unread} == {(path, 2)}

    @pytest.mark.parametrize(
        "options", ["", "--debug", '--label \\"a b\\" --debug', "--a='b  c' \\\\\\$x", "a#b c #d", "-a=b\\\\"]
    )
    def test_the_options_are_evaluated_once_more(self, options: str, openrc: ScriptHost, tmp_path: Path) -> None:
        text = f'DOCKER_OPTS="{options}"\n'
        seen = view(tree_of(tmp_path, openrc, {CONF: text}))
        assert seen.sources.command is not None
        assert list(seen.sources.command.argv[1:]) == started(openrc, {CONF: text}, RC_SERVICE)[1]

    @pytest.mark.parametrize("options", ["", '--debug --label \\"a b\\"'])
    def test_upstreams_own_script(self, options: str, openrc: ScriptHost, tmp_path: Path) -> None:
        # A container's root may not raise limits.
        text = f'DOCKER_OPTS="{options}"\nDOCKER_ULIMIT="-n 512"\nexport NO_PROXY=.conf\nHTTP_PROXY=x\n'
        files = {CONF: text, "/etc/rc.conf": "export HTTPS_PROXY=http://rc:1\n", PROFILE: "export NO_PROXY=.profile\n"}
        openrc.write("/usr/bin/dockerd", STAND_IN, 0o755)
        openrc.write("/usr/lib/rc/bin/start-stop-daemon", START_STOP_DAEMON, 0o755)
        openrc.write(SCRIPT, (MOBY_INIT / "openrc/docker.initd").read_text(), 0o755)
        try:
            environment, arguments = started(openrc, files, RC_SERVICE)
            seen = view(tree_of(tmp_path, openrc, files))
        finally:
            openrc.write(SCRIPT, OPENRC_SCRIPT, 0o755)
        assert environment == exported(seen) == {"HTTPS_PROXY": "http://rc:1", "NO_PROXY": ".conf"}
        assert seen.sources.command is not None
        assert list(seen.sources.command.argv[1:]) == arguments
        assert arguments[0] == "-p"

    @pytest.mark.parametrize("allow", ["HTTPS_PROXY", "'*'", "PATH"])
    def test_what_it_lets_through_is_not_known(self, allow: str, openrc: ScriptHost, tmp_path: Path) -> None:
        files = {"/etc/rc.conf": f"rc_env_allow={allow}\n"}
        environment, _ = started(openrc, files, RC_SERVICE, {"HTTPS_PROXY": "http://shell:1"})
        reading = view(tree_of(tmp_path, openrc, files)).sources.reading
        assert bool(environment) == bool(reading.unread) == (allow != "PATH")
        assert reading.settings == ()

    def test_the_calling_shell_never_reaches_dockerd(self, openrc: ScriptHost) -> None:
        assert started(openrc, {}, RC_SERVICE, {"HTTPS_PROXY": "http://shell:1"})[0] == {}

    def test_what_set_writes_reaches_dockerd_and_unset_takes_it_away(self, openrc: ScriptHost, tmp_path: Path) -> None:
        shared = {"/etc/rc.conf": "export NO_PROXY=.rc\n", PROFILE: "export FTP_PROXY=x\n"}
        _set_and_unset(openrc, CONF, "openrc", RC_SERVICE, {"HTTP_PROXY": "x"}, {"FTP_PROXY": "x"}, tmp_path, shared)


@pytest.mark.real("unshare", "openrc-run", root=True)
class TestSupervised:
    """OpenRC's supervise-daemon, as Alpine's script uses it."""

    @pytest.mark.parametrize(
        "lines",
        [
            'DOCKER_OPTS="--debug --label \\"a b\\""',
            'command_args_background="--https-proxy=http://p:1"',
            'DOCKER_OPTS=--debug\ncommand_args_foreground="--label \\"a b\\" -x"',
            "export HTTPS_PROXY=http://p:1\nHTTP_PROXY=x",
        ],
    )
    def test_what_dockerd_gets(self, lines: str, supervised: ScriptHost, tmp_path: Path) -> None:
        files = {CONF: f"{lines}\n", PROFILE: "export NO_PROXY=.profile\n"}
        environment, arguments = started(supervised, files, SUPERVISED)
        seen = view(tree_of(tmp_path, supervised, files))
        assert seen.sources.command is not None
        assert (exported(seen), list(seen.sources.command.argv[1:])) == (environment, arguments)

    def test_the_file_may_name_another_program(self, supervised: ScriptHost, tmp_path: Path) -> None:
        files = {CONF: "DOCKERD_BINARY=/usr/local/bin/wrapper\n"}
        supervised.write("/usr/local/bin/wrapper", f"{STAND_IN}echo > /run/wrapped\nexec sleep 600\n", 0o755)
        started(supervised, files, SUPERVISED)
        for _ in range(100):
            if supervised.path("/run/wrapped").exists():
                break
            time.sleep(0.02)
        assert supervised.path("/run/wrapped").exists()
        seen = view(tree_of(tmp_path, supervised, files))
        assert seen.sources.command is not None
        assert (seen.sources.command.argv[0], seen.sources.command.is_dockerd) == ("/usr/local/bin/wrapper", False)


BEFORE = [
    "",
    "# c\nA=1",
    "HTTP_PROXY=old\nexport https_proxy=old\n",
    "export NO_PROXY='x' HTTP_PROXY=y; A=1\nunset A\n",
]
CHARACTERS = "aZ0 '\"\\$`!#~*?[]{}();&|<>=:,.%@-\té"


def _set_and_unset(
    host: ScriptHost, own: str, to: str, how: List[str], shell: Dict[str, str], left: Dict[str, str], root: Path,
    shared: Mapping[str, str] = {},
) -> None:  # fmt: skip
    rng = random.Random(2)
    for i, text in enumerate(BEFORE * 5):
        files = {**shared, own: text}
        there = tree_of(root / str(i), host, files)
        password = "".join(rng.choice(CHARACTERS) for _ in range(8))
        wanted = {"http-proxy": f"http://u:{password}@p:1", "no-proxy": "".join(rng.sample(CHARACTERS, 12))}
        made = plan_set(there, view(there), {v: value_of(v, t) for v, t in wanted.items()}, to)
        environment, _ = started(host, _after(files, made), how, shell)
        assert {n: environment.get(n) for n in ("HTTP_PROXY", "NO_PROXY")} == {
            "HTTP_PROXY": wanted["http-proxy"],
            "NO_PROXY": wanted["no-proxy"],
        }
        grow(root / str(i), _after(files, made))
        gone = plan_unset(there, view(there), DAEMON_VARIABLES)
        assert started(host, _after(_after(files, made), gone), how, shell)[0] == left


def _after(files: Mapping[str, str], made: Plan) -> Dict[str, str]:
    changed = {c.path: c.after.decode() if c.after is not None else None for c in made.changes}
    return {path: text for path, text in {**files, **changed}.items() if text is not None}
