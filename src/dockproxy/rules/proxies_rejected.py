"""The engine rejects ``proxies`` of daemon.json, or a proxy flag, so that it does not start.

An engine before 23.0 knows neither the key nor the flags. A newer one takes ``http-proxy``, ``https-proxy`` and
``no-proxy`` with string values; the shape of the client (``{"default": {"httpProxy": ...}}``) belongs into
``~/.docker/config.json``.

Source: moby, daemon/config/config.go, findConfigurationConflicts; engines 20.10 and 28.5 were asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP103"
NAME = "proxies-rejected"
SEVERITY = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(
        facts,
        (
            "proxies-wrong-shape",
            "proxies-unsupported",
            "flag-unsupported",
        ),
        CODE,
        NAME,
        SEVERITY,
    )
