"""Which file a unit is loaded from, and which other names it has: systemd's map of names.

Source: systemd, src/basic/unit-file.c (unit_file_build_name_map, unit_file_find_fragment) and src/shared/dropin.c
(unit_file_find_dirs); systemd 252 was asked.
"""

from __future__ import annotations

import posixpath
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.host import Host, Kind
from dockproxy.model import NO_FOLDER, Missing

PLAIN = re.compile(r"[0-9A-Za-z:_.\\-]+")
"""A unit's name without its type that is neither a template nor an instance of one."""

MAX_HOPS = 8
"""How many names systemd follows from one to the next."""


class Names(NamedTuple):
    """``fragment`` is where the unit is loaded from, None where the names lead to nothing that is there; ``entry`` is
    what stands under the name that was asked for. ``names`` are all that the unit has, the fragment's first."""

    entry: str
    fragment: Optional[str]
    names: Tuple[str, ...]


class Found(NamedTuple):
    """``names`` is None where no directory has the name. ``unread`` are directories that could not be listed."""

    names: Optional[Names]
    unread: Tuple[Tuple[str, Missing], ...]


def find(host: Host, name: str, dirs: Sequence[str]) -> Found:
    """Find a service in a load path: under its name, else under that of its template."""
    kind = posixpath.splitext(name)[1]
    asked = tuple(dict.fromkeys((name, template(name))))
    entries: Dict[str, str] = {}
    leads_to: Dict[str, str] = {}
    unread: List[Tuple[str, Missing]] = []
    for folder in dirs:
        kinds = host.kinds(folder)
        if isinstance(kinds, Missing):
            unread += [(folder, kinds)] if kinds not in NO_FOLDER else []
            continue
        for entry in kinds:
            if entry in entries or kinds[entry] is Kind.OTHER or not (entry in asked or _is_plain(entry, kind)):
                continue
            path = posixpath.join(folder, entry)
            target = path if kinds[entry] is Kind.FILE else _alias(host, path, kind, dirs)
            if target is not None:
                entries[entry], leads_to[entry] = path, target
    start = next((n for n in asked if n in entries), None)
    if start is None:
        return Found(None, tuple(unread))
    fragment = _follow(leads_to, start)
    own = posixpath.basename(fragment) if fragment is not None and start == name else name
    apart = {own, *asked[1:]}
    others = sorted(n for n in leads_to if fragment == _follow(leads_to, n) is not None and n not in apart)
    return Found(Names(entries[start], fragment, (own, *others)), tuple(unread))


def template(name: str) -> str:
    """The template of which a name is an instance, as ``user@.service`` is of ``user@1000.service``; else the name."""
    stem, kind = posixpath.splitext(name)
    return f"{stem.partition('@')[0]}@{kind}" if "@" in stem else name


def _is_plain(entry: str, kind: str) -> bool:
    return entry.endswith(kind) and PLAIN.fullmatch(entry[: -len(kind)]) is not None


def _alias(host: Host, path: str, kind: str, dirs: Sequence[str]) -> Optional[str]:
    """The other name for which a link in the load path stands; itself where it leads out of that, to a file that is
    loaded under the link's name. None where systemd passes over it."""
    target = host.target(path)
    if target is None or not any(target.startswith(f"{folder}/") for folder in dirs):
        return path if target is not None else None
    other = posixpath.basename(target)
    return other if other != posixpath.basename(path) and _is_plain(other, kind) else None


def _follow(leads_to: Dict[str, str], name: str) -> Optional[str]:
    """The path to which a name leads in the end."""
    for _ in range(MAX_HOPS):
        name = leads_to.get(name, "")
        if name.startswith("/") or not name:
            return name or None
    return None


def drop_in_names(name: str) -> Iterator[str]:
    """The names under which drop-ins of a unit are looked for: its own, its template's, and each beginning of it up to
    a dash."""
    stem, kind = posixpath.splitext(name)
    prefix, _, instance = stem.partition("@")
    if instance:
        yield name
    suffix = "@" if "@" in stem else ""
    while prefix:
        yield prefix + suffix + kind
        head = prefix.removesuffix("-").rpartition("-")[0]
        prefix = f"{head}-" if head else ""
