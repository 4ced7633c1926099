"""What every source says of itself."""

from __future__ import annotations

from typing import NamedTuple, Optional


class Spec(NamedTuple):
    """One place where a proxy variable can be set."""

    id: str
    consumer: str
    where: str
    effect: str
    """What a change there needs before the consumer uses it."""
    evidence: str
    """The upstream file or manual page that says so."""
    since: Optional[str] = None
    """First engine version that reads it."""
