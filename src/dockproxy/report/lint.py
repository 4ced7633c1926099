"""``route --lint``: what each entry of a no-proxy list does, and to whom it means something else."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, List, Sequence

from dockproxy.noproxy.lint import Advice
from dockproxy.report import display
from dockproxy.report.style import Style, plain

WIDTH = 80
INDENT = "    "


def document(advice: Sequence[Advice]) -> Dict[str, Any]:
    """The document ``dockproxy.lint/1``."""
    rows = [
        {"entry": display.value(a.entry), "matches": list(a.matches),
         "differs": {w: list(c) for w, c in a.others.items()}, "dead": a.dead,
         "same_for_all": a.same, "hint": a.hint} for a in advice
    ]  # fmt: skip
    return display.document({"schema": "dockproxy.lint/1", "entries": rows})


def render(advice: Sequence[Advice], style: Style = plain) -> str:
    """One block for each entry."""
    if not advice:
        return "The no-proxy list is empty.\n"
    return "\n".join("\n".join(_block(each, style)) for each in advice) + "\n"


def _block(advice: Advice, style: Style) -> List[str]:
    lines = [style("bold", display.text(display.value(advice.entry)))]
    lines += _fill(f"goes direct: {', '.join(advice.matches) or 'nothing'}")
    if advice.dead is not None:
        return lines + [style("yellow", line) for line in _fill(f"not needed: {advice.dead}")]
    for what, clients in advice.others.items():
        verb = "not for" if what in advice.matches else "also for"
        lines += _fill(f"{what}: {verb} {', '.join(clients)}")
    if advice.same is None:
        lines += _fill("no spelling means this to all of these clients")
    elif advice.same != advice.entry:
        lines += _fill(f"the same for all: {advice.same}")
    return lines + (_fill(f"note: {advice.hint}") if advice.hint is not None else [])


def _fill(text: str) -> List[str]:
    return textwrap.wrap(
        display.text(text), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
