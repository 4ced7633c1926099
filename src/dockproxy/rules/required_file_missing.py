"""A file that the engine or its unit requires does not exist, so that the engine does not start.

``EnvironmentFile=`` without the prefix ``-`` requires the file, and so does ``--config-file``; and ``ExecStart=`` names
the program itself. An init script requires what it sources without a look whether it is there: at ``.`` without a file
every shell but bash ends.

Source: systemd.exec(5), EnvironmentFile=; moby, daemon/command/daemon.go, loadDaemonCliConfig; POSIX.1-2017, 2.8.1
Consequences of Shell Errors."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP104"
NAME = "required-file-missing"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(
        facts,
        (
            "environment-file-missing",
            "config-file-missing",
            "program-missing",
            "sourced-file-missing",
        ),
        CODE,
        NAME,
        SEVERITY,
    )
