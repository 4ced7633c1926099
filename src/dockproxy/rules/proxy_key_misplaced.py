"""A proxy key of daemon.json stands where dockerd accepts and ignores it.

dockerd flattens nested objects before it checks the names of keys, but reads proxies only inside ``proxies``.

Mend: move the key into ``"proxies": {...}``.

Source: moby, daemon/config/config.go, configValuesSet; engine 28.5 was asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP201"
NAME = "proxy-key-misplaced"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(facts, ("proxy-key-misplaced",), CODE, NAME, SEVERITY)
