"""``route``: each request of a target, where it goes, and what decided."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from dockproxy.model import Origin
from dockproxy.noproxy import GO
from dockproxy.report import display
from dockproxy.report.show_json import origin
from dockproxy.report.style import Style, plain
from dockproxy.resolve.routes import Decided
from dockproxy.resolve.targets import MIRROR, Request, Target
from dockproxy.secret import ProxyURL
from dockproxy.secret.proxy_url import TALKS_TO_IT

WIDTH = 80
CELL = 11
"""The width of a column: the longest decision and its marks."""

REASONS: Mapping[str, str] = {
    "proxy": "no entry of the no-proxy list matches",
    "no-proxy": "the entry {entry} of the no-proxy list matches",
    "loopback": "Go never sends its own host's addresses through a proxy",
    "built-in": "no entry does this: the client itself sends its own host's addresses directly",
    "scheme": "no variable is for this scheme",
    "no-variable": "{variable} is not set",
    "no-known-variable": "{variable} is not set in what was read",
    "unparsable-proxy": "Go cannot parse {variable}, and then connects directly and says nothing",
    "unparsable-target": "Go cannot tell the host's port, and then connects directly",
    "cgi-refused": "Go refuses http-proxy where REQUEST_METHOD is set",
    "proxy-dropped": "the client has no use for this {variable}, and then connects directly",
    "proxy-refused": "the client has no use for this {variable}, and sends nothing",
    "list-refused": "the client does nothing at all because of the entry {entry}",
    "not-a-url": "{client} cannot parse this URL",
}
"""What each reason of a decision means."""

WHO: Mapping[str, str] = {
    "daemon": "the engine",
    "cli": "the docker CLI",
    "container": "Go in a container",
    "build": "Go in a build",
}
"""Whose decision another client's is compared with, by whose settings these are."""

UNASKED = "this client was never asked about an international or percent-encoded host, and may decide otherwise"
WITHOUT_TLS = "the engine takes this registry without TLS, too (insecure-registries)"
UNCHECKED = "the mirror's certificate is not checked (insecure-registries)"
DISPUTED = "an engine that another Go has built decides otherwise; docs/routes.md, Which Go"


def document(targets: Sequence[Target], decided: Sequence[Sequence[Decided]]) -> Dict[str, Any]:
    """The document ``dockproxy.route/1``."""
    routes = [route(target, each) for target, found in zip(targets, decided) for each in found]
    return {"schema": "dockproxy.route/1", "routes": routes}


def route(target: Target, decided: Decided) -> Dict[str, Any]:
    """One route of it, with credentials masked."""
    return _masked(
        {
            "target": target.text,
            "image": target.image or None,
            "for": decided.request.why or None,
            "url": decided.request.url,
            "insecure": decided.request.insecure,
            "consumer": decided.consumer,
            "decision": decided.route.decision,
            "proxy": _proxy(decided),
            "reason": _reason(decided),
            "entry": display.value(decided.route.entry.strip()) if decided.route.entry is not None else None,
            "origin": origin(decided.origin),
            "notes": [*([decided.doubt] if decided.doubt is not None else []), *target.notes, *_notes(decided)],
        }
    )


def _masked(made: Dict[str, Any]) -> Dict[str, Any]:
    found: Dict[str, Any] = display.whole(display.document(made))
    return found


def _notes(decided: Decided) -> List[str]:
    told = f"it is no proxy that Go can use ({decided.fault}), so {WHO[decided.consumer]} {decided.instead}"
    return [
        *([told] if decided.fault is not None else []),
        *([] if decided.is_asked else [UNASKED]),
        *([DISPUTED] if decided.is_disputed else []),
    ]


Rows = Mapping[str, Sequence[Sequence[Decided]]]
"""Dialect to the routes of each target."""


def comparison(targets: Sequence[Target], rows: Rows, own: str) -> Dict[str, Any]:
    """The document ``dockproxy.route/1`` with the routes of several dialects; ``differs`` from those of ``own``."""
    routes = []
    for decided in rows.values():
        for target, found, expected in zip(targets, decided, rows[own]):
            for each, other in zip(found, expected):
                differs = each.route.decision != other.route.decision
                routes.append({**route(target, each), "dialect": each.dialect, "differs": differs})
    return {"schema": "dockproxy.route/1", "routes": routes}


def render_comparison(targets: Sequence[Target], rows: Rows, own: str, style: Style = plain) -> str:
    """Dialects against requests, in as many tables as the width asks for; below them the names of the requests."""
    found = {dialect: [each for target in decided for each in target] for dialect, decided in rows.items()}
    width = max(map(len, found)) + 2
    count = (WIDTH - width) // CELL
    lines: List[str] = []
    for first in range(0, len(found[own]), count):
        lines += [*_table(found, own, range(first, min(first + count, len(found[own]))), width, style), ""]
    named = [(target, each.request) for target, decided in zip(targets, rows[own]) for each in decided]
    lines += [display.text(f"{number:>3}  {_named(*each)}") for number, each in enumerate(named, 1)]
    deciders = " or ".join(dict.fromkeys(WHO[each.consumer] for each in found[own]))
    lines.append(f"  *  not as {deciders} decides ({own})")
    if not all(each.is_asked for cells in found.values() for each in cells):
        lines.append(f"  ?  {UNASKED}")
    for (reason, numbers), dialects in _errors(found).items():
        lines += _wrapped(f"{', '.join(dialects)} ({numbers}): {reason}", "  ")
    disputed = [str(number) for number, each in enumerate(found[own], 1) if each.is_disputed]
    lines += _wrapped(f"{', '.join(disputed)}: {DISPUTED}", "  ") if disputed else []
    for target in targets:
        lines += [line for note in target.notes for line in _wrapped(f"{target.text}: {note}", "  ")]
    return "\n".join(lines) + "\n"


def _errors(found: Mapping[str, Sequence[Decided]]) -> Dict[Tuple[str, str], List[str]]:
    """Why clients send nothing, and to which requests, with the dialects of which both is true."""
    alike: Dict[Tuple[str, str], List[str]] = {}
    for dialect, cells in found.items():
        numbers: Dict[str, List[str]] = {}
        for number, each in enumerate(cells, 1):
            if each.route.decision == "error":
                numbers.setdefault(_reason(each), []).append(str(number))
        for reason, those in numbers.items():
            alike.setdefault((reason, ", ".join(those)), []).append(dialect)
    return alike


def _table(
    found: Mapping[str, Sequence[Decided]], own: str, columns: Sequence[int], width: int, style: Style
) -> List[str]:
    lines = [(" " * width + "".join(f"{column + 1:<{CELL}}" for column in columns)).rstrip()]
    for dialect, cells in found.items():
        shown = [_cell(cells[column], found[own][column], style) for column in columns]
        lines.append((f"{dialect:<{width}}" + "".join(shown)).rstrip())
    return lines


def _named(target: Target, request: Request) -> str:
    """A request with what it is for, where its target stands for several."""
    return f"{request.url}  ({target.text}: {request.why})" if request.why else request.url


def _cell(decided: Decided, expected: Decided, style: Style) -> str:
    marks = ("" if decided.route.decision == expected.route.decision else " *") + ("" if decided.is_asked else " ?")
    text = f"{decided.route.decision + marks:<{CELL}}"
    return style("yellow", text) if marks else text


def refused(text: str, why: str) -> Dict[str, Any]:
    """What stands for a target that is none."""
    nothing: Dict[str, Optional[str]] = dict.fromkeys(
        ["image", "for", "url", "insecure", "consumer", "proxy", "entry", "origin"]
    )
    return _masked({"target": display.refused(text), **nothing, "decision": "error", "reason": why, "notes": []})


def render(target: Target, decided: Sequence[Decided], style: Style = plain) -> str:
    """One target for people."""
    lines: List[str] = []
    if target.image:
        lines.append(style("bold", display.text(target.image)))
    for each in decided:
        what = f"{each.request.why}  " if each.request.why else ""
        lines += _block(f"{'  ' if target.image else ''}{what}{each.request.url}", each, style)
    lines += [line for note in target.notes for line in _wrapped(note, "  ")]
    return "\n".join(lines) + "\n"


def _block(first: str, decided: Decided, style: Style) -> List[str]:
    said, place = decided.route, _place(decided.origin)
    is_missed = decided.instead not in (None, TALKS_TO_IT)
    proxied = f"{'not ' if is_missed else ''}through {_proxy(decided)}" + (f", set at {place}" if place else "")
    where = {"proxy": proxied, "direct": "direct", "error": "not sent"}[said.decision]
    colour = {"proxy": "red" if is_missed else "green", "direct": "cyan", "error": "red"}[said.decision]
    reason = f"{_reason(decided)}{f', at {place}' if place and said.decision != 'proxy' else ''}"
    if decided.request.insecure:
        reason += f"; {UNCHECKED if decided.request.why == MIRROR else WITHOUT_TLS}"
    indent = " " * (len(first) - len(first.lstrip()) + 4)
    lines = [display.text(first), indent + style(colour, display.text(where)), *_wrapped(reason, indent)]
    return lines + [line for note in _notes(decided) for line in _wrapped(f"note: {note}", indent)]


def _place(where: Optional[Origin]) -> str:
    """The place of a value; where that is no file, with the name that the value has there."""
    if where is None or where.path is not None or where.name is None:
        return str(where) if where is not None else ""
    return f"{where} ({where.name})"


def _wrapped(text: str, indent: str) -> List[str]:
    return textwrap.wrap(
        display.text(text), WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _proxy(decided: Decided) -> Optional[str]:
    """The proxy as Go prints it, without what may be a password to a human."""
    return str(ProxyURL(decided.route.proxy)) if decided.route.proxy is not None else None


def _reason(decided: Decided) -> str:
    variable = decided.route.variable or f"{decided.request.url.partition('://')[0].lower()}-proxy"
    entry = display.value((decided.route.entry or "").strip())
    client = "Go" if decided.dialect in GO else "the client"
    reason = decided.route.reason
    if reason == "no-variable" and decided.doubt is not None:
        reason = "no-known-variable"
    return REASONS[reason].format(entry=entry, variable=variable, client=client)
