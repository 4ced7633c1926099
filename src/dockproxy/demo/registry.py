"""An embedded registry with one image, behind TLS."""

from __future__ import annotations

import hashlib
import http.server
import json
import ssl
import threading
from typing import Dict, Tuple

LAYER = b"a layer of the demo's image"
CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest(data: bytes) -> str:
    """A blob's address."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest(CONFIG),
            "size": len(CONFIG),
        },
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(LAYER), "size": len(LAYER)}
        ],
    }
).encode()

ANSWERS: Dict[str, Tuple[str, bytes]] = {
    "/v2/": ("application/json", b"{}"),
    "/v2/demo/tiny/manifests/1": (MANIFEST_TYPE, MANIFEST),
    f"/v2/demo/tiny/blobs/{digest(CONFIG)}": ("application/octet-stream", CONFIG),
    f"/v2/demo/tiny/blobs/{digest(LAYER)}": ("application/octet-stream", LAYER),
}
"""The part of the distribution specification that a pull needs."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        kind, body = ANSWERS.get(self.path, ("application/json", b'{"errors":[{"code":"NOT_FOUND"}]}'))
        self.send_response(200 if self.path in ANSWERS else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server has
        """Keep quiet."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class Registry:
    """Listens on a loopback port with the given certificate."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.address = ("127.0.0.1", int(self._server.server_address[1]))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
