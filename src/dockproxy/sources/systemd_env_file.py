"""The files that ``EnvironmentFile=`` of the service names."""

from __future__ import annotations

from typing import Iterator, List, NamedTuple, Tuple, Union

from dockproxy.formats import env_file, glob, specifiers, unit_words
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import File, Host
from dockproxy.model import (
    DAEMON_NAMES,
    NOT_A_FILE,
    VARIABLE_OF_NAME,
    Defect,
    Missing,
    Origin,
    Reading,
    Setting,
    Unread,
    value_of,
)
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="systemd-env-file",
    consumer="daemon",
    where="the files named by EnvironmentFile= of docker.service and its drop-ins",
    effect="a restart of the service; a daemon-reload first when the EnvironmentFile= line itself is new",
    evidence="systemd.exec(5), EnvironmentFile=; systemd, src/basic/env-file.c",
    until="28.5",
)


OF_BOOT = ("/run/", "/var/run/")
"""Where files are that a host has only while it runs."""


class Named(NamedTuple):
    """A file that the unit names, and where it does. ``optional``: the name had the prefix ``-``."""

    path: str
    optional: bool
    origin: Origin


def named(host: Host, unit: Unit) -> List[Named]:
    """The files in the order in which systemd reads them, patterns expanded as glob(7) sorts them."""
    found = []
    for located in unit.in_force("Service", "EnvironmentFile"):
        text = specifiers.expand(located.statement.value, unit.specifiers) or ""
        origin = Origin("systemd-environment", located.part.path, located.statement.line)
        found += [Named(path, text.startswith("-"), origin) for path in paths(host, text)]
    return found


def paths(host: Host, text: str) -> List[str]:
    """The files that one line names, its specifiers in place; none where systemd ignores it, or only the running host
    knows them."""
    path = text.removeprefix("-")
    return _glob(host, path) if is_taken(path) and UNKNOWN not in path else []


def is_taken(path: str) -> bool:
    """Whether systemd takes it as the name of a file; else it ignores the line."""
    return path.startswith("/") and ".." not in path.split("/")


def _glob(host: Host, pattern: str) -> List[str]:
    """The files that glob(7) finds, sorted; the pattern itself where it finds none, so that it counts as absent."""
    plain = glob.name_of(pattern)
    if not glob.is_magic(pattern):
        return [plain]
    found, closed = [""], []
    for part in pattern.split("/")[1:]:
        if not glob.is_magic(part):
            found = [f"{folder}/{glob.name_of(part)}" for folder in found]
            continue
        listed = [(folder, host.list(folder or "/")) for folder in found]
        # A folder that may not be listed stands for what may be in it: it cannot be read either.
        closed += [folder for folder, names in listed if names is Missing.PERMISSION]
        found = [
            f"{folder}/{name}"
            for folder, names in listed
            for name in (() if isinstance(names, Missing) else names)
            if glob.matches(name, part)
        ]
    return sorted([path for path in found if host.read(path) is not Missing.ABSENT] + closed) or [plain]


def files(host: Host, unit: Unit) -> List[Tuple[Named, Union[File, Missing]]]:
    """Every named file with its content or the reason why there is none."""
    return [(n, host.read(n.path)) for n in named(host, unit)]


def assignments(host: Host, unit: Unit) -> List[Tuple[str, str, Origin]]:
    """Every assignment in force, also of names that are no proxy variables, later ones last."""
    return [
        (a.name, a.value, Origin(SPEC.id, n.path, a.line, a.name))
        for n, file in files(host, unit)
        if isinstance(file, File)
        for a in env_file.parse(file.text).assignments
    ]


def read(host: Host, unit: Unit) -> Reading:
    """Read the proxy variables; a file that must exist and does not keeps the service from starting."""
    settings: List[Setting] = []
    unread, defects = _no_file(unit)
    commands = unit.in_force("Service", "ExecStart")
    names = {*DAEMON_NAMES, *(n for located in commands for n in unit_words.references(located.statement.value))}
    for n, file in files(host, unit):
        if file is Missing.ABSENT and host.root != "/" and n.path.startswith(OF_BOOT):
            unread.append(Unread(SPEC.id, n.path, Missing.NOT_CHECKED))
        elif file is Missing.ABSENT or (isinstance(file, Missing) and file in NOT_A_FILE):
            if not n.optional:
                what = f"is {NOT_A_FILE[file]}" if file in NOT_A_FILE else "does not exist"
                needs = f"EnvironmentFile= at {n.origin} requires it"
                message = (
                    f"{n.path} {what}, and {needs}: {unit.name} will not start; make it, or write a - before its name"
                )
                defects.append(Defect("environment-file-missing", message, n.origin, stops=True))
        elif isinstance(file, Missing):
            unread.append(Unread(SPEC.id, n.path, file))
        else:
            parsed = env_file.parse(file.text)
            if parsed.invalid is not None:
                kind = "environment-ignored" if n.optional else "environment-file-invalid"
                origin = Origin(SPEC.id, n.path, parsed.invalid.line)
                defects.append(Defect(kind, f"{origin}: {parsed.invalid.reason}", origin, stops=not n.optional))
            unread += [Unread(SPEC.id, n.path, Missing.UNPARSABLE, at) for name, at in parsed.doubtful if name in names]
            defects += ignored(SPEC.id, n.path, parsed)
            settings += proxies(n.path, parsed)
    in_order = tuple(setting._replace(order=order) for order, setting in enumerate(settings))
    return Reading(in_order, tuple(unread), tuple(defects))


def proxies(path: str, parsed: env_file.EnvFile) -> Iterator[Setting]:
    """The proxy variables of a file."""
    for a in parsed.assignments:
        variable = VARIABLE_OF_NAME.get(a.name)
        if variable is not None:
            yield Setting(variable, value_of(variable, a.value), Origin(SPEC.id, path, a.line, a.name))


def ignored(source: str, path: str, parsed: env_file.EnvFile) -> List[Defect]:
    """The lines of a file that look like assignments and are none."""
    origins = [(Origin(source, path, line.line), line.reason) for line in parsed.ignored]
    return [Defect("environment-ignored", f"{origin}: {reason}", origin) for origin, reason in origins]


def _no_file(unit: Unit) -> Tuple[List[Unread], List[Defect]]:
    """The lines of which only the running host knows what file they name, and those that name none."""
    unread, defects = [], []
    for located in unit.in_force("Service", "EnvironmentFile"):
        text = specifiers.expand(located.statement.value, unit.specifiers)
        if text is not None and UNKNOWN in text:
            unread.append(Unread(SPEC.id, located.part.path, Missing.AT_RUN_TIME, located.statement.line))
        elif text is None or not is_taken(text.removeprefix("-")):
            origin = Origin("systemd-environment", located.part.path, located.statement.line)
            why = "it takes one absolute path without quotes and without .."
            defects.append(
                Defect("environment-ignored", f"{origin}: systemd ignores this EnvironmentFile=: {why}", origin)
            )
    return unread, defects
