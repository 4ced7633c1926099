"""The plan of ``unset`` for a daemon: take away winner after winner until nothing surfaces."""

from __future__ import annotations

from typing import Sequence

from dockproxy.changes import daemon_json as json_change
from dockproxy.changes import drop_in, env_file
from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import Plan, Refusal, Setting, environment_names
from dockproxy.planner import guards, places
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
    for _ in range(MAX_ROUNDS):
        effective = precedence.daemon(guards.read_daemon(draft, seen).reading)
        winners = [effective[v].setting for v in variables if effective[v].setting is not None]
        if not winners:
            break
        for setting in winners:
            assert setting is not None
            _take_away(host, seen, draft, setting)
    _tidy(draft)
    problem = guards.failure(draft, seen, desired)
    if problem is not None:
        raise problem
    draft.refuse_managed(force)
    changes = draft.changes()
    reason = "nothing sets a proxy" if not changes else "the deciding settings are taken away"
    return Plan(changes, steps_for(host, seen, changes), reason, (), desired)


def _take_away(host: Host, seen: DaemonView, draft: Draft, setting: Setting) -> None:
    origin, variable = setting.origin, setting.variable
    if origin.source == "dockerd-flag":
        raise Refusal(f"{origin}: dockerd's flag --{variable} sets {variable}; remove the flag there")
    if origin.source == "process-environment":
        raise Refusal(
            f"the shell that started dockerd (pid {origin.pid}) exported {origin.name}; start dockerd again without it"
        )
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


def _tidy(draft: Draft) -> None:
    """Leave no empty file of our own, and no line that names one."""
    if not draft.text(places.ENV_FILE).strip():
        for path in (places.DROP_IN, places.LATE_DROP_IN):
            if draft.data(path):
                draft.write_text(path, drop_in.remove_environment_file(draft.text(path), places.ENV_FILE))
    for path in places.OWN:
        if not draft.text(path).strip():
            draft.delete(path)
