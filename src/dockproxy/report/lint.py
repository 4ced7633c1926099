"""``route --lint``: what each entry of a no-proxy list does, and to whom it means something else."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

from dockproxy.noproxy.lint import TWICE, Advice
from dockproxy.report import display
from dockproxy.report.style import Style, plain

WIDTH = 80
INDENT = "    "
UNASKED = "only Go was asked about international names, and the others may decide otherwise"


def document(advice: Sequence[Advice]) -> Dict[str, Any]:
    """The document ``dockproxy.lint/1``."""
    rows = [
        {"entry": display.value(a.entry), "matches": list(a.matches),
         "differs": {w: list(c) for w, c in a.others.items()},
         "dead": a.wrong or a.covered, "needed_by": list(a.needed), "refused_by": list(a.refused),
         "same_for_all": a.same, "hint": a.hint, "built_in": list(a.built_in),
         "notes": _unasked(a)}
        for a in advice
    ]  # fmt: skip
    return display.document({"schema": "dockproxy.lint/1", "entries": rows})


def render(advice: Iterable[Advice], style: Style = plain) -> Iterator[str]:
    """One block for each entry, as they come."""
    for each in advice:
        yield "\n".join(_block(each, style)) + "\n"


def _block(advice: Advice, style: Style) -> List[str]:
    first = style("bold", display.text(display.value(advice.entry)))
    lines = [f"{first}  {style('yellow', '(wrong)')}"] if advice.wrong is not None else [first, *_direct(advice)]
    lines += [style("yellow", line) for line in _dead(advice)]
    if advice.covered == TWICE:
        return lines
    for (verb, clients), whats in _alike(advice).items():
        lines += _fill(f"{'; '.join(whats)}: {verb} {', '.join(clients)}")
    if advice.refused:
        lines += _fill(f"with it in the list nothing at all is sent by {', '.join(advice.refused)}")
    lines += _spelling(advice)
    notes = [*([advice.hint] if advice.hint is not None else []), *_unasked(advice)]
    return lines + [line for note in notes for line in _fill(f"note: {note}")]


def _spelling(advice: Advice) -> List[str]:
    """The one for everybody; of what could go none."""
    if advice.covered is not None and not advice.needed:
        return []
    if advice.same is None:
        # All clients read a single IPv4 address alike.
        is_v4_network = "/" in advice.entry and ":" not in advice.entry
        but = " but its addresses, one by one," if is_v4_network else ""
        return _fill(f"no spelling{but} means just this to all of these clients") if advice.wrong is None else []
    instead = "instead, " if advice.wrong is not None else ""
    return _fill(f"{instead}the same for all: {advice.same}") if not advice.is_listed else []


def _unasked(advice: Advice) -> List[str]:
    """What weakens what is said of an international name; of what is wrong the parts were tried as DNS knows them."""
    return [UNASKED] if advice.wrong is None and not advice.entry.isascii() else []


def _direct(advice: Advice) -> List[str]:
    """What goes direct because of it, and what does so without it."""
    matches, built_in = ", ".join(advice.matches), ", ".join(advice.built_in)
    lines = _fill(f"goes direct: {matches or 'nothing'}") if matches or not built_in else []
    if not built_in or advice.covered is not None:
        return lines
    needed = f"; needed for that by {', '.join(advice.needed)}" if advice.needed else ""
    return lines + _fill(f"goes direct without it, too, as the engine's own host always does: {built_in}{needed}")


def _dead(advice: Advice) -> List[str]:
    """Why it could go; of an entry that is wrong and stands there twice, both."""
    lines = _fill(advice.wrong) if advice.wrong is not None else []
    if advice.covered is None:
        return lines
    if advice.needed:
        return _fill(f"not needed by the engine: {advice.covered}; but by {', '.join(advice.needed)}")
    return lines + _fill(f"not needed: {advice.covered}")


def _alike(advice: Advice) -> Dict[Tuple[str, Tuple[str, ...]], List[str]]:
    """What the same clients decide otherwise, together."""
    found: Dict[Tuple[str, Tuple[str, ...]], List[str]] = {}
    for what, clients in advice.others.items():
        verb = (
            "not for"
            if what in (*advice.matches, *advice.built_in)
            else "for"
            if advice.wrong is not None
            else "also for"
        )
        found.setdefault((verb, clients), []).append(what)
    return found


def _fill(text: str) -> List[str]:
    return textwrap.wrap(
        display.text(text), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
