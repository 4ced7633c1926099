"""Which engine steps make a change effective."""

from __future__ import annotations

import posixpath
from typing import Sequence, Tuple

from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import Host
from dockproxy.model import Change, FileKind, Missing
from dockproxy.resolve.daemon import DaemonView, find_drift, needs_reload
from dockproxy.sources import init_files
from dockproxy.sources.engine import NAME
from dockproxy.sources.init import SCRIPT

VALIDATES = (23, 0)
"""The first engine with ``dockerd --validate`` (moby, commit 8f80e55111)."""


def steps_for(host: Host, seen: DaemonView, changes: Sequence[Change]) -> Tuple[str, ...]:
    """``validate``, ``daemon-reload`` and ``restart`` where they are needed; nothing in an offline tree. What no
    service starts is only validated, as its restart is the user's."""
    if not host.live or (not changes and find_drift(host, seen) is None):
        return ()
    if seen.sources.unit is None:
        has_script = seen.init in init_files.FILES and host.read(SCRIPT) is not Missing.ABSENT
        # What is stopped stays stopped.
        is_restarted = has_script and seen.process is not None
        return (*_validation(seen), "restart") if is_restarted else _validation(seen)
    edits_unit = any(c.kind is FileKind.UNIT for c in changes)
    reload = ("daemon-reload",) if edits_unit or needs_reload(host, seen.sources.unit, seen.installation.user) else ()
    # A stopped engine stays stopped: whoever stopped it did so for a reason. A failed one should be running.
    return reload if seen.state == "inactive" else (*_validation(seen), *reload, "restart")


def _validation(seen: DaemonView) -> Tuple[str, ...]:
    """What dockerd says of its configuration is known without a restart, since 23.0."""
    command, version = seen.sources.command, seen.engine.version
    # A script around dockerd would start it, whatever its arguments.
    is_dockerd = command is not None and posixpath.basename("".join(command.argv[:1])) == NAME
    is_known = command is not None and UNKNOWN not in "".join(command.argv)
    can = is_dockerd and is_known and version is not None and version.at_least(*VALIDATES)
    return ("validate",) if can else ()
