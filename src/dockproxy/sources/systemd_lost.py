"""What the unit and its drop-ins set with ``Environment=`` and systemd drops before anything is ranked: a later empty
``Environment=`` takes it away, or its drop-in is hidden by one of the same name.

Source: systemd.exec(5), Environment=; systemd.unit(5), drop-ins and masking.
"""

from __future__ import annotations

from typing import Iterator, List

from dockproxy.formats import unit_file, unit_words
from dockproxy.host import NULL, File, Host
from dockproxy.model import VARIABLE_OF_NAME, Origin, Reading, Setting, Shadowed, value_of
from dockproxy.sources.systemd_environment import SPEC
from dockproxy.sources.systemd_unit import Unit

RESET = "systemd.exec(5), Environment=; systemd 252 was asked"
HIDDEN = "systemd.unit(5), drop-ins; systemd 252 was asked"


def read(host: Host, unit: Unit) -> Reading:
    """Every proxy variable that is lost so, and why."""
    return Reading(lost=(*_reset(unit), *_hidden(host, unit)))


def _reset(unit: Unit) -> Iterator[Shadowed]:
    pending: List[Setting] = []
    for part, statement in unit.statements("Service", "Environment"):
        pending += _settings(unit, part.path, statement)
        if not statement.value:
            yield from (Shadowed(s, f"an empty Environment= at {part.path}:{statement.line} takes it away", RESET)
                        for s in pending)  # fmt: skip
            pending = []


def _hidden(host: Host, unit: Unit) -> Iterator[Shadowed]:
    for path, by in unit.hidden:
        file = host.read(path)
        text = file.text if isinstance(file, File) else ""
        how = f", a link to {NULL}, masks it" if host.realpath(by) == NULL else " has the same name and counts instead"
        for statement in unit_file.parse(text).find("Service", "Environment"):
            yield from (Shadowed(setting, f"{by}{how}", HIDDEN) for setting in _settings(unit, path, statement))


def _settings(unit: Unit, path: str, statement: unit_file.Statement) -> Iterator[Setting]:
    for entry in unit_words.parse_environment(statement.value, unit.specifiers):
        variable = VARIABLE_OF_NAME.get(entry.name)
        if variable is not None and entry.ignored is None and not entry.unknown:
            origin = Origin(SPEC.id, path, statement.line, entry.name)
            yield Setting(variable, value_of(variable, entry.value), origin)
