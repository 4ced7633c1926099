"""Which setting wins: pure functions over settings and a table of precedence."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

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
    """A source, and why it wins over every source below it in the table."""

    source: str
    reason: str
    evidence: str


CONFIGURATION = (
    Row(
        "dockerd-flag",
        "a dockerd flag replaces the environment",
        "moby, daemon/command/daemon.go, configureProxyEnv; 26.1 and 28.5 were asked",
    ),
    Row(
        "daemon-json",
        "daemon.json replaces the environment",
        "moby, daemon/command/daemon.go, configureProxyEnv; 26.1 and 28.5 were asked",
    ),
)
"""What dockerd (23.0 and newer) writes over its own environment. Both for one variable stop the engine."""

ENVIRONMENT = (
    Row(
        "systemd-env-file",
        "EnvironmentFile= wins over Environment=",
        "systemd.exec(5), EnvironmentFile=; systemd 252 was asked",
    ),
    Row(
        "systemd-environment",
        "the unit wins over the service manager's environment",
        "systemd.exec(5), Environment=; systemd 252 was asked",
    ),
    Row(
        "systemd-manager",
        "",
        "systemctl(1), set-environment; systemd 252 was asked",
    ),
    Row(
        "sysv-defaults",
        "",
        "moby, contrib/init/sysvinit-debian/docker; Debian's own script was asked",
    ),
    Row(
        "openrc-profile",
        "Alpine's script sources it last",
        "alpinelinux/aports, community/docker/docker.initd; OpenRC 0.45 was asked",
    ),
    Row(
        "openrc-conf",
        "the service's own file is sourced behind what is for all services",
        "OpenRC, sh/openrc-run.sh.in; OpenRC 0.45 was asked",
    ),
    Row(
        "openrc-system",
        "",
        "OpenRC, src/shared/misc.c (env_filter); OpenRC 0.45 was asked",
    ),
    Row(
        "process-environment",
        "",
        "proc(5)",
    ),
)
"""Who builds dockerd's environment, highest first."""

EMPTY = "it is empty, and empty counts as unset"
LATER = "a later assignment in the same source wins"
CASE = "Go reads {winner} before {loser}"
CONFLICT = "set as a flag and in daemon.json: dockerd refuses to start"


def _rank(rows: Sequence[Row], setting: Setting) -> int:
    return next(i for i, row in enumerate(rows) if row.source == setting.origin.source)


def daemon(reading: Reading) -> EffectiveSet:
    """What dockerd will use after its next start, per variable."""
    return {variable: _daemon_variable(variable, reading) for variable in DAEMON_VARIABLES}


def conflicts(reading: Reading) -> List[Tuple[Setting, Setting]]:
    """Pairs of (flag, daemon.json) for one directive, even if equal or empty: dockerd does not start with them."""
    flags = {s.variable: s for s in reading.settings if s.origin.source == "dockerd-flag"}
    return [
        (flags[s.variable], s) for s in reading.settings if s.origin.source == "daemon-json" and s.variable in flags
    ]


def _daemon_variable(variable: str, reading: Reading) -> Effective:
    mine = [s for s in reading.settings if s.variable == variable]
    sources = {row.source for row in CONFIGURATION}
    configured = sorted((s for s in mine if s.origin.source in sources), key=lambda s: _rank(CONFIGURATION, s))
    shadowed: List[Shadowed] = [Shadowed(s, EMPTY) for s in configured if not reveal(s.value)]
    configured = [s for s in configured if reveal(s.value)]
    winner: Optional[Setting] = configured[0] if configured else None
    shadowed += [Shadowed(s, CONFLICT) for s in configured[1:]]

    delivered: List[Setting] = []
    known = {row.source for row in ENVIRONMENT}
    for name in environment_names(variable):
        chain = [s for s in mine if s.origin.source in known and s.name == name]
        last, lost = _last(chain, reading.removals)
        shadowed += lost
        delivered += [last] if last else []
    for setting in delivered:
        if not reveal(setting.value):
            shadowed.append(Shadowed(setting, EMPTY))
        elif winner is None:
            winner = setting
        elif winner in configured:
            shadowed.append(Shadowed(setting, CONFIGURATION[_rank(CONFIGURATION, winner)].reason))
        else:
            shadowed.append(Shadowed(setting, CASE.format(winner=winner.name, loser=setting.name)))
    return Effective(variable, winner, tuple(shadowed))


def _last(chain: Iterable[Setting], removals: Sequence[Removal]) -> Tuple[Optional[Setting], List[Shadowed]]:
    """The setting of one environment name that reaches the process, and those that do not."""
    ordered = sorted(chain, key=lambda s: (-_rank(ENVIRONMENT, s), s.order))
    if not ordered:
        return None, []
    last = ordered[-1]
    lost = []
    for setting in ordered[:-1]:
        same = setting.origin.source == last.origin.source
        lost.append(Shadowed(setting, LATER if same else ENVIRONMENT[_rank(ENVIRONMENT, last)].reason))
    for removal in removals:
        if removal.name == last.name and removal.value in (None, reveal(last.value)):
            lost.append(Shadowed(last, f"UnsetEnvironment= at {removal.origin} takes it away"))
            return None, lost
    return last, lost


def container(reading: Reading) -> EffectiveSet:
    """What a new container is given. The CLI uses one entry of one file, so nothing can be shadowed but a duplicate
    key."""
    effective = {}
    for variable in CONTAINER_VARIABLES:
        chain = sorted((s for s in reading.settings if s.variable == variable), key=lambda s: s.order)
        lost = tuple(Shadowed(s, LATER) for s in chain[:-1])
        effective[variable] = Effective(variable, chain[-1] if chain else None, lost)
    return effective
