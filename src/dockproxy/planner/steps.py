"""Which engine steps make a change effective."""

from __future__ import annotations

from typing import Sequence, Tuple

from dockproxy.host import Host
from dockproxy.model import Change, Missing
from dockproxy.resolve.daemon import RELOAD_PROPERTIES, DaemonView, find_drift, needs_reload
from dockproxy.sources.engine import UNIT


def steps_for(host: Host, seen: DaemonView, changes: Sequence[Change]) -> Tuple[str, ...]:
    """``daemon-reload`` and ``restart`` where they are needed; nothing in an offline tree. What no service manager
    starts is only validated, as its restart is the user's."""
    if not host.live:
        return ()
    if seen.sources.unit is None:
        is_wanted = changes or find_drift(host, seen) is not None
        return ("validate",) if is_wanted and seen.sources.command is not None else ()
    if not changes and find_drift(host, seen) is None:
        return ()
    state = host.unit_properties(UNIT, ["ActiveState", *RELOAD_PROPERTIES])
    edits_unit = any(c.path.endswith((".conf", ".service")) for c in changes)
    reloads = edits_unit or needs_reload(host, seen.sources.unit, state)
    # A stopped engine stays stopped: whoever stopped it did so for a reason. A failed one should be running.
    is_stopped = not isinstance(state, Missing) and state.get("ActiveState") == "inactive"
    return (("daemon-reload",) if reloads else ()) + (() if is_stopped else ("restart",))
