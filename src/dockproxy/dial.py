"""Opening connections: DNS, TCP, TLS, CONNECT, SOCKS5. No other module of the reading side does.

A failure names its stage. Credentials go out at most once per call: directories lock accounts after a few wrong ones.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from dockproxy.secret import GoProxy, ProxyURL

if TYPE_CHECKING:
    import ssl

TIMEOUT = 15.0
"""Seconds for each stage; dockerd itself gives a dial 30 s and a TLS handshake 10 s (moby, registry.go)."""

MAX_HEADER = 64 * 1024

T = TypeVar("T")
Address = Tuple[str, int]
Resolver = Callable[[str, int], Sequence[Address]]
"""Host and port to the addresses to try, in order. Raises OSError."""


class DialError(Exception):
    """A stage failed. ``stage`` is dns, tcp, proxy-tls, connect, socks or tls; ``kind`` says how, ``str()`` is a
    sentence."""

    def __init__(self, stage: str, kind: str, sentence: str, status: Optional[int] = None) -> None:
        super().__init__(sentence)
        self.stage, self.kind, self.status = stage, kind, status


@dataclass
class Connection:
    """A byte stream, possibly through a proxy and through TLS within TLS. ``ms`` is milliseconds per stage."""

    sock: socket.socket
    layers: List[_TLS] = field(default_factory=list)
    ms: Dict[str, int] = field(default_factory=dict)

    def send(self, data: bytes) -> None:
        """Send everything."""
        if self.layers:
            self.layers[-1].send(data)
        else:
            self.sock.sendall(data)

    def receive(self, size: int = 65536) -> bytes:
        """Receive some bytes; none at the end."""
        return self.layers[-1].receive(size) if self.layers else self.sock.recv(size)

    def start_tls(self, server_name: str, context: ssl.SSLContext, stage: str = "tls") -> None:
        """Add a layer of TLS. Raises DialError."""
        import ssl

        start = time.monotonic()
        below = self.layers[-1] if self.layers else None
        layer = _TLS(
            context, server_name, below.send if below else self.sock.sendall, below.receive if below else self.sock.recv
        )
        try:
            layer.handshake()
        except ssl.SSLCertVerificationError as error:
            raise DialError(
                stage, "certificate", f"the certificate of {server_name} is not trusted: {error.verify_message}"
            ) from None
        except ssl.SSLError as error:
            kind = "not-tls" if "WRONG_VERSION_NUMBER" in str(error) or "RECORD" in str(error) else "tls"
            raise DialError(stage, kind, f"{server_name} does not speak TLS on this port ({error.reason})") from None
        except socket.timeout:
            raise DialError(
                stage, "timeout", f"{server_name} did not answer the TLS handshake within {TIMEOUT:.0f} s"
            ) from None
        except (OSError, EOFError):
            raise DialError(stage, "closed", f"{server_name} closed the connection during the TLS handshake") from None
        self.layers.append(layer)
        self.ms[stage.replace("-", "_")] = _ms(start)

    def close(self) -> None:
        """Close the socket."""
        with contextlib.suppress(OSError):
            self.sock.close()


class _TLS:
    """TLS over anything that sends and receives; with ``MemoryBIO`` it stacks on itself, also on Python 3.9."""

    def __init__(
        self, context: ssl.SSLContext, name: str, send: Callable[[bytes], object], receive: Callable[[int], bytes]
    ) -> None:
        import ssl

        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._send, self._receive = send, receive

    def _pump(self, act: Callable[[], T]) -> T:
        import ssl

        while True:
            try:
                result = act()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self._receive(65536)
                if not data:
                    self._in.write_eof()
                    raise EOFError from None
                self._in.write(data)
            except ssl.SSLError:
                self._flush()
                raise

    def _flush(self) -> None:
        pending = self._out.read()
        if pending:
            self._send(pending)

    def handshake(self) -> None:
        self._pump(self._ssl.do_handshake)

    def send(self, data: bytes) -> None:
        self._pump(lambda: self._ssl.write(data))

    def receive(self, size: int) -> bytes:
        import ssl

        try:
            return self._pump(lambda: self._ssl.read(size))
        except (EOFError, ssl.SSLZeroReturnError):
            return b""


def system_resolver(host: str, port: int) -> Sequence[Address]:
    """The system's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(row[4][0]), int(row[4][1])) for row in found))


def hosts_resolver(hosts: Dict[str, Address]) -> Resolver:
    """A resolver that knows only the given names, each at an address and port of its own."""

    def resolve(host: str, port: int) -> Sequence[Address]:
        if host not in hosts:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [hosts[host]]

    return resolve


def direct(host: str, port: int, *, timeout: float = TIMEOUT, resolver: Resolver = system_resolver) -> Connection:
    """Connect without a proxy. Raises DialError at stage dns or tcp."""
    start = time.monotonic()
    try:
        addresses = resolver(host, port)
    except OSError:
        raise DialError(
            "dns", "name-not-found", f"the name {host} cannot be resolved; check its spelling and the DNS servers"
        ) from None
    ms = {"dns": _ms(start)}
    start = time.monotonic()
    problem: Optional[OSError] = None
    for address in addresses:
        try:
            sock = socket.create_connection(address, timeout)
        except OSError as error:
            problem = problem or error
            continue
        # As Go does: without it the second small write of a handshake waits for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ms["tcp"] = _ms(start)
        return Connection(sock, [], ms)
    place = f"{host}:{port}"
    if isinstance(problem, socket.timeout):
        raise DialError(
            "tcp", "timeout", f"{place} did not answer within {timeout:.0f} s; a firewall may drop the packets"
        )
    if isinstance(problem, ConnectionRefusedError):
        raise DialError("tcp", "refused", f"{place} refused the connection; nothing listens there, check the port")
    reason = problem.strerror if problem is not None else "no address"
    raise DialError("tcp", "unreachable", f"{place} cannot be reached: {reason}")


def tunnel(
    proxy: GoProxy,
    host: str,
    port: int,
    *,
    timeout: float = TIMEOUT,
    resolver: Resolver = system_resolver,
    context: Optional[ssl.SSLContext] = None,
) -> Connection:
    """Connect to a target through a proxy, as Go's transport would. Raises DialError."""
    scheme = proxy.scheme.lower()
    default = {"https": 443, "socks5": 1080, "socks5h": 1080}.get(scheme, 80)
    connection = direct(proxy.host, int(proxy.port or default), timeout=timeout, resolver=resolver)
    try:
        if scheme == "https":
            connection.start_tls(proxy.host, context or trusting_system(), "proxy-tls")
        start = time.monotonic()
        if scheme.startswith("socks5"):
            _socks5(connection, proxy, host, port)
        else:
            _connect(connection, proxy, host, port)
        connection.ms["connect"] = _ms(start)
    except BaseException:
        connection.close()
        raise
    return connection


def trusting_system() -> ssl.SSLContext:
    """Trust what this host's store trusts."""
    import ssl

    return ssl.create_default_context()


def _connect(connection: Connection, proxy: GoProxy, host: str, port: int) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: dockproxy"]
    if proxy.username is not None:
        pair = f"{proxy.username}:{proxy.password or ''}".encode("utf-8", "surrogateescape")
        lines.append("Proxy-Authorization: Basic " + base64.b64encode(pair).decode("ascii"))
    place = f"{proxy.host}:{proxy.port or 80}"
    try:
        connection.send("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape"))
        head = b""
        while b"\r\n\r\n" not in head and len(head) < MAX_HEADER:
            data = connection.receive(4096)
            if not data:
                break
            head += data
            if not b"HTTP/".startswith(head[:5]) and not head.startswith(b"HTTP/"):
                break
    except socket.timeout:
        raise DialError(
            "connect",
            "timeout",
            f"{place} did not answer CONNECT {target} in time; it may be unable to "
            "reach that host: name an image of a registry that it serves with --verify",
        ) from None
    except OSError as error:
        raise DialError(
            "connect", "closed", f"{place} broke the connection off at CONNECT: {error.strerror or error}"
        ) from None
    _judge(head, place, target, proxy.username is not None)


def _judge(head: bytes, place: str, target: str, with_credentials: bool) -> None:
    first = head.split(b"\r\n", 1)[0].decode("latin-1")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        if head[:1] in (b"\x15", b"\x16"):
            raise DialError("connect", "not-http", f"{place} speaks TLS, not plain HTTP; write the proxy with https://")
        seen = "nothing" if not head else ascii(first[:40])
        raise DialError("connect", "not-http", f"{place} is no HTTP proxy: it answered {seen}; check host and port")
    status = int(words[1])
    if status == 200:
        return
    reason = ascii(words[2])[1:-1] if len(words) > 2 else ""
    if status == 407:
        offered = sorted(
            {line.split(b":", 1)[1].split()[0].decode("latin-1") for line in head.split(b"\r\n")
             if line.lower().startswith(b"proxy-authenticate:") and line.split(b":", 1)[1].split()}
        )  # fmt: skip
        what = "refuses this user and password" if with_credentials else "asks for a user and password"
        schemes = (
            f" (it offers {', '.join(ascii(s)[1:-1] for s in offered)}; Docker can do only Basic)" if offered else ""
        )
        mend = "check them" if with_credentials else "give --proxy-user and --proxy-password-stdin"
        raise DialError("connect", "auth-required", f"{place} {what}{schemes}; {mend}", status)
    kind = "forbidden" if status == 403 else "bad-status"
    raise DialError("connect", kind, f"{place} answered CONNECT {target} with {status} {reason}".rstrip(), status)


def _socks5(connection: Connection, proxy: GoProxy, host: str, port: int) -> None:
    """RFC 1928 and 1929; the proxy resolves the name, as Go has it do."""
    place = f"{proxy.host}:{proxy.port or 1080}"

    def take(size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = connection.receive(size - len(data))
            if not more:
                raise DialError("socks", "closed", f"{place} closed the connection; it may be no SOCKS5 proxy")
            data += more
        return data

    try:
        methods = b"\x00" if proxy.username is None else b"\x00\x02"
        connection.send(b"\x05" + bytes([len(methods)]) + methods)
        version, method = take(2)
        if version != 5:
            raise DialError("socks", "not-socks", f"{place} is no SOCKS5 proxy; check the scheme")
        if method == 2 and proxy.username is not None:
            user, password = (t.encode("utf-8", "surrogateescape") for t in (proxy.username, proxy.password or ""))
            if max(len(user), len(password)) > 255:
                raise DialError("socks", "too-long", "SOCKS5 carries at most 255 bytes of a user name or a password")
            connection.send(b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password)
            if take(2)[1] != 0:
                raise DialError("socks", "auth-required", f"{place} refuses this user and password; check them")
        elif method != 0:
            raise DialError("socks", "auth-required", f"{place} asks for a user and password")
        name = host.encode("idna") if not host.isascii() else host.encode("ascii")
        connection.send(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
        reply = take(4)
        if reply[1] != 0:
            raise DialError("socks", "bad-status", f"{place} cannot reach {host}:{port} (SOCKS5 reply {reply[1]})")
        take({1: 4, 4: 16}.get(reply[3], 0) or take(1)[0])
        take(2)
    except socket.timeout:
        raise DialError("socks", "timeout", f"{place} did not answer; it may be no SOCKS5 proxy") from None
    except OSError as error:
        raise DialError("socks", "closed", f"{place} broke the connection off: {error.strerror or error}") from None


@dataclass(frozen=True)
class Preflight:
    """What one try of a proxy says. ``outcome`` is ok, warning or refused."""

    outcome: str
    sentence: str
    stage: Optional[str] = None


def preflight(
    url: ProxyURL, host: str, port: int, *, timeout: float = TIMEOUT, resolver: Resolver = system_resolver
) -> Preflight:
    """Try a proxy with one CONNECT. A proxy that answers but denies this target, or has trouble, is a warning only."""
    proxy = url.go
    if proxy is None:
        return Preflight("refused", f"{url} cannot be parsed, so dockerd would connect directly", "dns")
    try:
        tunnel(proxy, host, port, timeout=timeout, resolver=resolver).close()
    except DialError as error:
        is_answer = error.status is not None and (error.status == 403 or error.status >= 500)
        hint = ""
        if error.stage == "proxy-tls" and error.kind in ("not-tls", "tls"):
            hint = "; most proxies listen in plain HTTP, so write the URL with http://"
        return Preflight("warning" if is_answer else "refused", f"proxy {url}: {error}{hint}", error.stage)
    return Preflight("ok", f"proxy {url} reaches {host}:{port}")


def _ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
