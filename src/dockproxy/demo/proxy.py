"""An embedded forward proxy with an access policy and a log in Squid's format."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from typing import Callable, Dict, List, Tuple

Address = Tuple[str, int]


class Proxy:
    """Answers CONNECT to the hosts it knows, 403 to every other; ``log`` holds a line for each request."""

    def __init__(self, known: Dict[str, Address], on_line: Callable[[str], None] = lambda line: None) -> None:
        self.log: List[str] = []
        self._known, self._on_line = known, on_line
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 30
            disable_nagle_algorithm = True

            def handle(self) -> None:
                proxy.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address: Address = ("127.0.0.1", self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def serve(self, handler: socketserver.StreamRequestHandler) -> None:
        """One connection: the request's head, the policy, then bytes both ways."""
        start = time.time()
        # A request's line is written before its answer, so that whoever has the answer finds it in the log.
        head = []
        while True:
            line = handler.rfile.readline(8192).decode("latin-1").strip()
            if not line:
                break
            head.append(line)
        method, _, rest = (head[0] if head else "").partition(" ")
        target = rest.split(" ")[0]
        host = target.rpartition(":")[0]
        if method != "CONNECT" or host not in self._known:
            status = 403 if method == "CONNECT" else 501
            reason = "Forbidden" if status == 403 else "Not Implemented"
            self._write(start, "TCP_DENIED", status, method, target)
            handler.wfile.write(f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        self._write(start, "TCP_TUNNEL", 200, method, target)
        with contextlib.suppress(OSError), socket.create_connection(self._known[host], 10) as upstream:
            handler.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            other = threading.Thread(target=_copy, args=(upstream, handler.connection), daemon=True)
            other.start()
            _copy(handler.connection, upstream)
            other.join()

    def _write(self, start: float, result: str, status: int, method: str, target: str) -> None:
        ms = round((time.time() - start) * 1000)
        line = f"{start:.3f} {ms:6d} 127.0.0.1 {result}/{status} 0 {method} {target} - HIER_DIRECT/- -"
        self.log.append(line)
        self._on_line(line)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
