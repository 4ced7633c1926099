"""The engine's service is masked, and nothing runs: systemd does not start it, whatever the settings are.

A unit is masked by a link to ``/dev/null``, or an empty file, of its name.

Source: systemd.unit(5); systemctl(1), mask; systemd 252 was asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP105"
NAME = "service-masked"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report it."""
    return of_defects(facts, ("unit-masked",), CODE, NAME, SEVERITY)
