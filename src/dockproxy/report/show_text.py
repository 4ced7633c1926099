"""``show`` for people, in 80 columns."""

from __future__ import annotations

import re
import textwrap
from typing import List, Optional, Sequence, Tuple

from dockproxy import rules
from dockproxy.model import (
    Effective,
    Engine,
    Finding,
    Missing,
    Origin,
    Running,
    Setting,
    Severity,
    Unread,
    Value,
    value_of,
)
from dockproxy.report import display
from dockproxy.report.style import Style, plain
from dockproxy.resolve.daemon import ENVIRONMENT_SOURCES
from dockproxy.resolve.layers import ENGINE, MANAGER, PROCESS, first_that_differs
from dockproxy.sources import unread_place
from dockproxy.sources.engine import PODMAN, REMOTE, REPORT_SOURCE
from dockproxy.sources.installation import SYSTEM
from dockproxy.sources.system_environment import SPEC as LOGINS
from dockproxy.survey import Consumer, Report

WIDTH = 80
INDENT = "               "
DEEPER = INDENT + "    "

STATUS_COLOUR = {"ok": "green", "unset": "dim", "drift": "yellow", "unknown": "yellow", "will-not-start": "red"}

DIFFERENCES = {
    MANAGER: "systemd has not loaded the files",
    PROCESS: "the process was started with others",
    ENGINE: "the engine reports others",
}
"""What the first layer that differs means."""

AGREED = ("ok", "unset")
"""Statuses of an engine whose report, where there is one, was compared with the files and equal."""

COMMA = "\ue000"
"""Stands for a comma behind which a line may be broken; a real one of it is shown escaped, too."""


def render(report: Report, variable: Optional[str] = None, style: Style = plain) -> str:
    """Every consumer, or only one variable of each."""
    engines = {e.id: e for e in report.engines}
    blocks = [_consumer(c, engines.get(c.engine or ""), variable, style) for c in report.consumers]
    if report.root != "/":
        blocks.insert(0, _fill(f"in {_whole(report.root)}", ""))
    closed = [line for u in report.unread for line in _unread(f"{u.source} in {_whole(u.path)}", u, style)]
    blocks += [[style("bold", "other users"), *closed]] if closed else []
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _consumer(c: Consumer, engine: Optional[Engine], variable: Optional[str], style: Style) -> List[str]:
    title = _daemon_title(engine) if c.consumer == "daemon" and engine else f"new containers of {_user(c)}"
    if c.daemon_host is not None and not c.daemon_host.startswith("unix://"):
        title += f" on {c.daemon_host or 'no daemon'}"
    lines = _heading(title, *_status(c, engine), style)
    errors = [p for p in c.problems if p.severity is Severity.ERROR]
    lines += _problems(errors, style)
    if c.status == "will-not-start" and engine is not None and engine.running:
        lines.append(style("red", INDENT + "do not restart before this is mended"))
    hidden = ("ftp-proxy", "all-proxy")
    for name, effective in c.effective.items():
        is_told = effective.setting or effective.shadowed or variable is not None or name not in hidden
        if variable in (None, name) and is_told and not _is_anothers(engine):
            lines += _effective(effective, c, style, whole=variable is not None)
    if c.consumer == "daemon" and variable is not None and variable not in c.effective:
        lines += _never_read(variable, c)
    lines += _running(c, variable, style)
    lines += _problems([p for p in c.problems if p not in errors], style)
    seen: List[List[str]] = []
    for unread in c.unread:
        if unread.path is not None:
            # A file that was read may leave a source unknown all the same.
            part = f"{unread.source} in " if unread.reason is Missing.NOT_CHECKED else ""
            place = _whole(Origin(unread.source, unread.path, unread.line))
            told = _unread(part + place, unread, style)
            # One place may hold what several sources would say.
            lines += told if told not in seen else []
            seen.append(told)
    for reason in dict.fromkeys(u.reason for u in c.unread if u.path is None):
        nowhere = [u for u in c.unread if u.path is None and u.reason is reason]
        lines += _unread(", ".join(u.source for u in nowhere), nowhere[0], style)
    return lines


def _never_read(variable: str, c: Consumer) -> List[str]:
    places = [_whole(s.origin) for s in c.never_read if s.variable == variable]
    where = f"; it is set, to no effect, at {', '.join(dict.fromkeys(places))}" if places else ""
    return _fill(f"dockerd never reads it{where}", INDENT, f"  {variable:<13}")


def _user(c: Consumer) -> str:
    return f"uid {c.user}" if c.user is not None and c.user.isdigit() else f"{c.user}"


def _status(c: Consumer, engine: Optional[Engine]) -> Tuple[str, str]:
    """The status in words, and its colour. ``ok`` is not said where warnings are."""
    colour, said = STATUS_COLOUR[c.status], [c.status]
    if c.status in AGREED:
        if c.consumer == "daemon" and engine is not None and engine.installed and engine.running is False:
            said.append("stopped")
        if any(u.source == REPORT_SOURCE for u in c.unread):
            said.append("not verified")
            colour = "yellow"
        warnings = sum(p.severity is Severity.WARNING for p in c.problems)
        if warnings:
            said = [each for each in said if each != "ok"] + [f"{warnings} warning{'s' if warnings > 1 else ''}"]
            colour = "yellow"
    return ", ".join(said), colour


def _is_anothers(engine: Optional[Engine]) -> bool:
    """Whether its files are not looked at, so that only its report says anything."""
    return engine is not None and (engine.id in (REMOTE, PODMAN) or engine.id.startswith("/"))


def _heading(title: str, status: str, colour: str, style: Style) -> List[str]:
    title = display.text(title)
    blank = " " * (WIDTH - len(title) - len(status))
    coloured = style(colour, status)
    if blank:
        return [style("bold", title) + blank + coloured]
    return [style("bold", line) for line in _fill(title, "")] + [" " * (WIDTH - len(status)) + coloured]


def _daemon_title(engine: Engine) -> str:
    version = engine.version.text if engine.version else ", version not known"
    if engine.id == PODMAN:
        return f"Podman {version} on {engine.socket}, not dockerd"
    if not engine.installed:
        return "daemon: no dockerd was found"
    name = f"dockerd {version}".replace(" ,", ",")
    if _is_anothers(engine):
        return f"daemon at {engine.socket}" + (f" ({name})" if engine.running else "")
    state = {True: f"pid {engine.pid}" if engine.pid else "running", False: "not running", None: "not asked"}
    which = "daemon" if engine.id == SYSTEM.id else f"daemon {engine.id}"
    return f"{which} ({name}, {state[engine.running]})"


def _effective(effective: Effective, c: Consumer, style: Style, whole: bool) -> List[str]:
    """``whole``: with the proof of everything, and the layers between the files and the engine."""
    setting = effective.setting
    nothing = "not known" if c.status == "unknown" else "-"
    lines = _fill(_value(setting.value) if setting else nothing, INDENT, f"  {effective.variable:<13}")
    dim: List[str] = []
    if setting:
        tool = c.managed.get(setting.origin.path or "")
        likely = c.likely.get(effective.variable)
        dim += _fill(_whole(setting.origin), INDENT)
        dim += _fill("unless something below that was not read says otherwise", INDENT) if _is_open(c, setting) else []
        dim += _fill(f"managed by {tool}", INDENT) if tool else []
        dim += _fill(f"likely from {_whole(likely)}", INDENT) if likely else []
        dim += _fill(f"proof: {effective.evidence}", DEEPER, INDENT) if whole else []
    for lost in effective.shadowed:
        dim += _fill(f"not {_value(lost.setting.value)}", DEEPER, INDENT)
        dim += _fill(_whole(lost.setting.origin), DEEPER)
        dim += _fill(display.text(lost.reason), DEEPER)
        dim += _fill(f"proof: {lost.evidence}", DEEPER) if whole else []
    for login in c.logins if whole else ():
        if login.variable == effective.variable:
            shown = "what only a shell could tell" if login.value is None else _value(login.value)
            dim += _fill(f"not {shown}", DEEPER, INDENT)
            dim += _fill(_whole(login.origin), DEEPER)
            dim += _fill("for logins only; nothing that starts this engine reads it", DEEPER)
            dim += _fill(f"proof: {LOGINS.evidence}", DEEPER)
    lines += [style("dim", line) for line in dim]
    return lines + (_layers(effective.variable, c, style) if whole else [])


def _is_open(c: Consumer, setting: Setting) -> bool:
    """Whether a place that was not read may win over a setting: the environment cannot beat the configuration."""
    of_environment = setting.origin.source in ENVIRONMENT_SOURCES
    # Logins and the engine's report decide nothing.
    sources = {unread.source for unread in c.unread} - {LOGINS.id, REPORT_SOURCE}
    return c.status == "unknown" and (of_environment or not sources <= ENVIRONMENT_SOURCES)


def _layers(variable: str, c: Consumer, style: Style) -> List[str]:
    """One line for each layer; what differs from the files is the step that is missing."""
    lines = []
    for layer in c.layers.get(variable, ()):
        shown = _value(value_of(variable, layer.text)) if layer.text else "-" if layer.text == "" else "not known"
        if layer.differs:
            lines += [style("yellow", line) for line in _fill(f"{shown}  <- differs", DEEPER, f"    {layer.name:<11}")]
        else:
            lines += _fill(shown, DEEPER, f"    {layer.name:<11}")
    return lines


def _running(c: Consumer, variable: Optional[str], style: Style) -> List[str]:
    if c.running is None:
        return []
    if c.drift is None and c.status in AGREED:
        return [style("dim", "  running      the engine reports the same")]
    if c.status != "drift":
        # Nothing was compared, or nothing may follow from it.
        values = [(v, text) for v, text in c.running.values.items() if variable in (None, v)]
        return _reported(values, "  running      ")
    differing = _differing(c, c.running, variable)
    if not differing:
        return [style("dim", f"  running      the engine reports the same {variable}, and others than the files say")]
    what = DIFFERENCES.get(first_that_differs(c.layers, variable) or "", "the running engine differs")
    lines = [style("yellow", f"  drift        {what}; missing step: {c.drift}")]
    mend = "restart dockerd as it was started" if c.restart is None else f"run: {c.restart}"
    if c.restart is not None and c.drift == "daemon-reload":
        mend = f"run: {c.restart.partition('restart')[0]}daemon-reload && {c.restart}"
    return lines + _reported(differing) + [INDENT + mend]


def _reported(values: List[Tuple[str, str]], first: str = INDENT) -> List[str]:
    lines: List[str] = []
    for variable, text in values:
        shown = _value(value_of(variable, text)) if text else "unset"
        lines += _fill(f"{variable} is {shown}", DEEPER, INDENT if lines else first)
    return lines


def _differing(c: Consumer, running: Running, variable: Optional[str]) -> List[Tuple[str, str]]:
    pairs = [(v, text, c.effective[v].text) for v, text in running.values.items() if variable in (None, v)]
    return [(v, text) for v, text, wanted in pairs if str(value_of(v, text)) != str(value_of(v, wanted))]


def _problems(problems: Sequence[Finding], style: Style) -> List[str]:
    """Each problem, and behind the last one of those that are mended alike how they are."""
    lines: List[str] = []
    mends = [(p.code, rules.mend(p)) for p in problems]
    for problem, own, after in zip(problems, mends, [*mends[1:], None]):
        colour = "red" if problem.severity is Severity.ERROR else "yellow"
        shown = _fill(display.text(f"{problem.code} {problem.message}"), INDENT, f"  {problem.severity.value:<13}")
        lines += [style(colour, line) for line in shown]
        mend = own[1] if own != after else None
        lines += _fill(f"mend: {mend}", DEEPER, INDENT) if mend and mend not in problem.message else []
    return lines


def _unread(what: str, unread: Unread, style: Style) -> List[str]:
    return [style("yellow", line) for line in _fill(f"{what}: {unread_place.why(unread)}", INDENT, "  not read     ")]


def _value(value: Value) -> str:
    """A value, in quotes where it would look like another one. A URL is never broken, so that it can be copied; a list
    breaks behind its commas."""
    text = _whole(display.value(value))
    text = text if text and text == text.strip() else f'"{text}"'
    return text.replace(",", COMMA) if isinstance(value, str) else text


def _whole(text: object) -> str:
    return display.text(text).replace(" ", display.UNBROKEN)


class _Wrapper(textwrap.TextWrapper):
    """Breaks lines behind commas, too, and adds nothing there."""

    wordsep_simple_re = re.compile(rf"([\t\n\v\f\r ]+|(?<={COMMA}))")


def _fill(text: str, indent: str, first: Optional[str] = None) -> List[str]:
    wrapper = _Wrapper(
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(display.UNBROKEN, " ").replace(COMMA, ",") for line in wrapper.wrap(text)]
