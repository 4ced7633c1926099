"""A plan and its result, as text and as JSON; a file's diff shows no secret, not even one that has nothing to do with
proxies."""

from __future__ import annotations

import difflib
from typing import Any, Dict, List, Optional, Tuple

from dockproxy.model import Change, Plan, Refusal, Result
from dockproxy.report import display, redaction
from dockproxy.report.show_json import effective_set
from dockproxy.report.style import Style, plain
from dockproxy.secret.masking import MASKED_USERINFO

SAME_MASKED = "lines of the diff that look the same differ in the user or password of a proxy"


def diff(change: Change) -> str:
    """A unified diff of one file with every value masked that is not plainly harmless. The real lines are compared, so
    that a new password is seen as a change."""
    before, after = _lines(change)
    compared = difflib.SequenceMatcher(None, [real for real, _ in before], [real for real, _ in after])
    old = "/dev/null" if change.before is None else change.path
    new = "/dev/null" if change.after is None else change.path
    lines = [f"--- {old}", f"+++ {new}"]
    for group in compared.get_grouped_opcodes():
        (_, i, _, j, _), (_, _, i_end, _, j_end) = group[0], group[-1]
        lines.append(f"@@ -{_range(i, i_end)} +{_range(j, j_end)} @@")
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                lines += [f" {shown}" for _, shown in after[j:j_end]]
            else:
                lines += [f"-{shown}" for _, shown in before[i:i_end]]
                lines += [f"+{shown}" for _, shown in after[j:j_end]]
    return "\n".join(lines)


def _lines(change: Change) -> List[List[Tuple[str, str]]]:
    """Those of before and of after, each as it is and as it may be shown."""
    hidden = redaction.rests(change.before, change.kind)
    return [redaction.lines(data, change.kind, hidden) for data in (change.before, change.after)]


def _notes(plan: Plan) -> Tuple[str, ...]:
    """The plan's notes, and what its diffs do not show."""
    looks: List[str] = []
    for change in plan.changes:
        before, after = map(set, _lines(change))
        looks += {shown for _, shown in before - after} & {shown for _, shown in after - before}
    return (*plan.notes, SAME_MASKED) if any(MASKED_USERINFO in shown for shown in looks) else plan.notes


def _range(start: int, end: int) -> str:
    """A range of lines as a unified diff counts it."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def plan_document(plan: Plan) -> Dict[str, Any]:
    """The document ``dockproxy.plan/1``."""
    return display.document(
        {
            "schema": "dockproxy.plan/1",
            "changes": [_change(c) for c in plan.changes],
            "steps": plan.steps,
            "reason": plan.reason,
            "notes": _notes(plan),
        }
    )


def _change(change: Change) -> Dict[str, Any]:
    return {
        "path": change.path,
        "action": change.action,
        "mode": f"{change.mode:04o}" if change.after is not None else None,
        "diff": diff(change),
    }


def result_document(result: Result) -> Dict[str, Any]:
    """The document ``dockproxy.result/1``."""
    return display.document(
        {
            "schema": "dockproxy.result/1",
            "outcome": result.outcome,
            "reason": result.reason,
            "transaction": None,
            "changes": [_change(c) for c in result.plan.changes],
            "steps": [{"step": s.step, "outcome": s.outcome, "ms": s.ms} for s in result.steps],
            "downtime_ms": result.downtime_ms,
            "stopped": list(result.stopped),
            "effective": effective_set(result.effective),
        }
    )


def refusal_document(refusal: Refusal) -> Dict[str, Any]:
    """The document ``dockproxy.result/1`` of something that was refused."""
    return display.document(
        {
            "schema": "dockproxy.result/1",
            "outcome": "refused",
            "reason": str(refusal),
            "transaction": None,
            "changes": [],
            "steps": [],
            "downtime_ms": None,
            "stopped": [],
            "effective": {},
        }
    )


def plan_text(plan: Plan, style: Style = plain, root: str = "/", engine: str = "", width: Optional[int] = None) -> str:
    """The plan for people: why there, the diff, the steps. ``engine``: its id, where the host has several;
    ``width``: at which its sentences are folded."""
    what = [f"the engine {engine}"] if engine else []
    what += [root] if root != "/" else []
    lines = display.folded(f"Plan{' for ' if what else ''}{' of '.join(what)}: {plan.reason}.", width)
    for change in plan.changes:
        mode = "" if change.after is None else f", mode {change.mode:04o}"
        lines += ["", style("bold", display.text(f"{change.action} {change.path}{mode}"))]
        lines += [_coloured(_line(line), style) for line in diff(change).split("\n")[2:]]
    if plan.steps:
        lines += ["", "then: " + ", ".join(plan.steps)]
    notes = [line for note in _notes(plan) for line in display.folded(f"note: {note}", width)]
    return "\n".join(lines + [style("yellow", line) for line in notes]) + "\n"


def _line(line: str) -> str:
    """A line of a file, whose tabs stay."""
    return "\t".join(display.text(part) for part in line.split("\t"))


def _coloured(line: str, style: Style) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return style(colours[line[0]], line) if line and line[0] in colours else line


OUTCOMES = {
    "unchanged": "Nothing to do",
    "applied": "Done",
    "pending": "Written, not yet in force",
    "rolled-back": "Rolled back; the settings are as before",
    "incomplete": "ROLLBACK INCOMPLETE",
}


def result_text(result: Result, width: Optional[int] = None) -> str:
    """A sentence for the outcome, one for the downtime."""
    reason = "" if result.outcome == "applied" else f": {result.reason}"
    outcome = OUTCOMES[result.outcome]
    if result.outcome == "pending" and not result.plan.changes:
        outcome = "Not yet in force"
    lines = display.folded(f"{outcome}{reason}.", width)
    if result.downtime_ms is not None:
        lines.append(f"The engine was away for {result.downtime_ms / 1000:.2f} s.")
    if result.stopped:
        stopped = " ".join(result.stopped)
        lines += display.folded(f"Stopped with it, and not started again: {stopped}; start with:", width)
        lines.append(f"  docker start {display.text(stopped)}")
    return "\n".join(lines) + "\n"
