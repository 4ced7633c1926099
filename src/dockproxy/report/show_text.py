"""``show`` for people, in 80 columns."""

from __future__ import annotations

import textwrap
from typing import List, Optional, Tuple

from dockproxy.model import Effective, Engine, Finding, Missing, Origin, Running, Severity
from dockproxy.report.style import Style, plain
from dockproxy.secret import mask
from dockproxy.sources.engine import PODMAN, SYSTEM
from dockproxy.survey import Consumer, Report

WIDTH = 80
INDENT = "               "

STATUS_COLOUR = {"ok": "green", "unset": "dim", "drift": "yellow", "unknown": "yellow", "will-not-start": "red"}

STEPS = {
    "daemon-reload": "systemctl daemon-reload && systemctl restart docker",
    "restart": "systemctl restart docker",
}
"""The missing step as a command."""

REASONS = {
    Missing.PERMISSION: "no permission; run as root to include it",
    Missing.NOT_CHECKED: "not checked",
    Missing.UNPARSABLE: "cannot be parsed",
}


def render(report: Report, variable: Optional[str] = None, style: Style = plain) -> str:
    """Every consumer, or only one variable of each."""
    engines = {e.id: e for e in report.engines}
    blocks = [_consumer(c, engines.get(c.engine or ""), variable, style) for c in report.consumers]
    if report.root != "/":
        blocks.insert(0, [f"in {report.root}"])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _consumer(c: Consumer, engine: Optional[Engine], variable: Optional[str], style: Style) -> List[str]:
    title = _daemon_title(engine) if c.consumer == "daemon" and engine else f"new containers of {c.user}"
    if c.daemon_host is not None and not c.daemon_host.startswith("unix://"):
        title += f" on {c.daemon_host or 'no daemon'}"
    lines = _heading(title, c.status, style)
    hidden = ("ftp-proxy", "all-proxy")
    for name, effective in c.effective.items():
        if variable in (None, name) and (effective.setting or effective.shadowed or name not in hidden):
            lines += _effective(effective, c, style)
    if c.consumer == "daemon":
        lines += _running(c, style)
    for problem in c.problems:
        lines += _problem(problem, style)
    for unread in c.unread:
        if unread.path is not None:
            place = Origin(unread.source, unread.path, unread.line)
            lines.append(style("yellow", f"  not read     {place}: {REASONS[unread.reason]}"))
    for reason in dict.fromkeys(u.reason for u in c.unread if u.path is None):
        sources = ", ".join(u.source for u in c.unread if u.path is None and u.reason is reason)
        text = f"{sources}: {REASONS[reason]}"
        lines += [style("yellow", line) for line in _fill(text, INDENT, "  not read     ")]
    return lines


def _heading(title: str, status: str, style: Style) -> List[str]:
    blank = " " * (WIDTH - len(title) - len(status))
    coloured = style(STATUS_COLOUR[status], status)
    if blank:
        return [style("bold", title) + blank + coloured]
    return [style("bold", title), " " * (WIDTH - len(status)) + coloured]


def _daemon_title(engine: Engine) -> str:
    version = engine.version.text if engine.version else ", version not known"
    if engine.id == PODMAN:
        return f"Podman {version} on {engine.socket}, not dockerd"
    if not engine.installed:
        return "daemon: no Docker engine is installed"
    name = f"dockerd {version}".replace(" ,", ",")
    if engine.id != SYSTEM:
        return f"daemon at {engine.socket}" + (f" ({name})" if engine.running else "")
    state = {True: f"pid {engine.pid}" if engine.pid else "running", False: "not running", None: "not asked"}
    return f"daemon ({name}, {state[engine.running]})"


def _effective(effective: Effective, c: Consumer, style: Style) -> List[str]:
    setting = effective.setting
    nothing = "not known" if c.status == "unknown" else "-"
    lines = _wrapped(effective.variable, str(setting.value) if setting else nothing)
    if setting:
        tool = c.managed.get(setting.origin.path or "")
        lines.append(style("dim", f"{INDENT}{setting.origin}"))
        lines += [style("dim", f"{INDENT}managed by {tool}")] if tool else []
        likely = c.likely.get(effective.variable)
        lines += [style("dim", f"{INDENT}likely from {likely}")] if likely else []
    for lost in effective.shadowed:
        value = str(lost.setting.value) or '""'
        lines.append(style("dim", f"{INDENT}not {value}"))
        lines.append(style("dim", f"{INDENT}    {lost.setting.origin}"))
        lines += [style("dim", line) for line in _fill(lost.reason, INDENT + "    ")]
    return lines


def _running(c: Consumer, style: Style) -> List[str]:
    if c.running is None:
        return []
    if c.status == "unknown":
        values = [f"{v} is {mask(text) or 'unset'}" for v, text in c.running.values.items()]
        return [f"  running      {values[0]}", *(INDENT + value for value in values[1:])]
    if c.drift is None:
        return [style("dim", "  running      the engine reports the same")]
    lines = [style("yellow", f"  drift        the running engine differs; missing step: {c.drift}")]
    lines += [f"{INDENT}{v} is {mask(text) or 'unset'}" for v, text in _differing(c, c.running)]
    return lines + [f"{INDENT}run: {STEPS[c.drift]}"]


def _differing(c: Consumer, running: Running) -> List[Tuple[str, str]]:
    return [(v, text) for v, text in running.values.items() if mask(text) != mask(c.effective[v].text)]


def _problem(problem: Finding, style: Style) -> List[str]:
    colour = "red" if problem.severity is Severity.ERROR else "yellow"
    lines = _fill(f"{problem.code} {mask(problem.message)}", INDENT, f"  {problem.severity.value:<13}")
    return [style(colour, line) for line in lines]


def _wrapped(name: str, value: str) -> List[str]:
    """A long list breaks behind its commas; a URL is never broken, so that it can be copied."""
    return _fill(value.replace(",", ", ") if len(value) > WIDTH - len(INDENT) else value, INDENT, f"  {name:<13}")


def _fill(text: str, indent: str, first: Optional[str] = None) -> List[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
