"""``set --to shell``: the lines for a shell that starts dockerd by hand. Nothing is changed."""

from __future__ import annotations

from typing import List, Mapping

from dockproxy.formats import shell_env
from dockproxy.model import Plan, Refusal, Value, environment_names, reveal
from dockproxy.planner import guards
from dockproxy.resolve.daemon import ENVIRONMENT_SOURCES, DaemonView
from dockproxy.secret import ProxyURL

MASKED = "# type user and password in the place of ***:***"


def exports(values: Mapping[str, Value]) -> List[str]:
    """One line for each variable, credentials masked: whoever types it knows them."""
    return [_line(*environment_names(variable), value) for variable, value in values.items()]


def _line(upper: str, lower: str, value: Value) -> str:
    return f"export {upper}={shell_env.quote(str(value))}" if reveal(value) else f"unset {upper} {lower}"


def plan_shell(seen: DaemonView, intent: Mapping[str, Value]) -> Plan:
    """A plan without changes, its notes the lines. Raises Refusal where the environment would lose."""
    for variable, value in intent.items():
        setting = seen.effective[variable].setting
        if setting is not None and setting.origin.source not in ENVIRONMENT_SOURCES and setting.value != value:
            guards.refuse_flags(seen, [variable])
            raise Refusal(f"{variable} would still be decided by {setting.origin}; change it there, or use --to auto")
    notes = exports(intent)
    if any(isinstance(value, ProxyURL) and value.has_credentials for value in intent.values()):
        notes.append(MASKED)
    if seen.sources.unit is not None or seen.init != "none":
        notes.append(f"# {seen.init} starts the engine of this host, and gives it nothing of a shell")
    return Plan((), (), "lines for the shell that starts dockerd; nothing is changed", tuple(notes))
