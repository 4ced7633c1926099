"""Go's decision, exactly: golang.org/x/net/http/httpproxy, which net/http and so dockerd and the docker CLI use.

NO_PROXY, as its ``Config.NoProxy`` documents it: ``*`` alone switches every proxy off; an address or a CIDR matches
only targets that are literal addresses; ``example.com`` matches the name and everything below it, ``.example.com`` and
``*.example.com`` only what is below; each may end in ``:port``. Loopback always goes direct.

The list is compiled once: names by their suffix, networks by their prefix length. So a decision looks up one name for
each label of the host, or one network for each prefix length in use, however long the list is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Tuple

from dockproxy.noproxy import idna
from dockproxy.secret import go_netip, go_url
from dockproxy.secret.proxy_url import DEFAULT_PORTS

PLAIN = re.compile(r"(https?)://([A-Za-z0-9.-]*[A-Za-z.-])(?::([0-9]+))?(?:/[A-Za-z0-9/._~-]*)?\Z")
"""URLs of a named host in which nothing needs decoding: what they hold is what Go reads."""

MAPPED = bytes(10) + b"\xff\xff"
LOOPBACK6 = bytes(15) + b"\x01"


@dataclass(frozen=True)
class Config:
    """The variables as dockerd reads them, upper case already chosen before lower. ``cgi``: REQUEST_METHOD is set."""

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    cgi: bool = False

    def __repr__(self) -> str:
        return "Config(…)"


class Decision(NamedTuple):
    """``proxy`` is the URL as Go prints it, in clear; None is direct. ``entry`` is the NO_PROXY entry that decided."""

    proxy: Optional[str]
    reason: str
    entry: Optional[str] = None

    def __repr__(self) -> str:
        return f"Decision({self.reason}, entry={self.entry!r})"


class _Entry(NamedTuple):
    """An entry as it is written, and its place in the list: of two that match the earlier one decides."""

    order: int
    text: str


_ByPort = Dict[str, _Entry]
"""Port to the first entry that names it; the empty one stands for all."""


SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What strings.TrimSpace takes away (unicode.IsSpace)."""


def _lower(text: str) -> str:
    """As strings.ToLower does: each character by itself, so that a sigma at the end stays one."""
    return text.lower() if text.isascii() else "".join(c.lower()[:1] for c in text)


class Resolver:
    """A configuration compiled once, as a Go process does at its first request."""

    def __init__(self, config: Config, dialect: str = go_url.ENGINE) -> None:
        self._config, self._dialect = config, dialect
        self._names_addresses = go_url.DIALECTS[dialect].names_match_addresses
        self._proxies: Dict[str, Optional[str]] = {}
        for scheme, text in (("http", config.http_proxy), ("https", config.https_proxy)):
            proxy = go_url.parse_proxy(text, dialect)
            self._proxies[scheme] = None if proxy is None else proxy.string()
        self._all: Optional[str] = None
        self._below: Dict[str, _ByPort] = {}
        self._exact: Dict[str, _ByPort] = {}
        self._networks: Dict[Tuple[int, int], Dict[int, _ByPort]] = {}
        """Length of the address in bytes, and of what varies in bits, to the networks of that size."""
        for order, text in enumerate(config.no_proxy.split(",")):
            if text.strip(SPACE) == "*":
                self._all = text
                break
            self._add(_Entry(order, text))

    def _add(self, entry: _Entry) -> None:
        text = _lower(entry.text.strip(SPACE))
        network = cidr(text) if "/" in text else None
        if network is not None:
            self._add_network(entry, *network, "")
            return
        split = split_host_port(text)
        host, port = split if split is not None else (text, "")
        if not host:
            return
        address = go_netip.parse_addr(host)
        if address is not None and not address.zone:
            packed = address.as16[12:] if address.as16.startswith(MAPPED) else address.as16
            self._add_network(entry, packed, len(packed) * 8, port)
            return
        host = host[1:] if host.startswith("*.") else host
        is_below_only = host.startswith(".")
        name = idna.to_ascii(host)
        self._below.setdefault(name[1:] if is_below_only else name, {}).setdefault(port, entry)
        if not is_below_only:
            self._exact.setdefault(name, {}).setdefault(port, entry)

    def _add_network(self, entry: _Entry, address: bytes, prefix: int, port: str) -> None:
        shift = len(address) * 8 - prefix
        networks = self._networks.setdefault((len(address), shift), {})
        networks.setdefault(int.from_bytes(address, "big") >> shift, {}).setdefault(port, entry)

    def decide(self, url: str) -> Decision:
        """Proxy or direct for one URL. Raises ValueError when Go cannot parse it."""
        plain = PLAIN.match(url)
        if plain is not None:
            scheme, host, port = plain.groups()
            return self._decide(scheme, None, host, port)
        target = go_url.parse(url, self._dialect)
        host = idna.to_ascii(target.hostname)
        return self._decide(target.scheme, go_netip.parse_addr(host), host, target.port)

    def _decide(self, scheme: str, address: Optional[go_netip.Addr], host: str, port: Optional[str]) -> Decision:
        if scheme not in self._proxies:
            return Decision(None, "scheme")
        proxy = self._proxies[scheme]
        if proxy is None:
            value = self._config.http_proxy if scheme == "http" else self._config.https_proxy
            return Decision(None, "unparsable-proxy" if value else "no-variable")
        if self._config.cgi and scheme == "http":
            return Decision(None, "cgi-refused")
        reason, entry = self._bypass(address, host, port or str(DEFAULT_PORTS[scheme]))
        return Decision(None if reason else proxy, reason or "proxy", entry)

    def _bypass(self, address: Optional[go_netip.Addr], host: str, port: str) -> Tuple[Optional[str], Optional[str]]:
        if "]" in host or "[" in host:
            return "unparsable-target", None
        if address is not None and address.zone and self._names_addresses:
            # net.ParseIP, which knows no zones.
            address = None
        if host == "localhost" or (address is not None and _is_loopback(address.as16)):
            return "loopback", None
        if self._all is not None:
            return "no-proxy", self._all
        # The networks are asked before the names, which since 2025-03 are not compared with an address.
        found = self._networks_of(address.as16, port) if address is not None else []
        if not found and (address is None or self._names_addresses):
            found = self._names_of(_lower(host.strip(SPACE)), port)
        return ("no-proxy", min(found).text) if found else (None, None)

    def _networks_of(self, address: bytes, port: str) -> List[_Entry]:
        packed = address[12:] if address.startswith(MAPPED) else address
        number, length = int.from_bytes(packed, "big"), len(packed)
        kinds = [(shift, networks) for (size, shift), networks in self._networks.items() if size == length]
        return _of_port([networks[number >> shift] for shift, networks in kinds if number >> shift in networks], port)

    def _names_of(self, name: str, port: str) -> List[_Entry]:
        found = [self._exact[name]] if name in self._exact else []
        dot = name.find(".")
        while dot >= 0:
            by_port = self._below.get(name[dot + 1 :])
            if by_port is not None:
                found.append(by_port)
            dot = name.find(".", dot + 1)
        return _of_port(found, port)


def _of_port(found: List[_ByPort], port: str) -> List[_Entry]:
    return [by_port[named] for by_port in found for named in ("", port) if named in by_port]


def _is_loopback(address: bytes) -> bool:
    return address == LOOPBACK6 or (address.startswith(MAPPED) and address[12] == 127)


def cidr(text: str) -> Optional[Tuple[bytes, int]]:
    """net.ParseCIDR."""
    name, slash, digits = text.partition("/")
    address = go_netip.parse_addr(name)
    if not slash or address is None or address.zone or not (digits.isascii() and digits.isdigit()):
        return None
    # Go takes zeros before it, too; more than three digits besides them are no prefix, and maybe too many for int.
    prefix = int(digits.lstrip("0")[:4] or "0")
    if prefix > len(address.packed) * 8:
        return None
    if len(address.packed) == 16 and address.packed.startswith(MAPPED) and prefix >= 96:
        return address.packed[12:], prefix - 96
    return address.packed, prefix


def split_host_port(text: str) -> Optional[Tuple[str, str]]:
    """net.SplitHostPort; None where it fails."""
    before, colon, port = text.rpartition(":")
    if not colon:
        return None
    if before.startswith("["):
        if not before.endswith("]") or before.find("]") != len(before) - 1:
            return None
        host = before[1:-1]
        return None if "[" in host or "]" in port or "[" in port else (host, port)
    return None if ":" in before or "[" in text or "]" in text else (before, port)
