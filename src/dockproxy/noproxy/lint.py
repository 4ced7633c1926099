"""What each entry of a no-proxy list does to the engine, and to which clients it means something else.

Nothing is said of a client but what its dialect decides: an entry is tried alone on requests that lie on its edges.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from dockproxy.noproxy import DIALECTS, GO, clients, entries, go
from dockproxy.noproxy.settings import ProxySettings
from dockproxy.secret import go_netip

PROXY = "http://proxy.invalid:3128"
CLIENTS = tuple(d for d in DIALECTS if d not in GO and d not in ("busybox-wget", "java"))
"""Those that are compared: without one that has no such list, and one that has a list of another shape."""

PLAIN = re.compile(r"\w[\w.-]*")
RANGE = re.compile(r"[0-9.]+-[0-9.]+")

LIKE = "names that only end like it"
"""What some clients mean by every name, however it is spelt."""


class Probe(NamedTuple):
    """A request on the edge of what an entry may mean, and how each client decides about it."""

    what: str
    url: str
    clients: Mapping[str, clients.Bypass]


class Advice(NamedTuple):
    """One entry. ``matches`` are the probes that go direct because of it, ``others`` those about which clients decide
    otherwise. ``dead`` says why it does nothing, ``same`` is a spelling with the same meaning for every client,
    ``hint`` what people miss of it, or what to write instead."""

    entry: str
    matches: Tuple[str, ...]
    others: Dict[str, Tuple[str, ...]]
    dead: Optional[str]
    same: Optional[str]
    hint: Optional[str]


NAMED = "a target that is written as a name does not match, even where its address is in the network"


def advise(no_proxy: str, own: str = "go") -> List[Advice]:
    """One advice for each entry of a list, as the engine of dialect ``own`` and all other clients read it."""
    return list(each(no_proxy, own))


def each(no_proxy: str, own: str = "go") -> Iterator[Advice]:
    """The same, one by one: an entry takes some milliseconds."""
    found = entries.split(no_proxy)
    useless = dict(entries.useless(no_proxy))
    # Of two entries that match the first is named, so that in one of both orders each stands behind the other.
    orders = [ProxySettings(PROXY, PROXY, ",".join(order)) for order in (found, found[::-1])]
    seen: Set[str] = set()
    for entry in found:
        probes, alone = _probes(entry), ProxySettings(PROXY, PROXY, entry)
        meant = [probe.what for probe in probes if alone.route(probe.url, own).decision == "direct"]
        if entry in useless and entry != "*":
            meant = []
        dead = "it stands there twice" if entry.lower() in seen else None
        if dead is None and not meant:
            dead = useless.get(entry, "it matches nothing")
        dead = dead or _covered(entry, [probe for probe in probes if probe.what in meant], orders, own)
        seen.add(entry.lower())
        others = {probe.what: _otherwise(entry, probe, probe.what in meant) for probe in probes}
        others = {what: named for what, named in others.items() if named}
        same = _same(entry, probes, meant)
        yield Advice(entry, tuple(meant), others, dead, same, _hint(entry, same) if dead is None else None)


def _host(entry: str) -> Tuple[str, str]:
    split = go.split_host_port(entry)
    return split if split is not None and split[0] and split[1].isdigit() else (entry, "")


def _name(entry: str) -> str:
    """The name in an entry, without what says whether it or what is below it is meant."""
    return _host(entry)[0].removeprefix("*").lstrip(".").lower()


def _probes(entry: str) -> List[Probe]:
    """Requests inside what an entry may mean, and just outside."""
    text, port = _host(entry)
    address = text.strip("[]").partition("/")[0]
    suffix = f":{port}" if port else ""
    if entry == "*":
        found = {"any name": "https://registry.example/", "any address": "https://192.0.2.1/"}
    elif go_netip.parse_addr(address) is not None:
        shown = f"[{address}]" if ":" in address else address
        found = {"addresses in it" if "/" in text else "that address": f"https://{shown}{suffix}/"}
    else:
        name = _name(entry) or "example"
        found = {
            "the name itself": f"https://{name}{suffix}/",
            "names below it": f"https://x.{name}{suffix}/",
            LIKE: f"https://x{name}{suffix}/",
        }
    if port:
        found["other ports"] = next(iter(found.values())).replace(suffix, ":4999")
    return [Probe(what, url, {dialect: _bypass(dialect, url) for dialect in CLIENTS}) for what, url in found.items()]


def _bypass(dialect: str, url: str) -> clients.Bypass:
    try:
        return clients.bypass(dialect, url)
    except ValueError:
        # A host that the client cannot read goes nowhere.
        return lambda no_proxy: None


def _otherwise(text: str, probe: Probe, is_meant: bool) -> Tuple[str, ...]:
    return tuple(d for d, bypass in probe.clients.items() if _is_direct(bypass, text) != is_meant)


def _is_direct(bypass: clients.Bypass, text: str) -> Optional[bool]:
    """None where the client refuses the list or the URL, which is neither."""
    try:
        return bypass(text) is not None
    except (ValueError, entries.Refused):
        return None


def _covered(entry: str, meant: Sequence[Probe], orders: Sequence[ProxySettings], own: str) -> Optional[str]:
    """Which other entries say all that this one does."""
    for settings in orders:
        named = [(settings.route(probe.url, own).entry or entry).strip() for probe in meant]
        if all(other.lower() != entry.lower() for other in named):
            return f"{', '.join(dict.fromkeys(named))} already says it"
    return None


def _hint(entry: str, same: Optional[str]) -> Optional[str]:
    """What to write where no spelling means the same to all, and the same would be too little."""
    name, (_, port) = _name(entry), _host(entry)
    if "/" in entry:
        return NAMED
    if same is not None or not name or name == entry.lower():
        return None
    probes = _probes(name)
    wider = _same(name, probes, [p.what for p in probes if p.what != LIKE])
    if wider is None:
        return None
    return f"{wider} means the same to all: {'every port' if port else 'the name itself, too'}"


def _same(entry: str, probes: Sequence[Probe], meant: Sequence[str]) -> Optional[str]:
    """The first spelling that every client reads as the engine reads the entry; None where there is none."""
    name, probes = _name(entry).strip("[]"), [probe for probe in probes if probe.what != LIKE]
    if RANGE.fullmatch(name) or not (PLAIN.fullmatch(name) or go_netip.parse_addr(name.partition("/")[0])):
        # What is neither a name nor an address is something of its own to some clients, which no probe tells.
        return None
    for spelling in dict.fromkeys([entry, name, f"{name},.{name}", f".{name}"] if name and meant else []):
        if not any(_otherwise(spelling, probe, probe.what in meant) for probe in probes):
            return spelling
    return None
