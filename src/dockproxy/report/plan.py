"""A plan and its result, as text and as JSON; a file's diff shows no secret, not even one that has nothing to do with
proxies."""

from __future__ import annotations

import difflib
import re
from typing import Any, Dict, List, Optional

from dockproxy.model import Change, EffectiveSet, Plan, Refusal, Result
from dockproxy.report.show_json import effective_set
from dockproxy.report.style import Style, plain
from dockproxy.secret import mask

PROXY_LINE = re.compile(r"(https?|no|ftp|all)[-_]?proxy|EnvironmentFile|\[Service\]", re.IGNORECASE)
"""Lines that may be shown, with credentials masked; of any other line with a value only the name is."""

OTHER_VALUE = re.compile(r"""(^|[\s"'])([A-Za-z_][\w.-]*)=[^\s].*""")
JSON_STRING = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:\s*)?')


def diff(change: Change) -> str:
    """A unified diff of one file with every value masked that is not plainly harmless."""
    before, after = _lines(change.before, change.path), _lines(change.after, change.path)
    old = "/dev/null" if change.before is None else change.path
    new = "/dev/null" if change.after is None else change.path
    return "\n".join(difflib.unified_diff(before, after, old, new, lineterm=""))


def _lines(data: Optional[bytes], path: str) -> List[str]:
    if data is None:
        return []
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.decode(encoding, "replace")
    shown = _shown_json if path.endswith(".json") else _shown
    return [shown(line) for line in text.splitlines()]


def _shown(line: str) -> str:
    if PROXY_LINE.search(line):
        return mask(line)
    return OTHER_VALUE.sub(lambda m: f"{m.group(1)}{m.group(2)}=***", line)


def _shown_json(line: str) -> str:
    """Of a JSON line the keys, and the values of proxy keys; other strings may be passwords or tokens."""
    key = ""

    def string(match: re.Match[str]) -> str:
        nonlocal key
        if match.group(2):
            key = match.group(1)
            return str(match.group(0))
        return mask(match.group(1)) if PROXY_LINE.search(key) else '"***"'

    return JSON_STRING.sub(string, line)


def plan_document(plan: Plan) -> Dict[str, Any]:
    """The document ``dockproxy.plan/1``."""
    return {
        "schema": "dockproxy.plan/1",
        "changes": [_change(c) for c in plan.changes],
        "steps": list(plan.steps),
        "reason": mask(plan.reason),
        "notes": [mask(n) for n in plan.notes],
    }


def _change(change: Change) -> Dict[str, Any]:
    return {
        "path": change.path,
        "action": change.action,
        "mode": f"{change.mode:04o}" if change.after is not None else None,
        "diff": diff(change),
    }


def result_document(result: Result, effective: EffectiveSet) -> Dict[str, Any]:
    """The document ``dockproxy.result/1``."""
    return {
        "schema": "dockproxy.result/1",
        "outcome": result.outcome,
        "reason": mask(result.reason),
        "transaction": None,
        "changes": [_change(c) for c in result.plan.changes],
        "steps": [{"step": s.step, "outcome": s.outcome, "ms": s.ms} for s in result.steps],
        "downtime_ms": result.downtime_ms,
        "effective": effective_set(effective),
    }


def refusal_document(refusal: Refusal) -> Dict[str, Any]:
    """The document ``dockproxy.result/1`` of something that was refused."""
    return {
        "schema": "dockproxy.result/1",
        "outcome": "refused",
        "reason": mask(str(refusal)),
        "transaction": None,
        "changes": [],
        "steps": [],
        "downtime_ms": None,
        "effective": {},
    }


def plan_text(plan: Plan, style: Style = plain) -> str:
    """The plan for people: why there, the diff, the steps."""
    lines = [f"Plan: {mask(plan.reason)}."]
    for change in plan.changes:
        mode = "" if change.after is None else f", mode {change.mode:04o}"
        lines += ["", style("bold", f"{change.action} {change.path}{mode}")]
        lines += [_coloured(line, style) for line in diff(change).split("\n")[2:]]
    if plan.steps:
        lines += ["", "then: " + ", ".join(plan.steps)]
    return "\n".join(lines + [f"note: {mask(note)}" for note in plan.notes]) + "\n"


def _coloured(line: str, style: Style) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return style(colours[line[0]], line) if line and line[0] in colours else line


OUTCOMES = {
    "unchanged": "Nothing to do",
    "applied": "Done",
    "pending": "Written, not yet in force",
    "rolled-back": "Rolled back; everything is as before",
    "incomplete": "ROLLBACK INCOMPLETE",
}


def result_text(result: Result) -> str:
    """One line for the outcome, one for the downtime."""
    reason = "" if result.outcome == "applied" else f": {mask(result.reason)}"
    lines = [f"{OUTCOMES[result.outcome]}{reason}."]
    if result.downtime_ms is not None:
        lines.append(f"The engine was away for {result.downtime_ms / 1000:.2f} s.")
    return "\n".join(lines) + "\n"
