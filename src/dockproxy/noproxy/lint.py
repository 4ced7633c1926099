"""What each entry of a no-proxy list does to the engine, and to which clients it means something else.

Nothing is said of a client but what its dialect decides: an entry is tried alone on requests that lie on its edges.
Which entry makes another one needless follows from what Go reads in them, not from requests.
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from dockproxy.noproxy import DIALECTS, GO, clients, entries, go, idna
from dockproxy.noproxy.settings import ProxySettings
from dockproxy.secret import go_netip, go_url
from dockproxy.secret.masking import masked_list

PROXY = "http://proxy.invalid:3128"
CLIENTS = tuple(d for d in DIALECTS if d not in GO and d not in ("busybox-wget", "java", "curl-7.86"))
"""Those that are compared: without one that has no such list, one that has a list of another shape, and one to which
an entry means something else in another place of the list."""

LONGEST = 1000
"""Longer entries are not tried on the clients, nor are their parts."""

ENDS_LIKE = "that only end like it"
"""What some clients mean by every name and address, however it is spelt."""

ITSELF, BELOW, ENDING = "the name itself", "names below it", f"names {ENDS_LIKE}"
LIKE_IT = "addresses that end like it"
DOTTED = "what is spelt with a dot at its end"

ADDRESSES = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:\.?|(?:\.\*){1,3})")
"""What people write for a network whose first numbers they know, such as ``10.1.*`` or ``10.1.``."""

LOOPBACK = "its own host's addresses never go through a proxy"
TWICE = "it stands there twice"
NAMED = "a target that is written as a name does not match, even where its address is in the network"

Meaning = Union[go.Network, go.Name]


class Probe(NamedTuple):
    """Requests on the edge of what an entry may mean, and how each client decides about them."""

    what: str
    urls: Tuple[str, ...]
    clients: Mapping[str, Tuple[clients.Bypass, ...]]


class Advice(NamedTuple):
    """One entry. ``matches`` are the probes that go direct because of it, ``others`` those about which clients decide
    otherwise; ``refused`` are clients that do nothing at all because of it. ``wrong`` says why it does nothing,
    ``covered`` which other one says it already, and ``needed`` to which clients that does not. ``same`` is a spelling
    with the same meaning for every client; of an entry that is wrong, with the meaning that its parts would have.
    ``hint`` is what people miss of it, or what to write instead. ``built_in`` are probes that the engine sends direct
    without it, too; ``needed`` then to whom they are not. ``is_listed``: the list holds ``same`` already."""

    entry: str
    matches: Tuple[str, ...]
    others: Dict[str, Tuple[str, ...]]
    refused: Tuple[str, ...] = ()
    wrong: Optional[str] = None
    covered: Optional[str] = None
    needed: Tuple[str, ...] = ()
    same: Optional[str] = None
    hint: Optional[str] = None
    built_in: Tuple[str, ...] = ()
    is_listed: bool = False


class Meant(NamedTuple):
    """What an entry does to the engine: the probes that go direct because of it, and those that do without it."""

    matches: Tuple[str, ...]
    built_in: Tuple[str, ...] = ()

    @property
    def direct(self) -> Tuple[str, ...]:
        """Both."""
        return self.matches + self.built_in


def each(no_proxy: str, own: str = "go") -> Iterator[Advice]:
    """One advice for each entry of a list, as the engine of dialect ``own`` and all other clients read it; one by one,
    as an entry takes some milliseconds."""
    found = entries.split(no_proxy)
    wrong = {entry: why for entry, why in entries.useless(no_proxy, own) if entry != "*"}
    coverage, listed = _Coverage(found, wrong, own), frozenset(found)
    seen: Dict[str, Advice] = {}
    for entry in found:
        if entry not in seen:
            advice = _of_wrong(entry, wrong[entry], own) if entry in wrong else _of(entry, own)
            advice = advice._replace(is_listed=advice.same is not None and listed.issuperset(advice.same.split(",")))
            seen[entry] = advice if entry in wrong else coverage.judged(advice)
            yield seen[entry]
        else:
            yield seen[entry]._replace(covered=TWICE, needed=())


def unsaid(found: Sequence[str], others: Sequence[str], own: str = "go") -> Iterator[str]:
    """Those entries of which Go reads more than in any of ``others`` and of the found ones; the first of those that
    mean the same. None of them is wrong."""
    meant = {entry: _meaning(entry, own) for entry in found}
    said = {_meaning(entry, own) for entry in others if go.meaning(entry, go_url.DIALECTS[own]) is not None}
    every = said.union(meant.values())
    for entry, meaning in meant.items():
        wider = (each for each in _covering(meaning) if each != meaning)
        if meaning not in said and every.isdisjoint(wider):
            yield entry
        said.add(meaning)


def _of(entry: str, own: str) -> Advice:
    probes = _probes(entry, own)
    meant = _meant(entry, probes, own)
    same = _same(entry, probes, meant, own)
    needed = _needed(entry, "", [p for p in probes if p.what in meant.built_in])
    advice = Advice(entry, meant.matches, _others(entry, probes, meant), _refused(entry, probes), needed=needed)
    return advice._replace(same=same, hint=_hint(entry, same, own), built_in=meant.built_in)


def _of_wrong(entry: str, why: str, own: str) -> Advice:
    if len(entry) > LONGEST:
        return Advice(entry, (), {}, wrong=why, hint="it is too long to be tried on other clients")
    parts = _parts(entry, own)
    several = len(parts) > 1
    tried = {part: _probes(part, own, scheme) for part, scheme in parts}
    shown = [p._replace(what=f"{part}, {p.what}") if several else p for part, probes in tried.items() for p in probes]
    spellings = [_same(part, probes, _meant(part, probes, own), own) for part, probes in tried.items()]
    # A list of several has no spelling where one of them has none.
    same = ",".join(filter(None, spellings)) if spellings and None not in spellings else None
    shown += _special(entry)
    # Of what may be a password no part is told.
    hint = _instead(tuple(tried), own) if tried and same is None and masked_list(entry) == entry else None
    return Advice(entry, (), _others(entry, shown, Meant(())), _refused(entry, shown), wrong=why, same=same, hint=hint)


def _instead(parts: Sequence[str], own: str) -> str:
    wider = _hint(parts[0], None, own) if len(parts) == 1 and "/" not in parts[0] else None
    return f"write {','.join(parts)} instead{f'; {wider}' if wider is not None else ''}"


class _Coverage:
    """Which entry of a list already says what another one does, by what Go reads in both."""

    def __init__(self, found: Sequence[str], wrong: Mapping[str, str], own: str) -> None:
        self._all = "*" if "*" in found else None
        self._own = own
        self._kept: Dict[Meaning, str] = {}
        """What is meant to the entry that stays of all those that mean it: the one that most clients read so."""
        for entry in dict.fromkeys(found):
            if entry in wrong or entry == "*":
                continue
            meant = _meaning(entry, own)
            kept = self._kept.setdefault(meant, entry)
            if kept != entry and self._strangers(entry) < self._strangers(kept):
                self._kept[meant] = entry

    def _strangers(self, entry: str) -> int:
        """How many decisions of clients are not the engine's."""
        return sum(map(len, _of(entry, self._own).others.values()))

    def judged(self, advice: Advice) -> Advice:
        """With the entry that already says it, if one does."""
        kept = self._wider(advice.entry)
        if kept is None:
            is_loopback = advice.entry != "*" and _is_loopback_alone(_meaning(advice.entry, self._own))
            return advice._replace(covered=LOOPBACK) if is_loopback else advice
        said = TWICE if kept.lower() == advice.entry.lower() else f"{kept} already says it"
        needed = _needed(advice.entry, kept, _probes(advice.entry, self._own))
        return advice._replace(covered=said, needed=needed, hint=None)

    def _wider(self, entry: str) -> Optional[str]:
        if entry == "*" or self._all is not None:
            return self._all if entry != "*" else None
        kept = (self._kept.get(wider) for wider in _covering(_meaning(entry, self._own)))
        return next((other for other in kept if other not in (None, entry)), None)


def _meaning(entry: str, own: str) -> Meaning:
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


def _covering(meant: Meaning) -> Iterator[Meaning]:
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


def _needed(entry: str, other: str, probes: Iterable[Probe]) -> Tuple[str, ...]:
    """The clients that send something direct for an entry and not for another one."""
    return tuple(d for d in CLIENTS if any(_says_more(entry, other, probe.clients[d]) for probe in probes))


def _says_more(entry: str, other: str, decisions: Iterable[clients.Bypass]) -> bool:
    return any(_is_direct(bypass, entry) and not _is_direct(bypass, other) for bypass in decisions)


def _host(entry: str) -> Tuple[str, str]:
    split = go.split_host_port(entry)
    return split if split is not None and split[0] else (entry, "")


def _name(entry: str, own: str) -> str:
    """The name in an entry, without what says whether it or what is below it is meant, and without a dot at the end;
    an address as it is usually written."""
    meant = go.meaning(entry, go_url.DIALECTS[own])
    if isinstance(meant, go.Network):
        return _shown(meant.packed) if meant.prefix == len(meant.packed) * 8 else entry
    return _host(entry)[0].removeprefix("*").strip(".").lower()


def _shown(packed: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _parts(entry: str, own: str) -> List[Tuple[str, str]]:
    """The entries that somebody may have meant by one that is wrong, and the scheme of a request to each. None where
    one of them would be wrong, too."""
    found = []
    for word in re.split(r"[\s;]+", entry):
        before, is_url, after = word.strip("'\"").partition("://")
        scheme = before.lower() if is_url and before.lower() in ("http", "https") else "https"
        text = re.split("[/?#]", after)[0].rpartition("@")[2] if is_url else before
        text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        text = _network_of(text) or _address_of(text) or (text if text.startswith("*.") else text.removeprefix("*"))
        found += [(idna.to_ascii(text), scheme)] if text else []
    return [] if any(True for text, _ in found for _ in entries.useless(text, own)) else found


def _network_of(pattern: str) -> Optional[str]:
    """The network that ``10.1.*``, ``10.1.*.*`` or ``10.1`` stands for."""
    found = ADDRESSES.fullmatch(pattern)
    if found is None or pattern.count(".") > 3:
        return None
    numbers = found[1].split(".")
    return f"{'.'.join([*numbers, '0', '0', '0'][:4])}/{8 * len(numbers)}"


def _address_of(pattern: str) -> Optional[str]:
    """The address in ``.10.1.2.3``, below which there is nothing."""
    address = pattern.removeprefix("*").removeprefix(".")
    return address if go_netip.parse_v4(address) is not None else None


def _special(entry: str) -> List[Probe]:
    """What is something of its own to some clients."""
    if entry == "<local>":
        return [_probe("names without a dot", "https://registry/")]
    host, port = _host(entry)
    ending = _ending(host)
    if ending is not None:
        return [_probe(LIKE_IT, f"https://{ending}{port and f':{port}'}/")]
    first, dash, last = (end.strip() for end in entry.partition("-"))
    if dash and go_netip.parse_v4(first) and go_netip.parse_v4(last):
        return [_probe("addresses in it", f"https://{first}/", f"https://{last}/")]
    return []


def _probes(entry: str, own: str, scheme: str = "https") -> List[Probe]:
    """Requests inside what an entry may mean, and just outside."""
    if entry == "*":
        return [_probe("any name", "https://registry.example/"), _probe("any address", "https://192.0.2.1/")]
    meant = go.meaning(entry, go_url.DIALECTS[own])
    port = meant.port if meant is not None else ""
    places = _in_network(meant) if isinstance(meant, go.Network) else _at_name(_name(entry, own), _host(entry)[0])
    at_port = [
        _probe(
            f"port {port} of {what}" if port else what, *(f"{scheme}://{host}{port and f':{port}'}/" for host in hosts)
        )
        for what, hosts in places.items()
    ]
    host = next(iter(places.values()))[0]
    # Loopback goes direct at every port.
    host = f"x.{host}" if host == "localhost" else host
    if not port or (meant is not None and _is_loopback_alone(meant)):
        return at_port
    return [*at_port, _probe("other ports", f"{scheme}://{host}:{4999 if port != '4999' else 4998}/")]


def _at_name(name: str, host: str) -> Dict[str, Tuple[str, ...]]:
    ending = _ending(host)
    if ending is not None:
        # No host has such a name.
        return {LIKE_IT: (ending,)}
    dotted: Dict[str, Tuple[str, ...]] = {DOTTED: (f"{name or 'registry.example'}.",)} if host.endswith(".") else {}
    return {ITSELF: (name,), BELOW: (f"x.{name}",), ENDING: (f"x{name}",), **dotted} if name else dotted


def _ending(host: str) -> Optional[str]:
    """An address that ends like what an entry names."""
    return entries.address_ending(host.removeprefix("*").removeprefix("."))


def _in_network(network: go.Network) -> Dict[str, Tuple[str, ...]]:
    size, written = len(network.packed), int.from_bytes(network.packed, "big")
    free = size * 8 - network.prefix

    def hosts(*numbers: int) -> Tuple[str, ...]:
        shown = [_shown(number.to_bytes(size, "big")) for number in dict.fromkeys(numbers)]
        return tuple(f"[{host}]" if ":" in host else host for host in shown)

    if not free:
        # Only where there is still an address with a digit more before it.
        like = hosts(written + (100 << 24)) if size == 4 and network.packed[0] < 100 else ()
        like = tuple(host for host in like if host.endswith(_shown(network.packed)))
        found = {"that address": hosts(written), f"addresses {ENDS_LIKE}": like}
        return {what: some for what, some in found.items() if some}
    base, last = written >> free << free, written | (1 << free) - 1
    # Some clients take an address of the network literally.
    inner = next((n for n in range(base + 1, last) if n != written), last)
    outside = [
        base ^ 1 << bit for bit in (free, size * 8 - 1) if network.prefix and not _is_loopback(base ^ 1 << bit, size)
    ]
    beyond = {"addresses beyond it": hosts(outside[0])} if outside else {}
    return {"addresses in it": hosts(inner, last), "its first address": hosts(base), **beyond}


def _is_loopback_alone(meant: Meaning) -> bool:
    """Whether the engine sends all of it direct without an entry."""
    if not isinstance(meant, go.Network):
        return False
    size = len(meant.packed)
    return meant.prefix >= (8 if size == 4 else 128) and _is_loopback(int.from_bytes(meant.packed, "big"), size)


def _is_loopback(number: int, size: int) -> bool:
    return number >> 24 == 127 if size == 4 else number == 1


def _probe(what: str, *urls: str) -> Probe:
    return Probe(what, urls, {dialect: tuple(_bypass(dialect, url) for url in urls) for dialect in CLIENTS})


def _bypass(dialect: str, url: str) -> clients.Bypass:
    try:
        return clients.bypass(dialect, url)
    except ValueError:
        # A host that the client cannot read goes nowhere.
        return lambda no_proxy: None


def _meant(entry: str, probes: Sequence[Probe], own: str) -> Meant:
    alone = ProxySettings(PROXY, PROXY, entry)
    routes = {p.what: [alone.route(url, own) for url in p.urls] for p in probes}
    direct = [what for what, found in routes.items() if all(route.decision == "direct" for route in found)]
    built_in = tuple(what for what in direct if all(route.entry is None for route in routes[what]))
    return Meant(tuple(what for what in direct if what not in built_in), built_in)


def _others(text: str, probes: Sequence[Probe], meant: Meant) -> Dict[str, Tuple[str, ...]]:
    others = {probe.what: tuple(d for d in CLIENTS if _is_other(text, probe, d, meant)) for probe in probes}
    return {what: named for what, named in others.items() if named}


def _is_other(text: str, probe: Probe, dialect: str, meant: Meant) -> bool:
    """Whether a client decides otherwise than the engine; where that goes to the proxy, because of the list."""
    decisions = probe.clients[dialect]
    if probe.what in meant.direct:
        return not _is_all_direct(text, decisions)
    return _is_all_direct(text, decisions) and not _is_all_direct("", decisions)


def _is_all_direct(text: str, decisions: Iterable[clients.Bypass]) -> bool:
    return all(_is_direct(bypass, text) for bypass in decisions)


def _refused(text: str, probes: Sequence[Probe]) -> Tuple[str, ...]:
    """Whom every request of a probe is too much with this list; a URL may be so by itself."""
    return tuple(
        d for d in CLIENTS if any(_is_direct(b, text) is None and b("") is None for p in probes for b in p.clients[d])
    )


@lru_cache(maxsize=1024)
def _is_direct(bypass: clients.Bypass, text: str) -> Optional[bool]:
    """None where the client refuses the list or the URL, which is neither. Several ask the same of one entry."""
    try:
        return bypass(text) is not None
    except (ValueError, entries.Refused):
        return None


def _hint(entry: str, same: Optional[str], own: str) -> Optional[str]:
    """What to write where no spelling means the same to all, and the same would be too little."""
    name, (host, port) = _name(entry, own), _host(entry)
    if "/" in entry:
        return NAMED
    if host.endswith("."):
        return (
            f"the engine takes the dot at the end literally{name and f'; {name} is what most targets are spelt like'}"
        )
    if same is not None or not name or name == entry.lower():
        return None
    probes = _probes(name, own)
    wider = _same(name, probes, Meant(tuple(p.what for p in probes if ENDS_LIKE not in p.what)), own)
    if wider is None:
        return None
    return f"{wider} means more, and the same to all: {'every port' if port else 'the name itself, too'}"


def _same(entry: str, probes: Sequence[Probe], meant: Meant, own: str) -> Optional[str]:
    """The first spelling that every client reads as the engine reads the entry; None where there is none."""
    name, probes = _name(entry, own), [probe for probe in probes if ENDS_LIKE not in probe.what]
    for spelling in dict.fromkeys([entry, name, f"{name},.{name}", f".{name}"] if name and meant.direct else []):
        if all(
            _is_direct(b, spelling) == (p.what in meant.direct) for p in probes for d in CLIENTS for b in p.clients[d]
        ):
            return spelling
    return None
