"""What a host calls itself: its names and its addresses, without those of networks that only its containers use.

Source: hostname(5); hosts(5); proc(5), /proc/net; linux, net/ipv6/addrconf.c (if6_seq_show), net/bridge/br_sysfs_if.c
(brif).
"""

from __future__ import annotations

import ipaddress
import re
import sys
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from dockproxy.host import File, Host
from dockproxy.model import Missing
from dockproxy.secret import go_netip
from dockproxy.sources import systemd_unit


class Own(NamedTuple):
    """A name or an address of the host, and the file that says so."""

    text: str
    path: str


HOSTNAME, HOSTS = "/etc/hostname", "/etc/hosts"
LOCAL, ROUTES, INET6 = "/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6"
OF_CONTAINERS = re.compile(r"docker\d+|docker_gwbridge|br-[0-9a-f]{12}|veth.*|cni.*|podman\d+|virbr\d+|lxc.*")
"""Interfaces of networks that only containers and virtual machines use."""

OF_GUESTS = re.compile(rf"{OF_CONTAINERS.pattern}|vnet\d+|tap.*|v[be]-.*")
"""What connects one of them to a bridge; over another port, such as eth0, the host itself is reached."""

LOOPBACK_NAMES = ("localhost", "ip6-")
"""How the names begin that every host has."""

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
LEAF = re.compile(r"\|-- ([0-9]{1,3}(?:\.[0-9]{1,3}){3})$")
HEX = re.compile("[0-9A-Fa-f]+")
ADDRESS = re.compile("[0-9A-Fa-f]{8}")
NO_GATEWAY = "00000000"
TEMPORARY = 0x01
"""IFA_F_TEMPORARY: an address that changes every day (linux/if_addr.h)."""


def addresses(host: Host) -> List[Own]:
    """The addresses of a host that runs; of a tree those that /etc/hosts gives its name."""
    found = [*_ipv4(host), *_ipv6(host)] or list(_of_name(host))
    return [own for own in found if _is_reachable(own.text)]


def _of_name(host: Host) -> Iterator[Own]:
    hostname = (systemd_unit.host_names(host)[0] or "").lower()
    for address, called in _hosts(host):
        if hostname in map(str.lower, called) and go_netip.parse_addr(address) is not None:
            yield Own(address, HOSTS)


def names(host: Host, own_addresses: Sequence[Own]) -> List[Own]:
    """The host's name, and what /etc/hosts calls its addresses."""
    name = systemd_unit.host_names(host)[0]
    found, hostname = [Own(name, HOSTNAME)] if name is not None else [], (name or "").lower()
    own = {a.text for a in own_addresses} | {"127.0.1.1"}
    for address, called in _hosts(host):
        # The line of loopback itself names more than this host.
        found += [Own(n, HOSTS) for n in called if address in own or f"{n.lower()}.".startswith(f"{hostname}.")]
    unique: Dict[str, Own] = {}
    for each in found:
        if NAME.fullmatch(each.text) and not each.text.lower().startswith(LOOPBACK_NAMES):
            unique.setdefault(each.text.lower(), each)
    return list(unique.values())


def _hosts(host: Host) -> Iterator[Tuple[str, List[str]]]:
    """The lines of /etc/hosts: an address, and what it is called."""
    for line in _lines(host, HOSTS):
        address, *called = line.partition("#")[0].split() or [""]
        yield address, called


def _ipv4(host: Host) -> Iterator[Own]:
    networks = list(_container_networks(host))
    leaf = ""
    for line in _lines(host, LOCAL):
        found = LEAF.search(line)
        leaf = found[1] if found is not None else leaf
        if go_netip.parse_addr(leaf) is not None and line.strip() == "/32 host LOCAL":
            address = ipaddress.IPv4Address(leaf)
            if not any(address in network for network in networks):
                yield Own(leaf, LOCAL)


def _container_networks(host: Host) -> Iterator[ipaddress.IPv4Network]:
    for line in _lines(host, ROUTES)[1:]:
        words = line.split()
        is_route = len(words) > 7 and all(ADDRESS.fullmatch(words[i]) for i in (1, 7))
        # What is behind a gateway may be anywhere.
        if is_route and words[2] == NO_GATEWAY and _is_of_containers(host, words[0]):
            address, mask = (int(word, 16).to_bytes(4, sys.byteorder) for word in (words[1], words[7]))
            yield ipaddress.IPv4Network((address, bin(int.from_bytes(mask, "big")).count("1")), strict=False)


def _is_of_containers(host: Host, interface: str) -> bool:
    """By its name, or as a bridge that no port connects to another machine."""
    ports = host.list(f"/sys/class/net/{interface}/brif")
    is_guests = not isinstance(ports, Missing) and all(map(OF_GUESTS.fullmatch, ports))
    return is_guests or OF_CONTAINERS.fullmatch(interface) is not None


def _ipv6(host: Host) -> Iterator[Own]:
    for line in _lines(host, INET6):
        words = line.split()
        is_address = len(words) == 6 and len(words[0]) == 32 and all(map(HEX.fullmatch, words[:5]))
        if is_address and not int(words[4], 16) & TEMPORARY and not _is_of_containers(host, words[5]):
            yield Own(str(ipaddress.IPv6Address(bytes.fromhex(words[0]))), INET6)


def _is_reachable(text: str) -> bool:
    """Whether others can reach the address, too."""
    address = ipaddress.ip_address(text)
    return not address.is_loopback and not address.is_link_local


def _lines(host: Host, path: str) -> List[str]:
    file = host.read(path)
    return file.data.decode("utf-8", "replace").split("\n") if isinstance(file, File) else []
