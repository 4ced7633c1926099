"""The enterprise: who listens where, and which names the host knows."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass
from typing import Dict, Iterator, List

from dockproxy.demo.proxy import Address, Proxy
from dockproxy.demo.registry import Registry

PUBLIC, INTERNAL, PROXY, FORBIDDEN = "hub.example.com", "registry.corp", "proxy.corp", "games.example.net"
PROXY_URL = f"http://{PROXY}:3128"
NO_PROXY = ".corp"


@dataclass(frozen=True)
class Enterprise:
    """``hosts_file`` is the host's /etc/hosts. The public registry is not in it; only the proxy knows that."""

    proxy: Proxy
    hosts_file: str
    context: ssl.SSLContext


def hosts_file(addresses: Dict[str, Address]) -> str:
    """The names with their loopback ports, which stand behind a # as a hosts file has none."""
    return "".join(f"{ip} {name} # port {port}\n" for name, (ip, port) in addresses.items())


def parse_hosts(text: str) -> Dict[str, Address]:
    """The other way round."""
    rows = [line.replace("# port ", "").split() for line in text.splitlines() if "# port " in line]
    return {name: (ip, int(port)) for ip, name, port in rows}


@contextlib.contextmanager
def enterprise() -> Iterator[Enterprise]:
    """Start everything, stop everything."""
    import trustme

    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with contextlib.ExitStack() as stack:
        registries: List[Registry] = []
        for name in (PUBLIC, INTERNAL):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name).configure_cert(context)
            registries.append(Registry(context))
            stack.callback(registries[-1].close)
        proxy = Proxy({PUBLIC: registries[0].address, INTERNAL: registries[1].address})
        stack.callback(proxy.close)
        known = {PROXY: proxy.address, INTERNAL: registries[1].address}
        yield Enterprise(proxy, hosts_file(known), trust)
