"""Requests that lie on the edges of what an entry of a no-proxy list may mean, and how each client decides them."""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.noproxy import DIALECTS, GO, clients, entries, go
from dockproxy.noproxy.coverage import is_loopback, is_loopback_alone
from dockproxy.secret import go_netip, go_url

CLIENTS = tuple(d for d in DIALECTS if d not in GO and d not in ("busybox-wget", "java", "curl-7.86"))
"""Those that are compared: without one that has no such list, one that has a list of another shape, and one to which
an entry means something else in another place of the list."""

FEW = 28
"""The prefix of the largest network whose addresses somebody may list: it has 16."""

ENDS_LIKE = "that only end like it"
"""What some clients mean by every name and address, however it is spelt."""

ITSELF, BELOW, ENDING = "the name itself", "names below it", f"names {ENDS_LIKE}"
LIKE_IT = "addresses that end like it"
DOTTED, BELOW_DOTTED = "what is spelt with a dot at its end", "names below it with a dot at their end"


class Probe(NamedTuple):
    """Requests on the edge of what an entry may mean, and how each client decides about them."""

    what: str
    urls: Tuple[str, ...]
    clients: Mapping[str, Tuple[clients.Bypass, ...]]


def host_and_port(entry: str) -> Tuple[str, str]:
    """The parts of an entry; the port may be empty."""
    split = go.split_host_port(entry)
    return split if split is not None and split[0] else (entry, "")


def name_of(entry: str, own: str) -> str:
    """The name in an entry, without what says whether it or what is below it is meant, and without a dot at the end;
    an address as it is usually written."""
    meant = go.meaning(entry, go_url.DIALECTS[own])
    if isinstance(meant, go.Network):
        return _shown(meant.packed) if meant.prefix == len(meant.packed) * 8 else entry
    return host_and_port(entry)[0].removeprefix("*").strip(".").lower()


def _shown(packed: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def one_by_one(entry: str, own: str) -> List[str]:
    """The list of all addresses of an IPv4 network that has few."""
    meant = go.meaning(entry, go_url.DIALECTS[own])
    if not isinstance(meant, go.Network) or len(meant.packed) != 4 or meant.prefix < FEW:
        return []
    free = 32 - meant.prefix
    base = int.from_bytes(meant.packed, "big") >> free << free
    return [",".join(_shown((base + number).to_bytes(4, "big")) for number in range(1 << free))]


def special(entry: str) -> List[Probe]:
    """What is something of its own to some clients."""
    if entry == "<local>":
        return [_probe("names without a dot", "https://registry/")]
    host, port = host_and_port(entry)
    ending = _ending(host)
    if ending is not None:
        return [_probe(LIKE_IT, f"https://{ending}{port and f':{port}'}/")]
    first, dash, last = (end.strip() for end in entry.partition("-"))
    if dash and go_netip.parse_v4(first) and go_netip.parse_v4(last):
        return [_probe("addresses in it", f"https://{first}/", f"https://{last}/")]
    return []


def around(entry: str, own: str, scheme: str = "https") -> List[Probe]:
    """Requests inside what an entry may mean, and just outside."""
    if entry == "*":
        return [_probe("any name", "https://registry.example/"), _probe("any address", "https://192.0.2.1/")]
    meant = go.meaning(entry, go_url.DIALECTS[own])
    port = meant.port if meant is not None else ""
    places = (
        _in_network(meant) if isinstance(meant, go.Network) else _at_name(name_of(entry, own), host_and_port(entry)[0])
    )
    at_port = [
        _probe(
            f"port {port} of {what}" if port else what, *(f"{scheme}://{host}{port and f':{port}'}/" for host in hosts)
        )
        for what, hosts in places.items()
    ]
    host = next(iter(places.values()))[0]
    # Loopback goes direct at every port.
    host = f"x.{host}" if host == "localhost" else host
    if not port or (meant is not None and is_loopback_alone(meant)):
        return at_port
    return [*at_port, _probe("other ports", f"{scheme}://{host}:{4999 if port != '4999' else 4998}/")]


def as_written(entry: str) -> List[Probe]:
    """The address that is written in a network: some clients read nothing else of it."""
    address, slash, _ = entry.partition("/")
    if not slash:
        return []
    return [_probe("the address as written", f"https://{f'[{address}]' if ':' in address else address}/")]


def _at_name(name: str, host: str) -> Dict[str, Tuple[str, ...]]:
    ending = _ending(host)
    if ending is not None:
        # No host has such a name.
        return {LIKE_IT: (ending,)}
    is_dotted = host.endswith(".")
    if not name:
        return {DOTTED: ("registry.example.",)} if is_dotted else {}
    dotted = {DOTTED: (f"{name}.",), BELOW_DOTTED: (f"x.{name}.",)} if is_dotted else {}
    return {ITSELF: (name,), BELOW: (f"x.{name}",), ENDING: (f"x{name}",), **dotted}


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
        base ^ 1 << bit for bit in (free, size * 8 - 1) if network.prefix and not is_loopback(base ^ 1 << bit, size)
    ]
    beyond = {"addresses beyond it": hosts(outside[0])} if outside else {}
    return {"addresses in it": hosts(inner, last), "its first address": hosts(base), **beyond}


def _probe(what: str, *urls: str) -> Probe:
    return Probe(what, urls, {dialect: tuple(_bypass(dialect, url) for url in urls) for dialect in CLIENTS})


def _bypass(dialect: str, url: str) -> clients.Bypass:
    try:
        return clients.bypass(dialect, url)
    except ValueError:
        # A host that the client cannot read goes nowhere.
        return lambda no_proxy: None


def is_all_direct(text: str, decisions: Iterable[clients.Bypass]) -> bool:
    """Whether a client sends all of a probe direct with a list."""
    return all(is_direct(bypass, text) for bypass in decisions)


@lru_cache(maxsize=1024)
def is_direct(bypass: clients.Bypass, text: str) -> Optional[bool]:
    """None where the client refuses the list or the URL, which is neither. Several ask the same of one entry."""
    try:
        return bypass(text) is not None
    except (ValueError, entries.Refused):
        return None
