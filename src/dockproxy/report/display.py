"""How anything that was read is shown, be it a value, a path or a message: with its credentials masked, and to people
so that a terminal obeys nothing of it."""

from __future__ import annotations

from typing import Any, Dict

from dockproxy.secret import mask, visible


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
