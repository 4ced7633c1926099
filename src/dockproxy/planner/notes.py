"""What of a plan its diff does not say."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from dockproxy.formats import unit_file
from dockproxy.model import Effective, EffectiveSet, FileKind
from dockproxy.planner.draft import PRIVATE, Draft
from dockproxy.resolve import exposure
from dockproxy.secret import ProxyURL
from dockproxy.sources import dockerd_flag


def notes(draft: Draft, before: EffectiveSet, after: EffectiveSet) -> Tuple[str, ...]:
    """One sentence for each file that loses while it stays as it is, or that becomes private; and what goes out of a
    command line."""
    told = (*_left_alone(draft, before, after), *_commands(draft, before, after), *_private(draft, after))
    return (*told, *_dropped(before, after))


def _dropped(before: EffectiveSet, after: EffectiveSet) -> List[str]:
    """Whose credentials go without that it was asked for."""
    names = [v for v, e in before.items() if _has_credentials(e) and after[v].text and not _has_credentials(after[v])]
    give = "give them again with --proxy-user and --proxy-password-stdin"
    return [f"the user or password of {' and '.join(names)} is dropped; to keep it, {give}"] if names else []


def _has_credentials(effective: Effective) -> bool:
    return isinstance(effective.value, ProxyURL) and effective.value.has_credentials


def _left_alone(draft: Draft, before: EffectiveSet, after: EffectiveSet) -> List[str]:
    lost: Dict[str, List[str]] = {}
    told: Dict[str, str] = {}
    for variable, effective in before.items():
        setting, now = effective.setting, after[variable].setting
        path = setting.origin.path if setting is not None else None
        if path is not None and (now is None or now.origin.path != path) and not draft.edits(path):
            lost.setdefault(path, []).append(variable)
            how = exposure.left(draft.overlay(), setting, draft.user is not None)
            told[path] = f"; it still holds a password, and {how}" if how else told.get(path, "")
    return [
        f"{path} stays as it is, and no longer decides {', '.join(names)}{told[path]}" for path, names in lost.items()
    ]


def _commands(draft: Draft, before: EffectiveSet, after: EffectiveSet) -> List[str]:
    """Of a command line a diff shows no word."""
    flags = [f"--{v}" for v, e in before.items() if _is_flag(e) and not _is_flag(after[v])]
    found = []
    for change in draft.changes() if flags else ():
        old, new = (_lines(data) for data in (change.before, change.after))
        if change.kind is FileKind.UNIT and old != new:
            what = f"{' and '.join(flags)} out of ExecStart="
            upgrades = "" if old else "; what an upgrade of the package changes in its ExecStart= no longer counts"
            found.append(f"{change.path} takes {what}, whose other words stay{upgrades}")
    return found


def _is_flag(effective: Effective) -> bool:
    return effective.setting is not None and effective.setting.origin.source == dockerd_flag.SPEC.id


def _lines(data: Optional[bytes]) -> List[str]:
    unit = unit_file.parse((data or b"").decode("utf-8", "surrogateescape"))
    return [s.value for s in unit.find("Service", "ExecStart")]


def _private(draft: Draft, after: EffectiveSet) -> List[str]:
    found, is_secret = [], any(map(_has_credentials, after.values()))
    for change in draft.changes():
        if change.mode_before is not None and change.mode != change.mode_before:
            why = "because it holds a password"
            found.append(f"{change.path} becomes readable by its owner only (mode {change.mode:04o}), {why}")
        elif change.kind is FileKind.ENV_FILE and change.before is None and change.mode == PRIVATE and is_secret:
            others = "its owner only, as it holds" if change.is_users else "root only, while every user may ask systemd"
            found.append(
                f"{change.path} is for {others} {'a password' if change.is_users else 'what stands in a unit'}"
            )
    return found
