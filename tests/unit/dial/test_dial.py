"""Every way in which a proxy answers or does not, from small servers on loopback. tests/e2e dials a real Squid."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from pathlib import Path
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


ASKED = "127.0.0.1:{} asks for a user and password"
SAID = "127.0.0.1:{} answered CONNECT registry.corp:5000 with"
NO_PROXY = "127.0.0.1:{} is no HTTP proxy: it answered"
GIVE = "; give --proxy-user and --proxy-password-stdin"
STAND_BETWEEN = "; let a local proxy that can do the others, such as cntlm or px, stand between"
ELSE = "; it may be a web server and no proxy, or not allow CONNECT to that port: check host and port"
LOGIN_PAGE = "; it sends to a login page: log in there, or ask its administrator for an exception"
NO_ROUTE = "; it cannot reach that host now, or has no route to it: ask its administrator"
CHECK = "; check host and port"

# Name, answer, outcome, the end of the sentence with {} for the port.
CASES: List[Tuple[str, str, str, str]] = [
    ("a 407", "HTTP/1.1 407 x\r\n\r\n", "refused", ASKED + GIVE),
    (
        "a 407 with several schemes",
        "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Basic x\r\nProxy-Authenticate:\r\n\r\n",
        "refused",
        ASKED + " (it offers Basic, NTLM; Docker can do only Basic)" + GIVE,
    ),
    (
        "a 407 with what Docker cannot do",
        "HTTP/1.1 407 x\nProxy-Authenticate: NTLM\nProxy-Authenticate: Negotiate, x\n\n",
        "refused",
        ASKED + " (it offers NTLM, Negotiate; Docker can do only Basic)" + STAND_BETWEEN,
    ),
    (
        "a 403",
        "HTTP/1.1 403 Forbidden\r\n\r\n",
        "warning",
        SAID + " 403 Forbidden; its administrator must allow that host and port",
    ),
    ("a 502", "HTTP/1.1 502\r\n\r\n", "warning", SAID + " 502" + NO_ROUTE),
    ("a 400", "HTTP/1.1 400 Bad Request\r\n\r\n", "refused", SAID + " 400 Bad Request" + ELSE),
    ("a redirect", "HTTP/1.0 302 Found\r\n\r\n", "refused", SAID + " 302 Found" + LOGIN_PAGE),
    ("an ssh server", "SSH-2.0-OpenSSH_9.2\r\n", "refused", NO_PROXY + " 'SSH-2.0-OpenSSH_9.2'" + CHECK),
    (
        "a TLS alert",
        "\x15\x03\x01\x00\x02\x02\x46",
        "refused",
        "127.0.0.1:{} speaks TLS, not plain HTTP; write the proxy with https://",
    ),
    ("half a status line", "HTTP/1.1", "refused", NO_PROXY + " 'HTTP/1.1'" + CHECK),
    ("nothing", "", "refused", NO_PROXY + " nothing" + CHECK),
    ("no number", "HTTP/1.1 2\u00b20 OK\r\n\r\n", "refused", NO_PROXY + " 'HTTP/1.1 2\\xb20 OK'" + CHECK),
    ("a huge number", f"HTTP/1.1 {'9' * 5000} OK\r\n\r\n", "refused", NO_PROXY + f" 'HTTP/1.1 {'9' * 51}'" + CHECK),
    ("terminal escapes", "HTTP/1.1 500 \x1b[2J\r\n\r\n", "warning", SAID + r" 500 \x1b[2J" + NO_ROUTE),
    ("a long reason", f"HTTP/1.1 500 {'x' * 500}\r\n\r\n", "warning", f"{SAID} 500 {'x' * 60}{NO_ROUTE}"),
    ("a head without an end", f"HTTP/1.1 500 x\r\n{'x' * 70000}", "warning", SAID + " 500 x" + NO_ROUTE),
]


@pytest.mark.parametrize(("text", "outcome", "sentence"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_answer(text: str, outcome: str, sentence: str, serve: Callable[[Serve], Server]) -> None:
    server = serve(answers(text))
    answer = try_proxy(f"http://127.0.0.1:{server.port}")
    assert (answer.outcome, answer.stage, server.connections) == (outcome, "connect", 1)
    assert answer.sentence == f"proxy http://127.0.0.1:{server.port}: {sentence.format(server.port)}"


@pytest.fixture
def forever() -> Iterator[Serve]:
    """Accepts and says nothing until the test ends."""
    done = threading.Event()
    yield lambda connection: done.wait(60)
    done.set()


def test_a_proxy_that_never_answers(serve: Callable[[Serve], Server], forever: Serve) -> None:
    answer = try_proxy(f"http://127.0.0.1:{serve(forever).port}", timeout=0.05)
    assert answer.outcome == "refused"
    assert "did not answer CONNECT registry.corp:5000 in time" in answer.sentence
    assert "--verify" in answer.sentence


def test_a_proxy_that_resets_the_connection(serve: Callable[[Serve], Server]) -> None:
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
    assert "the name nowhere.invalid cannot be resolved; check its spelling and the DNS servers" in answer.sentence


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
def test_a_name_that_no_resolver_takes(host: str) -> None:
    answer = try_proxy(f"http://u:{CANARY}@{host}:3128")
    assert (answer.outcome, answer.stage) == ("refused", "dns")
    assert f"the name {host} cannot be resolved" in answer.sentence


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_port_out_of_range(port: int) -> None:
    answer = try_proxy(f"http://u:{CANARY}@proxy.corp:{port}", resolver=dial.hosts_resolver({}))
    assert (answer.outcome, answer.stage) == ("refused", "tcp")
    assert f"proxy.corp:{port}: the port is out of range; it must be 1 to 65535" in answer.sentence


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://[2001:db8::1]", "[2001:db8::1]:80"),
        ("https://proxy.corp", "proxy.corp:443"),
        ("socks5://proxy.corp", "proxy.corp:1080"),
        ("socks5h://[2001:db8::1]:1", "[2001:db8::1]:1"),
    ],
)
def test_the_place_that_a_sentence_names(url: str, place: str) -> None:
    assert f"{place} cannot be reached" in try_proxy(url, resolver=lambda host, port: []).sentence


def test_a_url_that_go_cannot_parse() -> None:
    assert "would connect directly" in try_proxy("http://%zz").sentence


@pytest.mark.parametrize("character", "/?#")
def test_a_password_that_go_takes_for_a_port_is_shown_as_none(character: str) -> None:
    answer = try_proxy(f"http://alice:1234{character}{CANARY}@proxy.corp:3128", resolver=dial.hosts_resolver({}))
    assert (answer.outcome, answer.stage) == ("refused", "dns")
    assert "alice" not in answer.sentence
    assert "1234" not in answer.sentence
    assert "a / ? or # of the password must be percent-encoded; give --proxy-user" in answer.sentence


def test_the_next_address_is_tried(serve: Callable[[Serve], Server]) -> None:
    server = serve(answers("HTTP/1.1 200 OK\r\n\r\n"))

    def both(host: str, port: int) -> Sequence[dial.Address]:
        return [("127.0.0.1", closed_port()), ("127.0.0.1", server.port)]

    assert try_proxy("http://proxy.corp:3128", resolver=both).outcome == "ok"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.timeout("timed out"), "did not answer within 5 s; a firewall may drop the packets"),
        (OSError(101, "Network is unreachable"), "cannot be reached: Network is unreachable; check this host's routes"),
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
        context.wrap_socket(connection, server_side=True).recv(9999)

    return handshake


def test_a_proxy_certificate_that_is_not_trusted(serve: Callable[[Serve], Server], authority: trustme.CA) -> None:
    server = serve(tls_only(server_context(authority, "localhost")))
    answer = try_proxy(f"https://localhost:{server.port}")
    assert (answer.outcome, answer.stage) == ("refused", "proxy-tls")
    assert "the certificate of localhost is not trusted" in answer.sentence
    assert "add its authority to those that this host trusts" in answer.sentence


def test_https_to_a_plain_proxy(serve: Callable[[Serve], Server]) -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.recv(9999)

    server = serve(plain)
    answer = try_proxy(f"https://localhost:{server.port}")
    assert answer.stage == "proxy-tls"
    assert "does not speak TLS on this port" in answer.sentence
    assert "most proxies listen in plain HTTP, so write the URL with http://" in answer.sentence


def test_a_handshake_that_is_closed_or_hangs(serve: Callable[[Serve], Server], forever: Serve) -> None:
    closes = try_proxy(f"https://localhost:{serve(lambda connection: connection.recv(9999)).port}")
    resets = try_proxy(f"https://localhost:{serve(reset).port}")
    hangs = try_proxy(f"https://localhost:{serve(forever).port}", timeout=0.05)
    for answer, sentence in (
        (closes, "localhost closed the connection during the TLS handshake"),
        (resets, "localhost closed the connection during the TLS handshake"),
        (hangs, "localhost did not answer the TLS handshake in time"),
    ):
        assert (answer.outcome, answer.stage) == ("refused", "proxy-tls")
        assert f"{sentence}; most proxies listen in plain HTTP, so write the URL with http://" in answer.sentence


def test_a_handshake_that_fails_is_no_plain_proxy(serve: Callable[[Serve], Server]) -> None:
    # A server without a certificate shares no cipher with anybody.
    answer = try_proxy(f"https://localhost:{serve(tls_only(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))).port}")
    assert (answer.outcome, answer.stage) == ("refused", "proxy-tls")
    assert "localhost and this host find no TLS that both speak" in answer.sentence
    assert "plain HTTP" not in answer.sentence


def test_a_certificate_for_another_name(
    serve: Callable[[Serve], Server], authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = serve(tls_only(server_context(authority, "proxy.corp")))
    answer = try_proxy(f"https://u:{CANARY}@localhost:{server.port}")
    assert "the certificate is for another name than localhost" in answer.sentence
    assert "use a name that the certificate bears" in answer.sentence


def test_a_tls_proxy_that_breaks_off_after_the_handshake(
    serve: Callable[[Serve], Server], authority: trustme.CA
) -> None:
    server = serve(tls_only(server_context(authority, "localhost")))
    proxy = ProxyURL(f"https://u:{CANARY}@localhost:{server.port}").go
    assert proxy is not None
    with pytest.raises(dial.DialError, match="is no HTTP proxy: it answered nothing") as caught:
        dial.tunnel(proxy, *TARGET, timeout=5, context=client_context(authority))
    assert (caught.value.stage, server.connections) == ("connect", 1)
    assert CANARY not in str(caught.value)


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


def reads_then(said: bytes, reads: int = 1) -> Serve:
    """Waits for what the client says, so that nothing is lost in a reset connection."""

    def speak(connection: socket.socket) -> None:
        for _ in range(reads):
            connection.recv(600)
        connection.sendall(said)

    return speak


NO_SOCKS = "closed the connection; it may be no SOCKS5 proxy"
ASKS = "asks for a user and password; give --proxy-user and --proxy-password-stdin"


@pytest.mark.parametrize(
    ("server_side", "user", "outcome", "sentence"),
    [
        (socks(method=2, accepts=False), f"u:{CANARY}@", "refused", "refuses this user and password; check them"),
        (reads_then(b"\5\2"), "", "refused", ASKS),
        (reads_then(b"\5\xff"), "", "refused", ASKS),
        (reads_then(b"\5\xff"), f"u:{CANARY}@", "refused", "another login than user and password; ask its administra"),
        (
            socks(reply=2),
            "",
            "warning",
            "cannot connect to registry.corp:5000: its rules do not allow it; ask its admin",
        ),
        (socks(reply=4), f"u:{CANARY}@", "warning", "cannot connect to registry.corp:5000: host unreachable"),
        (socks(reply=99), "", "warning", "cannot connect to registry.corp:5000: reply 99"),
        (reads_then(b"HTTP/1.1 400 Bad\r\n\r\n"), "", "refused", "is no SOCKS5 proxy; check the scheme"),
        (reads_then(b"\5"), "", "refused", NO_SOCKS),
        (reads_then(b""), "", "refused", NO_SOCKS),
        (
            reads_then(b"\5\2" + b"x" * 300),
            "u:" + "x" * 256 + "@",
            "refused",
            "at most 255 bytes of a user name or a pass",
        ),
    ],
)
def test_socks_that_fails(
    server_side: Serve, user: str, outcome: str, sentence: str, serve: Callable[[Serve], Server]
) -> None:
    server = serve(server_side)
    answer = try_proxy(f"socks5://{user}127.0.0.1:{server.port}")
    assert (answer.outcome, answer.stage, server.connections) == (outcome, "socks", 1)
    assert sentence in answer.sentence


def test_socks_that_never_answers(serve: Callable[[Serve], Server], forever: Serve) -> None:
    answer = try_proxy(f"socks5://127.0.0.1:{serve(forever).port}", timeout=0.05)
    assert "did not answer; it may be no SOCKS5 proxy" in answer.sentence


def reset(connection: socket.socket) -> None:
    connection.recv(600)
    # With this option close sends a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_socks_that_resets_the_connection(serve: Callable[[Serve], Server]) -> None:
    answer = try_proxy(f"socks5://127.0.0.1:{serve(reset).port}")
    assert "broke the connection off: Connection reset by peer" in answer.sentence


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.1", b"\x01\x0a\x00\x00\x01"),
        ("2001:db8::1", b"\x04" + bytes.fromhex("20010db8" + "0" * 23 + "1")),
        ("b\u00fccher.example", b"\x03\x15xn--bcher-kva.example"),
    ],
)
def test_what_socks_is_asked_for(host: str, address: bytes, serve: Callable[[Serve], Server]) -> None:
    seen: List[bytes] = []
    proxy = ProxyURL(f"socks5://127.0.0.1:{serve(socks(seen=seen)).port}").go
    assert proxy is not None
    dial.tunnel(proxy, host, 443, timeout=5).close()
    assert seen[-1] == b"\x05\x01\x00" + address + b"\x01\xbb"


@pytest.mark.parametrize("host", ["", "x" * 256, "\u00fc..example"])
def test_what_socks_cannot_be_asked_for(host: str, serve: Callable[[Serve], Server]) -> None:
    proxy = ProxyURL(f"socks5://127.0.0.1:{serve(socks()).port}").go
    assert proxy is not None
    with pytest.raises(dial.DialError, match="is no host name; check its spelling") as caught:
        dial.tunnel(proxy, host, 443, timeout=5)
    assert (caught.value.stage, caught.value.kind) == ("socks", "bad-target")
