"""The command line of dockerd: its proxy flags, and where each flag is given."""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import pflag, unit_words
from dockproxy.formats.pflag import Flag
from dockproxy.model import DAEMON_VARIABLES, Defect, Origin, Reading, Setting, Version, value_of
from dockproxy.sources import directives
from dockproxy.sources.spec import Spec, refused
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="dockerd-flag",
    consumer="daemon",
    where="the command line of dockerd: ExecStart= of the unit, with its $VARIABLES, or the running process",
    effect="systemctl daemon-reload, then a restart of the service",
    evidence="moby, daemon/command/config.go, installCommonConfigFlags",
    since="23.0",
    until="28.5",
)

PROGRAMS = ("dockerd", "dockerd-rootless.sh")
"""Programs whose arguments are dockerd's: the script of a rootless engine hands all of its own on (moby,
contrib/dockerd-rootless.sh)."""

SNAP = ["run", "docker.dockerd"]
"""With these words the program ``snap`` starts the snap's dockerd, which then has its own daemon.json."""


class Command(NamedTuple):
    """A command line of dockerd. ``is_dockerd`` is False for a wrapper, whose flags cannot be known. ``literal`` are
    the words that stand at ``origin`` itself; others come from variables."""

    argv: Tuple[str, ...]
    origin: Origin
    is_dockerd: bool
    literal: Tuple[str, ...] = ()

    @property
    def flags(self) -> List[Flag]:
        """Every flag, in its order."""
        return flags_of(self.argv)

    def flag(self, name: str) -> Optional[str]:
        """The last value of ``--name``, or None."""
        return next((f.value for f in reversed(self.flags) if f.name == name), None)

    @property
    def program(self) -> Optional[str]:
        """Where dockerd itself is; None where the command line does not tell."""
        folder, name = posixpath.split("".join(self.argv[:1]))
        # The script of a rootless engine has dockerd beside it.
        return posixpath.join(folder, PROGRAMS[0]) if name in PROGRAMS and folder.startswith("/") else None


class Given(NamedTuple):
    """A flag, and where it is given."""

    flag: Flag
    origin: Origin


def flags_of(argv: Sequence[str]) -> List[Flag]:
    """The flags of a command line of dockerd, in their order."""
    return pflag.parse(argv[1:], directives.TAKES_VALUE, directives.SHORTHANDS)


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
    literal = unit_words.split_command(last.statement.value, {}, unit.specifiers)
    command = of_argv(argv, Origin(SPEC.id, last.part.path, last.statement.line))
    return command._replace(literal=tuple(literal))


def given(command: Command, assigned: Sequence[Tuple[str, str, Origin]] = ()) -> List[Given]:
    """Every flag with its place. ``assigned`` are the environment's assignments, to name the line that a ``$VAR`` came
    from."""
    return [Given(flag, _origin_of(flag, command, assigned)) for flag in command.flags]


def read(flags: Sequence[Given], version: Optional[Version] = None) -> Reading:
    """Read the proxy flags, and report the flags with which the engine does not start."""
    last = {g.flag.name: g for g in flags}
    settings = tuple(
        Setting(variable, value_of(variable, last[variable].flag.value), last[variable].origin)
        for variable in DAEMON_VARIABLES
        if variable in last
    )
    defects = tuple(_unknown(g, version) for g in last.values() if directives.is_refused(g.flag.name, version))
    return Reading(settings, (), defects)


def _unknown(g: Given, version: Optional[Version]) -> Defect:
    name, spelt = g.flag.name, g.flag.spelt
    kind, mend = "flag-unknown", "remove it"
    if name in DAEMON_VARIABLES:
        kind, mend = "flag-unsupported", "remove it; `dockproxy set` finds the place that this engine reads"
    what = directives.refusal(f"flag {spelt}", name, version)
    said = f"unknown flag: {spelt}" if spelt.startswith("--") else f"unknown shorthand flag: '{spelt[1:]}'"
    return refused(kind, g.origin, what, said, mend)


def _origin_of(flag: Flag, command: Command, assigned: Sequence[Tuple[str, str, Origin]]) -> Origin:
    if flag.word not in command.literal:
        for _, value, origin in reversed(assigned):
            if origin.path is not None and flag.word in unit_words.variable_words(value):
                return Origin(SPEC.id, origin.path, origin.line, f"--{flag.name}")
    return Origin(SPEC.id, command.origin.path, command.origin.line, f"--{flag.name}", command.origin.pid)
