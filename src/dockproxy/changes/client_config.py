"""Edits of one entry of ``proxies`` in the docker CLI's ``config.json``."""

from __future__ import annotations

from typing import List, Mapping, Optional

from dockproxy.changes.json_file import decoded, refuse_other_shape
from dockproxy.formats import json_text
from dockproxy.model import Value, reveal, value_of
from dockproxy.sources.client_config import DEFAULT, KEYS, NAMES, entries, maps, variable_of


def edit(data: bytes, path: str, entry: str, values: Mapping[str, Optional[Value]]) -> bytes:
    """Give each variable its value in the entry, None to take it out; everything else in the file stays."""
    document = decoded(data, path, plain=True)
    for variable, value in values.items():
        clear = reveal(value) if value is not None else ""
        document = _with(document, path, entry, variable, clear) if clear else _without(document, entry, variable)
    return json_text.encode(document)


def _with(document: json_text.Document, path: str, entry: str, variable: str, clear: str) -> json_text.Document:
    """Set it where it counts: at the last of its keys in the last entry of that name."""
    way = next(reversed(_named(document, entry)), None) or _map(document)
    refuse_other_shape(way, path)
    mine = [m for m in way[-1].value.members if variable_of(m.key) == variable] if len(way) > 1 else []
    keys = ("proxies", entry, NAMES[variable])[len(way) :]
    return document.with_member((*way, mine[-1]), (), clear) if mine else document.with_member(way, keys, clear)


def _without(document: json_text.Document, entry: str, variable: str) -> json_text.Document:
    """Take it out of every entry of that name, also of one that a later one replaces: that may go by it."""
    while True:
        *earlier, last = _named(document, entry) or [()]
        found = [(*way, m) for way in (*earlier, last) if way for m in way[-1].value.members]
        way = next((way for way in found if variable_of(way[-1].key) == variable), None)
        if way is None:
            return document
        # An entry that is gone would let an earlier one or `default` through, an empty value in it does not.
        is_last = way[:-1] == last and len(last[-1].value.members) == 1
        if is_last and (earlier or (entry != DEFAULT and _named(document, DEFAULT))):
            return document.with_member(way, (), "")
        document = document.without_member(way)


def _named(document: json_text.Document, entry: str) -> List[json_text.Way]:
    return [way for way in entries(document) if way[-1].key == entry]


def _map(document: json_text.Document) -> json_text.Way:
    """Where a new entry counts: in the last ``proxies`` that is, or may become, an object; behind them all where that
    is ``null``, which takes earlier entries away."""
    found = maps(document)
    usable = [member for member in found if member.value.kind in ("object", "null")][-1:] or found[-1:]
    is_needed = any(member.value.kind == "null" for member in usable) and any(m.value.members for m in found)
    return () if is_needed else tuple(usable)


def is_made(data: bytes, path: str, entry: str) -> bool:
    """Whether ``edit`` has made the file: what was there before is written otherwise."""
    node = decoded(data, path, plain=True).get("proxies", entry)
    members = [m for m in (node.members if node is not None else ()) if m.key in KEYS and m.value.kind == "string"]
    return data == edit(b"", path, entry, {KEYS[m.key]: value_of(KEYS[m.key], m.value.value) for m in members})
