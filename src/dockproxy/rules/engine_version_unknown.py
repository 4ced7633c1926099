"""daemon.json sets a proxy, and it is not known whether the engine is one that knows ``proxies``.

The version comes from the program itself, or in a tree from dpkg's database; those of other package managers are not
read. Engines before 23.0 do not start with ``proxies``.

Mend: give the version with ``--engine-version``.

Source: moby, daemon/config/config.go, type Proxies; since commit 427c7cc5f8."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP212"
NAME = "engine-version-unknown"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report the first such setting."""
    return of_defects(facts, ("version-unknown",), CODE, NAME, SEVERITY)
