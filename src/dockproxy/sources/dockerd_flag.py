"""The flags ``--http-proxy``, ``--https-proxy`` and ``--no-proxy`` of dockerd, and ``--config-file``."""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import unit_words
from dockproxy.model import (
    DAEMON_VARIABLES,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    Version,
    value_of,
)
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="dockerd-flag",
    consumer="daemon",
    where="the command line of dockerd: ExecStart= of the unit, with its $VARIABLES, or the running process",
    effect="systemctl daemon-reload, then a restart of the service",
    evidence="moby, daemon/command/config.go, installCommonConfigFlags",
    since="23.0",
)

PROGRAMS = ("dockerd", "dockerd-rootless.sh")
"""Programs whose arguments are dockerd's: the script of a rootless engine hands all of its own on (moby,
contrib/dockerd-rootless.sh)."""

SNAP = ["run", "docker.dockerd"]
"""With these words the program ``snap`` starts the snap's dockerd, which then has its own daemon.json."""

FIRST_VERSION = (23, 0)
"""The first engine with these flags."""


class Command(NamedTuple):
    """A command line of dockerd. ``is_dockerd`` is False for a wrapper, whose flags cannot be known."""

    argv: Tuple[str, ...]
    origin: Origin
    is_dockerd: bool

    def flag(self, name: str) -> Optional[str]:
        """The last value of ``--name``, or None; dockerd's parser (pflag) takes ``--name=V`` and ``--name V``."""
        value = None
        for i, word in enumerate(self.argv):
            if word == f"--{name}" and i + 1 < len(self.argv):
                value = self.argv[i + 1]
            elif word.startswith(f"--{name}="):
                value = word.partition("=")[2]
        return value

    @property
    def program(self) -> Optional[str]:
        """Where dockerd itself is; None where the command line does not tell."""
        is_itself = posixpath.basename("".join(self.argv[:1])) == PROGRAMS[0]
        return self.argv[0] if is_itself and self.argv[0].startswith("/") else None


def of_argv(argv: Sequence[str], origin: Origin) -> Command:
    """A command line as the kernel holds it."""
    program, arguments = posixpath.basename(argv[0]) if argv else "", list(argv[1:])
    return Command(tuple(argv), origin, program in PROGRAMS or (program == "snap" and arguments == SNAP))


def of_unit(unit: Unit, environment: Mapping[str, str]) -> Optional[Command]:
    """The command line that ``ExecStart=`` of a unit makes of its environment; None when it has none."""
    located = unit.in_force("Service", "ExecStart")
    if not located:
        return None
    last = located[-1]
    argv = unit_words.split_command(last.statement.value, environment, unit.specifiers)
    return of_argv(argv, Origin(SPEC.id, last.part.path, last.statement.line))


def read(
    command: Command, version: Optional[Version] = None, assigned: Sequence[Tuple[str, str, Origin]] = ()
) -> Reading:
    """Read the proxy flags, with which an engine before 23.0 does not start; those that a wrapper adds are not known.
    ``assigned`` are the environment's assignments, to name the line that a ``$VAR`` came from."""
    settings: List[Setting] = []
    defects: List[Defect] = []
    for variable in DAEMON_VARIABLES:
        value = command.flag(variable)
        if value is not None:
            origin = _origin_of(f"--{variable}", command, assigned)
            if version is not None and not version.at_least(*FIRST_VERSION):
                message = f"{origin}: engine {version.text} has no flag --{variable} (new in 23.0) and will not start"
                defects.append(Defect("flag-unsupported", message, origin))
            settings.append(Setting(variable, value_of(variable, value), origin))
    unread = () if command.is_dockerd else (Unread(SPEC.id, command.origin.path, Missing.NOT_CHECKED),)
    return Reading(tuple(settings), unread, tuple(defects))


def _origin_of(flag: str, command: Command, assigned: Sequence[Tuple[str, str, Origin]]) -> Origin:
    for _, value, origin in reversed(assigned):
        if flag in value and origin.path is not None:
            return Origin(SPEC.id, origin.path, origin.line, flag)
    return Origin(SPEC.id, command.origin.path, command.origin.line, flag, command.origin.pid)
