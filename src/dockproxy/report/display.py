"""How anything that was read is shown, be it a value, a path or a message: with its credentials masked, and to people
so that a terminal obeys nothing of it."""

from __future__ import annotations

import re
from typing import Any, Dict

from dockproxy.secret import ProxyURL, mask, visible
from dockproxy.secret.masking import masked_list


def value(of: object) -> str:
    """A proxy or a no-proxy list, of which nothing is shown that may be a part of a password."""
    return str(of) if isinstance(of, ProxyURL) else masked_list(str(of))


HALF = re.compile("[\ud800-\udfff]")
"""A surrogate alone, as which Python keeps a byte that is no UTF-8."""


def text(value: object) -> str:
    """One line for people."""
    return visible(mask(str(value)))


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
