"""What an entry of a no-proxy list stands for to Go, and which other entries hold all of that."""

from __future__ import annotations

from typing import Iterator, Sequence, Union

from dockproxy.noproxy import go
from dockproxy.secret import go_url

Meaning = Union[go.Network, go.Name]


def unsaid(found: Sequence[str], others: Sequence[str], own: str = "go") -> Iterator[str]:
    """Those entries of which Go reads more than in any of ``others`` and of the found ones; the first of those that
    mean the same. None of them is wrong."""
    meant = {entry: meaning(entry, own) for entry in found}
    said = {meaning(entry, own) for entry in others if go.meaning(entry, go_url.DIALECTS[own]) is not None}
    every = said.union(meant.values())
    for entry, its in meant.items():
        wider = (each for each in covering(its) if each != its)
        if its not in said and every.isdisjoint(wider):
            yield entry
        said.add(its)


def meaning(entry: str, own: str) -> Meaning:
    """What an entry stands for that is not wrong."""
    meant = go.meaning(entry, go_url.DIALECTS[own])
    assert meant is not None
    if not isinstance(meant, go.Network):
        return meant
    return _network(int.from_bytes(meant.packed, "big"), meant.prefix, len(meant.packed), meant.port)


def _network(number: int, prefix: int, size: int, port: str) -> go.Network:
    """The network of an address: all its addresses make the same one."""
    free = size * 8 - prefix
    return go.Network((number >> free << free).to_bytes(size, "big"), prefix, port)


def covering(meant: Meaning) -> Iterator[Meaning]:
    """What holds all that is meant, the widest first; the last is the meaning itself."""
    if isinstance(meant, go.Network):
        number, size = int.from_bytes(meant.packed, "big"), len(meant.packed)
        for prefix in range(meant.prefix + 1):
            yield from (_network(number, prefix, size, port) for port in ("", meant.port))
        return
    labels = meant.name.split(".")
    for first in range(len(labels) - 1, -1, -1):
        # Below a name is all that is below the names there, but not the name.
        both = (False, True) if first or meant.below_only else (False,)
        name = ".".join(labels[first:])
        yield from (go.Name(name, below_only, port) for below_only in both for port in ("", meant.port))


def is_loopback_alone(meant: Meaning) -> bool:
    """Whether the engine sends all of it direct without an entry."""
    if not isinstance(meant, go.Network):
        return False
    size = len(meant.packed)
    return meant.prefix >= (8 if size == 4 else 128) and is_loopback(int.from_bytes(meant.packed, "big"), size)


def is_loopback(number: int, size: int) -> bool:
    return number >> 24 == 127 if size == 4 else number == 1
