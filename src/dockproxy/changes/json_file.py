"""A JSON file that is about to be edited: refused where that could go wrong."""

from __future__ import annotations

from typing import Sequence

from dockproxy.formats import json_text
from dockproxy.model import Refusal


def decoded(data: bytes, path: str, plain: bool = False) -> json_text.Document:
    """The parsed file; refused where an edit could go wrong: invalid JSON, not an object, duplicate keys."""
    try:
        document = json_text.decode(data, plain)
    except json_text.JSONTextError as error:
        raise Refusal(f"{path}:{error.line}:{error.column}: {error.message}; correct the file first") from None
    if document.root is not None and document.root.kind != "object":
        raise Refusal(f"{path}:{document.root.line}: not a JSON object; correct the file first")
    for keys, line in document.duplicates():
        raise Refusal(f'{path}:{line}: the key "{".".join(keys)}" stands there twice; remove one of the two first')
    return document


def refuse_other_shape(document: json_text.Document, path: str, keys: Sequence[str]) -> None:
    """Refuse to put members into what is no object: what stands there would be lost."""
    for depth in range(1, len(keys) + 1):
        node = document.get(*keys[:depth])
        if node is not None and node.kind not in ("object", "null"):
            name = ".".join(keys[:depth])
            raise Refusal(f'{path}:{node.line}: "{name}" is not an object; correct the file first')
