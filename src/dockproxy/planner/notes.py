"""What of a plan its diff does not say."""

from __future__ import annotations

from typing import Dict, List, Tuple

from dockproxy.model import EffectiveSet, FileKind
from dockproxy.planner.draft import PRIVATE, Draft
from dockproxy.resolve import exposure


def notes(draft: Draft, before: EffectiveSet, after: EffectiveSet) -> Tuple[str, ...]:
    """One sentence for each file that loses while it stays as it is, or that becomes private."""
    return (*_left_alone(draft, before, after), *_private(draft))


def _left_alone(draft: Draft, before: EffectiveSet, after: EffectiveSet) -> List[str]:
    lost: Dict[str, List[str]] = {}
    told: Dict[str, str] = {}
    for variable, effective in before.items():
        setting, now = effective.setting, after[variable].setting
        path = setting.origin.path if setting is not None else None
        if path is not None and (now is None or now.origin.path != path) and not draft.edits(path):
            lost.setdefault(path, []).append(variable)
            how = exposure.told(draft.overlay(), setting)
            told[path] = f"; it still holds a password, and {how}" if how else told.get(path, "")
    return [
        f"{path} stays as it is, and no longer decides {', '.join(names)}{told[path]}" for path, names in lost.items()
    ]


def _private(draft: Draft) -> List[str]:
    found = []
    for change in draft.changes():
        if change.mode_before is not None and change.mode != change.mode_before:
            why = "because it holds a password"
            found.append(f"{change.path} becomes readable by its owner only (mode {change.mode:04o}), {why}")
        elif change.kind is FileKind.ENV_FILE and change.before is None and change.mode == PRIVATE:
            found.append(f"{change.path} is for root only, while every user may ask systemd what stands in a unit")
    return found
