"""``route``: each request of a target, where it goes, and what decided."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, List, Mapping, Optional, Sequence

from dockproxy.report import display
from dockproxy.report.show_json import origin
from dockproxy.report.style import Style, plain
from dockproxy.resolve.routes import Decided
from dockproxy.resolve.targets import Target
from dockproxy.secret import ProxyURL

WIDTH = 80

REASONS: Mapping[str, str] = {
    "proxy": "no entry of the no-proxy list matches",
    "no-proxy": "the entry {entry} of the no-proxy list matches",
    "loopback": "Go never sends its own host's addresses through a proxy",
    "scheme": "no variable is for this scheme",
    "no-variable": "{variable} is not set",
    "unparsable-proxy": "Go cannot parse {variable}, and then connects directly and says nothing",
    "unparsable-target": "Go cannot tell the host's port, and then connects directly",
    "cgi-refused": "Go refuses http-proxy where REQUEST_METHOD is set",
    "list-refused": "the client does nothing at all because of the entry {entry}",
    "not-a-url": "Go cannot parse this URL",
}
"""What each reason of a decision means."""


def document(targets: Sequence[Target], decided: Sequence[Sequence[Decided]]) -> Dict[str, Any]:
    """The document ``dockproxy.route/1``."""
    routes = [route(target, each) for target, found in zip(targets, decided) for each in found]
    return {"schema": "dockproxy.route/1", "routes": routes}


def route(target: Target, decided: Decided) -> Dict[str, Any]:
    """One route of it, with credentials masked."""
    return display.document(
        {
            "target": target.text,
            "image": target.image or None,
            "for": decided.request.why or None,
            "url": decided.request.url,
            "insecure": decided.request.insecure,
            "decision": decided.route.decision,
            "proxy": _proxy(decided),
            "reason": _reason(decided),
            "entry": display.value(decided.route.entry.strip()) if decided.route.entry is not None else None,
            "origin": origin(decided.origin),
        }
    )


Rows = Mapping[str, Sequence[Sequence[Decided]]]
"""Dialect to the routes of each target."""


def comparison(targets: Sequence[Target], rows: Rows, own: str) -> Dict[str, Any]:
    """The document ``dockproxy.route/1`` with the routes of several dialects; ``differs`` from the engine's ``own``."""
    routes = []
    for dialect, decided in rows.items():
        for target, found, expected in zip(targets, decided, rows[own]):
            for each, other in zip(found, expected):
                differs = each.route.decision != other.route.decision
                routes.append({**route(target, each), "dialect": dialect, "differs": differs})
    return {"schema": "dockproxy.route/1", "routes": routes}


def render_comparison(targets: Sequence[Target], rows: Rows, own: str, style: Style = plain) -> str:
    """A table of dialects against requests, whose names stand below it."""
    requests = [each.request for target in rows[own] for each in target]
    cells = {
        dialect: [each.route.decision for target in decided for each in target] for dialect, decided in rows.items()
    }
    width = max(map(len, cells)) + 2
    lines = [" " * width + "".join(f"{number:<9}" for number in range(1, len(requests) + 1)).rstrip()]
    for dialect, decisions in cells.items():
        shown = [f"{said}{'' if said == expected else ' *'}" for said, expected in zip(decisions, cells[own])]
        coloured = [style("yellow", f"{text:<9}") if text.endswith("*") else f"{text:<9}" for text in shown]
        lines.append((f"{dialect:<{width}}" + "".join(coloured)).rstrip())
    lines += ["", *(display.text(f"{number:>3}  {request.url}") for number, request in enumerate(requests, 1))]
    lines.append(f"  *  not as the engine decides ({own})")
    return "\n".join(lines) + "\n"


def refused(text: str, why: str) -> Dict[str, Any]:
    """What stands for a target that is none."""
    nothing: Dict[str, Optional[str]] = dict.fromkeys(["image", "for", "url", "insecure", "proxy", "entry", "origin"])
    return display.document({"target": text, **nothing, "decision": "error", "reason": why})


def render(target: Target, decided: Sequence[Decided], style: Style = plain) -> str:
    """One target for people."""
    lines: List[str] = []
    if target.image:
        lines.append(style("bold", display.text(target.image)))
    for each in decided:
        what = f"{each.request.why}  " if each.request.why else ""
        lines += _block(f"{'  ' if target.image else ''}{what}{each.request.url}", each, style)
    if target.image:
        lines += ["  Redirects, such as those to a content network, are known only to the registry."]
    return "\n".join(lines) + "\n"


def _block(first: str, decided: Decided, style: Style) -> List[str]:
    said = decided.route
    proxied = f"through {_proxy(decided)}" + (f", set at {decided.origin}" if decided.origin is not None else "")
    where = {"proxy": proxied, "direct": "direct", "error": "not sent"}[said.decision]
    colour = {"proxy": "green", "direct": "cyan", "error": "red"}[said.decision]
    place = f", at {decided.origin}" if decided.origin is not None and said.decision != "proxy" else ""
    reason = f"{_reason(decided)}{place}"
    if decided.request.insecure:
        reason += "; the engine takes this registry without TLS, too (insecure-registries)"
    indent = " " * (len(first) - len(first.lstrip()) + 4)
    lines = [display.text(first), indent + style(colour, display.text(where))]
    return lines + textwrap.wrap(
        display.text(reason), WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _proxy(decided: Decided) -> Optional[str]:
    """The proxy as Go prints it, without what may be a password to a human."""
    return str(ProxyURL(decided.route.proxy)) if decided.route.proxy is not None else None


def _reason(decided: Decided) -> str:
    variable = f"{decided.request.url.partition('://')[0].lower()}-proxy"
    entry = display.value((decided.route.entry or "").strip())
    return REASONS[decided.route.reason].format(entry=entry, variable=variable)
