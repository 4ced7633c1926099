"""systemd ignores an assignment of a unit or an environment file.

Usual causes: a single ``%`` in a unit (write ``%%``), ``export`` in an environment file (it is not a shell script),
quotes that do not close.

Source: systemd.exec(5), Environment= and EnvironmentFile=; systemd 252 was asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP202"
NAME = "environment-ignored"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(facts, ("environment-ignored",), CODE, NAME, SEVERITY)
