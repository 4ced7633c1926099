"""The command line of dockerd: its proxy flags, and where each flag is given."""

from __future__ import annotations

import posixpath
import re
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import pflag, unit_words
from dockproxy.formats.pflag import Flag, Mistake
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.model import DAEMON_VARIABLES, Defect, Missing, Origin, Reading, Setting, Unread, Version, value_of
from dockproxy.sources import directive_values, directives
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
    def parsed(self) -> pflag.Parsed:
        """The flags in their order, and what is wrong in them."""
        return _parsed(() if list(self.argv[1:]) == SNAP else self.argv[1:])

    @property
    def flags(self) -> List[Flag]:
        """Every flag, in its order."""
        return self.parsed.flags

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
    return _parsed(argv[1:]).flags


def _parsed(words: Sequence[str]) -> pflag.Parsed:
    return pflag.parse(words, directives.TAKES_VALUE, directives.SHORTHANDS)


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


def of_wrapper(command: Command) -> Unread:
    """That nobody knows what a wrapper makes of its flags, nor which ones it adds."""
    return Unread(SPEC.id, command.origin.path, Missing.NOT_CHECKED)


def unknown(command: Command, config_file: str) -> Tuple[Unread, ...]:
    """That only the running host knows a proxy flag, the file that is named, or which flags there are."""
    words = [f.value for f in command.flags if f.name in DAEMON_VARIABLES] + [config_file]
    words += [f.name for f in command.flags] + [m.word for m in command.parsed.mistakes]
    place = (command.origin.path, Missing.AT_RUN_TIME, command.origin.line)
    return (Unread(SPEC.id, *place),) if UNKNOWN in "".join(words) else ()


def given(command: Command, assigned: Sequence[Tuple[str, str, Origin]] = ()) -> List[Given]:
    """Every flag with its place. ``assigned`` are the environment's assignments, to name the line that a ``$VAR`` came
    from."""
    return [Given(flag, _origin_of(flag.word, flag.name, command, assigned)) for flag in command.flags]


def read(flags: Sequence[Given], version: Optional[Version] = None) -> Reading:
    """Read the proxy flags, and report the flags with which the engine does not start."""
    last = {g.flag.name: g for g in flags}
    settings = tuple(
        Setting(variable, value_of(variable, last[variable].flag.value), last[variable].origin)
        for variable in DAEMON_VARIABLES
        if variable in last and UNKNOWN not in last[variable].flag.value
    )
    defects = tuple(
        _unknown(g.flag.name, g.flag.spelt, g.origin, version)
        for g in last.values()
        if UNKNOWN not in g.flag.name and directives.is_refused(g.flag.name, version)
    )
    return Reading(settings, (), defects)


PLAIN_NAME = re.compile(r"-{1,2}[a-z0-9][a-z0-9-]*")
"""Of flags; another word may be a part of a password."""


def _unknown(name: str, spelt: str, origin: Origin, version: Optional[Version]) -> Defect:
    spelt = spelt if PLAIN_NAME.fullmatch(spelt) else "--…"
    from difflib import get_close_matches

    meant = get_close_matches(name, DAEMON_VARIABLES, 1, 0.8)
    kind, mend = "flag-unknown", f"is --{meant[0]} meant?" if meant else "remove it"
    if name in DAEMON_VARIABLES:
        kind, mend = "flag-unsupported", "remove it; `dockproxy set` then finds the place that this engine reads"
    what = directives.refusal(f"flag {spelt}", name, version)
    said = f"unknown flag: {spelt}" if spelt.startswith("--") else f"unknown shorthand flag: '{spelt[1:]}'"
    return refused(kind, origin, what, said, mend)


def check(
    command: Command, assigned: Sequence[Tuple[str, str, Origin]] = (), version: Optional[Version] = None
) -> Reading:
    """Report the words and values with which dockerd itself does not start; unknown flags are ``read``'s."""
    misread = (
        _misread(mistake, _origin_of(mistake.word, mistake.name, command, assigned), command.flags, version)
        for mistake in command.parsed.mistakes
        if UNKNOWN not in mistake.word
    )
    return Reading(defects=(*misread, *_refused_values(given(command, assigned), version)))


BOOLEANS = ("true", "false", "0", "1")


def _misread(mistake: Mistake, origin: Origin, flags: Sequence[Flag], version: Optional[Version]) -> Defect:
    spelt = mistake.spelt
    if mistake.kind == "no-value":
        if directives.is_refused(mistake.name, version):
            return _unknown(mistake.name, spelt, origin, version)
        said = f"flag needs an argument: {spelt if spelt.startswith('--') else repr(spelt[1:])}"
        mend = "give it one, or remove it; a $VARIABLE that is not set gives no word"
        return refused("flag-value", origin, f"{spelt} has no value", said, mend)
    # Any other one may be a part of a password.
    what = f"{mistake.word if mistake.word.lower() in BOOLEANS else 'a word'} belongs to no flag"
    if mistake.kind == "no-name":
        return refused("flag-syntax", origin, what, "bad flag syntax: …", "correct or remove it")
    taken = next((f for f in flags if f.value.startswith("--") and f.word == f.spelt), None)
    mend = "remove it; a flag that is true or false takes no word behind it, and ${VARIABLE} gives an empty one"
    if taken is not None:
        mend = f"give {taken.spelt} a value: it takes {taken.value.partition('=')[0]} for its own"
    # Some versions add a sentence of their own.
    return refused("flag-syntax", origin, what, "Usage:…", mend)


def _refused_values(flags: Sequence[Given], version: Optional[Version]) -> Iterator[Defect]:
    earlier: Dict[str, List[str]] = {}
    for g in flags:
        name, value, spelt, _ = g.flag
        if name not in directives.TAKES_VALUE or directives.is_refused(name, version) or UNKNOWN in value:
            continue
        before = earlier.setdefault(name, [])
        failed = directive_values.refusing(directive_values.FLAG, name, value, before, version)
        before.append(value)
        if failed is not None:
            said = failed.said or f'invalid argument … for "{_pflags_name(name)}" flag'
            yield refused("flag-value", g.origin, f"{spelt} must be {failed.needed}", said, "correct or remove it")


def _pflags_name(name: str) -> str:
    letters = [letter for letter, long in directives.SHORTHANDS.items() if long == name]
    return ", ".join([*(f"-{letter}" for letter in letters), f"--{name}"])


def _origin_of(word: str, name: str, command: Command, assigned: Sequence[Tuple[str, str, Origin]]) -> Origin:
    shown = f"--{name}" if PLAIN_NAME.fullmatch(f"--{name}") else None
    if word not in command.literal:
        for _, value, origin in reversed(assigned):
            if origin.path is not None and word in unit_words.variable_words(value):
                return Origin(SPEC.id, origin.path, origin.line, shown)
    return Origin(SPEC.id, command.origin.path, command.origin.line, shown, command.origin.pid)
