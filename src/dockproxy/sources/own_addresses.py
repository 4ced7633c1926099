"""What a host calls itself: its names and its addresses, without those of networks that only its containers use.

Source: hostname(5); hosts(5); proc(5), /proc/net; linux, net/ipv6/addrconf.c (if6_seq_show).
"""

from __future__ import annotations

import ipaddress
import re
import sys
from typing import Dict, Iterator, List, NamedTuple

from dockproxy.host import File, Host


class Own(NamedTuple):
    """A name or an address of the host, and the file that says so."""

    text: str
    path: str


HOSTNAME, HOSTS = "/etc/hostname", "/etc/hosts"
LOCAL, ROUTES, INET6 = "/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6"
OF_CONTAINERS = re.compile(r"docker\d+|docker_gwbridge|br-[0-9a-f]{12}|veth.*|cni.*|podman\d+|virbr\d+|lxc.*")
"""Interfaces of networks that only containers and virtual machines use."""

LOOPBACK_NAMES = ("localhost", "ip6-localhost", "ip6-loopback", "ip6-allnodes", "ip6-allrouters", "ip6-localnet")
LEAF = re.compile(r"\|-- (\S+)")
TEMPORARY = 0x01
"""IFA_F_TEMPORARY: an address that changes every day (linux/if_addr.h)."""


def addresses(host: Host) -> List[Own]:
    """The addresses of a host that runs; of a tree nobody knows them."""
    return [own for own in (*_ipv4(host), *_ipv6(host)) if _is_reachable(own.text)]


def names(host: Host) -> List[Own]:
    """The host's name, and what /etc/hosts calls its addresses."""
    hostname = _lines(host, HOSTNAME)[:1]
    found = [Own(text.strip(), HOSTNAME) for text in hostname]
    own = {a.text for a in addresses(host)} | {"127.0.1.1"}
    for line in _lines(host, HOSTS):
        address, *called = line.partition("#")[0].split() or [""]
        is_own = address in own or any(f.text in called for f in found)
        found += [Own(name, HOSTS) for name in called if is_own and not _is_loopback_name(name)]
    unique: Dict[str, Own] = {}
    for each in found:
        if each.text and not _is_loopback_name(each.text):
            unique.setdefault(each.text.lower(), each)
    return list(unique.values())


def _ipv4(host: Host) -> Iterator[Own]:
    networks = list(_container_networks(host))
    leaf = ""
    for line in _lines(host, LOCAL):
        found = LEAF.search(line)
        leaf = found[1] if found is not None else leaf
        if line.strip() == "/32 host LOCAL":
            address = ipaddress.ip_address(leaf)
            if not any(address in network for network in networks):
                yield Own(leaf, LOCAL)


def _container_networks(host: Host) -> Iterator[ipaddress.IPv4Network]:
    for line in _lines(host, ROUTES)[1:]:
        words = line.split()
        if len(words) > 7 and OF_CONTAINERS.fullmatch(words[0]):
            address, mask = (int(word, 16).to_bytes(4, sys.byteorder) for word in (words[1], words[7]))
            yield ipaddress.IPv4Network((address, bin(int.from_bytes(mask, "big")).count("1")), strict=False)


def _ipv6(host: Host) -> Iterator[Own]:
    for line in _lines(host, INET6):
        words = line.split()
        if len(words) == 6 and not OF_CONTAINERS.fullmatch(words[5]) and not int(words[4], 16) & TEMPORARY:
            yield Own(str(ipaddress.IPv6Address(bytes.fromhex(words[0]))), INET6)


def _is_reachable(text: str) -> bool:
    """Whether others can reach the address, too."""
    address = ipaddress.ip_address(text)
    return not address.is_loopback and not address.is_link_local


def _is_loopback_name(name: str) -> bool:
    return name.lower() in LOOPBACK_NAMES or name.lower().startswith("localhost.")


def _lines(host: Host, path: str) -> List[str]:
    file = host.read(path)
    return file.data.decode("utf-8", "replace").split("\n") if isinstance(file, File) else []
