"""The plan of ``unset`` for a daemon, and what ``set`` does with a variable that it is to empty: take away winner after
winner until nothing surfaces."""

from __future__ import annotations

from typing import Sequence

from dockproxy.changes import daemon_json as json_change
from dockproxy.changes import drop_in, env_file
from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, Plan, Refusal, Setting, environment_names
from dockproxy.planner import guards, init_file, places
from dockproxy.planner.draft import Draft
from dockproxy.planner.steps import steps_for
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView

MAX_ROUNDS = 100
"""More winners than this behind each other means that removing them has no effect."""


def plan_unset(host: Host, seen: DaemonView, variables: Sequence[str], force: bool = False) -> Plan:
    """Plan that the daemon has none of ``variables``. Raises Refusal where something cannot be taken away."""
    guards.refuse_unknown_daemon(seen, force)
    desired = {**guards.texts(seen.effective), **dict.fromkeys(variables, "")}
    draft = Draft(host)
    take_away(seen, draft, variables)
    places.tidy(draft)
    effective = guards.prove(draft, seen, desired)
    draft.refuse_managed(force)
    changes = draft.changes()
    what = "a proxy" if len(variables) == len(DAEMON_VARIABLES) else " or ".join(variables)
    reason = "the deciding settings are taken away" if changes else f"nothing sets {what}"
    return Plan(changes, steps_for(host, seen, changes), reason, (), desired, effective)


def take_away(seen: DaemonView, draft: Draft, variables: Sequence[str]) -> None:
    """Draft that nothing sets ``variables`` any more. Raises Refusal where a winner cannot be taken away."""
    for _ in range(MAX_ROUNDS):
        effective = precedence.daemon(guards.read_daemon(draft, seen).reading)
        winners = [effective[v].setting for v in variables]
        if not any(winners):
            return
        for setting in winners:
            if setting is not None:
                _take_away(seen, draft, setting)


def _take_away(seen: DaemonView, draft: Draft, setting: Setting) -> None:
    origin, variable = setting.origin, setting.variable
    if origin.source == "dockerd-flag":
        raise Refusal(f"{origin}: dockerd's flag --{variable} sets {variable}; remove the flag there")
    if origin.source == "process-environment":
        raise Refusal(
            f"the shell that started dockerd (pid {origin.pid}) exported {origin.name}; start dockerd again without it"
        )
    if origin.source in init_file.SOURCES:
        init_file.take_away(seen, draft, setting)
        return
    if origin.source == "daemon-json":
        path = seen.sources.config_file
        _write_json(draft, path, json_change.edit(draft.data(path), path, {variable: None}))
        return
    if places.is_editable(draft.overlay(), origin):
        assert origin.path is not None
        text = draft.text(origin.path)
        is_unit = origin.source == "systemd-environment"
        edited = drop_in.edit(text, {variable: None}) if is_unit else env_file.edit(text, {variable: None})
        if draft.write_text(origin.path, edited):
            return
    # Packaged, shared or of the manager itself: the file stays, the variable is taken out for this engine only.
    names = list(environment_names(variable))
    text = drop_in.allow_environment(draft.text(places.LATE_DROP_IN), [variable])
    draft.write_text(places.LATE_DROP_IN, drop_in.unset_environment(text, names))


def _write_json(draft: Draft, path: str, data: bytes) -> None:
    document = json_text.decode(data)
    if document.root is None or not document.root.members:
        draft.delete(path)
    else:
        draft.write(path, data)
