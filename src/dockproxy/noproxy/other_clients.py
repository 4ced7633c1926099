"""Clients that compare a host with the end of an entry, each in its own way.

Source: wget, src/retr.c (no_proxy_match) and src/host.c (sufmatch); apt, apt-pkg/contrib/strutl.cc (CheckDomainList);
apk-tools, libfetch/fetch.c (fetch_no_proxy_match); libwww-perl, lib/LWP/UserAgent.pm (_need_proxy); dotnet/runtime,
HttpEnvironmentProxy.cs; OpenJDK, DefaultProxySelector.java; hyper-util, src/client/proxy/matcher.rs.
"""

from __future__ import annotations

import re
from typing import Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import unquote, urlsplit

from dockproxy.noproxy import go, idna
from dockproxy.noproxy.entries import BuiltIn
from dockproxy.secret import go_netip


class Host(NamedTuple):
    """The host of a URL: ``plain`` as most programs hold it, ``bracketed`` with an IPv6 address in brackets, both in
    lower case; ``written`` is the first as the URL has it."""

    plain: str
    bracketed: str
    written: str


Decide = Callable[[Host], Optional[str]]
"""Takes a host; returns the entry because of which a request there goes direct, None where it does not."""

Known = Sequence[Tuple[str, str]]
"""Entries as they are written, each with what a name is compared with."""


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


def _ending(known: Known, host: str) -> Optional[str]:
    return next((entry for entry, ending in known if host.endswith(ending)), None)


def wget(no_proxy: str) -> Decide:
    """Endings of a name at a dot; blanks count but behind a comma."""
    known = [(entry, entry.lower()) for entry in re.split(r",\s*", no_proxy)] if no_proxy else []

    def decide(host: Host) -> Optional[str]:
        name = host.plain
        found = ((entry, suffix, len(name) - len(suffix)) for entry, suffix in known if name.endswith(suffix))
        return next((e for e, suffix, at in found if not at or name[at - 1] == "." or suffix.startswith(".")), None)

    return decide


def busybox(no_proxy: str) -> Decide:
    """BusyBox's wget knows no such list."""
    return lambda host: None


def apt(no_proxy: str) -> Decide:
    """Any ending, also in the middle of a label; blanks count."""
    known = [(entry, entry.lower()) for entry in no_proxy.split(",") if entry]
    return lambda host: _ending(known, host.plain)


def apk(no_proxy: str) -> Decide:
    """Any ending, and networks; entries end at a comma or a blank, ``*`` only alone."""
    if no_proxy == "*":
        return lambda host: no_proxy
    known = [(entry, entry.lower(), _apk_network(entry)) for entry in re.split(r"[,\s]+", no_proxy) if entry]

    def decide(host: Host) -> Optional[str]:
        address = go_netip.parse_addr(host.plain)
        return next(
            (
                entry
                for entry, ending, network in known
                if (
                    host.plain.endswith(ending)
                    if network is None or address is None
                    else network[1] > 0 and go_netip.holds(*network, address.packed)
                )
            ),
            None,
        )

    return decide


def _apk_network(entry: str) -> Optional[Tuple[bytes, int]]:
    # What stands behind the number is not looked at.
    found = re.match(r".*/[0-9]+", entry)
    return go.cidr(found.group()) if found is not None else None


def perl(no_proxy: str) -> Decide:
    """LWP's: endings of a name at a dot, with their case; blanks around a comma do not count."""
    known = [(entry, "." + entry.removeprefix(".")) for entry in _perl_split(no_proxy)]
    return lambda host: _ending(known, f".{host.written}")


def perl_6_68(no_proxy: str) -> Decide:
    """LWP's before 6.69: any ending, also the empty one before a comma."""
    known = [(entry, entry) for entry in _perl_split(no_proxy)]
    return lambda host: _ending(known, host.written)


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


def dotnet(no_proxy: str) -> Decide:
    """The name itself, or with a dot before it everything below it and itself."""
    texts = [(entry, entry.strip().lower()) for entry in no_proxy.split(",") if entry.strip()]
    known = [(entry, name, name.removeprefix(".")) for entry, name in texts]

    def decide(host: Host) -> Optional[str]:
        text = host.bracketed
        return next((e for e, name, bare in known if text == bare or (name != bare and text.endswith(name))), None)

    return decide


JAVA_LOOPBACK = tuple(map(BuiltIn, ("localhost", "127.*", "[::1]", "0.0.0.0", "[::0]")))  # noqa: S104 - a pattern


def java(no_proxy: str) -> Decide:
    """``http.nonProxyHosts`` with the commas made ``|``: one ``*`` at an end; with any entry loopback goes direct."""
    texts = [*filter(None, re.split("[,|]", no_proxy)), *(JAVA_LOOPBACK if no_proxy else ())]
    known = [(entry, *_java_pattern(entry.lower())) for entry in texts]

    def decide(host: Host) -> Optional[str]:
        text = host.bracketed
        found = ((entry, len(text) >= len(start) + len(end), start, end, whole) for entry, start, end, whole in known)
        return next(
            (
                entry
                for entry, is_long, start, end, whole in found
                if (text == whole if whole is not None else is_long and text.startswith(start) and text.endswith(end))
            ),
            None,
        )

    return decide


def _java_pattern(pattern: str) -> Tuple[str, str, Optional[str]]:
    """How a name begins and ends, or the whole of it."""
    if pattern.startswith("*") and "*" not in pattern[1:]:
        return "", pattern[1:], None
    if pattern.endswith("*") and not pattern.startswith("*"):
        return pattern[:-1], "", None
    return "", "", pattern


def uv(no_proxy: str) -> Decide:
    """Names with or without a dot before them, addresses and networks; ``*`` is for names."""
    texts = [(entry, entry.strip()) for entry in no_proxy.split(",") if entry.strip()]
    read = [(entry, text, _uv_network(text)) for entry, text in texts]
    networks = [(entry, network) for entry, _, network in read if network is not None]
    names = [(entry, _uv_ending(text.lower())) for entry, text, network in read if network is None]

    def decide(host: Host) -> Optional[str]:
        address = go_netip.parse_addr(host.plain)
        if address is not None:
            return next((entry for entry, network in networks if go_netip.holds(*network, address.packed)), None)
        return _ending(names, f".{host.plain}")

    return decide


def _uv_network(text: str) -> Optional[Tuple[bytes, int]]:
    single = go_netip.parse_addr(text)
    if single is not None:
        return single.packed, len(single.packed) * 8
    return go.cidr(text) if "/" in text else None


def _uv_ending(name: str) -> str:
    """What a name with a dot before it ends with."""
    return "" if name == "*" else "." + name.lstrip(".")


CLIENTS: Mapping[str, Callable[[str], Decide]] = {
    "wget": wget, "busybox-wget": busybox, "apt": apt, "apk": apk, "perl": perl,
    "perl-6.68": perl_6_68, "dotnet": dotnet, "java": java,
    "uv": uv,
}  # fmt: skip
"""Dialect to what takes a list apart."""
