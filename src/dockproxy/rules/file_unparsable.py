"""A configuration file is not valid JSON.

dockerd does not start with such a daemon.json; the docker CLI warns and uses nothing of its config.json.
Comments and trailing commas are not JSON.

Mend: correct the named line; ``dockerd --validate`` (23.0 and newer) checks it without touching the engine.

Source: moby, daemon/config/config.go, getConflictFreeConfiguration."""

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
        ),
        CODE,
        NAME,
        SEVERITY,
    )
