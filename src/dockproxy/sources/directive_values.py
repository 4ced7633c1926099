"""Which values an engine takes: of a flag, and of a directive once dockerd has put both together.

Source: moby, daemon/config/config.go (Validate), opts/, registry/config.go and their callers at every release from
20.10.0 to 29.7.2; github.com/docker/go-units; engines 20.10, 26.1 and 28.5 were asked. In doubt a value is taken.
"""

from __future__ import annotations

import re
from typing import Callable, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.model import Version, saturated
from dockproxy.secret import go_url
from dockproxy.secret.go_netip import parse_addr
from dockproxy.sources.directives import BOOL, NAMES, SWITCHES, TYPES

Holds = Callable[[str, Sequence[str]], bool]
"""Whether a value is good after those that stand before it in its list."""

FLAG, FILE = "flag", "file"


class Check(NamedTuple):
    """What a value must be. ``said`` is how dockerd puts it, empty where it is pflag that refuses a flag; ``place`` is
    where it is checked, empty for both; ``since`` and ``until`` are the first engine that does, and that does not any
    more."""

    needed: str
    holds: Holds
    said: str = ""
    place: str = ""
    since: Optional[Tuple[int, int]] = None
    until: Optional[Tuple[int, int]] = None

    def is_of(self, place: str, version: Optional[Version]) -> bool:
        """Whether an engine makes it there; of one whose version is not known, whether every engine does."""
        if self.place not in ("", place):
            return False
        if version is None:
            return self.since is None and self.until is None
        is_since = self.since is None or version.at_least(*self.since)
        return is_since and (self.until is None or not version.at_least(*self.until))


def refusing(place: str, name: str, value: str, earlier: Sequence[str], version: Optional[Version]) -> Optional[Check]:
    """The first check that a value of a directive, or of a flag, does not pass."""
    directive = NAMES.get(name, name) if place == FLAG else name
    checks = (*(_of_type(name) if place == FLAG else ()), *CHECKS.get(directive, ()))
    return next((c for c in checks if c.is_of(place, version) and not c.holds(value, earlier)), None)


def _of_type(flag: str) -> Tuple[Check, ...]:
    type_ = BOOL if flag in SWITCHES else TYPES[flag]
    return OF_TYPE.get(type_.kind, ()) if type_ is not None else ()


def _alone(holds: Callable[[str], bool]) -> Holds:
    return lambda value, earlier: holds(value)


def _is_one_of(*words: str) -> Holds:
    return lambda value, earlier: value in words


def _is_in(least: int, most: int) -> Holds:
    def holds(value: str, earlier: Sequence[str]) -> bool:
        number = _integer(value)
        # What is none is refused elsewhere.
        return number is None or least <= number <= most

    return holds


_INTEGER = re.compile(r"[+-]?(?:0x(?:_?[0-9a-f])+|0b(?:_?[01])+|0o?(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)", re.IGNORECASE)
MOST = 2**63 - 1
LONGEST = 200
"""Of no number that anybody writes; Python refuses to read one of thousands of digits."""


def _integer(text: str) -> Optional[int]:
    """A number as strconv.ParseInt reads it with base 0 and 64 bits."""
    if not _INTEGER.fullmatch(text):
        return None
    if len(text) > LONGEST:
        return None
    number = int(re.sub("^([+-]?)0(?=[_0-7])", r"\g<1>0o", text), 0)
    return number if -MOST - 1 <= number <= MOST else None


def _is_level(*more: str) -> Holds:
    levels = ("", "panic", "fatal", "error", "warn", "info", "debug", "trace", *more)
    return lambda value, earlier: value.lower() in levels


def _is_ip(value: str) -> bool:
    """Whether net.ParseIP takes it."""
    address = parse_addr(value)
    return address is not None and not address.zone


def _is_list_of_ips(value: str) -> bool:
    words = re.sub("[\"'`]", "", value).split(",")
    return words == [""] or all(_is_ip(word.strip()) for word in words)


def _prefix(value: str, bits: int) -> Optional[bytes]:
    """The address of a network with so many bits at most."""
    address, _, length = value.partition("/")
    found = parse_addr(address)
    is_length = re.fullmatch("[0-9]{1,3}", length) is not None and int(length) <= bits
    return found.packed if found is not None and not found.zone and is_length else None


def _is_v6_network(value: str) -> bool:
    packed = _prefix(value, 128)
    return value == "" or (packed is not None and len(packed) == 16 and not packed.startswith(bytes(10) + b"\xff\xff"))


def _is_network(value: str) -> bool:
    packed = _prefix(value, 128)
    return packed is not None and (len(packed) == 16 or _prefix(value, 32) is not None)


# As moby has it, (:? for (?: included.
_PART = r"(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))"
_DOMAIN = re.compile(rf"(:?{_PART}(:?\.{_PART})*)\.?[\t\n\f\r ]*")


def _is_search_domain(value: str) -> bool:
    value = value.strip(" ")
    found = _DOMAIN.fullmatch(value)
    return value == "." or (found is not None and len(found[1]) < 255 and re.search("[a-zA-Z]", value) is not None)


def _is_own_label(value: str) -> bool:
    return not value.lower().startswith(("com.docker.", "io.docker.", "org.dockerproject."))


def _is_no_other_label(value: str, earlier: Sequence[str]) -> bool:
    name = value.partition("=")[0]
    return all(other == value for other in earlier if other.partition("=")[0] == name)


def _is_first_of_family(value: str, earlier: Sequence[str]) -> bool:
    return _is_v4(value) not in map(_is_v4, earlier)


def _is_v4(value: str) -> bool:
    address = parse_addr(value)
    return address is not None and len(address.packed) == 4


def _is_resource(value: str, earlier: Sequence[str]) -> bool:
    name, _, text = value.partition("=")
    same = [other.partition("=")[2] for other in earlier if other.partition("=")[0].strip() == name.strip()]
    numbers = [saturated(t.strip()) for t in (*same, text) if re.fullmatch("[+-]?[0-9]+", t.strip())]
    return value.count("=") == 1 and (not numbers or (not same and numbers[0] >= 0))


def _parsed(value: str) -> Optional[go_url.GoURL]:
    try:
        return go_url.parse(value)
    except go_url.GoURLError:
        return None


def _is_mirror(value: str) -> bool:
    url = _parsed(value)
    if url is None or url.scheme not in ("http", "https"):
        return False
    return not url.query and not url.fragment and url.username is None


def _has_no_path(value: str) -> bool:
    url = _parsed(value)
    return url is not None and url.path in ("", "/")


def _is_address(of_tcp: Callable[[go_url.GoURL], bool]) -> Callable[[str], bool]:
    def holds(value: str) -> bool:
        value = value.strip()
        protocol, _, address = value.partition("://") if "://" in value else ("tcp", "://", value)
        if protocol in ("unix", "npipe"):
            return "://" not in address
        url = _parsed(f"tcp://{address}")
        return value == "" or protocol == "fd" or (protocol == "tcp" and url is not None and of_tcp(url))

    return holds


def _is_listening(url: go_url.GoURL) -> bool:
    return not url.path and (not url.port or saturated(url.port) != 0)


_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::([0-9]+))?")


def _has_no_hyphen(value: str) -> bool:
    return not value.startswith("-") and not value.endswith("-")


def _is_registry(value: str) -> bool:
    host = re.sub("^https?://", "", value, count=1, flags=re.IGNORECASE)
    found = _HOST.fullmatch(host)
    is_host = found is not None and saturated(found[1] or "0") <= 65535
    return _is_network(host) or is_host or _is_ip(host)


def _is_pair(value: str) -> bool:
    name, _, text = value.partition("=")
    return bool(name.strip() and text.strip())


def _is_exec_opt(value: str) -> bool:
    return _is_pair(value) and value.partition("=")[0].strip().lower() == "native.cgroupdriver"


def _is_runtime(value: str, earlier: Sequence[str]) -> bool:
    name, *others = (text.partition("=")[0].strip().lower() for text in (value, *earlier))
    return _is_pair(value) and name not in ("runc", *others)


def _is_feature(value: str) -> bool:
    name, equals, text = value.partition("=")
    return name != "" and (not equals or text in TRUTHS)


_SIZE = re.compile("[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)? ?[kmgtp]?i?b?", re.IGNORECASE)
_LIMITS = re.compile("core|cpu|data|fsize|locks|m(emlock|sgqueue)|n(ice|ofile|proc)|rss|rtprio|rttime|sigpending|stack")


def _is_ulimit(value: str) -> bool:
    name, _, limits = value.partition("=")
    if not _LIMITS.fullmatch(name) or not re.fullmatch("[+-]?[0-9]+(:[+-]?[0-9]+)?", limits):
        return False
    numbers = [saturated(part) for part in limits.split(":")]
    soft, hard = numbers[0], numbers[-1]
    return hard == -1 or -1 != soft <= hard


def _is_pool(value: str) -> bool:
    pairs = [field.lower().partition("=") for field in value.split(",")]
    return all(
        (key == "base" and equals) or (key == "size" and re.fullmatch("[+-]?[0-9]+", text))
        for key, equals, text in pairs
    )


def _is_mark(value: str) -> bool:
    numbers = [_integer(part) for part in value.split("/", 1)]
    return value == "" or all(n is not None and 0 <= n < 2**32 for n in numbers)


TRUTHS = ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False")
OF_TYPE: Mapping[str, Tuple[Check, ...]] = {
    "bool": (Check("true or false", _is_one_of(*TRUTHS)),),
    "integer": (Check("a whole number", _alone(lambda value: _integer(value) is not None)),),
}
"""What pflag checks of a flag by the type of its directive."""

_IP, _NAME = "an IP address", "NAME=VALUE"
_LEVEL = "panic, fatal, error, warn, info, debug or trace"
_REGISTRY = "a host with or without a port, or a network"
_MIRROR = "an http:// or https:// URL without user, query and fragment"
_ADDRESS = "a unix://, tcp:// or fd:// address"


def _least(number: int, said: str, since: Optional[Tuple[int, int]] = None) -> Check:
    return Check(f"{number} or more", _is_in(number, MOST), said, since=since)


_OF_IP = (
    Check(_IP, _alone(lambda value: value == "" or _is_ip(value)), "invalid IP address: …", FILE),
    Check(_IP, _alone(lambda value: value == "" or _is_ip(value.strip())), place=FLAG),
    Check(_IP, _alone(_is_ip), place=FLAG, until=(23, 0)),
)

CHECKS: Mapping[str, Tuple[Check, ...]] = {
    "allow-nondistributable-artifacts": (Check(_REGISTRY, _alone(_has_no_hyphen), place=FLAG),),
    "api-cors-header": (
        Check("removed", _is_one_of(""), 'DEPRECATED: The "api-cors-header" config parameter …', "", (28, 0), (29, 0)),
    ),
    "bridge-accept-fwmark": (Check("MARK or MARK/MASK", _alone(_is_mark), "invalid bridge-accept-fwmark: …"),),
    "default-address-pools": (Check("base=NETWORK,size=NUMBER", _alone(_is_pool), place=FLAG),),
    "default-cgroupns-mode": (
        Check("host or private", _is_one_of("", "host", "private"), "default cgroup namespace …"),
    ),
    "default-gateway": _OF_IP,
    "default-gateway-v6": _OF_IP,
    "default-ipc-mode": (Check("private or shareable", _is_one_of("", "private", "shareable"), "IPC mode …"),),
    "default-network-opts": (
        Check("DRIVER=NAME=VALUE", _alone(lambda value: value.count("=") > 1), place=FLAG, since=(24, 0)),
    ),
    "default-shm-size": (
        Check('a size as a string, like "64m"', _alone(lambda value: _SIZE.fullmatch(value) is not None), "invalid …"),
    ),
    "default-stop-timeout": (_least(0, "invalid default stop timeout: …"),),
    "default-ulimits": (Check("NAME=SOFT:HARD", _alone(_is_ulimit), place=FLAG),),
    "dns": (
        Check(_IP, _alone(lambda value: _is_ip(value.strip())), "… is not an ip address", FILE, until=(25, 0)),
        Check(_IP, _alone(lambda value: value == "" or _is_ip(value)), "invalid IP address: …", FILE, (25, 0)),
        Check(_IP, _alone(_is_list_of_ips), place=FLAG),
        Check(_IP, _alone(lambda value: _is_ip(value.strip())), place=FLAG, until=(25, 0)),
    ),
    "dns-search": (Check("a domain", _alone(_is_search_domain), "… is not a valid domain"),),
    "exec-opts": (Check("native.cgroupdriver=DRIVER", _alone(_is_exec_opt), "invalid exec-opt (…", since=(28, 0)),),
    "features": (Check("NAME or NAME=BOOL", _alone(_is_feature), place=FLAG),),
    "firewall-backend": (
        Check("iptables or nftables", _is_one_of("", "iptables", "nftables"), "invalid firewall-backend: …"),
    ),
    "fixed-cidr-v6": (Check("an IPv6 network", _alone(_is_v6_network), "invalid fixed-cidr-v6: …", since=(25, 0)),),
    "host-gateway-ip": _OF_IP[:1],
    "host-gateway-ips": (
        Check(_IP, _alone(lambda value: value == "" or parse_addr(value) is not None), "ParseAddr(…", FILE),
        Check(_IP, _alone(lambda value: value == "" or _is_ip(value.strip())), place=FLAG, until=(28, 0)),
        Check(_IP, _alone(_is_ip), place=FLAG, until=(23, 0)),
        Check(_IP, _alone(lambda value: parse_addr(value) is not None), place=FLAG, since=(28, 0)),
        Check(
            "the only one of its family",
            _is_first_of_family,
            "only one … host gateway IP address can be specified",
            since=(28, 0),
        ),
    ),
    "hosts": (
        Check(_ADDRESS, _alone(_is_address(lambda url: True)), "error parsing -H …", FILE, until=(23, 0)),
        Check(_ADDRESS, _alone(_is_address(lambda url: True)), place=FLAG),
        Check(_ADDRESS, _alone(_is_address(_is_listening)), "invalid bind address (…", since=(23, 0)),
    ),
    "insecure-registries": (
        Check(_REGISTRY, _alone(_has_no_hyphen), "invalid index name (…"),
        Check(_REGISTRY, _alone(_is_registry), "insecure registry …"),
    ),
    "ip": _OF_IP,
    "labels": (
        Check(_NAME, _alone(lambda value: "=" in value), "bad attribute format: …"),
        Check("outside Docker's own namespaces", _alone(_is_own_label), "label … is not allowed: the namespaces …"),
        Check("the only value of its name", _is_no_other_label, "conflict labels for …"),
    ),
    "log-format": (Check("text or json", _is_one_of("", "text", "json"), "invalid log format: …"),),
    "log-level": (
        Check(_LEVEL, _is_level("warning"), "logging level: …"),
        Check(_LEVEL, _is_level(), "invalid logging level: …", since=(25, 0)),
    ),
    "max-concurrent-downloads": (_least(0, "invalid max concurrent downloads: …"),),
    "max-concurrent-uploads": (_least(0, "invalid max concurrent uploads: …"),),
    "max-download-attempts": (
        _least(0, "invalid max download attempts: …"),
        _least(1, "invalid max download attempts: …")._replace(until=(23, 0)),
    ),
    "mtu": (_least(0, "invalid default MTU: …", since=(23, 0)),),
    "network-diagnostic-port": (
        Check("a port", _is_in(0, 65535), "invalid network-diagnostic-port (…", since=(28, 0)),
    ),
    "node-generic-resources": (
        Check(_NAME, _alone(lambda value: "=" in value), place=FLAG),
        Check("NAME=VALUE, one number or words", _is_resource, "could not parse GenericResource: …"),
    ),
    "registry-mirrors": (
        Check(_MIRROR, _alone(_is_mirror), "invalid mirror: …"),
        Check(_MIRROR, _alone(lambda value: "://" in value), "invalid mirror: no scheme …", since=(28, 3)),
        Check("a URL without a path", _alone(_has_no_path), "invalid mirror: path, …", until=(25, 0)),
    ),
    "runtimes": (
        Check("NAME=PATH, with a name that is neither runc nor another's", _is_runtime, place=FLAG),
        Check(
            "called otherwise than runc", _alone(lambda name: name != "runc"), "runtime name 'runc' is reserved", FILE
        ),
    ),
}
"""Directive to its checks. What a list holds is checked one by one, of an object its keys."""
