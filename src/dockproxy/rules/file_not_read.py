"""A file that looks like the engine's sets a proxy, and nothing that starts the engine reads it.

``/etc/default/docker`` and ``/etc/sysconfig/docker`` are for an init script. Under systemd they count only where
``EnvironmentFile=`` of docker.service names them: the unit of Debian's docker.io does, the one of docker-ce does not.
Without systemd they count only where ``/etc/init.d/docker`` sources them. Drop-ins are the files in
``docker.service.d`` whose names end in ``.conf``. And ``--config-file`` moves daemon.json.

Mend: ``dockproxy set`` writes to where the engine looks; then take the line out.

Source: moby, contrib/init/systemd/docker.service; systemd.exec(5), EnvironmentFile=; systemd.unit(5).
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP207"
NAME = "file-not-read"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such line."""
    return of_defects(facts, ("file-not-read",), CODE, NAME, SEVERITY)
