"""Edits of one entry of ``proxies`` in the docker CLI's ``config.json``."""

from __future__ import annotations

from typing import Mapping, Optional

from dockproxy.changes.daemon_json import decoded
from dockproxy.formats import json_text
from dockproxy.model import Value, reveal
from dockproxy.sources.client_config import NAMES


def edit(data: bytes, path: str, entry: str, values: Mapping[str, Optional[Value]]) -> bytes:
    """Give each variable its value in the entry, None to take it out; everything else in the file stays."""
    document = decoded(data, path)
    for variable, value in values.items():
        keys = ("proxies", entry, NAMES[variable])
        clear = reveal(value) if value is not None else ""
        if clear:
            document = document.with_value(keys, clear)
        elif document.get(*keys) is not None:
            document = document.without(keys)
    return json_text.encode(document)
