"""Which setting wins: pure functions over settings and a table of precedence."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from dockproxy.model import (
    CONTAINER_VARIABLES,
    DAEMON_VARIABLES,
    Effective,
    EffectiveSet,
    Reading,
    Removal,
    Setting,
    Shadowed,
    environment_names,
    reveal,
)


class Row(NamedTuple):
    """A source, and why it wins over every source below it in the table. ``proof`` is the test that asks the real
    program, ``who`` starts the engines that it is about, ``since`` is the first of them. Those with the reason
    ``SOURCED_LATER`` stand level."""

    source: str
    reason: str
    evidence: str
    proof: str
    who: str = "anybody"
    since: str = ""


SOURCED_LATER = "a file that is sourced later wins"
"""An init script sources its files in an order of its own."""

CONFIGURATION = (
    Row(
        "dockerd-flag",
        "a dockerd flag replaces the environment",
        "moby, daemon/command/daemon.go, configureProxyEnv; 26.1 and 28.5 were asked",
        "tests/oracles/test_dockerd.py::test_every_combination_for_one_variable",
        since="23.0",
    ),
    Row(
        "daemon-json",
        "daemon.json replaces the environment",
        "moby, daemon/command/daemon.go, configureProxyEnv; 26.1 and 28.5 were asked",
        "tests/oracles/test_dockerd.py::test_every_combination_for_one_variable",
        since="23.0",
    ),
)
"""What dockerd (23.0 and newer) writes over its own environment. Both for one variable stop the engine."""

ENVIRONMENT = (
    Row(
        "systemd-env-file",
        "EnvironmentFile= wins over Environment=",
        "systemd.exec(5), EnvironmentFile=; systemd 252 was asked",
        "tests/oracles/test_systemd.py::test_the_environment_of_a_service_is_the_one_that_systemd_gives",
        "systemd",
    ),
    Row(
        "systemd-environment",
        "the unit wins over the service manager's environment",
        "systemd.exec(5), Environment=; systemd 252 was asked",
        "tests/oracles/test_systemd.py::test_the_environment_of_a_service_is_the_one_that_systemd_gives",
        "systemd",
    ),
    Row(
        "systemd-pass-environment",
        "PassEnvironment= wins over what every service is given",
        "systemd, src/core/execute.c (exec_child); systemd 252 was asked",
        "tests/oracles/test_systemd.py::test_the_environment_of_a_service_is_the_one_that_systemd_gives",
        "systemd",
    ),
    Row(
        "user-environment",
        "a user's manager wins over what the system's gives every service",
        "environment.d(5), systemd-user.conf(5); a user's systemd 252 was asked",
        "tests/oracles/test_user_manager.py::test_the_block_is_the_one_that_a_users_manager_has",
        "a user's systemd",
    ),
    Row(
        "systemd-manager",
        "",
        "systemctl(1), set-environment; systemd 252 was asked",
        "tests/oracles/test_systemd_manager.py::test_the_block_is_the_one_that_systemd_has",
        "systemd",
    ),
    Row(
        "sysv-defaults",
        SOURCED_LATER,
        "moby, contrib/init/sysvinit-debian/docker; Debian's own script was asked",
        "tests/oracles/test_init_script.py::test_what_the_defaults_file_exports_reaches_dockerd",
        "a SysV script",
    ),
    Row(
        "openrc-profile",
        SOURCED_LATER,
        "alpinelinux/aports, community/docker/docker.initd; OpenRC 0.45 was asked",
        "tests/oracles/test_init_script.py::test_files_in_the_order_in_which_they_are_sourced",
        "Alpine's script",
    ),
    Row(
        "openrc-conf",
        SOURCED_LATER,
        "OpenRC, sh/openrc-run.sh.in; OpenRC 0.45 was asked",
        "tests/oracles/test_init_script.py::test_files_in_the_order_in_which_they_are_sourced",
        "OpenRC",
    ),
    Row(
        "openrc-system",
        SOURCED_LATER,
        "OpenRC, src/shared/misc.c (env_filter); OpenRC 0.45 was asked",
        "tests/oracles/test_init_script.py::test_files_in_the_order_in_which_they_are_sourced",
        "OpenRC",
    ),
    Row(
        "process-environment",
        "",
        "proc(5)",
        "tests/oracles/test_dockerd.py::test_random_mixtures_of_all_variables",
        "a shell",
    ),
)
"""Who builds dockerd's environment, highest first."""

SOURCED = frozenset(row.source for row in ENVIRONMENT if row.reason == SOURCED_LATER)
"""Of an init script's files only their order decides."""

CLIENT = Row(
    "client-config",
    "",
    "docker/cli, cli/config/configfile/file.go, ParseProxyConfig; the CLIs 20.10, 26.1 and 28.5 were asked",
    "tests/e2e/test_client.py::test_show_says_what_the_real_cli_gives_to_containers",
    "the docker CLI",
)
"""What containers are given: the entry of the daemon's host, else ``default``, never merged."""


class Reason(NamedTuple):
    """Why a setting loses within its source, or to its own kind."""

    text: str
    evidence: str


EMPTY = Reason(
    "it is empty, and empty counts as unset",
    "moby, daemon/command/daemon.go; golang.org/x/net/http/httpproxy, getEnvAny; three engines were asked",
)
LATER = Reason(
    "a later assignment in the same source wins",
    "systemd.exec(5), Environment= and EnvironmentFile=; systemd 252 was asked",
)
CASE = Reason(
    "Go reads {winner} before {loser}", "golang.org/x/net/http/httpproxy, FromEnvironment; three engines were asked"
)
CONFLICT = Reason(
    "set as a flag and in daemon.json: dockerd refuses to start",
    "moby, daemon/config/config.go, findConfigurationConflicts; 26.1 and 28.5 were asked",
)
REMOVED = "systemd.exec(5), UnsetEnvironment=; systemd 252 was asked"


def _rank(rows: Sequence[Row], setting: Setting) -> int:
    sources = SOURCED if setting.origin.source in SOURCED else (setting.origin.source,)
    return next(i for i, row in enumerate(rows) if row.source in sources)


def _row(setting: Setting) -> Row:
    return next(row for row in (*CONFIGURATION, *ENVIRONMENT, CLIENT) if row.source == setting.origin.source)


def _lost(setting: Setting, why: Union[Reason, Row], **words: str) -> Shadowed:
    text = why.text.format(**words) if isinstance(why, Reason) else why.reason
    return Shadowed(setting, text, why.evidence)


def daemon(reading: Reading) -> EffectiveSet:
    """What dockerd will use after its next start, per variable."""
    return {variable: _daemon_variable(variable, reading) for variable in DAEMON_VARIABLES}


def _daemon_variable(variable: str, reading: Reading) -> Effective:
    mine = [s for s in reading.settings if s.variable == variable]
    sources = {row.source for row in CONFIGURATION}
    configured = sorted((s for s in mine if s.origin.source in sources), key=lambda s: _rank(CONFIGURATION, s))
    shadowed: List[Shadowed] = [lost for lost in reading.lost if lost.setting.variable == variable]
    shadowed += [_lost(s, EMPTY) for s in configured if not reveal(s.value)]
    configured = [s for s in configured if reveal(s.value)]
    winner: Optional[Setting] = configured[0] if configured else None
    shadowed += [_lost(s, CONFLICT) for s in configured[1:]]

    delivered: List[Setting] = []
    known = {row.source for row in ENVIRONMENT}
    for name in environment_names(variable):
        chain = [s for s in mine if s.origin.source in known and s.name == name]
        last, lost = _last(chain, reading.removals)
        shadowed += lost
        delivered += [last] if last else []
    for setting in delivered:
        if not reveal(setting.value):
            shadowed.append(_lost(setting, EMPTY))
        elif winner is None:
            winner = setting
        elif winner in configured:
            shadowed.append(_lost(setting, _row(winner)))
        else:
            shadowed.append(_lost(setting, CASE, winner=winner.name, loser=setting.name))
    return Effective(variable, winner, tuple(shadowed), _row(winner).evidence if winner is not None else "")


def _last(chain: Iterable[Setting], removals: Sequence[Removal]) -> Tuple[Optional[Setting], List[Shadowed]]:
    """The setting of one environment name that reaches the process, and those that do not."""
    ordered = sorted(chain, key=lambda s: (-_rank(ENVIRONMENT, s), s.order))
    if not ordered:
        return None, []
    last = ordered[-1]
    lost = []
    for setting in ordered[:-1]:
        same = setting.origin.source == last.origin.source and last.origin.source not in SOURCED
        lost.append(_lost(setting, LATER if same else _row(last)))
    for removal in removals:
        if removal.takes(last.name, reveal(last.value)):
            lost.append(Shadowed(last, f"UnsetEnvironment= at {removal.origin} takes it away", REMOVED))
            return None, lost
    return last, lost


def container(reading: Reading) -> EffectiveSet:
    """What a new container is given. The CLI uses one entry of one file, which says what else stands there."""
    effective = {}
    for variable in CONTAINER_VARIABLES:
        setting = next((s for s in reading.settings if s.variable == variable), None)
        lost = tuple(each for each in reading.lost if each.setting.variable == variable)
        effective[variable] = Effective(variable, setting, lost, CLIENT.evidence if setting is not None else "")
    return effective
