"""What every source says of itself, and of what it holds that dockerd refuses."""

from __future__ import annotations

from typing import NamedTuple, Optional

from dockproxy.model import Defect, Origin


class Spec(NamedTuple):
    """One place where a proxy variable can be set."""

    id: str
    consumer: str
    where: str
    effect: str
    """What a change there needs before the consumer uses it."""
    evidence: str
    """The upstream file or manual page that says so."""
    until: str
    """The newest engine that was asked, and reads it."""
    since: Optional[str] = None
    """The first engine that reads it; None: all do."""


REPLACED = "put a regular file in its place, or remove it"
"""How what is no file is mended."""


def refused(kind: str, origin: Origin, what: str, said: str, mend: str, column: Optional[int] = None) -> Defect:
    """A defect with which dockerd does not start. ``said`` is what it prints, … for the rest of a line that is not the
    same in every version."""
    place = f"{origin}:{column}" if column is not None else str(origin)
    return Defect(kind, f'{place}: {what}; dockerd says "{said}" and does not start; {mend}', origin, stops=True)
