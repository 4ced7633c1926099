"""What a restart of the engine will do to others, told before it happens."""

from __future__ import annotations

from typing import List

from dockproxy.host import Host, Response
from dockproxy.model import Missing, Refusal
from dockproxy.resolve.daemon import DaemonView
from dockproxy.sources import engine
from dockproxy.sources.init import reload_command

DEPENDENTS = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf")
"""Relations through which a restart of docker.service stops or restarts another unit (systemd.unit(5))."""


def restart_notice(host: Host, seen: DaemonView) -> List[str]:
    """One line for each consequence; empty when nothing else is touched."""
    info = {} if isinstance(seen.info, Missing) else seen.info
    lines = []
    names = engine.running_containers(host, seen.engine.socket)
    if names is None:
        lines.append("which containers run, and stop with the engine, could not be asked")
    keeps = bool(info.get("LiveRestoreEnabled"))
    swarm = info.get("Swarm") or {}
    is_swarm = swarm.get("LocalNodeState") == "active"
    if names and keeps:
        lines.append(f"{len(names)} running container(s) keep running (live-restore): {', '.join(names)}")
    elif names:
        lines.append(f"{len(names)} running container(s) will be stopped: {', '.join(names)}")
        if not is_swarm:
            reload = reload_command(seen.init, seen.installation)
            lines.append(f'to keep them, add "live-restore": true to daemon.json and run `{reload}` first')
    unit = seen.installation.unit
    properties = host.unit_properties(unit, DEPENDENTS, seen.installation.user)
    units = [] if isinstance(properties, Missing) else sorted({u for text in properties.values() for u in text.split()})
    if units:
        lines.append(f"units that require {unit} are restarted or stopped with it: {', '.join(units)}")
    if is_swarm:
        role = "manager" if swarm.get("ControlAvailable") else "worker"
        lines.append(f"this node is a swarm {role}; its tasks may be moved to other nodes")
    return lines


def refuse_last_manager(host: Host, seen: DaemonView, force: bool) -> None:
    """Refuse to restart the last reachable manager of a swarm, which would stop the swarm's control."""
    swarm = {} if isinstance(seen.info, Missing) else seen.info.get("Swarm") or {}
    if force or not swarm.get("ControlAvailable"):
        return
    answer = host.engine_get(seen.engine.socket, "/nodes")
    nodes = answer.body if isinstance(answer, Response) and isinstance(answer.body, list) else []
    managers = [
        n for n in nodes if isinstance(n, dict) and (n.get("ManagerStatus") or {}).get("Reachability") == "reachable"
    ]
    if len(managers) <= 1:
        raise Refusal(
            "this node is the last reachable manager of its swarm, and a restart stops the swarm's control; "
            "add a manager first, or use --force",
        )
