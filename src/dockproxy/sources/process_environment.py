"""The environment of a running dockerd that no service manager started: what its shell had exported."""

from __future__ import annotations

from dockproxy.host import Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="process-environment",
    consumer="daemon",
    where="/proc/PID/environ of dockerd, when it was started by hand",
    effect="a start of dockerd from a shell that exports the new value",
    evidence="proc(5); moby, daemon/command/daemon.go: dockerd overrides its own copy, never this block",
    until="28.5",
)


def read(host: Host, pid: int) -> Reading:
    """Read the proxy variables that process ``pid`` was started with."""
    block = host.process_environment(pid)
    if isinstance(block, Missing):
        # A process that has ended in the meantime leaves nothing to read.
        reason = Missing.NOT_CHECKED if block is Missing.ABSENT else block
        return Reading(unread=(Unread(SPEC.id, f"/proc/{pid}/environ", reason),))
    return Reading(
        tuple(
            Setting(
                VARIABLE_OF_NAME[name], value_of(VARIABLE_OF_NAME[name], value), Origin(SPEC.id, name=name, pid=pid)
            )
            for name, value in block.items()
            if name in VARIABLE_OF_NAME
        )
    )
