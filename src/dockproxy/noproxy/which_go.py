"""Which entries of a list do something else to an engine that another Go has built."""

from __future__ import annotations

from typing import List, Optional, Sequence

from dockproxy.noproxy import GO, entries, go
from dockproxy.noproxy.settings import ProxySettings
from dockproxy.secret import go_netip

PROXY = "http://proxy.invalid:3128"


def disputed(no_proxy: str, dialects: Sequence[str] = tuple(GO)) -> List[str]:
    """These entries: each is tried alone on an address that it may be compared with. ``dialects`` are those of the Gos
    that are possible."""
    return [entry for entry in dict.fromkeys(entries.split(no_proxy)) if _is_disputed(entry, dialects)]


def _is_disputed(entry: str, dialects: Sequence[str]) -> bool:
    url, alone = _probe(entry), ProxySettings(PROXY, PROXY, entry)
    return url is not None and len({alone.route(url, each).decision for each in dialects}) > 1


def _probe(entry: str) -> Optional[str]:
    split = go.split_host_port(entry)
    host, port = split if split is not None else (entry, "")
    suffix = f":{port}" if port.isdigit() else ""
    address = go_netip.parse_addr(host.strip("[]"))
    if address is not None and address.zone:
        return f"https://[{host.strip('[]').replace('%', '%25', 1)}]{suffix}/"
    ending = entries.address_ending(host.removeprefix("*").removeprefix("."))
    return f"https://{ending}{suffix}/" if ending is not None else None
