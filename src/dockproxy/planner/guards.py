"""What makes a change of a daemon impossible, and the proof that a draft does what was intended."""

from __future__ import annotations

from typing import Dict, Mapping

from dockproxy.model import Effective, EffectiveSet, Missing, Origin, Refusal
from dockproxy.planner.draft import Draft
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView, could_decide, fatal
from dockproxy.sources import daemon
from dockproxy.sources.engine import PODMAN, SYSTEM, UNIT


def refuse_unknown_daemon(seen: DaemonView, force: bool) -> None:
    """Refuse where nobody knows what the engine would read."""
    if seen.engine.id == PODMAN:
        version = f" {seen.engine.version.text}" if seen.engine.version else ""
        raise Refusal(
            f"{seen.engine.socket} is answered by Podman{version}, not by dockerd; Podman takes its proxy from the "
            "environment of whoever runs it; choose dockerd's own socket with -H"
        )
    if seen.engine.id != SYSTEM:
        raise Refusal(
            f"{seen.engine.socket} is not the socket of the system's dockerd, and which files the engine behind it "
            "reads is not known; choose the system's own with -H"
        )
    if not seen.engine.installed:
        raise Refusal("no Docker engine is installed on this host (no dockerd was found); install docker first")
    if seen.sources.masked and seen.process is None:
        raise Refusal(f"{UNIT} is masked, so systemd does not start it; run `systemctl unmask {UNIT}` first")
    if seen.process is not None and seen.info is Missing.ABSENT and seen.state in (None, "active"):
        raise Refusal(
            f"{seen.engine.socket}: the engine runs (pid {seen.process.pid}) and nobody listens there, so it could not "
            "be asked afterwards; restart docker.socket and docker.service first"
        )
    command = seen.sources.command
    if command is not None and not command.is_dockerd and not force:
        program = "".join(command.argv[:1]) or "nothing"
        raise Refusal(
            f"{command.origin}: ExecStart= runs {program}, not dockerd itself, so its flags and environment cannot be "
            "known; use --force to go on",
        )


def read_daemon(draft: Draft, seen: DaemonView) -> daemon.DaemonSources:
    """The daemon's sources as drafted."""
    return daemon.read(draft.overlay(), seen.init, seen.engine.version, seen.process, seen.manager)


def prove(draft: Draft, seen: DaemonView, desired: Mapping[str, str]) -> EffectiveSet:
    """Resolve the draft and return what the engine would use: exactly ``desired``, or Refusal with the reason."""
    sources = read_daemon(draft, seen)
    effective = precedence.daemon(sources.reading)
    for sentence in fatal(sources.reading):
        raise Refusal(f"{sentence}; mend that first")
    for unread in could_decide(sources.reading, effective):
        place = str(Origin(unread.source, unread.path, unread.line))
        if unread.reason is Missing.PERMISSION:
            raise Refusal(f"{place}: no permission to read it, and it could decide; run as root", privileges=True)
        raise Refusal(f"{place}: could not be read ({unread.reason.value}), and it could decide; mend that first")
    for variable, text in desired.items():
        if effective[variable].text != text:
            raise Refusal(_loses(variable, effective[variable]))
    return effective


def _loses(variable: str, effective: Effective) -> str:
    if effective.setting is None:
        why = "; ".join(s.reason for s in effective.shadowed[-1:])
        return f"{variable} would stay unset" + (f": {why}" if why else "")
    return f"{variable} would still be decided by {effective.setting.origin}; change it there, or use --to auto"


def texts(effective: EffectiveSet) -> Dict[str, str]:
    """Variable to clear text."""
    return {variable: e.text for variable, e in effective.items()}
