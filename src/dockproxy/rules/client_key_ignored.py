"""A key of ``proxies`` in ``config.json`` is none of the docker CLI's, or newer than that, which ignores it and says
nothing.

``allProxy`` reaches containers from docker 23.0 on. ``http-proxy`` and ``HTTP_PROXY`` are dockerd's and the
environment's names of what the CLI calls ``httpProxy``.

Mend: upgrade the docker CLI, or pass the variable with ``docker run --env``.

Source: docker/cli, cli/config/configfile/file.go, ProxyConfig; the CLIs 20.10, 26.1 and 28.5 were asked."""

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
