"""The no-proxy list that a host needs, each entry with its reason.

Swarm peers and container networks are none of the daemon's: it does not reach them through a proxy. Search domains are
left out, as a policy may want those to go through it.
Source: RFC 6761, RFC 6762 (appendix G) and RFC 8375 for names that are nobody's on the internet; RFC 1122, RFC 1918,
RFC 3927, RFC 6598, RFC 4291 and RFC 4193 for such addresses.
"""

from __future__ import annotations

import ipaddress
from itertools import chain
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from dockproxy.host import Host
from dockproxy.noproxy import coverage, entries, idna
from dockproxy.resolve.daemon import DaemonView
from dockproxy.sources import containers, own_addresses, registries, registries_in_use
from dockproxy.sources.registries_in_use import InUse, host_of

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

METADATA = ("169.254.169.254", "fd00:ec2::254", "metadata.google.internal")
"""Where a cloud tells its machines about themselves; log drivers and credential helpers ask there. A list with one of
them counts as computed before, as somebody may have taken the others out."""

UNMARKED = f"without any of {', '.join(METADATA)} the list does not show that it was computed: the next run adds anew"

EVERYTHING = "*"
ALREADY_EVERYTHING = (
    f"nothing is proposed for no-proxy: {EVERYTHING} stands in the list and means every host, and with other entries "
    "beside it many clients do not know it"
)

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Go never sends these to a proxy; many clients in containers do."""

CONTAINER_NAMES = ("host.docker.internal", "gateway.docker.internal")

NOBODYS = (
    "localhost", "local", "test", "example", "invalid", "internal", "intranet", "private", "corp", "home", "lan",
    "home.arpa", "localdomain",
)  # fmt: skip
"""Ends of names that are not on the internet."""

INSIDE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7",
    "fe80::/10", "::1",
)  # fmt: skip
"""Networks with hosts that cannot be on the internet: private ones, those of providers and overlays, links, loopback.
What Python calls private differs with its version, and holds networks for documentation, too."""

SECOND_LEVEL = ("ac", "co", "com", "edu", "gov", "net", "or", "org")
"""Labels under which countries let everybody register."""


class Entry(NamedTuple):
    """An entry, and why it is needed."""

    text: str
    reason: str


class Proposal(NamedTuple):
    """``entries`` in lower case and in their order, each once. ``outside``: hosts in use that are not proposed, each
    with all that is to be said of it."""

    entries: Tuple[Entry, ...]
    outside: Tuple[Entry, ...] = ()

    def without(self, lists: Sequence[str]) -> Proposal:
        """What is left without the entries that somebody does not want."""
        gone = {entry.lower() for text in lists for entry in entries.split(text)}
        return self._replace(entries=tuple(entry for entry in self.entries if entry.text not in gone))


class Proposed(NamedTuple):
    """The list with what was proposed, and the notes that tell of it."""

    text: str
    notes: Tuple[str, ...]


def for_daemon(host: Host, seen: DaemonView, config_files: Sequence[str]) -> Proposal:
    """What an engine needs; ``config_files`` are those of its users' docker CLIs."""
    addresses = own_addresses.addresses(host)
    names = own_addresses.names(host, addresses)
    found = [Entry(o.text, f"this host itself, {o.path}") for o in (*names, *addresses)]
    found += [Entry(text, "the cloud's metadata") for text in METADATA]
    domains = list(filter(None, (_domain(o.text) for o in names)))
    inside: List[Entry] = []
    outside: List[Entry] = []
    if not host.live and not addresses:
        outside.append(Entry("this host's addresses", "a tree tells them only where /etc/hosts gives one to its name"))
    for used in _in_use(host, seen, config_files):
        if not used.host.isascii():
            ascii_ = idna.to_ascii(used.host)
            outside.append(Entry(used.host, f"{used.reason}; where it is inside, add it as clients see it: {ascii_}"))
        elif _is_inside(used.host, domains):
            inside.append(Entry(used.host, used.reason))
        else:
            outside.append(Entry(used.host, f"{used.reason}, and nothing says that it is inside"))
    return Proposal(_once(found + inside), _once(outside))


def for_containers(host: Host, socket: Optional[str], daemon: Proposal) -> Proposal:
    """What containers need: the daemon's, the networks that they share, and the names by which they call each other.
    IPv6 networks are left out, with which httpx does not start."""
    found = [Entry(text, "loopback, which many clients would send to the proxy") for text in LOOPBACK]
    found += [Entry(text, "the host, as containers call it") for text in CONTAINER_NAMES]
    if socket is not None:
        found += [Entry(net, f"the network {name} of containers") for net, name in containers.networks(host, socket)]
        found += [Entry(name, what) for name, what in containers.names(host, socket)]
    kept = [entry for entry in daemon.entries if not ("/" in entry.text and ":" in entry.text)]
    return Proposal(_once(found + kept), daemon.outside)


def apply(current: str, edited: Optional[str], proposal: Proposal, dialect: Optional[str], command: str) -> Proposed:
    """Add what a list lacks. ``edited``: the list with what somebody adds or removes besides, None where nobody does.
    ``dialect``: what another entry covers to that one is not added; None: only what stands there itself. A list that
    was computed before gets only what is asked for, so that a changed network never restarts an engine; ``command``
    edits it."""
    own = entries.split(current if edited is None else edited)
    kept = current if edited in (None, current) else _sorted(own)
    if EVERYTHING in own:
        return Proposed(kept, (ALREADY_EVERYTHING,))
    wanted = _lacking([e.text for e in proposal.entries], own, dialect)
    missing = [entry for entry in proposal.entries if entry.text in wanted]
    outside = [f"not proposed: {e.text}: {e.reason}" for e in proposal.outside]
    others = (*(() if any(e.text in METADATA for e in proposal.entries) else (UNMARKED,)), *outside)
    if {entry.lower() for entry in entries.split(current)} & set(METADATA):
        if not missing:
            return Proposed(kept, ("the no-proxy list was computed before, and lacks nothing", *others))
        told = [f"proposed for no-proxy, and not added: {e.text}: {e.reason}" for e in missing]
        words = ",".join(e.text for e in missing)
        return Proposed(kept, (*told, f"`{command} --add-no-proxy {words}` adds them", *others))
    text = _sorted([*(e.text for e in missing), *own])
    return Proposed(text, (*(f"no-proxy gets {e.text}: {e.reason}" for e in missing), *others))


def _sorted(found: Iterable[str]) -> str:
    return ",".join(sorted(dict.fromkeys(found), key=lambda entry: (entry.lower(), entry)))


def _lacking(found: Sequence[str], own: Sequence[str], dialect: Optional[str]) -> Set[str]:
    """The entries that a list lacks."""
    if dialect is None:
        # To some clients in containers the case counts, and some know no networks.
        return set(found).difference(own)
    # The metadata's entries also mark a list as computed.
    marks = set(METADATA).intersection(found).difference(entry.lower() for entry in own)
    return marks.union(coverage.unsaid([text for text in found if text not in METADATA], own, dialect))


def _in_use(host: Host, seen: DaemonView, config_files: Sequence[str]) -> Iterator[InUse]:
    configured = registries.read(host, seen.sources, seen.info)
    found = chain(
        (InUse(host_of(mirror), "a mirror of Docker Hub") for mirror in configured.mirrors),
        (InUse(_entry(text), "a registry without TLS (insecure-registries)") for text in configured.insecure),
        registries_in_use.logged_in(host, config_files),
        registries_in_use.of_images(host, seen.engine.socket) if seen.engine.running else (),
        registries_in_use.of_log_drivers(host, seen.sources.config_file, seen.sources.command),
    )
    return (used for used in found if used.host and not f".{used.host}".endswith(".docker.io"))


def _entry(text: str) -> str:
    """A host, or a network that is not loopback's."""
    network = _network(text) if "/" in text else None
    if network is None:
        return host_of(text)
    return "" if network.is_loopback else str(network)


def _domain(name: str) -> str:
    """What hosts of the same owner end like; empty where that may be everybody's, such as ``co.uk``."""
    domain = name.partition(".")[2].lower()
    labels = domain.split(".")
    is_everybodys = len(labels) < 2 or (len(labels) == 2 and labels[0] in SECOND_LEVEL and len(labels[1]) == 2)
    return "" if is_everybodys else domain


def _network(text: str) -> Optional[Network]:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _is_inside(name: str, domains: Iterable[str]) -> bool:
    """Whether a host cannot be on the internet, or is called like this one."""
    if _network(name) is not None:
        return not list(coverage.unsaid([name], INSIDE))
    lower = name.lower()
    return "." not in lower or any(lower.endswith(f".{end}") for end in (*NOBODYS, *domains))


def _once(found: Iterable[Entry]) -> Tuple[Entry, ...]:
    unique: Dict[str, Entry] = {}
    for entry in found:
        unique.setdefault(entry.text.lower(), entry._replace(text=entry.text.lower()))
    return tuple(unique[text] for text in sorted(unique))
