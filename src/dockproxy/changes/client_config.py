"""Edits of one entry of ``proxies`` in the docker CLI's ``config.json``."""

from __future__ import annotations

from typing import Mapping, Optional

from dockproxy.changes.json_file import decoded, refuse_other_shape
from dockproxy.formats import json_text
from dockproxy.model import Value, reveal, value_of
from dockproxy.sources.client_config import KEYS, NAMES, spelt


def edit(data: bytes, path: str, entry: str, values: Mapping[str, Optional[Value]]) -> bytes:
    """Give each variable its value in the entry, None to take it out; everything else in the file stays."""
    document = decoded(data, path, plain=True)
    proxies = spelt(document.root, "proxies")
    refuse_other_shape(document, path, (proxies, entry))
    for variable, value in values.items():
        node = document.get(proxies, entry)
        keys = (proxies, entry, spelt(node, NAMES[variable]))
        clear = reveal(value) if value is not None else ""
        if clear:
            document = document.with_value(keys, clear)
        elif document.get(*keys) is not None:
            # An entry that is gone would let `default` through, an empty value in it does not.
            is_last = node is not None and len(node.members) == 1 and entry != "default"
            stays = is_last and document.get(proxies, "default") is not None
            document = document.with_value(keys, "") if stays else document.without(keys)
    return json_text.encode(document)


def is_made(data: bytes, path: str, entry: str) -> bool:
    """Whether ``edit`` has made the file: what was there before is written otherwise."""
    node = decoded(data, path, plain=True).get("proxies", entry)
    members = [m for m in (node.members if node is not None else ()) if m.key in KEYS]
    return data == edit(b"", path, entry, {KEYS[m.key]: value_of(KEYS[m.key], m.value.value) for m in members})
