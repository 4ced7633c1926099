"""The docker CLI of this host is too old for a key of its ``config.json``, and ignores it.

``allProxy`` reaches containers from docker 23.0 on.

Mend: upgrade the docker CLI, or pass the variable with ``docker run --env``.

Source: docker/cli, cli/config/configfile/file.go, ProxyConfig; the CLI 20.10 was asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP204"
NAME = "client-key-ignored"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such key."""
    return of_defects(facts, ("client-key-ignored",), CODE, NAME, SEVERITY)
