"""Go's decision, exactly: golang.org/x/net/http/httpproxy, which net/http and so dockerd and the docker CLI use.

NO_PROXY, as its ``Config.NoProxy`` documents it: ``*`` alone switches every proxy off; an address or a CIDR matches
only targets that are literal addresses; ``example.com`` matches the name and everything below it, ``.example.com`` and
``*.example.com`` only what is below; each may end in ``:port``. Loopback always goes direct.

The list is compiled once: names by their suffix, networks by their prefix length. So a decision looks up one name for
each label of the host, or one network for each prefix length in use, however long the list is. Of a host with more
characters than a name has, which may be a megabyte, only the endings are looked up that are as long as a listed name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from dockproxy.noproxy import idna
from dockproxy.secret import go_netip, go_url
from dockproxy.secret.proxy_url import DEFAULT_PORTS

PLAIN = re.compile(r"(https?)://([A-Za-z0-9.-]+)(?::([0-9]+))?(?:/[A-Za-z0-9/._~-]*)?\Z")
"""URLs in which nothing needs decoding: what they hold is what Go reads."""

LONGEST = 255
"""No real name is longer. Both ways to look one up are right for every length, and fast on their side of this."""

TRANSITIONAL = str.maketrans({"\u00df": "ss", "\u03c2": "\u03c3", "\u200c": "", "\u200d": ""})
"""What the name of a request loses on its way into ASCII in older versions (UTS #46, transitional processing)."""

ZEROS = re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9])")

MAPPED = bytes(10) + b"\xff\xff"
LOOPBACK6 = bytes(15) + b"\x01"
PORTS = {scheme: str(port) for scheme, port in DEFAULT_PORTS.items()}


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
    """``proxy`` is the URL as Go prints it, in clear; None is direct. ``entry`` is the NO_PROXY entry that decided,
    ``variable`` the scheme whose proxy it would be."""

    proxy: Optional[str]
    reason: str
    entry: Optional[str] = None
    variable: str = ""

    def __repr__(self) -> str:
        return f"Decision({self.reason}, entry={self.entry!r})"


class Network(NamedTuple):
    """The addresses that begin with ``prefix`` bits of ``packed``; a single one has all its bits. ``port`` is empty
    where all are meant."""

    packed: bytes
    prefix: int
    port: str


class Name(NamedTuple):
    """What is below a name, and but for ``below_only`` the name, too."""

    name: str
    below_only: bool
    port: str


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
        self._dialect, self._traits = dialect, go_url.DIALECTS[dialect]
        texts = {"http": config.http_proxy, "https": config.https_proxy}
        proxies = {scheme: go_url.parse_proxy(text, dialect) for scheme, text in texts.items()}
        self._unasked: Dict[str, Decision] = {}
        """Scheme to what is decided without a look at the list; the empty one stands for all others."""
        self._through: Dict[str, Decision] = {}
        """Scheme to the decision where no entry matches."""
        for scheme in ("http", "https", ""):
            variable = "http" if self._traits.http_for_all and proxies.get(scheme) is None else scheme
            proxy = proxies.get(variable)
            meant = scheme if texts.get(scheme) else variable
            if not variable:
                self._unasked[scheme] = Decision(None, "scheme")
            elif proxy is None:
                self._unasked[scheme] = Decision(
                    None, "unparsable-proxy" if texts[meant] else "no-variable", None, meant
                )
            elif config.cgi and variable == "http":
                self._unasked[scheme] = Decision(None, "cgi-refused", None, variable)
            else:
                self._through[scheme] = Decision(proxy.string(), "proxy", None, variable)
        self._all: Optional[str] = None
        self._below: Dict[str, _ByPort] = {}
        self._exact: Dict[str, _ByPort] = {}
        self._networks: Dict[int, Dict[int, Dict[int, _ByPort]]] = {4: {}, 16: {}}
        """Length of the address in bytes, and of what varies in bits, to the networks of that size."""
        for order, text in enumerate(config.no_proxy.split(",")):
            if text.strip(SPACE) == "*":
                self._all = text
                break
            self._add(_Entry(order, text))
        self._lengths = frozenset(map(len, self._below))

    def _add(self, entry: _Entry) -> None:
        meant = meaning(entry.text, self._traits)
        if isinstance(meant, Network):
            shift = len(meant.packed) * 8 - meant.prefix
            networks = self._networks[len(meant.packed)].setdefault(shift, {})
            networks.setdefault(int.from_bytes(meant.packed, "big") >> shift, {}).setdefault(meant.port, entry)
        elif meant is not None:
            self._below.setdefault(meant.name, {}).setdefault(meant.port, entry)
            if not meant.below_only:
                self._exact.setdefault(meant.name, {}).setdefault(meant.port, entry)

    def decide(self, url: str) -> Decision:
        """Proxy or direct for one URL. Raises ValueError when Go cannot parse it."""
        plain = PLAIN.match(url)
        if plain is None:
            return self._decide_unusual(url)
        scheme, host, port = plain.groups()
        # What ends in no digit is no IPv4 address.
        packed = go_netip.parse_v4(_number(host, self._traits)) if host[-1] <= "9" else None
        return self._decide(scheme, packed, host, port)

    def _decide_unusual(self, url: str) -> Decision:
        target = go_url.parse(url, self._dialect)
        host = self._ascii(target.hostname)
        address = go_netip.parse_addr(_number(host, self._traits))
        if address is not None and address.zone and self._traits.names_match_addresses:
            # net.ParseIP, which knows no zones.
            address = None
        packed = address.packed if address is not None else None
        if packed is not None and packed.startswith(MAPPED):
            packed = packed[12:]
        kind = target.scheme if target.scheme in ("http", "https") else ""
        if kind in self._through and ("]" in host or "[" in host):
            return Decision(None, "unparsable-target", None, self._through[kind].variable)
        return self._decide(kind, packed, host, target.port or PORTS.get(target.scheme))

    def _ascii(self, host: str) -> str:
        name = host.translate(TRANSITIONAL) if self._traits.idna_2003 else host
        found = idna.to_ascii(name)
        return found if found != name or name.isascii() else host

    def _decide(self, scheme: str, packed: Optional[bytes], host: str, port: Optional[str]) -> Decision:
        through = self._through.get(scheme)
        if through is None:
            return self._unasked[scheme]
        if host == "localhost" if packed is None else _is_loopback(packed):
            return Decision(None, "loopback", None, through.variable)
        if self._all is not None:
            return Decision(None, "no-proxy", self._all, through.variable)
        port = port or PORTS.get(scheme, "")
        # The networks are asked before the names, which since 2025-03 are not compared with an address.
        found = self._networks_of(packed, port) if packed is not None else None
        if found is None and (packed is None or self._traits.names_match_addresses):
            found = self._names_of(_lower(host.strip(SPACE)), port)
        return through if found is None else Decision(None, "no-proxy", found.text, through.variable)

    def _networks_of(self, packed: bytes, port: str) -> Optional[_Entry]:
        number, found = int.from_bytes(packed, "big"), []
        for shift, networks in self._networks[len(packed)].items():
            by_port = networks.get(number >> shift)
            if by_port is not None:
                found.append(by_port)
        return _first(found, port) if found else None

    def _names_of(self, name: str, port: str) -> Optional[_Entry]:
        found = [self._exact[name]] if name in self._exact else []
        below = self._below
        if len(name) > LONGEST:
            found += [below[ending] for ending in self._endings(name) if ending in below]
        else:
            dot = name.find(".") + 1
            while dot:
                ending = name[dot:]
                if ending in below:
                    found.append(below[ending])
                dot = name.find(".", dot) + 1
        return _first(found, port) if found else None

    def _endings(self, name: str) -> Iterator[str]:
        """Those that may be listed. All lengths together are no more than the list has characters."""
        for length in self._lengths:
            if length < len(name) and name[~length] == ".":
                yield name[len(name) - length :]


def _is_loopback(packed: bytes) -> bool:
    return packed == LOOPBACK6 or (packed[0] == 127 and len(packed) == 4)


def _first(found: List[_ByPort], port: str) -> Optional[_Entry]:
    best: Optional[_Entry] = None
    for by_port in found:
        for entry in (by_port.get(""), by_port.get(port)):
            if entry is not None and (best is None or entry < best):
                best = entry
    return best


def meaning(text: str, traits: go_url.Traits = go_url.DIALECTS[go_url.ENGINE]) -> Union[Network, Name, None]:
    """What an entry of the list stands for, but for ``*`` alone; None is nothing."""
    text = _lower(text.strip(SPACE))
    network = cidr(_number(text, traits)) if "/" in text else None
    if network is not None:
        return Network(*network, "")
    split = split_host_port(text)
    host, port = split if split is not None else (text, "")
    if not host:
        return None
    address = go_netip.parse_addr(_number(host, traits))
    if address is not None and not address.zone:
        packed = address.packed[12:] if address.packed.startswith(MAPPED) else address.packed
        return Network(packed, len(packed) * 8, port)
    host = host[1:] if host.startswith("*.") else host
    name = host if traits.idna_2003 else idna.to_ascii(host)
    return Name(name[1:], True, port) if host.startswith(".") else Name(name, False, port)


def _number(text: str, traits: go_url.Traits) -> str:
    return without_zeros(text) if traits.leading_zeros else text


def without_zeros(text: str) -> str:
    """An address without the zeros before the numbers of IPv4, which Go once read over."""
    before, colon, last = text.rpartition(":")
    return before + colon + ZEROS.sub("", last) if "." in last else text


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
