"""Edits of ``proxies`` in ``daemon.json``."""

from __future__ import annotations

from typing import Mapping, Optional

from dockproxy.changes.json_file import decoded, refuse_duplicates, refuse_other_shape
from dockproxy.formats import json_text
from dockproxy.model import Value, reveal, value_of

KEY = "proxies"


def edit(data: bytes, path: str, values: Mapping[str, Optional[Value]]) -> bytes:
    """Give each variable its value, None to take it out; encoding, order and indentation stay."""
    document = decoded(data, path)
    refuse_duplicates(document, path)
    key = KEY
    if document.root is not None:
        # dockerd's decoder takes the key in any case; the file's own spelling stays.
        key = next((m.key for m in document.root.members if m.key.lower() == KEY), key)
    refuse_other_shape(document.way(key), path)
    for variable, value in values.items():
        clear = reveal(value) if value is not None else ""
        if clear:
            document = document.with_value((key, variable), clear)
        elif document.get(key, variable) is not None:
            document = document.without((key, variable))
    return json_text.encode(document)


def is_made(data: bytes, path: str) -> bool:
    """Whether ``edit`` has made the file: what was there before is written otherwise."""
    proxies = decoded(data, path).get(KEY)
    values = {m.key: value_of(m.key, m.value.value) for m in (proxies.members if proxies is not None else ())}
    return data == edit(b"", path, values)
