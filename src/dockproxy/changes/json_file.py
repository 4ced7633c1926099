"""A JSON file that is about to be edited: refused where that could go wrong."""

from __future__ import annotations

from dockproxy.formats import json_text
from dockproxy.model import Refusal
from dockproxy.secret.names import masked_key


def decoded(data: bytes, path: str, plain: bool = False) -> json_text.Document:
    """The parsed file; refused where an edit could go wrong: invalid JSON, or not an object."""
    try:
        document = json_text.decode(data, plain)
    except json_text.JSONTextError as error:
        raise Refusal(f"{path}:{error.line}:{error.column}: {error.message}; correct the file first") from None
    if document.root is not None and document.root.kind != "object":
        raise Refusal(f"{path}:{document.root.line}: not a JSON object; correct the file first")
    return document


def refuse_duplicates(document: json_text.Document, path: str) -> None:
    """Refuse a file in which a key stands twice, where only one of the two would be edited."""
    for keys, line in document.duplicates():
        name = ".".join(map(masked_key, keys))
        raise Refusal(f'{path}:{line}: the key "{name}" stands there twice; remove one of the two first')


def refuse_other_shape(way: json_text.Way, path: str) -> None:
    """Refuse to put members into what is no object: what stands there would be lost."""
    for depth, member in enumerate(way, 1):
        if member.value.kind not in ("object", "null"):
            name = ".".join(masked_key(each.key) for each in way[:depth])
            raise Refusal(f'{path}:{member.value.line}: "{name}" is not an object; correct the file first')
