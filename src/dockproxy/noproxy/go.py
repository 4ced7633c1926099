"""Go's decision, exactly: golang.org/x/net/http/httpproxy of 2025 and later, which dockerd 26 and newer are built with.

NO_PROXY, as its ``Config.NoProxy`` documents it: ``*`` alone switches every proxy off; an address or a CIDR matches
only targets that are literal addresses; ``example.com`` matches the name and everything below it, ``.example.com`` and
``*.example.com`` only what is below; each may end in ``:port``. Loopback always goes direct.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from dockproxy.secret import go_netip, go_url
from dockproxy.secret.proxy_url import DEFAULT_PORTS

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


@dataclass(frozen=True)
class Decision:
    """``proxy`` is the URL as Go prints it, in clear; None is direct. ``entry`` is the NO_PROXY entry that decided."""

    proxy: Optional[str]
    reason: str
    entry: Optional[str] = None

    def __repr__(self) -> str:
        return f"Decision({self.reason}, entry={self.entry!r})"


@dataclass(frozen=True)
class _Network:
    entry: str
    network: bytes
    prefix: int
    port: str = ""

    def matches(self, address: bytes, port: str) -> bool:
        packed = address[12:] if len(self.network) == 4 and address.startswith(MAPPED) else address
        is_mapped = len(self.network) == 16 and address.startswith(MAPPED)
        if len(packed) != len(self.network) or is_mapped or self.port not in ("", port):
            return False
        shift = len(packed) * 8 - self.prefix
        return int.from_bytes(packed, "big") >> shift == int.from_bytes(self.network, "big") >> shift


@dataclass(frozen=True)
class _Domain:
    entry: str
    suffix: str
    port: str
    matches_apex: bool

    def matches(self, host: str, port: str) -> bool:
        is_inside = host.endswith(self.suffix) or (self.matches_apex and host == self.suffix[1:])
        return is_inside and self.port in ("", port)


class Resolver:
    """A configuration compiled once, as a Go process does at its first request."""

    def __init__(self, config: Config, dialect: str = go_url.ENGINE) -> None:
        self._config, self._dialect = config, dialect
        self._proxies = {
            "http": go_url.parse_proxy(config.http_proxy, dialect),
            "https": go_url.parse_proxy(config.https_proxy, dialect),
        }
        self._all: Optional[str] = None
        self._networks: List[_Network] = []
        self._domains: List[_Domain] = []
        for entry in config.no_proxy.split(","):
            if entry.strip() == "*":
                self._all = entry
                break
            self._add(entry)

    def _add(self, entry: str) -> None:
        text = entry.strip().lower()
        network = cidr(text)
        if network is not None:
            self._networks.append(_Network(entry, *network))
            return
        split = split_host_port(text)
        host, port = split if split is not None else (text, "")
        if not host:
            return
        address = go_netip.parse_addr(host)
        if address is not None and not address.zone:
            packed = address.as16[12:] if address.as16.startswith(MAPPED) else address.as16
            self._networks.append(_Network(entry, packed, len(packed) * 8, port))
            return
        host = host[1:] if host.startswith("*.") else host
        matches_apex = not host.startswith(".")
        self._domains.append(_Domain(entry, _ascii("." + host if matches_apex else host), port, matches_apex))

    def decide(self, url: str) -> Decision:
        """Proxy or direct for one URL. Raises ValueError when Go cannot parse it."""
        target = go_url.parse(url, self._dialect)
        if target.scheme not in self._proxies:
            return Decision(None, "scheme")
        proxy = self._proxies[target.scheme]
        if proxy is None:
            value = self._config.http_proxy if target.scheme == "http" else self._config.https_proxy
            return Decision(None, "unparsable-proxy" if value else "no-variable")
        if target.scheme == "http" and self._config.cgi:
            return Decision(None, "cgi-refused")
        reason, entry = self._bypass(_ascii(target.hostname), target.port or str(DEFAULT_PORTS[target.scheme]))
        return Decision(None if reason else proxy.string(), reason or "proxy", entry)

    def _bypass(self, host: str, port: str) -> Tuple[Optional[str], Optional[str]]:
        split = split_host_port(f"[{host}]:{port}" if ":" in host or "%" in host else f"{host}:{port}")
        if split is None:
            return "unparsable-target", None
        if host == "localhost":
            return "loopback", None
        address = go_netip.parse_addr(host)
        if address is not None and _is_loopback(address.as16):
            return "loopback", None
        if self._all is not None:
            return "no-proxy", self._all
        name = host.strip().lower()
        rules = self._networks if address is not None else []
        for network in rules:
            if address is not None and network.matches(address.as16, port):
                return "no-proxy", network.entry
        for domain in self._domains if address is None else []:
            if domain.matches(name, port):
                return "no-proxy", domain.entry
        return None, None


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


def _ascii(host: str) -> str:
    """IDNA to ASCII for names that are not; a name that cannot be converted stays, as Go leaves it."""
    if host.isascii():
        return host
    try:
        return ".".join(label.encode("idna").decode("ascii") if label else "" for label in host.split("."))
    except UnicodeError:
        return host
