"""A file is not what its reader takes, so that the reader takes nothing of it.

dockerd does not start with a daemon.json that is no JSON (comments and trailing commas are not), or no file at all: a
folder, a link that leads to itself; before 23.0 an empty file stops it, too. The docker CLI warns and uses nothing of
such a config.json. systemd does not start a service whose required environment file is not UTF-8, and does not load a
unit with a section header that is not closed.

Mend: correct the named line.

Mend (daemon-json): ``dockerd --validate`` (23.0 and newer) checks daemon.json without touching
the engine.

Mend (systemd-environment): correct the named line; ``systemd-analyze verify UNIT`` tells whether systemd takes it.

Source: moby, daemon/config/config.go, getConflictFreeConfiguration; systemd 252 was asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP101"
NAME = "file-unparsable"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(
        facts,
        (
            "daemon-json-invalid",
            "client-config-invalid",
            "environment-file-invalid",
            "unit-invalid",
        ),
        CODE,
        NAME,
        SEVERITY,
    )
