"""What a rule may look at, and how it reports a defect that a source has seen."""

from __future__ import annotations

from typing import Iterator, Mapping, NamedTuple, Tuple

from dockproxy.host import File
from dockproxy.model import EffectiveSet, Finding, Origin, Reading, Severity
from dockproxy.secret import go_url
from dockproxy.sources.system_environment import Login


class Facts(NamedTuple):
    """One consumer: what its sources say, and what follows from it."""

    consumer: str
    reading: Reading
    effective: EffectiveSet
    logins: Tuple[Login, ...] = ()
    """What a login is given, where no login starts the consumer."""
    files: Mapping[str, File] = {}
    """The files that decide, by their paths."""
    dialect: str = go_url.ENGINE
    """That of the Go which the engine is built with, or the newest where that is not known."""
    is_users: bool = False
    """A user's own service manager starts the consumer."""


def of_defects(facts: Facts, kinds: Tuple[str, ...], code: str, name: str, severity: Severity) -> Iterator[Finding]:
    """A finding for each defect of the given kinds."""
    for defect in facts.reading.defects:
        if defect.kind in kinds:
            yield Finding(code, name, severity, defect.message, defect.origin, mend=defect.mend)


def at(origin: Origin) -> str:
    """A setting's place for use inside a sentence."""
    return f"{origin.name} at {origin}" if origin.name else str(origin)
