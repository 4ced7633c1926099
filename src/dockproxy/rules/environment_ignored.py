"""An assignment has no effect: systemd ignores it, or an init script keeps it to itself.

Usual causes: a single ``%`` in a unit (write ``%%``), ``export`` in an environment file (it is not a shell script),
quotes that do not close, or none around a value with blanks; a ``-`` in the name (write ``HTTPS_PROXY``); without
systemd, no ``export`` in the file that the init script sources.

Source: systemd.exec(5), Environment= and EnvironmentFile=; moby, contrib/init/sysvinit-debian/docker; systemd 252,
Debian's own script and OpenRC 0.45 were asked."""

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
