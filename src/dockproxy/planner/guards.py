"""What makes a change of a daemon impossible, and the proof that a draft does what was intended."""

from __future__ import annotations

from typing import Collection, Dict, Iterable, Mapping, Optional

from dockproxy.model import Effective, EffectiveSet, Missing, Origin, Refusal, Unread
from dockproxy.planner.draft import Draft
from dockproxy.planner.places import Places
from dockproxy.resolve import exposure, precedence
from dockproxy.resolve.daemon import ENVIRONMENT_SOURCES, DaemonView, could_decide, fatal
from dockproxy.sources import daemon, daemon_json, dockerd_flag, unread_place
from dockproxy.sources.engine import PODMAN
from dockproxy.sources.systemd_unit import Unit


def refuse_unknown_daemon(seen: DaemonView, force: bool) -> None:
    """Refuse where nobody knows what the engine would read."""
    if seen.engine.id == PODMAN:
        version = f" {seen.engine.version.text}" if seen.engine.version else ""
        raise Refusal(
            f"{seen.engine.socket} is answered by Podman{version}, not by dockerd; Podman takes its proxy from the "
            "environment of whoever runs it; choose dockerd's own socket with -H"
        )
    if seen.sources is daemon.NOTHING:
        raise Refusal(
            f"{seen.engine.socket} is not the socket of an engine of this host, and which files the one behind it "
            "reads is not known; choose another with --engine or -H"
        )
    if not seen.engine.installed:
        raise Refusal("no dockerd was found on this host; install docker first")
    for defect in seen.sources.reading.defects:
        if defect.kind == "unit-masked":
            raise Refusal(defect.message)
    runs = seen.state == "active" or (seen.state is None and seen.process is not None)
    if runs and seen.info is Missing.ABSENT:
        pid = f" (pid {seen.process.pid})" if seen.process is not None else ""
        raise Refusal(
            f"{seen.engine.socket}: the engine runs{pid} and nobody listens there, so it could not be asked "
            "afterwards; give its own socket with -H, or restart docker.socket and docker.service first"
        )
    command = seen.sources.command
    if command is not None and not command.is_dockerd and not force:
        program = "".join(command.argv[:1]) or "nothing"
        raise Refusal(
            f"{command.origin}: ExecStart= runs {program}, not dockerd itself, so its flags and environment cannot be "
            "known; use --force to go on",
        )


def refuse_flags(seen: DaemonView, variables: Collection[str]) -> None:
    """Refuse to set variables that a flag sets: it wins in every place, and is the administrator's."""
    for setting in seen.sources.reading.settings:
        if setting.origin.source == dockerd_flag.SPEC.id and setting.variable in variables:
            raise Refusal(
                f"{setting.origin}: dockerd's flag --{setting.variable} sets {setting.variable}; "
                "change or remove the flag there"
            )


def read_daemon(draft: Draft, seen: DaemonView) -> daemon.DaemonSources:
    """The daemon's sources as drafted."""
    return daemon.read(draft.overlay(), seen.installation, seen.init, seen.engine.version, seen.process, seen.manager)


def prove(
    places: Places, draft: Draft, seen: DaemonView, desired: Mapping[str, str], to: Optional[str] = None
) -> EffectiveSet:
    """Resolve the draft and return what the engine would use: exactly ``desired``, or Refusal with the reason. ``to``
    is the place that was asked for, None where the verb knows none."""
    sources = read_daemon(draft, seen)
    effective = precedence.daemon(sources.reading)
    for sentence in fatal(sources.reading):
        raise Refusal(sentence)
    command = sources.command
    # --force has let a wrapper pass.
    passed = dockerd_flag.of_wrapper(command) if command is not None and not command.is_dockerd else None
    for unread in could_decide(sources.reading, effective):
        if unread != passed:
            _refuse_unread(unread, _way_round(unread, seen, to))
    _refuse_hiding(draft, seen.sources.unit, sources.unit)
    _refuse_shared(places, draft)
    for variable, text in desired.items():
        if effective[variable].text != text:
            raise Refusal(_loses(variable, effective[variable], seen, to))
    return effective


def refuse_unknown(seen: DaemonView, variable: str) -> None:
    """Refuse to edit the value of a variable that is not known."""
    for unread in could_decide(seen.sources.reading, {variable: seen.effective[variable]}):
        _refuse_unread(unread, f"; or give {variable} as a whole")


def _refuse_unread(unread: Unread, way_round: str) -> None:
    place = str(Origin(unread.source, unread.path, unread.line))
    if unread.reason is Missing.PERMISSION:
        raise Refusal(f"{place}: no permission to read it, and it could decide; run as root", privileges=True)
    raise Refusal(f"{place} could decide, and was not read: {unread_place.why(unread)}{way_round}")


def _refuse_hiding(draft: Draft, before: Optional[Unit], after: Optional[Unit]) -> None:
    """A drop-in that is new takes the place of any other of its file name, with all that stands there."""
    kept = [part.path for part in after.parts] if after is not None else []
    for part in before.parts if before is not None else ():
        if part.path not in kept and not draft.edits(part.path):
            raise Refusal(f"{part.path} would be hidden by a drop-in of the same name; give that one another name")


def _refuse_shared(places: Places, draft: Draft) -> None:
    """What goes into a file that others read reaches them."""
    for change in draft.changes():
        reader = places.other_reader(change.path, change.kind)
        if reader is not None:
            raise Refusal(f"{change.path} is read by {reader}, too; give the engine a file of its own first")


def refuse_exposed(draft: Draft, effective: EffectiveSet, variables: Iterable[str]) -> None:
    """Refuse where the password of a variable would stand where others than its owner read it."""
    for variable in variables:
        setting = effective[variable].setting
        how = exposure.told(draft.overlay(), setting, draft.user is not None)
        if setting is not None and how:
            raise Refusal(
                f"{variable} would still be decided by {setting.origin}, which holds a password, and {how}; "
                "take it away there first"
            )


def _way_round(unread: Unread, seen: DaemonView, to: Optional[str]) -> str:
    """What to do about a place that only a person can judge."""
    can_be_beaten = to is not None and _takes_json(seen) and unread.source in ENVIRONMENT_SOURCES
    way = "; or set all three variables with --to daemon-json, which wins over it" if can_be_beaten else ""
    look = "; look there yourself, and take it away if it is not needed" if unread.reason is Missing.NOT_CHECKED else ""
    return look + way


def _takes_json(seen: DaemonView) -> bool:
    version = seen.engine.version
    return version is not None and version.at_least(*daemon_json.FIRST_VERSION)


def _loses(variable: str, effective: Effective, seen: DaemonView, to: Optional[str]) -> str:
    if effective.setting is None:
        lost = [
            f"{s.setting.name} stands at {s.setting.origin}, but {s.reason}; change that first"
            for s in effective.shadowed[-1:]
        ]
        unseen = f"nothing would read it; `systemctl cat {seen.installation.unit}` shows what is read"
        return f"{variable} would stay unset: {''.join(lost) or unseen}"
    origin = effective.setting.origin
    # Without a unit, and daemon.json, auto has only the place that lost.
    has_others = to not in (None, "auto") and (seen.sources.unit is not None or _takes_json(seen))
    mend = "change it there, or use --to auto" if has_others else "change it there"
    if to is None and seen.sources.unit is not None and origin.source in ENVIRONMENT_SOURCES:
        cat = f"`systemctl cat {seen.installation.unit}`"
        mend = f"{cat} shows whether a later empty UnsetEnvironment= lets it through again; else take it away there"
    if origin.source == daemon_json.SPEC.id and seen.engine.version is None:
        mend = "it is not edited, as the engine's version is not known; give --engine-version"
    return f"{variable} would still be decided by {origin}; {mend}"


def texts(effective: EffectiveSet) -> Dict[str, str]:
    """Variable to clear text."""
    return {variable: e.text for variable, e in effective.items()}
