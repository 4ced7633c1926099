"""A proxy variable is set as a dockerd flag and in daemon.json, so that the engine does not start.

The check is per variable and looks only at whether both are there, even if they are equal or empty.

Mend: remove one of the two.

Source: moby, daemon/config/config.go, findConfigurationConflicts; engines 26.1 and 28.5 were asked.
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import conflict_sentence
from dockproxy.rules.facts import Facts

CODE = "DP102"
NAME = "configuration-conflict"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report each pair."""
    for flag, file in precedence.conflicts(facts.reading):
        yield Finding(CODE, NAME, SEVERITY, conflict_sentence(flag, file), flag.origin)
