"""A proxy is set for logins, and the engine, which no login starts, has none.

``/etc/environment``, ``/etc/profile.d`` and root's profile reach whoever logs in, the docker CLI there included, and
never a dockerd that systemd or an init script starts.

Mend: ``dockproxy set --from-env`` in a new login gives the engine what that has; sudo hands it on with
``--preserve-env=HTTP_PROXY,HTTPS_PROXY,NO_PROXY`` and the names in lower case.

Source: systemd.exec(5), Environment Variables in Spawned Processes; pam_env(8).
"""

from __future__ import annotations

from typing import Dict, Iterator, List

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts
from dockproxy.sources.system_environment import Login

CODE = "DP208"
NAME = "login-environment"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each file that sets what the engine lacks, at its first such line."""
    files: Dict[str, List[Login]] = {}
    for login in facts.logins:
        if facts.effective[login.variable].setting is None:
            files.setdefault(login.origin.path or "", []).append(login)
    for found in files.values():
        first = min((login.origin for login in found), key=lambda origin: origin.line or 0)
        names = ", ".join(str(login.origin.name) for login in found)
        yield Finding(CODE, NAME, SEVERITY, f"{first}: {names}: for logins only, the engine has no such proxy", first)
