"""A proxy variable is set to nothing, and another place sets it, so that the empty value does nothing.

dockerd takes an empty value for one that is not there: ``"https-proxy": ""`` in daemon.json does not cancel
``HTTPS_PROXY`` of the environment, and an empty ``HTTPS_PROXY`` does not cancel ``https_proxy``.

Mend: take the variable away where it is set (``dockproxy unset`` does it), or exempt all hosts by ``"no-proxy": "*"``.

Source: moby, daemon/command/daemon.go, configureProxyEnv; golang.org/x/net/http/httpproxy; engines 26.1 and 28.5 were
asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.resolve.precedence import EMPTY
from dockproxy.rules.facts import Facts, at

CODE = "DP206"
NAME = "empty-value-ignored"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each empty value beside one that is in force."""
    for effective in facts.effective.values():
        if effective.setting is not None:
            for lost in effective.shadowed:
                if lost.reason == EMPTY.text:
                    origin = lost.setting.origin
                    message = (
                        f"{at(origin)} is empty, which cancels nothing: {at(effective.setting.origin)} stays in force"
                    )
                    yield Finding(CODE, NAME, SEVERITY, message, origin)
