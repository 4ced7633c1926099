"""The plan of ``set`` for a daemon: candidates in the order of preference, the first one that is proved wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional

from dockproxy.changes import daemon_json as json_change
from dockproxy.changes import drop_in, env_file
from dockproxy.host import Host
from dockproxy.model import FileKind, Plan, Refusal, Value, reveal
from dockproxy.planner import destination, guards, init_file, shell_lines
from dockproxy.planner.daemon_unset import take_away
from dockproxy.planner.destination import TARGETS
from dockproxy.planner.draft import PRIVATE, Draft
from dockproxy.planner.notes import notes
from dockproxy.planner.places import Places
from dockproxy.planner.steps import steps_for
from dockproxy.resolve import exposure
from dockproxy.resolve.daemon import DaemonView
from dockproxy.secret import ProxyURL
from dockproxy.sources import daemon, daemon_json, dockerd_flag, init_files

Values = Dict[str, Value]


@dataclass(frozen=True)
class Candidate:
    """One way to write the values, and why it is proposed."""

    reason: str
    write: Callable[[Draft, Values], None]


def plan_set(host: Host, seen: DaemonView, intent: Mapping[str, Value], to: str = "auto", force: bool = False) -> Plan:
    """Plan that the daemon uses ``intent``, and for variables not named what it uses today.

    Raises Refusal, with nothing touched, where no candidate can be proved.
    """
    try:
        return _plan(host, seen, intent, to, force)
    except Refusal as refusal:
        if not _lacks_version(seen, TARGETS[to]) or "--engine-version" in str(refusal):
            raise
        # Else this would be refused next.
        also = f"{refusal}; and give --engine-version, as the engine's is not known, and daemon.json is not written so"
        raise Refusal(also, privileges=refusal.privileges) from None


def _lacks_version(seen: DaemonView, target: str) -> bool:
    """Whether daemon.json is to be written, or is in the way, and nobody knows whether the engine takes it."""
    in_json = any(s.origin.source == daemon_json.SPEC.id for s in seen.sources.reading.settings)
    is_there = seen.engine.installed and seen.sources is not daemon.NOTHING
    return (
        is_there and seen.engine.version is None and (target == daemon_json.SPEC.id or (in_json and target == "auto"))
    )


def _plan(host: Host, seen: DaemonView, intent: Mapping[str, Value], to: str, force: bool) -> Plan:
    guards.refuse_unknown_daemon(seen, force)
    desired = {**guards.texts(seen.effective), **{v: reveal(value) for v, value in intent.items()}}
    target = TARGETS[to]
    places = Places(host, seen.installation)
    # First: what else is refused may advise another place, and none changes a flag.
    guards.refuse_flags(seen, [v for v, value in intent.items() if _must_write(host, seen, v, reveal(value), "auto")])
    file = init_file.target(host, places, seen, target) if target in init_files.SOURCES else None
    target = file.source if file is not None else target
    values = {v: value for v, value in intent.items() if _must_write(host, seen, v, reveal(value), target)}
    guards.refuse_flags(seen, values)
    if not values:
        effective = guards.prove(places, places.draft(), seen, desired, to)
        steps = steps_for(host, seen, ())
        reason = "the files already say so" + (", the engine does not yet" if steps else "")
        return Plan((), steps, reason, (), desired, effective)
    gone = [v for v, value in values.items() if not reveal(value)]
    kept = {v: value for v, value in values.items() if v not in gone}
    nothing = Candidate("nothing sets it any more", lambda draft, values: None)
    first_failure: Optional[Refusal] = None
    if not kept:
        candidates = [nothing]
    elif file is not None:
        candidates = [_file(seen, file, f"{file.path}, asked for with --to")]
    else:
        candidates = _candidates(host, places, seen, kept, target)
    for candidate in candidates:
        draft = places.draft()
        take_away(seen, places, draft, gone)
        try:
            candidate.write(draft, kept)
            places.tidy(draft)
            effective = guards.prove(places, draft, seen, desired, to)
            guards.refuse_exposed(draft, effective, kept)
        except ValueError as error:
            # A value that the place cannot carry, or a file that cannot take one.
            first_failure = first_failure or Refusal(f"{candidate.reason}, but {error}")
        except Refusal as refusal:
            first_failure = first_failure or refusal
        else:
            draft.refuse_managed(force)
            changes = draft.changes()
            steps = steps_for(host, seen, changes)
            told = notes(draft, seen.effective, effective)
            return Plan(changes, steps, candidate.reason, told, desired, effective)
    assert first_failure is not None
    raise first_failure


def _must_write(host: Host, seen: DaemonView, variable: str, text: str, target: str) -> bool:
    """Whether a variable is not yet what was asked for, or stands in another place, or where others read its
    password."""
    setting = seen.effective[variable].setting
    if setting is None or reveal(setting.value) != text:
        return seen.effective[variable].text != text
    if not destination.is_there(setting, target, seen.installation):
        return True
    # What a flag holds no other place can hide.
    return setting.origin.source != dockerd_flag.SPEC.id and bool(
        exposure.told(host, setting, seen.installation.user is not None)
    )


def _candidates(host: Host, places: Places, seen: DaemonView, values: Values, target: str) -> List[Candidate]:
    version = seen.engine.version
    if target == "daemon-json":
        return [_daemon_json(seen, values, "asked for with --to")]
    if target == "auto":
        holds_proxies = any(s.origin.source == "daemon-json" for s in seen.sources.reading.settings)
        if holds_proxies and version is not None and version.at_least(*daemon_json.FIRST_VERSION):
            return [_daemon_json(seen, values, f"{seen.sources.config_file} already holds proxies")]
        if seen.sources.unit is None:
            return [_without_unit(host, seen, values)]
    elif seen.sources.unit is None:
        is_lost = seen.init == "systemd"
        why = f"no {seen.installation.unit} on this host" if is_lost else "systemd does not start this engine"
        raise Refusal(f"{why}, so nothing would read it; use --to auto")
    in_file = target == "systemd-env-file" or any(_has_credentials(v) for v in values.values())
    found = (
        []
        if target == "systemd-env-file" and not _decided_by(places, seen, target)
        else [_in_place(places, seen, values, target)]
    )
    early, late = seen.installation.drop_in, seen.installation.late_drop_in
    found.append(_drop_in(seen, early, in_file, "a drop-in, as systemd starts this engine"))
    found.append(
        _drop_in(seen, late, in_file, "a late drop-in, as http-proxy.conf is taken, or would lose to another one")
    )
    if target == "auto":
        found.append(
            _drop_in(seen, late, True, "an environment file, as something else would win over Environment= or reset it")
        )
    return [c for c in found if c is not None]


def _without_unit(host: Host, seen: DaemonView, values: Values) -> Candidate:
    version, own = seen.engine.version, init_files.find(host, seen.init).own
    if own is None:
        return _daemon_json(seen, values, "daemon.json, as no service starts this engine")
    if version is not None and version.at_least(*daemon_json.FIRST_VERSION):
        return _daemon_json(seen, values, "daemon.json, as an init script starts this engine")
    why = f"engine {version.text} knows no proxies in daemon.json" if version else "the engine's version is not known"
    return _file(seen, init_file.Target(own.spec.id, own.path), f"{own.path}, which the init script sources, as {why}")


def _file(seen: DaemonView, file: init_file.Target, reason: str) -> Candidate:
    def write(draft: Draft, values: Values) -> None:
        if file.source in init_files.SOURCES:
            init_file.write(draft, file.path, values, _mode(values))
        else:
            _write_systemd(seen, draft, file.path, False, values, False)

    return Candidate(reason, write)


def _mode(values: Values) -> Optional[int]:
    """Of a file that takes the values: None leaves what it has."""
    return PRIVATE if any(_has_credentials(v) for v in values.values()) else None


def _has_credentials(value: Value) -> bool:
    return isinstance(value, ProxyURL) and value.has_credentials


def _decided_by(places: Places, seen: DaemonView, source: str) -> Optional[str]:
    """The path of the first editable systemd source that decides a variable today."""
    for effective in seen.effective.values():
        setting = effective.setting
        if setting and source in ("auto", setting.origin.source) and places.is_editable(setting.origin):
            return setting.origin.path
    return None


def _in_place(places: Places, seen: DaemonView, values: Values, target: str) -> Optional[Candidate]:
    home = _decided_by(places, seen, target)
    if home is None:
        return None

    def write(draft: Draft, values: Values) -> None:
        for variable, value in values.items():
            setting = seen.effective[variable].setting
            editable = setting is not None and places.is_editable(setting.origin)
            path = setting.origin.path if setting is not None and editable else home
            assert path is not None
            _write_systemd(seen, draft, path, _is_unit(path), {variable: value}, False)

    return Candidate(f"{home} decides today and only this engine reads it", write)


def _drop_in(seen: DaemonView, path: str, in_file: bool, reason: str) -> Candidate:
    return Candidate(reason, lambda draft, values: _write_systemd(seen, draft, path, True, values, in_file))


def _is_unit(path: str) -> bool:
    return path.endswith((".conf", ".service"))


def _write_systemd(seen: DaemonView, draft: Draft, path: str, is_unit: bool, values: Values, in_file: bool) -> None:
    """Write into a unit, or an environment file; what holds credentials goes to the private file either way."""
    private = {v: value for v, value in values.items() if is_unit and (in_file or _has_credentials(value))}
    for late in (path, seen.installation.late_drop_in):
        if _is_unit(late) and draft.is_place(late) and draft.data(late):
            draft.write_text(late, drop_in.allow_environment(draft.text(late), list(values)), FileKind.UNIT)
    if private:
        text = drop_in.edit(draft.text(path), dict.fromkeys(private))
        own_file = seen.installation.env_file
        draft.write_text(path, drop_in.add_environment_file(text, own_file), FileKind.UNIT)
        draft.write_text(own_file, env_file.edit(draft.text(own_file), private), FileKind.ENV_FILE, PRIVATE)
    public = {v: value for v, value in values.items() if v not in private}
    if public and is_unit:
        draft.write_text(path, drop_in.edit(draft.text(path), public), FileKind.UNIT)
    elif public:
        draft.write_text(path, env_file.edit(draft.text(path), public), FileKind.ENV_FILE, _mode(public))


def _daemon_json(seen: DaemonView, values: Values, reason: str) -> Candidate:
    version, path = seen.engine.version, seen.sources.config_file
    if version is None:
        raise Refusal(f"the engine's version is not known, so {path} is not written; give --engine-version")
    if not version.at_least(*daemon_json.FIRST_VERSION):
        if seen.sources.unit is not None or seen.init in init_files.FILES:
            mend = "use --to auto"
        else:
            mend = f"start dockerd from a shell that runs: {'; '.join(shell_lines.exports(values))}"
        raise Refusal(
            f'{path}: engine {version.text} does not know "proxies" (new in 23.0) and would not start; {mend}'
        )

    def write(draft: Draft, values: Values) -> None:
        data = json_change.edit(draft.data(path) or draft.blank(path), path, dict(values))
        draft.write(path, data, FileKind.DAEMON_JSON, _mode(values))

    return Candidate(reason, write)
