"""A directive is set both as a flag of dockerd and in daemon.json, so that the engine does not start.

The check is per directive and looks only at whether both are there, even if they are equal or empty. Only ``runtimes``
may stand in both. The usual case is ``hosts``: the packaged unit starts dockerd with ``-H fd://``.

Mend: remove one of the two. To keep ``hosts``, replace the packaged command line by a drop-in that holds ``ExecStart=``
and, on the next line, the command line without ``-H``.

Source: moby, daemon/config/config.go, findConfigurationConflicts; engines 20.10, 26.1 and 28.5 were asked.
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP102"
NAME = "configuration-conflict"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report each pair."""
    return of_defects(facts, ("configuration-conflict",), CODE, NAME, SEVERITY)
