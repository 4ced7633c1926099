"""A value of ``proxies`` in the docker CLI's ``config.json`` is of another type than the CLI takes.

The CLI warns at every call, ignores exactly that value and uses the others, also where it stands in the entry of
another host. An entry of the daemon's host that is ignored hides ``default`` all the same. Directly in ``proxies``
stand hosts, so that ``"proxies": {"httpProxy": ...}``, the shape of dockerd's file, is an entry of another type.

Mend: write ``"proxies": {"default": {"httpsProxy": "http://proxy:3128", "noProxy": ".corp,.example.com"}}``; a list
of hosts is one string.

Source: docker/cli, cli/config/configfile/file.go, LoadFromReader; the CLIs 20.10, 26.1 and 28.5 were asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP205"
NAME = "client-value-ignored"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such value."""
    return of_defects(facts, ("client-value-ignored",), CODE, NAME, SEVERITY)
