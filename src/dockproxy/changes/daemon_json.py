"""Edits of ``proxies`` in ``daemon.json``."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

from dockproxy.formats import json_text
from dockproxy.model import Refusal, Value, reveal

KEY = "proxies"


def edit(data: bytes, path: str, values: Mapping[str, Optional[Value]]) -> bytes:
    """Give each variable its value, None to take it out; encoding, order and indentation stay."""
    document = decoded(data, path)
    key = KEY
    if document.root is not None:
        # dockerd's decoder takes the key in any case; the file's own spelling stays.
        key = next((m.key for m in document.root.members if m.key.lower() == KEY), key)
    refuse_other_shape(document, path, (key,))
    for variable, value in values.items():
        clear = reveal(value) if value is not None else ""
        if clear:
            document = document.with_value((key, variable), clear)
        elif document.get(key, variable) is not None:
            document = document.without((key, variable))
    return json_text.encode(document)


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
