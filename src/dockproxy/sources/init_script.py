"""What the files that an init script sources export: it reaches dockerd."""

from __future__ import annotations

from typing import Collection, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.formats import shell_env
from dockproxy.formats.shell_env import ShellFile
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
from dockproxy.sources import init_files
from dockproxy.sources.dockerd_flag import SPEC as FLAG_SPEC
from dockproxy.sources.dockerd_flag import Command, of_argv
from dockproxy.sources.init import SCRIPT
from dockproxy.sources.init_files import FILES, Sourced


def read(host: Host, init: str) -> Tuple[Reading, Optional[Command]]:
    """Read what the files export, and the command line that the options make; None where nobody says that one is
    started: neither the script nor the engine's own file is there, or that may not be read."""
    files = init_files.find(host, init)
    sources = {s.path: s.spec.id for s in files.sourced}
    states: List[ShellFile] = [shell_env.NOTHING]
    reading = Reading(unread=files.unread)
    for found in files.sourced:
        file = host.read(found.path)
        if isinstance(file, File):
            states.append(shell_env.parse(_text(file), found.path, states[-1]))
        elif file is not Missing.ABSENT:
            reading += Reading(unread=(Unread(found.spec.id, found.path, file),))
    for variable in DAEMON_VARIABLES:
        for name in environment_names(variable):
            reading += _exported(variable, name, states, sources)
    if init == "openrc":
        reading += _let_through(states[-1], {s.name for s in reading.settings}) + _by_starter(states[-1])
    flags, command = _command(host, init, files.own, states[-1])
    reading += flags
    return reading._replace(unread=tuple(dict.fromkeys(reading.unread))), command


def _exported(variable: str, name: str, states: Sequence[ShellFile], sources: Mapping[str, str]) -> Reading:
    """What one name has when the script starts dockerd, and behind each file before; nothing where it is taken away in
    the end."""
    last = states[-1].get(name)
    if last is None:
        return Reading()
    origin = Origin(sources[last.path], last.path, last.line, name)
    if last.exported is False:
        message = f"{origin}: {name} is not exported, so it never reaches dockerd: write `export {name}=…`"
        return Reading(defects=(Defect("environment-ignored", message, origin),))
    if last.value is None or last.exported is None:
        return Reading(unread=(Unread(origin.source, last.path, Missing.UNPARSABLE, last.line),))
    settings: Dict[Tuple[str, int], Setting] = {}
    for found in (state.get(name) for state in states):
        if found is not None and found.exported and found.value is not None:
            at = Origin(sources[found.path], found.path, found.line, name)
            settings[found.path, found.line] = Setting(variable, value_of(variable, found.value), at, len(settings))
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


def _command(host: Host, init: str, own: Optional[Sourced], shell: ShellFile) -> Tuple[Reading, Optional[Command]]:
    file = host.read(own.path) if own is not None else Missing.ABSENT
    if file is Missing.ABSENT:
        file = host.read(SCRIPT)
    if own is None or own.options is None or isinstance(file, Missing):
        return Reading(), None
    found = shell.get(own.options)
    words = [] if found is None else _words(init, found.value)
    line = found.line if found is not None else None
    unread = () if words is not None else (Unread(FLAG_SPEC.id, own.path, Missing.UNPARSABLE, line),)
    return Reading(unread=unread), of_argv(["dockerd", *(words or ())], Origin(FLAG_SPEC.id, own.path, line))


def _words(init: str, options: Optional[str]) -> Optional[List[str]]:
    """The words that a script makes of the options: all split them at blanks, OpenRC evaluates the result once more."""
    if options is None or init == "sysv":
        return options.split() if options is not None else None
    parsed = shell_env.parse(f": {' '.join(options.split())}")
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
    defects = []
    for found in FILES["sysv"]:
        file = host.read(found.path)
        if isinstance(file, Missing) or file.real_path in read_by_unit:
            continue
        shell = shell_env.parse(_text(file), found.path)
        for name in (n for v in DAEMON_VARIABLES for n in environment_names(v) if n in shell.variables):
            origin = Origin(found.spec.id, found.path, shell.variables[name].line, name)
            why = f"no EnvironmentFile= of docker.service names this file, so {name} never reaches dockerd"
            defects.append(Defect("file-not-read", f"{origin}: {why}", origin))
    return Reading(defects=tuple(defects))


def _text(file: Union[File, Missing]) -> str:
    return "" if isinstance(file, Missing) else file.text
