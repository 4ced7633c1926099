"""Every way in which a proxy answers or does not, from small servers on loopback. tests/e2e dials a real Squid."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

import pytest
import trustme

from dockproxy import dial
from dockproxy.secret import ProxyURL
from tests.conftest import CANARY

Serve = Callable[[socket.socket], object]
TARGET = ("registry.corp", 5000)


class Server:
    """Answers connections one after the other, and keeps what it was sent."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, contextlib.suppress(OSError, ssl.SSLError):
                self._serve(connection)

    def close(self) -> None:
        # shutdown wakes accept; close alone would not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Serve], Server]]:
    servers: List[Server] = []

    def start(what: Serve) -> Server:
        servers.append(Server(what))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def head_of(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(4096)
        if not data:
            break
        head += data
    return head


def answers(text: str, seen: Optional[List[bytes]] = None) -> Serve:
    def answer(connection: socket.socket) -> None:
        head = head_of(connection)
        if seen is not None:
            seen.append(head)
        connection.sendall(text.encode("latin-1"))

    return answer


def try_proxy(url: str, timeout: float = 5.0, resolver: dial.Resolver = dial.system_resolver) -> dial.Preflight:
    answer = dial.preflight(ProxyURL(url), *TARGET, timeout=timeout, resolver=resolver)
    assert CANARY not in answer.sentence
    return answer


def test_a_proxy_that_connects(serve: Callable[[Serve], Server]) -> None:
    seen: List[bytes] = []
    server = serve(answers("HTTP/1.1 200 Connection established\r\n\r\n", seen))
    assert try_proxy(f"http://127.0.0.1:{server.port}").outcome == "ok"
    assert seen[0].split(b"\r\n")[:2] == [b"CONNECT registry.corp:5000 HTTP/1.1", b"Host: registry.corp:5000"]
    assert b"Proxy-Authorization" not in seen[0]


def test_credentials_are_sent_once_decoded_as_go_sends_them(serve: Callable[[Serve], Server]) -> None:
    seen: List[bytes] = []
    server = serve(answers("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", seen))
    answer = try_proxy(f"http://al%40ce:{CANARY}%C3%A9@127.0.0.1:{server.port}")
    assert (answer.outcome, server.connections) == ("refused", 1)
    expected = base64.b64encode(f"al@ce:{CANARY}é".encode())
    assert b"Proxy-Authorization: Basic " + expected + b"\r\n" in seen[0]
    assert "refuses this user and password (it offers Basic; Docker can do only Basic); check them" in answer.sentence


CASES: List[Tuple[str, str, str, str]] = [
    ("a 407 without credentials", "HTTP/1.1 407 x\r\n\r\n", "refused", "give --proxy-user and --proxy-password-stdin"),
    (
        "a 407 with what Docker cannot do",
        "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate:\r\n\r\n",
        "refused",
        "it offers NTLM, Negotiate; Docker can do only Basic",
    ),
    ("a 403", "HTTP/1.1 403 Forbidden\r\n\r\n", "warning", "answered CONNECT registry.corp:5000 with 403 Forbidden"),
    ("a 502", "HTTP/1.1 502\r\n\r\n", "warning", "with 502"),
    ("a 400", "HTTP/1.1 400 Bad Request\r\n\r\n", "refused", "with 400 Bad Request"),
    ("a redirect", "HTTP/1.1 302 Found\r\n\r\n", "refused", "with 302 Found"),
    ("an ssh server", "SSH-2.0-OpenSSH_9.2\r\n", "refused", "is no HTTP proxy: it answered 'SSH-2.0-OpenSSH_9.2'"),
    (
        "a TLS alert",
        "\x15\x03\x01\x00\x02\x02\x46",
        "refused",
        "speaks TLS, not plain HTTP; write the proxy with https://",
    ),
    ("half a status line", "HTTP/1.1", "refused", "is no HTTP proxy"),
    ("nothing", "", "refused", "it answered nothing"),
    ("terminal escapes", "HTTP/1.1 500 \x1b[2J\r\n\r\n", "warning", r"with 500 \x1b[2J"),
]


@pytest.mark.parametrize(("text", "outcome", "sentence"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_answer(text: str, outcome: str, sentence: str, serve: Callable[[Serve], Server]) -> None:
    server = serve(answers(text))
    answer = try_proxy(f"http://127.0.0.1:{server.port}")
    assert (answer.outcome, answer.stage) == (outcome, "connect")
    assert sentence in answer.sentence


def test_a_proxy_that_never_answers(serve: Callable[[Serve], Server]) -> None:
    done = threading.Event()
    server = serve(lambda connection: done.wait(10))
    answer = try_proxy(f"http://127.0.0.1:{server.port}", timeout=0.1)
    done.set()
    assert answer.outcome == "refused"
    assert "did not answer CONNECT registry.corp:5000 in time" in answer.sentence
    assert "--verify" in answer.sentence


def test_a_proxy_that_resets_the_connection(serve: Callable[[Serve], Server]) -> None:
    def reset(connection: socket.socket) -> None:
        head_of(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    answer = try_proxy(f"http://127.0.0.1:{serve(reset).port}")
    assert "broke the connection off at CONNECT" in answer.sentence


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_port_where_nobody_listens() -> None:
    answer = try_proxy(f"http://u:{CANARY}@127.0.0.1:{closed_port()}")
    assert (answer.outcome, answer.stage) == ("refused", "tcp")
    assert "refused the connection; nothing listens there, check the port" in answer.sentence


def test_a_name_that_cannot_be_resolved() -> None:
    answer = try_proxy("http://nowhere.invalid:3128", resolver=dial.hosts_resolver({}))
    assert (answer.outcome, answer.stage) == ("refused", "dns")
    assert "the name nowhere.invalid cannot be resolved" in answer.sentence


def test_a_url_that_go_cannot_parse() -> None:
    assert "would connect directly" in try_proxy("http://%zz").sentence


def test_the_next_address_is_tried(serve: Callable[[Serve], Server]) -> None:
    server = serve(answers("HTTP/1.1 200 OK\r\n\r\n"))

    def both(host: str, port: int) -> Sequence[dial.Address]:
        return [("127.0.0.1", closed_port()), ("127.0.0.1", server.port)]

    assert try_proxy("http://proxy.corp:3128", resolver=both).outcome == "ok"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.timeout("timed out"), "did not answer within 5 s; a firewall may drop the packets"),
        (OSError(101, "Network is unreachable"), "cannot be reached: Network is unreachable"),
    ],
)
def test_an_address_that_cannot_be_reached(error: OSError, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: object) -> socket.socket:
        raise error

    monkeypatch.setattr(socket, "create_connection", fail)
    assert sentence in try_proxy("http://127.0.0.1:3128").sentence


def test_a_resolver_without_an_address() -> None:
    assert "cannot be reached: no address" in try_proxy("http://p:1", resolver=lambda host, port: []).sentence


def test_the_systems_own_resolver() -> None:
    assert ("127.0.0.1", 80) in dial.system_resolver("127.0.0.1", 80)


def test_names_that_are_mapped() -> None:
    resolve = dial.hosts_resolver({"a": ("127.0.0.1", 1)})
    assert resolve("a", 443) == [("127.0.0.1", 1)]


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_tls_to_the_proxy_and_tls_inside(serve: Callable[[Serve], Server], authority: trustme.CA) -> None:
    proxy_context, inner_context = server_context(authority, "localhost"), server_context(authority, "registry.corp")

    def tls_proxy(connection: socket.socket) -> None:
        outer = proxy_context.wrap_socket(connection, server_side=True)
        head_of(outer)
        outer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        # The inner layer is spoken through buffers, as no socket can wrap another TLS socket.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = inner_context.wrap_bio(incoming, outgoing, server_side=True)

        def pump(act: Callable[[], object]) -> object:
            while True:
                try:
                    result = act()
                    outer.sendall(outgoing.read())
                    return result
                except ssl.SSLWantReadError:
                    outer.sendall(outgoing.read())
                    incoming.write(outer.recv(65536))

        pump(inner.do_handshake)
        asked = pump(lambda: inner.read(100))
        pump(lambda: inner.write(b"you said " + asked))  # type: ignore[operator]
        with contextlib.suppress(ssl.SSLWantReadError):
            pump(inner.unwrap)

    server = serve(tls_proxy)
    proxy = ProxyURL(f"https://localhost:{server.port}").go
    assert proxy is not None
    connection = dial.tunnel(proxy, *TARGET, timeout=5, context=client_context(authority))
    connection.start_tls("registry.corp", client_context(authority))
    connection.send(b"hello")
    assert connection.receive() == b"you said hello"
    assert connection.receive() == b""
    assert set(connection.ms) == {"dns", "tcp", "proxy_tls", "connect", "tls"}
    connection.close()
    connection.close()


def tls_only(context: ssl.SSLContext) -> Serve:
    def handshake(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True).recv(1)

    return handshake


def test_a_proxy_certificate_that_is_not_trusted(serve: Callable[[Serve], Server], authority: trustme.CA) -> None:
    server = serve(tls_only(server_context(authority, "localhost")))
    answer = try_proxy(f"https://localhost:{server.port}")
    assert (answer.outcome, answer.stage) == ("refused", "proxy-tls")
    assert "the certificate of localhost is not trusted" in answer.sentence


def test_https_to_a_plain_proxy(serve: Callable[[Serve], Server]) -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.recv(9999)

    server = serve(plain)
    answer = try_proxy(f"https://localhost:{server.port}")
    assert answer.stage == "proxy-tls"
    assert "does not speak TLS on this port" in answer.sentence
    assert "most proxies listen in plain HTTP, so write the URL with http://" in answer.sentence


def test_a_handshake_that_is_closed_or_hangs(serve: Callable[[Serve], Server]) -> None:
    closes = serve(lambda connection: connection.recv(1))
    assert "closed the connection during the TLS handshake" in try_proxy(f"https://localhost:{closes.port}").sentence
    done = threading.Event()
    hangs = serve(lambda connection: done.wait(10))
    answer = try_proxy(f"https://localhost:{hangs.port}", timeout=0.1)
    done.set()
    assert "did not answer the TLS handshake" in answer.sentence


def test_without_a_proxy(serve: Callable[[Serve], Server]) -> None:
    server = serve(lambda connection: connection.sendall(connection.recv(100).upper()))
    connection = dial.direct("127.0.0.1", server.port)
    connection.send(b"hello")
    assert connection.receive() == b"HELLO"
    assert connection.receive() == b""
    connection.close()


# SOCKS5


def socks(
    *, method: int = 0, accepts: bool = True, reply: int = 0, kind: int = 1, seen: Optional[List[bytes]] = None
) -> Serve:
    bound = {1: bytes(4), 4: bytes(16), 3: b"\x04host"}[kind]

    def speak(connection: socket.socket) -> None:
        said = [connection.recv(100)]
        connection.sendall(bytes([5, method]))
        if method == 2:
            said.append(connection.recv(600))
            connection.sendall(bytes([1, 0 if accepts else 1]))
        said.append(connection.recv(600))
        if seen is not None:
            seen.extend(said)
        connection.sendall(bytes([5, reply, 0, kind]) + bound + bytes(2))

    return speak


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_socks(kind: int, serve: Callable[[Serve], Server]) -> None:
    seen: List[bytes] = []
    server = serve(socks(kind=kind, seen=seen))
    assert try_proxy(f"socks5://127.0.0.1:{server.port}").outcome == "ok"
    assert seen == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x0dregistry.corp" + (5000).to_bytes(2, "big")]


def test_socks_with_a_password(serve: Callable[[Serve], Server]) -> None:
    seen: List[bytes] = []
    server = serve(socks(method=2, seen=seen))
    assert try_proxy(f"socks5h://u:{CANARY}@127.0.0.1:{server.port}").outcome == "ok"
    assert seen[:2] == [b"\x05\x02\x00\x02", b"\x01\x01u\x06" + CANARY.encode()]


@pytest.mark.parametrize(
    ("server_side", "user", "sentence"),
    [
        (socks(method=2, accepts=False), f"u:{CANARY}@", "refuses this user and password; check them"),
        (socks(method=2), "", "asks for a user and password"),
        (socks(method=255), f"u:{CANARY}@", "asks for a user and password"),
        (socks(reply=4), "", "cannot reach registry.corp:5000 (SOCKS5 reply 4)"),
        (answers("HTTP/1.1 400 Bad\r\n\r\n"), "", "did not answer; it may be no SOCKS5 proxy"),
        (lambda connection: connection.sendall(b"HT"), "", "is no SOCKS5 proxy; check the scheme"),
        (lambda connection: connection.recv(1), "", "SOCKS5 proxy"),
        (socks(method=2), "u:" + "x" * 256 + "@", "at most 255 bytes"),
    ],
)
def test_socks_that_fails(server_side: Serve, user: str, sentence: str, serve: Callable[[Serve], Server]) -> None:
    answer = try_proxy(f"socks5://{user}127.0.0.1:{serve(server_side).port}", timeout=0.5)
    assert answer.outcome == "refused"
    assert sentence in answer.sentence or "broke the connection off" in answer.sentence
