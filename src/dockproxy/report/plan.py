"""A plan and its result, as text and as JSON; a file's diff shows no secret, not even one that has nothing to do with
proxies."""

from __future__ import annotations

import difflib
import posixpath
import re
from typing import Any, Dict, List, Optional

from dockproxy.formats import unit_words
from dockproxy.model import DAEMON_VARIABLES, VARIABLE_OF_NAME, Change, Plan, Refusal, Result
from dockproxy.report.show_json import effective_set
from dockproxy.report.style import Style, plain
from dockproxy.secret import mask
from dockproxy.sources import client_config

SHOWN_KEYS = frozenset(("EnvironmentFile", "UnsetEnvironment", *VARIABLE_OF_NAME))
"""Statements of units and environment files whose values may be shown, with credentials masked."""

SHOWN_JSON_KEYS = frozenset((*DAEMON_VARIABLES, *client_config.VARIABLES))
"""The same of JSON, in lower case."""

SECRET_KEY = re.compile("token|secret|passw|auth|cred|key|sas|dsn|header|env")

ASSIGNMENT = re.compile(r"""(^|[\s"'])([A-Za-z_][\w.-]*)=[^\s].*""")
ANOTHER_NAME = re.compile(rf"([\s;&|])(?!(?:{'|'.join(VARIABLE_OF_NAME)})=)([A-Za-z_]\w*)=.*")
JSON_STRING = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:\s*)?')


def diff(change: Change) -> str:
    """A unified diff of one file with every value masked that is not plainly harmless. The real lines are compared, so
    that a new password is seen as a change."""
    before, after = _lines(change.before), _lines(change.after)
    old = "/dev/null" if change.before is None else change.path
    new = "/dev/null" if change.after is None else change.path
    shown = {**_shown_lines(before, change.path), **_shown_lines(after, change.path)}
    head_and_body = list(difflib.unified_diff(before, after, old, new, lineterm=""))
    body = [line if line.startswith("@@") else line[0] + shown[line[1:]] for line in head_and_body[2:]]
    return "\n".join(head_and_body[:2] + body)


def _lines(data: Optional[bytes]) -> List[str]:
    encoding = "utf-16" if data is not None and data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    lines = (data or b"").decode(encoding, "replace").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _shown_lines(real: List[str], path: str) -> Dict[str, str]:
    lines = [mask(line) for line in real]
    if path.endswith(".json"):
        hides_all = posixpath.basename(path) == "config.json"
        shown = [_shown_json(line, hides_all) for line in lines]
    else:
        shown = [_shown_words(n) if before.endswith("\\") else _shown(n) for before, n in zip(["", *lines], lines)]
    return dict(zip(real, shown))


def _shown(line: str) -> str:
    """Of a statement the name, and the value only of what concerns proxies: any other may be a password or a token."""
    key, equals, value = line.partition("=")
    if key.strip() == "Environment":
        return f"{key}={_shown_words(value)}"
    if not equals:
        return line
    if key.strip().removeprefix("export ").strip() in SHOWN_KEYS:
        # In a file that a script sources another assignment may follow in the same line.
        return ANOTHER_NAME.sub(r"\1\2=***", line)
    return ASSIGNMENT.sub(lambda m: f"{m.group(1)}{m.group(2)}=***", line)


def _shown_words(text: str) -> str:
    for word in reversed(unit_words.split_words(text).words):
        name, equals, _ = word.text.partition("=")
        if name not in VARIABLE_OF_NAME and word.text != "\\":
            hidden = f"{name}=***" if equals else "***"
            text = text[: word.start] + hidden + text[word.end :]
    return text


def _shown_json(line: str, hides_all: bool) -> str:
    """Of a JSON line the keys, and the values of proxy keys. Of the others none in the CLI's file, which holds logins;
    in the engine's those whose key does not sound like a secret."""
    key = ""

    def string(match: re.Match[str]) -> str:
        nonlocal key
        if match.group(2):
            key = match.group(1).strip('"').lower()
            return match.group(0)
        is_shown = key in SHOWN_JSON_KEYS or not (hides_all or SECRET_KEY.search(key))
        return match.group(0) if is_shown else '"***"'

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


def result_document(result: Result) -> Dict[str, Any]:
    """The document ``dockproxy.result/1``."""
    return {
        "schema": "dockproxy.result/1",
        "outcome": result.outcome,
        "reason": mask(result.reason),
        "transaction": None,
        "changes": [_change(c) for c in result.plan.changes],
        "steps": [{"step": s.step, "outcome": s.outcome, "ms": s.ms} for s in result.steps],
        "downtime_ms": result.downtime_ms,
        "effective": effective_set(result.effective),
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


def plan_text(plan: Plan, style: Style = plain, root: str = "/") -> str:
    """The plan for people: why there, the diff, the steps."""
    lines = [f"Plan{'' if root == '/' else f' for {root}'}: {mask(plan.reason)}."]
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
    outcome = OUTCOMES[result.outcome]
    if result.outcome == "pending" and not result.plan.changes:
        outcome = "Not yet in force"
    lines = [f"{outcome}{reason}."]
    if result.downtime_ms is not None:
        lines.append(f"The engine was away for {result.downtime_ms / 1000:.2f} s.")
    return "\n".join(lines) + "\n"
