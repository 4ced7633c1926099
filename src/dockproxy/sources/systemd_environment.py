"""``Environment=`` of the service and its drop-ins."""

from __future__ import annotations

from typing import Container, Iterator, List, Tuple

from dockproxy.formats import specifiers, unit_words
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.model import (
    DAEMON_NAMES,
    NOT_A_FILE,
    VARIABLE_OF_NAME,
    Defect,
    Missing,
    Origin,
    Reading,
    Removal,
    Setting,
    Unread,
    value_of,
)
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="systemd-environment",
    consumer="daemon",
    where="Environment= in docker.service and its drop-ins, over /etc, /run and /usr/lib",
    effect="systemctl daemon-reload, then a restart of the service",
    evidence="systemd.exec(5), Environment=; systemd.unit(5), drop-ins",
    until="28.5",
)


def assignments(unit: Unit) -> List[Tuple[str, str, Origin]]:
    """Every assignment in force, also of names that are no proxy variables, later ones last."""
    return [(e.name, e.value, origin) for e, origin in _entries(unit) if e.ignored is None and not e.unknown]


def unknown(unit: Unit) -> List[Tuple[str, Origin]]:
    """The variables of which only the running host knows the value, but for those that a later line sets anew, or
    whether they are taken away."""
    last = {entry.name: (entry, origin) for entry, origin in _entries(unit) if entry.ignored is None}
    of_values = [(name, origin) for name, (entry, origin) in last.items() if entry.unknown]
    return of_values + [(r.name, r.origin) for r in _removals(unit) if UNKNOWN in r.name + (r.value or "")]


def _entries(unit: Unit) -> Iterator[Tuple[unit_words.EnvironmentEntry, Origin]]:
    for located in unit.in_force("Service", "Environment"):
        for entry in unit_words.parse_environment(located.statement.value, unit.specifiers):
            yield entry, Origin(SPEC.id, located.part.path, located.statement.line, entry.name)


def read(unit: Unit) -> Reading:
    """Read the proxy variables, what systemd ignores of them, and what ``UnsetEnvironment=`` takes away."""
    settings: List[Setting] = []
    defects = _broken(unit)
    origins = dict.fromkeys((o.path, o.line) for n, o in unknown(unit) if may_be(n, DAEMON_NAMES))
    unread = [Unread(SPEC.id, path, Missing.UNPARSABLE, line) for path, line in origins]
    for entry, origin in _entries(unit):
        variable = VARIABLE_OF_NAME.get(entry.name)
        if entry.ignored is not None:
            defects.append(Defect("environment-ignored", f"{origin}: {entry.ignored}", origin))
        elif variable is not None and not entry.unknown:
            settings.append(Setting(variable, value_of(variable, entry.value), origin, len(settings)))
    return Reading(tuple(settings), (*unit.unread, *unread), tuple(defects), tuple(removals(unit)))


def _broken(unit: Unit) -> List[Defect]:
    """Where systemd stops reading a file: what follows in a drop-in is ignored, a unit itself is not loaded at all. And
    what is no file."""
    found = []
    if unit.lost is not None:
        path, reason = unit.lost
        what = NOT_A_FILE.get(reason, "a link to nothing")
        message = (
            f"{path}: {what}, so systemd finds no {unit.name}, also where a later directory has one; "
            "mend or remove it, then daemon-reload"
        )
        found.append(Defect("unit-invalid", message, Origin(SPEC.id, path), stops=True))
    for part in unit.parts:
        if part.unit.broken is not None:
            is_drop_in = part.path.endswith(".conf")
            ending = "systemd ignores the rest of the file" if is_drop_in else "systemd does not load this unit"
            kind = "environment-ignored" if is_drop_in else "unit-invalid"
            message = f"{part.path}:{part.unit.broken.line}: {part.unit.broken.message}; {ending}"
            origin = Origin(SPEC.id, part.path, part.unit.broken.line)
            found.append(Defect(kind, message, origin, stops=not is_drop_in))
    for path, reason in unit.void:
        what = NOT_A_FILE.get(reason, "a link to nothing")
        message = f"{path}: {what}; systemd passes over it, and over drop-ins of the same name in later directories"
        found.append(Defect("environment-ignored", message, Origin(SPEC.id, path)))
    return found


def removals(unit: Unit) -> List[Removal]:
    """What ``UnsetEnvironment=`` takes from the finished environment: a name, or a name with exactly that value."""
    return [r for r in _removals(unit) if UNKNOWN not in r.name + (r.value or "")]


def may_be(name: str, names: Container[str]) -> bool:
    """Whether it may be one of the names, as far as it is known."""
    return UNKNOWN in name or name in names


def _removals(unit: Unit) -> List[Removal]:
    found = []
    for located in unit.in_force("Service", "UnsetEnvironment"):
        for word in unit_words.split_words(located.statement.value).words:
            text = specifiers.expand(word.text, unit.specifiers)
            if text is not None:
                found.append(Removal.of_word(text, Origin(SPEC.id, located.part.path, located.statement.line)))
    return found
