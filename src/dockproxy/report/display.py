"""How anything that was read is shown, be it a value, a path or a message: with its credentials masked, and to people
so that a terminal obeys nothing of it."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Dict, List, Optional

from dockproxy.secret import ProxyURL, mask, visible
from dockproxy.secret.masking import masked_list, masked_url


def value(of: object) -> str:
    """A proxy or a no-proxy list, of which nothing is shown that may be a part of a password."""
    return str(of) if isinstance(of, ProxyURL) else masked_list(str(of))


HALF = re.compile("[\ud800-\udfff]")
"""A surrogate alone, as which Python keeps a byte that is no UTF-8."""


SPLIT = re.compile(r"(?=.*(?:@|%40)).*[\s\"'`<>]", re.IGNORECASE | re.DOTALL)
"""Credentials, maybe, whose password holds what ends a word in free text."""


def refused(target: str) -> str:
    """A target that is none: credentials without a scheme may stand there, too."""
    return masked_url(target) if SPLIT.match(target) else target


def text(value: object) -> str:
    """One line for people."""
    return visible(mask(str(value)))


COMMAND = re.compile("`[^`]*`")
UNBROKEN = "\xa0"
"""Stands for a blank at which no line is broken; a real one is shown escaped."""


def folded(line: object, width: Optional[int]) -> List[str]:
    """The same over as many lines as a terminal that is so wide needs; no word, and so no path, is broken."""
    shown = text(line)
    if width is None or len(shown) <= width:
        return [shown]
    indent = " " * (len(shown) - len(shown.lstrip()) + 2)
    # A command is there to be copied.
    kept = COMMAND.sub(lambda found: found.group().replace(" ", UNBROKEN), shown)
    lines = textwrap.wrap(kept, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace(UNBROKEN, " ") for line in lines]


def document(made: Dict[str, Any]) -> Dict[str, Any]:
    """A document for programs, ready for ``json.dumps``, which escapes by itself."""
    return {key: _masked(value) for key, value in made.items()}


def _masked(node: Any) -> Any:
    if isinstance(node, str):
        return mask(node)
    if isinstance(node, dict):
        return document(node)
    return [_masked(item) for item in node] if isinstance(node, (list, tuple)) else node


def whole(node: Any) -> Any:
    """The same document without half characters, which other programs refuse (RFC 8259, section 8.2): they are shown
    as to people."""
    if isinstance(node, str):
        return HALF.sub(lambda found: visible(found.group()), node)
    if isinstance(node, dict):
        return {key: whole(value) for key, value in node.items()}
    return [whole(item) for item in node] if isinstance(node, list) else node
