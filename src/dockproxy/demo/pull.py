"""A small pull: ping, manifest, blobs, each request routed as dockerd would route it."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import h11

from dockproxy import dial
from dockproxy.demo.registry import MANIFEST_TYPE
from dockproxy.noproxy import go
from dockproxy.secret import ProxyURL


@dataclass(frozen=True)
class Step:
    """One request. ``via`` is the proxy, masked, or None; ``ms`` is milliseconds."""

    step: str
    url: str
    via: Optional[str]
    status: int
    ms: int


class PullError(Exception):
    """The pull ended; the sentence says at which request and why."""


def pull(image: str, resolver: go.Resolver, names: dial.Resolver, context: ssl.SSLContext) -> List[Step]:
    """Fetch an image of the form ``host/repository:tag`` and throw it away. Raises PullError."""
    host, _, rest = image.partition("/")
    repository, _, tag = rest.partition(":")
    steps = []

    def get(step: str, path: str) -> Any:
        url = f"https://{host}{path}"
        start = time.monotonic()
        decision = resolver.decide(url)
        try:
            status, body = _get(host, path, decision.proxy, names, context)
        except dial.DialError as error:
            raise PullError(f"{url}: {error}") from None
        via = str(ProxyURL(decision.proxy)) if decision.proxy else None
        steps.append(Step(step, url, via, status, round((time.monotonic() - start) * 1000)))
        if status != 200:
            raise PullError(f"{url}: the registry answered {status}")
        return body

    get("ping", "/v2/")
    manifest = json.loads(get("manifest", f"/v2/{repository}/manifests/{tag}"))
    for entry in (manifest["config"], *manifest["layers"]):
        get("blob", f"/v2/{repository}/blobs/{entry['digest']}")
    return steps


def _get(
    host: str, path: str, proxy_url: Optional[str], names: dial.Resolver, context: ssl.SSLContext
) -> Tuple[int, bytes]:
    proxy = ProxyURL(proxy_url).go if proxy_url else None
    if proxy is None:
        connection = dial.direct(host, 443, resolver=names)
    else:
        connection = dial.tunnel(proxy, host, 443, resolver=names)
    try:
        connection.start_tls(host, context)
        client = h11.Connection(h11.CLIENT)
        request = h11.Request(method="GET", target=path, headers=[("Host", host), ("Accept", MANIFEST_TYPE)])
        connection.send((client.send(request) or b"") + (client.send(h11.EndOfMessage()) or b""))
        status, body = 0, b""
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                client.receive_data(connection.receive())
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            else:
                return status, body
    finally:
        connection.close()
