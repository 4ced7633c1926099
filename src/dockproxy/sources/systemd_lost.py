"""What the unit and its drop-ins set with ``Environment=`` and ``EnvironmentFile=``, and systemd drops before anything
is ranked: a later empty one takes it away, or its drop-in is hidden by one of the same name.

Source: systemd.exec(5), Environment= and EnvironmentFile=; systemd.unit(5), drop-ins and masking.
"""

from __future__ import annotations

from typing import Iterator, List

from dockproxy.formats import env_file, specifiers, unit_file, unit_words
from dockproxy.host import NULL, File, Host
from dockproxy.model import VARIABLE_OF_NAME, Origin, Reading, Setting, Shadowed, value_of
from dockproxy.sources import systemd_env_file
from dockproxy.sources.systemd_environment import SPEC
from dockproxy.sources.systemd_unit import Unit

KEYS = ("Environment", "EnvironmentFile")
RESET = "systemd.exec(5), {}=; systemd 252 was asked"
HIDDEN = "systemd.unit(5), drop-ins; systemd 252 was asked"


def read(host: Host, unit: Unit) -> Reading:
    """Every proxy variable that is lost so, and why."""
    return Reading(lost=(*_reset(host, unit), *_hidden(host, unit)))


def _reset(host: Host, unit: Unit) -> Iterator[Shadowed]:
    for key in KEYS:
        pending: List[Setting] = []
        for part, statement in unit.statements("Service", key):
            pending += _settings(host, unit, key, part.path, statement)
            if not statement.value:
                why = f"an empty {key}= at {part.path}:{statement.line} takes it away"
                yield from (Shadowed(setting, why, RESET.format(key)) for setting in pending)
                pending = []


def _hidden(host: Host, unit: Unit) -> Iterator[Shadowed]:
    for path, by in unit.hidden:
        file = host.read(path)
        text = file.text if isinstance(file, File) else ""
        how = f", a link to {NULL}, masks it" if host.realpath(by) == NULL else " has the same name and counts instead"
        parsed = unit_file.parse(text)
        for key, statement in [(each, found) for each in KEYS for found in parsed.find("Service", each)]:
            lost = _settings(host, unit, key, path, statement)
            yield from (Shadowed(setting, f"{by}{how}", HIDDEN) for setting in lost)


def _settings(host: Host, unit: Unit, key: str, path: str, statement: unit_file.Statement) -> Iterator[Setting]:
    if key == "EnvironmentFile":
        yield from _of_files(host, unit, statement)
        return
    for entry in unit_words.parse_environment(statement.value, unit.specifiers):
        variable = VARIABLE_OF_NAME.get(entry.name)
        if variable is not None and entry.ignored is None and not entry.unknown:
            origin = Origin(SPEC.id, path, statement.line, entry.name)
            yield Setting(variable, value_of(variable, entry.value), origin)


def _of_files(host: Host, unit: Unit, statement: unit_file.Statement) -> Iterator[Setting]:
    """What the files of a line hold, but for those that another line still names."""
    named = {each.path for each in systemd_env_file.named(host, unit)}
    text = specifiers.expand(statement.value, unit.specifiers) or ""
    for path in systemd_env_file.paths(host, text):
        file = host.read(path)
        if path not in named and isinstance(file, File):
            yield from systemd_env_file.proxies(path, env_file.parse(file.text))
