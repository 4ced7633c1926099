"""What each entry of a no-proxy list does to the engine, and to which clients it means something else.

Nothing is said of a client but what its dialect decides: an entry is tried alone on requests that lie on its edges.
Which entry makes another one needless follows from what Go reads in them, not from requests.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.noproxy import clients, entries, go, idna
from dockproxy.noproxy.coverage import Meaning, covering, is_loopback_alone, meaning
from dockproxy.noproxy.probes import (
    CLIENTS,
    ENDS_LIKE,
    Probe,
    around,
    as_written,
    host_and_port,
    is_all_direct,
    is_direct,
    name_of,
    one_by_one,
    special,
)
from dockproxy.noproxy.settings import ProxySettings
from dockproxy.secret import go_netip
from dockproxy.secret.masking import masked_list

PROXY = "http://proxy.invalid:3128"

LONGEST = 1000
"""Longer entries are not tried on the clients, nor are their parts."""

ADDRESSES = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:\.?|(?:\.\*){1,3})")
"""What people write for a network whose first numbers they know, such as ``10.1.*`` or ``10.1.``."""

FIRST_NUMBERS, SIZE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}"), re.compile("[0-9.]+")
USERINFO, PATH, AT = re.compile(r"\A[^/?#]*@"), re.compile("[/?#]"), re.compile("@|%40", re.IGNORECASE)

UNKNOWN = "no spelling is known that does what it may have meant"
HIDDEN = "it may hold a password, of which nothing is told; write a host, or a host and its port"
LOOPBACK = "its own host's addresses never go through a proxy"
TWICE = "it stands there twice"
NAMED = "a target that is written as a name does not match, even where its address is in the network"


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


def _of(entry: str, own: str) -> Advice:
    probes = around(entry, own)
    meant = _meant(entry, probes, own)
    same = _same(entry, probes, meant, own)
    needed = _needed(
        entry, "", [*(p for p in probes if p.what in meant.built_in), *(as_written(entry) if not meant.matches else [])]
    )
    advice = Advice(entry, meant.matches, _others(entry, probes, meant), _refused(entry, probes), needed=needed)
    return advice._replace(same=same, hint=_hint(entry, same, own), built_in=meant.built_in)


def _of_wrong(entry: str, why: str, own: str) -> Advice:
    if len(entry) > LONGEST:
        return Advice(entry, (), {}, wrong=why, hint="it is too long to be tried on other clients")
    parts = _parts(entry, own)
    several = len(parts) > 1
    tried = {part: around(part, own, scheme) for part, scheme in parts}
    shown = [p._replace(what=f"{part}, {p.what}") if several else p for part, probes in tried.items() for p in probes]
    spellings = [_same(part, probes, _meant(part, probes, own), own) for part, probes in tried.items()]
    # A list of several has no spelling where one of them has none.
    same = ",".join(filter(None, spellings)) if spellings and None not in spellings else None
    shown += special(entry)
    # Of what may be a password no part is told.
    hint = None if same is not None else HIDDEN if masked_list(entry) != entry else _instead(tuple(tried), own)
    return Advice(entry, (), _others(entry, shown, Meant(())), _refused(entry, shown), wrong=why, same=same, hint=hint)


def _instead(parts: Sequence[str], own: str) -> str:
    if not parts:
        return UNKNOWN
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
            meant = meaning(entry, own)
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
            is_loopback = advice.entry != "*" and is_loopback_alone(meaning(advice.entry, self._own))
            return advice._replace(covered=LOOPBACK) if is_loopback else advice
        said = TWICE if kept.lower() == advice.entry.lower() else f"{kept} already says it"
        needed = _needed(advice.entry, kept, [*around(advice.entry, self._own), *as_written(advice.entry)])
        return advice._replace(covered=said, needed=needed, hint=None)

    def _wider(self, entry: str) -> Optional[str]:
        if entry == "*" or self._all is not None:
            return self._all if entry != "*" else None
        kept = (self._kept.get(wider) for wider in covering(meaning(entry, self._own)))
        return next((other for other in kept if other not in (None, entry)), None)


def _needed(entry: str, other: str, probes: Iterable[Probe]) -> Tuple[str, ...]:
    """The clients that send something direct for an entry and not for another one."""
    return tuple(d for d in CLIENTS if any(_says_more(entry, other, probe.clients[d]) for probe in probes))


def _says_more(entry: str, other: str, decisions: Iterable[clients.Bypass]) -> bool:
    return any(is_direct(bypass, entry) and not is_direct(bypass, other) for bypass in decisions)


def _parts(entry: str, own: str) -> List[Tuple[str, str]]:
    """The entries that somebody may have meant by one that is wrong, and the scheme of a request to each. None where
    one of them would be wrong, too."""
    found = []
    for word in re.split(r"[\s;]+", entry):
        before, is_url, after = word.strip("'\"").partition("://")
        scheme = before.lower() if is_url and before.lower() in ("http", "https") else "https"
        text = USERINFO.sub("", after) if is_url else before
        text = _with_prefix(text) or _without_path(text)
        text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        text = _network_of(text) or _address_of(text) or (text if text.startswith("*.") else text.removeprefix("*"))
        found += [(idna.to_ascii(text), scheme)] if text else []
    return [] if any(True for text, _ in found for _ in entries.useless(text, own)) else found


def _with_prefix(text: str) -> Optional[str]:
    """The network, be it a right one or not, that ``10/8``, ``10.0.0.0/255.0.0.0`` or ``[fd00::/8]`` stands for."""
    address, _, size = re.sub(r"[\[\]]", "", text).partition("/")
    if FIRST_NUMBERS.fullmatch(address):
        address = ".".join([*address.split("."), "0", "0", "0"][:4])
    size = size.strip("/")
    if go_netip.parse_addr(go.without_zeros(address)) is None or not SIZE.fullmatch(size):
        return None
    mask = go_netip.parse_v4(size)
    if mask is not None:
        ones = f"{int.from_bytes(mask, 'big'):032b}".rstrip("0")
        size = size if "0" in ones else str(len(ones))
    return f"{address}/{size}"


def _without_path(text: str) -> str:
    """The host and the port; what may be a part of a password stays where it is."""
    host, _, path = PATH.sub("/", text, 1).partition("/")
    return text if AT.search(path) else host


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
        return not is_all_direct(text, decisions)
    return is_all_direct(text, decisions) and not is_all_direct("", decisions)


def _refused(text: str, probes: Sequence[Probe]) -> Tuple[str, ...]:
    """Whom every request of a probe is too much with this list; a URL may be so by itself."""
    return tuple(
        d for d in CLIENTS if any(is_direct(b, text) is None and b("") is None for p in probes for b in p.clients[d])
    )


def _hint(entry: str, same: Optional[str], own: str) -> Optional[str]:
    """What to write where no spelling means the same to all, and the same would be too little."""
    name, (host, port) = name_of(entry, own), host_and_port(entry)
    if "/" in entry:
        return NAMED
    if host.endswith("."):
        return (
            f"the engine takes the dot at the end literally{name and f'; {name} is what most targets are spelt like'}"
        )
    if same is not None or not name or name == entry.lower():
        return None
    probes = around(name, own)
    wider = _same(name, probes, Meant(tuple(p.what for p in probes if ENDS_LIKE not in p.what)), own)
    if wider is None:
        return None
    more = ["every port"] if port else []
    more += ["the name itself, too"] if not port or host.startswith((".", "*.")) else []
    return f"{wider} means more, and the same to all: {', and '.join(more)}"


def _same(entry: str, probes: Sequence[Probe], meant: Meant, own: str) -> Optional[str]:
    """The first spelling that every client reads as the engine reads the entry; None where there is none."""
    name, probes = name_of(entry, own), [probe for probe in probes if ENDS_LIKE not in probe.what]
    spellings = [entry, name, f"{name},.{name}", f".{name}", *one_by_one(entry, own)]
    for spelling in dict.fromkeys(spellings if name and meant.direct else []):
        if all(
            is_direct(b, spelling) == (p.what in meant.direct) for p in probes for d in CLIENTS for b in p.clients[d]
        ):
            return spelling
    return None
