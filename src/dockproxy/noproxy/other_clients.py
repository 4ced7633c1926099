"""Clients that compare a host with the end of an entry, each in its own way.

Source: wget, src/retr.c (no_proxy_match) and src/host.c (sufmatch); apt, apt-pkg/contrib/strutl.cc (CheckDomainList);
apk-tools, libfetch/fetch.c (fetch_no_proxy_match); libwww-perl, lib/LWP/UserAgent.pm (_need_proxy); dotnet/runtime,
HttpEnvironmentProxy.cs; OpenJDK, DefaultProxySelector.java; hyper-util, src/client/proxy/matcher.rs.
"""

from __future__ import annotations

import re
from typing import Callable, List, Mapping, NamedTuple, Optional
from urllib.parse import unquote, urlsplit

from dockproxy.noproxy import go, idna
from dockproxy.noproxy.clients import BuiltIn
from dockproxy.noproxy.entries import first
from dockproxy.secret import go_netip


class Host(NamedTuple):
    """The host of a URL: ``plain`` as most programs hold it, ``bracketed`` with an IPv6 address in brackets, both in
    lower case; ``written`` is the first as the URL has it."""

    plain: str
    bracketed: str
    written: str


Bypass = Callable[[str, Host], Optional[str]]
"""Takes a list and a host; returns the entry because of which a request there goes direct, None where it does not."""


def host_of(url: str) -> Host:
    """Raises ValueError where there is no host."""
    parts = urlsplit(url)
    plain = idna.to_ascii(unquote(parts.hostname or ""))
    if not plain:
        raise ValueError("the URL has no host")
    start = parts.netloc.rpartition("@")[2].lower().find(plain)
    raw = parts.netloc.rpartition("@")[2]
    written = raw[start : start + len(plain)] if start >= 0 else plain
    return Host(plain, f"[{plain}]" if ":" in plain else plain, written)


def wget(no_proxy: str, host: Host) -> Optional[str]:
    """Endings of a name at a dot; blanks count but behind a comma."""

    def matches(entry: str) -> bool:
        suffix = entry.lower()
        if not host.plain.endswith(suffix):
            return False
        return suffix == host.plain or host.plain[~len(suffix)] == "." or suffix.startswith(".")

    return first(re.split(r",\s*", no_proxy) if no_proxy else [], matches)


def busybox(no_proxy: str, host: Host) -> Optional[str]:
    """BusyBox's wget knows no such list."""
    return None


def apt(no_proxy: str, host: Host) -> Optional[str]:
    """Any ending, also in the middle of a label; blanks count."""
    return first(no_proxy.split(","), lambda entry: bool(entry) and host.plain.endswith(entry.lower()))


def apk(no_proxy: str, host: Host) -> Optional[str]:
    """Any ending, and networks; entries end at a comma or a blank, ``*`` only alone."""
    if no_proxy == "*":
        return no_proxy
    address = go_netip.parse_addr(host.plain)

    def matches(entry: str) -> bool:
        # What stands behind the number is not looked at.
        found = re.match(r".*/[0-9]+", entry)
        network = go.cidr(found.group()) if found is not None else None
        if network is not None and address is not None:
            packed, prefix = network
            return prefix > 0 and go_netip.holds(packed, prefix, address.packed)
        return bool(entry) and host.plain.endswith(entry.lower())

    return first(re.split(r"[,\s]+", no_proxy), matches)


def perl(no_proxy: str, host: Host) -> Optional[str]:
    """LWP's: endings of a name at a dot, with their case; blanks around a comma do not count."""

    def matches(entry: str) -> bool:
        name = entry.removeprefix(".")
        return host.written == name or host.written.endswith(f".{name}")

    return first(_perl_split(no_proxy), matches)


def perl_6_68(no_proxy: str, host: Host) -> Optional[str]:
    """LWP's before 6.69: any ending, also the empty one before a comma."""
    return first(_perl_split(no_proxy), host.written.endswith)


def _perl_split(no_proxy: str) -> List[str]:
    """What is empty at the end does not count, and 0 is no list."""
    # From behind, since a search would look at every run of blanks once for each of them.
    end = re.match(r"[\s,]*", no_proxy[::-1])
    tail = end.group() if end is not None else ""
    text = no_proxy[: len(no_proxy) - len(tail)] if "," in tail else no_proxy
    if not text or no_proxy == "0":
        return []
    found = text.split(",")
    found[1:] = [entry.lstrip() for entry in found[1:]]
    found[:-1] = [entry.rstrip() for entry in found[:-1]]
    return found


def dotnet(no_proxy: str, host: Host) -> Optional[str]:
    """The name itself, or with a dot before it everything below it and itself."""

    def matches(entry: str) -> bool:
        name = entry.strip().lower()
        if name.startswith("."):
            return host.bracketed == name[1:] or host.bracketed.endswith(name)
        return bool(name) and host.bracketed == name

    return first(no_proxy.split(","), matches)


JAVA_LOOPBACK = tuple(map(BuiltIn, ("localhost", "127.*", "[::1]", "0.0.0.0", "[::0]")))  # noqa: S104 - a pattern


def java(no_proxy: str, host: Host) -> Optional[str]:
    """``http.nonProxyHosts`` with the commas made ``|``: one ``*`` at an end; with any entry loopback goes direct."""

    def matches(entry: str) -> bool:
        pattern = entry.lower()
        if pattern.startswith("*"):
            return host.bracketed.endswith(pattern[1:]) and "*" not in pattern[1:]
        if pattern.endswith("*"):
            return host.bracketed.startswith(pattern[:-1])
        return host.bracketed == pattern

    return first([*filter(None, re.split("[,|]", no_proxy)), *(JAVA_LOOPBACK if no_proxy else ())], matches)


def uv(no_proxy: str, host: Host) -> Optional[str]:
    """Names with or without a dot before them, addresses and networks; ``*`` is for names."""
    address = go_netip.parse_addr(host.plain)

    def matches(entry: str) -> bool:
        text = entry.strip()
        network = go.cidr(text) if "/" in text else None
        single = go_netip.parse_addr(text)
        if address is not None:
            if network is not None:
                return go_netip.holds(*network, address.packed)
            return single is not None and single.packed == address.packed
        if network is not None or single is not None or not text:
            return False
        name = text.lower()
        suffix = name.lstrip(".") if name.startswith(".") else name
        return name == "*" or host.plain == suffix or host.plain.endswith(f".{suffix}")

    return first(no_proxy.split(","), matches)


CLIENTS: Mapping[str, Bypass] = {
    "wget": wget, "busybox-wget": busybox, "apt": apt, "apk": apk, "perl": perl,
    "perl-6.68": perl_6_68, "dotnet": dotnet, "java": java,
    "uv": uv,
}  # fmt: skip
"""Dialect to its decision."""
