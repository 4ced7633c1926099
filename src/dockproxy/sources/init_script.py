"""What the files that an init script sources export: it reaches dockerd."""

from __future__ import annotations

import re
from typing import Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats import shell_env
from dockproxy.formats.shell_env import ShellFile, Variable
from dockproxy.host import File, Host
from dockproxy.model import (
    DAEMON_VARIABLES,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    environment_names,
    value_of,
)
from dockproxy.sources import dockerd_flag, init_files
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.dockerd_flag import Command, of_argv
from dockproxy.sources.init import SCRIPT
from dockproxy.sources.init_files import FILES, Sourced
from dockproxy.sources.init_shape import Start

REFERENCE = re.compile(r"(\"?)\$\{?(\w+)\}?\"?")
BLANKS = re.compile("[ \t\n]+")
"""What a shell splits at; not what Python takes for blank."""


class Scripted(NamedTuple):
    """What a script gives dockerd: its environment, and its command line, None where no script may be read.
    ``assigned`` is where the variables of that line come from."""

    reading: Reading
    command: Optional[Command] = None
    assigned: Tuple[Tuple[str, str, Origin], ...] = ()
    has_script: bool = True


def read(host: Host, init: str) -> Scripted:
    """Read what the script and its files export, and the command line that it makes of them."""
    files = init_files.find(host, init)
    if not files.has_script:
        why = f"no {SCRIPT} is there to source this file"
        return Scripted(_in_vain(host, init_files.own_files(init), why), has_script=False)
    if files.last is None:
        return Scripted(Reading(unread=files.unread))
    last, own = files.last, files.own or init_files.own_files(init)[0]
    reading = Reading(unread=files.unread, defects=files.missing)
    sources = {SCRIPT: own.spec.id, **{s.path: s.spec.id for s in files.sourced}}
    for variable in DAEMON_VARIABLES:
        for name in environment_names(variable):
            reading += _exported(variable, name, (*files.states, last), sources)
    if init == "openrc":
        reading += _let_through(last, {s.name for s in reading.settings}) + _by_starter(last)
    elif last.opaque is None:
        others = [s for s in FILES[init] if s not in files.sourced]
        reading += _in_vain(host, others, f"{SCRIPT} does not source this file")
    if last.failing is not None:
        # Whether dockerd is started at all.
        reading += Reading(unread=(_unknown(last.failing)._replace(reason=Missing.MAY_FAIL),))
    command, unread = _of_openrc(last) if init == "openrc" else _of_sysv(last, files.start)
    reading += Reading(unread=unread)
    reading = reading._replace(unread=tuple(dict.fromkeys(reading.unread)))
    return Scripted(reading, command, _assigned(last))


def _exported(variable: str, name: str, states: Sequence[ShellFile], sources: Mapping[str, str]) -> Reading:
    """What one name has when the script starts dockerd, and behind each file before; nothing where it is taken away in
    the end."""
    last = states[-1].get(name)
    if last is None:
        return Reading()
    origin = Origin(sources[last.path], last.path, last.line, name)
    if last.path == SCRIPT:
        return Reading(unread=(Unread(origin.source, last.path, Missing.UNPARSABLE, last.line),))
    if last.exported is False:
        message = f"{origin}: {name} is not exported, so it never reaches dockerd: write `export {name}=…`"
        return Reading(defects=(Defect("environment-ignored", message, origin),))
    if last.value is None or last.exported is None:
        return Reading(unread=(Unread(origin.source, last.path, Missing.UNPARSABLE, last.line),))
    settings: Dict[Tuple[str, int], Setting] = {}
    # A file that is sourced again comes last again.
    for order, found in enumerate(state.get(name) for state in states):
        if found is not None and found.exported and found.value is not None and found.path != SCRIPT:
            at = Origin(sources[found.path], found.path, found.line, name)
            settings[found.path, found.line] = Setting(variable, value_of(variable, found.value), at, order)
    return Reading(tuple(settings.values()))


def _let_through(shell: ShellFile, given: Collection[str]) -> Reading:
    """What OpenRC lets through from its own environment, where no file sets it (rc.conf, rc_env_allow)."""
    allow = shell.get("rc_env_allow")
    if allow is None:
        return Reading()
    words = ["*"] if allow.value is None else allow.value.split()
    names = [name for v in DAEMON_VARIABLES for name in environment_names(v) if name not in given]
    if not any(word == "*" or word in names for word in words):
        return Reading()
    reason = Missing.UNPARSABLE if allow.value is None else Missing.NOT_CHECKED
    return Reading(unread=(Unread(init_files.OPENRC_SYSTEM.id, allow.path, reason, allow.line),))


def _by_starter(shell: ShellFile) -> Reading:
    """What the program that starts dockerd is told to give it (start-stop-daemon(8), supervise-daemon(8), --env)."""
    told = [shell.variables.get(name) for name in ("start_stop_daemon_args", "supervise_daemon_args")]
    open_ = [v for v in told if v is not None and (v.value is None or "_proxy" in v.value.lower())]
    return Reading(unread=tuple(Unread(init_files.OPENRC.id, v.path, Missing.UNPARSABLE, v.line) for v in open_))


def _assigned(shell: ShellFile) -> Tuple[Tuple[str, str, Origin], ...]:
    """Where the variables come from that a command line may hold; those of files count before the script's own."""
    known = sorted(shell.variables.items(), key=lambda item: item[1].path != SCRIPT)
    return tuple((n, v.value, Origin(FLAG_SPEC.id, v.path, v.line, n)) for n, v in known if v.value is not None)


def _of_sysv(shell: ShellFile, start: Optional[Start]) -> Tuple[Command, Tuple[Unread, ...]]:
    """The command line that the script runs, and what of it only a shell could tell."""
    argv: List[str] = []
    literal: List[str] = []
    unread = [] if shell.opaque is None else [_unknown(shell.opaque)]
    for word in start.words if start is not None and shell.opaque is None else ():
        reference = REFERENCE.fullmatch(word)
        if reference is None:
            literal.append(word)
            argv.append(word)
            continue
        found = shell.get(reference.group(2))
        words = _expanded(reference, found)
        if words is None:
            at = found if found is not None else Variable(None, None, start.line if start is not None else 0, SCRIPT)
            unread.append(_unknown(at))
        argv += words if words is not None else [] if argv else [dockerd_flag.PROGRAMS[0]]
    origin = Origin(FLAG_SPEC.id, SCRIPT, start.line if start is not None else None)
    command = of_argv(argv or [dockerd_flag.PROGRAMS[0]], origin)
    return command._replace(literal=tuple(literal)), tuple(unread)


def _expanded(reference: re.Match[str], found: Optional[Variable]) -> Optional[List[str]]:
    """The words that ``$NAME`` stands for; None where only a shell could tell."""
    if found is None:
        return [] if shell_env.EMPTY.fullmatch(reference.group(2)) else None
    if found.value is None or reference.group(1):
        return [found.value] if found.value is not None else None
    words = [w for w in BLANKS.split(found.value) if w]
    # A pattern stands for files; no file is called as a flag is.
    return words if not any(re.search(r"[*?\[]", w) and w[0] != "-" for w in words) else None


def _unknown(variable: Variable) -> Unread:
    return Unread(FLAG_SPEC.id, variable.path, Missing.UNPARSABLE, variable.line)


ARGUMENTS = {"": "command_args_background", "supervise-daemon": "command_args_foreground"}
"""What starts dockerd, to the variable whose words follow those of command_args."""


def _of_openrc(shell: ShellFile) -> Tuple[Command, Tuple[Unread, ...]]:
    """The command line that OpenRC runs: it evaluates the variables once more (sh/start-stop-daemon.sh,
    sh/supervise-daemon.sh)."""
    supervisor = shell.get("supervisor")
    further = ARGUMENTS.get((supervisor.value or "?") if supervisor is not None else "")
    program, *arguments = (shell.get(n) for n in ("command", "command_args", further or "supervisor"))
    argv = _evaluated(program.value if program is not None else None)
    values = [v.value if v is not None else "" for v in arguments]
    words = _evaluated(" ".join(v for v in values if v is not None)) if None not in values and further else None
    is_one = argv is not None and len(argv) == 1
    at = next((v for v in (shell.opaque, *_own(shell), *arguments, program) if v is not None), None)
    unread = () if is_one and words is not None else (_unknown(at or Variable(None, None, 1, SCRIPT)),)
    origin = Origin(FLAG_SPEC.id, SCRIPT, program.line if program is not None else None)
    return of_argv([*(argv if argv and is_one else dockerd_flag.PROGRAMS[:1]), *(words or ())], origin), unread


def _own(shell: ShellFile) -> List[Variable]:
    """The options of the service's own file, which are what somebody can mend."""
    found = shell.variables.get("DOCKER_OPTS")
    return [found] if found is not None and found.path != SCRIPT else []


def _evaluated(text: Optional[str]) -> Optional[List[str]]:
    """The words that a shell makes of a text that it evaluates; None where only a shell could tell."""
    if text is None:
        return None
    parsed = shell_env.parse(": " + " ".join(w for w in BLANKS.split(text) if w))
    texts = [w.text for c in parsed.commands for w in c.words]
    is_one = len(parsed.commands) == 1 and parsed.commands[0].alone and parsed.opaque is None
    return [t for t in texts[1:] if t is not None] if is_one and None not in texts else None


def is_run_by(command: Optional[Command]) -> bool:
    """Whether a unit runs the init script, as the one does that systemd makes of it (systemd-sysv-generator(8))."""
    return command is not None and command.argv[:1] == (SCRIPT,)


def not_checked(host: Host) -> Reading:
    """That below systemd the script, where it is a program, and what it sources are not looked at."""
    file = host.read(SCRIPT)
    is_program = bool(file.mode & 0o111) if isinstance(file, File) else file is not Missing.ABSENT
    return Reading(unread=(Unread(init_files.SYSV.id, SCRIPT, Missing.NOT_CHECKED),) if is_program else ())


def not_read(host: Host, read_by_unit: Collection[str]) -> Reading:
    """What the files for a SysV script set where systemd starts the engine from a unit that reads only the files given,
    by their real paths."""
    return _in_vain(host, FILES["sysv"], "no EnvironmentFile= of docker.service names this file", read_by_unit)


PROXY_FLAG = re.compile(r"--(?:https?|no)-proxy\b")


def _in_vain(host: Host, files: Sequence[Sourced], why: str, read_all_the_same: Collection[str] = ()) -> Reading:
    """What files set that nobody reads, other than those given by their real paths."""
    defects = []
    for found in files:
        file = host.read(found.path)
        if isinstance(file, Missing) or file.real_path in read_all_the_same:
            continue
        shell = shell_env.parse(file.text, found.path)
        options = shell.variables.get(found.options or "")
        names = [n for v in DAEMON_VARIABLES for n in environment_names(v) if n in shell.variables]
        names += [found.options] if found.options and options and PROXY_FLAG.search(options.value or "") else []
        for name in names:
            origin = Origin(found.spec.id, found.path, shell.variables[name].line, name)
            defects.append(Defect("file-not-read", f"{origin}: {why}, so {name} never reaches dockerd", origin))
    return Reading(defects=tuple(defects))
