"""The plan of ``unset`` for a daemon, and what ``set`` does with a variable that it is to empty: take away winner after
winner until nothing surfaces."""

from __future__ import annotations

from typing import Sequence

from dockproxy.changes import daemon_json as json_change
from dockproxy.changes import drop_in, env_file
from dockproxy.formats import json_text
from dockproxy.host import Host, systemd_group
from dockproxy.model import DAEMON_VARIABLES, FileKind, Plan, Refusal, Setting, environment_names
from dockproxy.planner import destination, guards, init_file
from dockproxy.planner.draft import Draft
from dockproxy.planner.notes import notes
from dockproxy.planner.places import Places
from dockproxy.planner.steps import steps_for
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView
from dockproxy.sources import daemon_json, directive_check, init_files

MAX_ROUNDS = 100
"""More winners than this behind each other means that removing them has no effect."""


def plan_unset(
    host: Host, seen: DaemonView, variables: Sequence[str], force: bool = False, to: str = destination.AUTO
) -> Plan:
    """Plan that the daemon has none of ``variables``. Raises Refusal where something cannot be taken away, or stands in
    another place than ``to``."""
    guards.refuse_unknown_daemon(seen, force)
    desired = {**guards.texts(seen.effective), **dict.fromkeys(variables, "")}
    places = Places(host, seen.installation)
    source = destination.TARGETS[to]
    source = init_file.target(host, places, seen, source).source if source in init_files.SOURCES else source
    draft = places.draft()
    is_rejected = _take_rejected_away(seen, draft, variables, source)
    take_away(seen, places, draft, variables, source)
    places.tidy(draft)
    effective = guards.prove(places, draft, seen, desired)
    draft.refuse_managed(force)
    changes = draft.changes()
    what = "a proxy" if len(variables) == len(DAEMON_VARIABLES) else " or ".join(variables)
    reason = "the deciding settings are taken away" if changes else f"nothing sets {what}"
    if is_rejected:
        reason = (
            f"{seen.sources.config_file} loses what keeps this engine from starting, and what decides is taken away"
        )
    told = notes(draft, seen.effective, effective)
    return Plan(changes, steps_for(host, seen, changes), reason, told, desired, effective)


def take_away(
    seen: DaemonView, places: Places, draft: Draft, variables: Sequence[str], source: str = destination.AUTO
) -> None:
    """Draft that nothing sets ``variables`` any more. Raises Refusal where a winner cannot be taken away, or stands in
    the place of another source."""
    for _ in range(MAX_ROUNDS):
        effective = precedence.daemon(guards.read_daemon(draft, seen).reading)
        winners = [effective[v].setting for v in variables]
        if not any(winners):
            return
        for setting in winners:
            if setting is None:
                continue
            if not destination.is_there(setting, source, seen.installation):
                raise Refusal(
                    f"{setting.variable} is set at {setting.origin}; without --to it is taken away there, too"
                )
            _take_away(seen, places, draft, setting)


def _take_rejected_away(seen: DaemonView, draft: Draft, variables: Sequence[str], source: str) -> bool:
    """Draft that daemon.json lacks what an engine before 23.0 does not start with, and so decides nothing."""
    found = [d.origin.name for d in seen.sources.reading.defects if d.kind == directive_check.UNSUPPORTED]
    if source not in (destination.AUTO, daemon_json.SPEC.id) or not set(found).intersection(variables):
        return False
    path = seen.sources.config_file
    _write_json(draft, path, json_change.edit(draft.data(path), path, dict.fromkeys(variables)))
    return True


def _take_away(seen: DaemonView, places: Places, draft: Draft, setting: Setting) -> None:
    origin, variable = setting.origin, setting.variable
    if origin.source == "dockerd-flag":
        _take_flag_away(seen, places, draft, setting)
        return
    if origin.source == "process-environment":
        raise Refusal(_of_starter(seen, setting))
    if origin.source in init_files.SOURCES:
        init_file.take_away(seen, draft, setting)
        return
    if origin.source == "daemon-json":
        path = seen.sources.config_file
        _write_json(draft, path, json_change.edit(draft.data(path), path, {variable: None}))
        return
    if places.is_editable(origin):
        assert origin.path is not None
        text = draft.text(origin.path)
        is_unit = origin.source == "systemd-environment"
        edited = drop_in.edit(text, {variable: None}) if is_unit else env_file.edit(text, {variable: None})
        if draft.write_text(origin.path, edited, FileKind.UNIT if is_unit else FileKind.ENV_FILE):
            return
    # Packaged, shared or of the manager itself: the file stays, the variable is taken out for this engine only.
    names = list(environment_names(variable))
    late = seen.installation.late_drop_in
    text = drop_in.allow_environment(draft.text(late), [variable])
    draft.write_text(late, drop_in.unset_environment(text, names), FileKind.UNIT)


def _of_starter(seen: DaemonView, setting: Setting) -> str:
    """A process has its environment from its service, which may be another than the usual one, else from a shell."""
    group = systemd_group(seen.process.cgroup or "") if seen.process is not None else ""
    # What a service's processes are in may have groups of its own below it.
    units = [part for part in group.split("/") if part.endswith(".service")]
    pid, name = setting.origin.pid, setting.name
    # A user's own manager is a service, too, and what it starts may be a shell.
    if units and not units[-1].startswith("user@"):
        mend = f"start dockerd again without it (`systemctl cat {units[-1]}` shows what the unit sets)"
        return f"{units[-1]}, or a shell in it, started dockerd (pid {pid}) and exported {name}; {mend}"
    return f"the shell that started dockerd (pid {pid}) exported {name}; start dockerd again without it"


def _take_flag_away(seen: DaemonView, places: Places, draft: Draft, setting: Setting) -> None:
    """Draft that the unit's command lacks a flag which stands in it; refused where more would change, or it stands in a
    variable."""
    origin, variable = setting.origin, setting.variable
    before = guards.read_daemon(draft, seen)
    now = precedence.daemon(before.reading)[variable].setting
    if now is None or now.origin != origin:
        # Another flag has moved the command meanwhile; the next round finds this one there.
        return
    commands = before.unit.in_force("Service", "ExecStart") if before.unit is not None else []
    if before.command is not None and [(c.part.path, c.statement.line) for c in commands] == [
        (origin.path, origin.line)
    ]:
        (command,) = commands
        late = seen.installation.late_drop_in
        if places.is_editable(origin._replace(source="systemd-environment")):
            text = drop_in.without_flag(draft.text(command.part.path), command.statement.line, variable)
            draft.write_text(command.part.path, text, FileKind.UNIT)
        else:
            text = drop_in.replace_command(draft.text(late), command.statement.value, variable)
            draft.write_text(late, text, FileKind.UNIT)
        after = guards.read_daemon(draft, seen).command
        if after is not None and after.flags == [f for f in before.command.flags if f.name != variable]:
            return
    raise Refusal(f"{origin}: dockerd's flag --{variable} sets {variable}; remove the flag there")


def _write_json(draft: Draft, path: str, data: bytes) -> None:
    root = json_text.decode(data).root
    if (root is None or not root.members) and json_change.is_made(draft.data(path), path):
        draft.delete(path, FileKind.DAEMON_JSON)
    else:
        draft.write(path, data, FileKind.DAEMON_JSON)
