"""Two network namespaces: inside is the Docker host, outside are the proxy and the registries.

The public registry has an address that nothing inside routes, so that a pull of it can succeed only through the proxy.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from pathlib import Path
from typing import Iterator, List

INSIDE, OUTSIDE = "10.203.0.2", "10.203.0.1"
PUBLIC = "203.0.113.10"

COUNT = itertools.count()

HOSTS = f"""127.0.0.1 localhost
{PUBLIC} hub.example.com
{OUTSIDE} registry.corp proxy.corp
"""
"""Never a loopback address: Go never proxies loopback."""


class Network:
    """The namespaces by name; ``outside`` prefixes a command so that it runs there."""

    def __init__(self, name: str) -> None:
        self.inside = f"{name}-in"
        self._outside = f"{name}-out"

    @property
    def inside_path(self) -> Path:
        return Path("/run/netns", self.inside)

    def outside(self, *command: str) -> List[str]:
        # nsenter, not `ip netns exec`, which hides the cgroup mounts.
        return ["nsenter", f"--net=/run/netns/{self._outside}", *command]

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    def up(self) -> None:
        self._ip("netns", "add", self.inside)
        self._ip("netns", "add", self._outside)
        self._ip(
            "link", "add", "v0", "netns", self.inside, "type", "veth", "peer", "name", "v1", "netns", self._outside
        )
        for namespace, device, address in ((self.inside, "v0", INSIDE), (self._outside, "v1", OUTSIDE)):
            self._ip("-n", namespace, "addr", "add", f"{address}/24", "dev", device)
            self._ip("-n", namespace, "link", "set", device, "up")
            self._ip("-n", namespace, "link", "set", "lo", "up")
        self._ip("-n", self._outside, "addr", "add", f"{PUBLIC}/32", "dev", "lo")

    def down(self) -> None:
        for namespace in (self.inside, self._outside):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """The namespaces, named after this process, removed at the end."""
    made = Network(f"dp{os.getpid()}n{next(COUNT)}")
    try:
        made.up()
        yield made
    finally:
        made.down()
