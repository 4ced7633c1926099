"""Opening connections: DNS, TCP, TLS, CONNECT, SOCKS5. No other module of the reading side does.

A failure names its stage. Credentials go out at most once per call: directories lock accounts after a few wrong ones.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from dockproxy.secret import GoProxy, ProxyURL, go_netip
from dockproxy.secret.proxy_url import DEFAULT_PORTS

if TYPE_CHECKING:
    import ssl

TIMEOUT = 15.0
"""Seconds for each stage; dockerd itself gives a dial 30 s and a TLS handshake 10 s (moby, registry.go)."""

MAX_HEADER = 64 * 1024

NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH")
"""Words of OpenSSL, in all its versions, for an answer that is no TLS."""

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
            raise DialError(stage, "certificate", _untrusted(server_name, error)) from None
        except ssl.SSLError as error:
            if any(word in str(error) for word in NOT_TLS):
                kind, what = "not-tls", f"{server_name} does not speak TLS on this port"
            else:
                kind, what = "tls", f"{server_name} and this host find no TLS that both speak"
            raise DialError(stage, kind, f"{what} ({error.reason})") from None
        except socket.timeout:
            raise DialError(stage, "timeout", f"{server_name} did not answer the TLS handshake in time") from None
        except OSError:
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
                    raise _EndOfStreamError("the connection ended") from None
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
        except (_EndOfStreamError, ssl.SSLZeroReturnError):
            return b""


class _EndOfStreamError(ConnectionError):
    """The other side closed in the middle of TLS."""


def _untrusted(name: str, error: ssl.SSLCertVerificationError) -> str:
    reason = str(error.verify_message).rstrip(".")
    if "mismatch" in reason:
        return f"the certificate is for another name than {name}: {reason}; use a name that the certificate bears"
    return f"the certificate of {name} is not trusted: {reason}; add its authority to those that this host trusts"


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
    place = _place(host, port)
    if not 0 < port < 65536:
        raise DialError("tcp", "bad-port", f"{place}: the port is out of range; it must be 1 to 65535")
    start = time.monotonic()
    try:
        addresses = resolver(host, port)
    # UnicodeError: a label of the name is empty or too long.
    except (OSError, UnicodeError):
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
    if isinstance(problem, socket.timeout):
        raise DialError(
            "tcp", "timeout", f"{place} did not answer within {timeout:.0f} s; a firewall may drop the packets"
        )
    if isinstance(problem, ConnectionRefusedError):
        raise DialError("tcp", "refused", f"{place} refused the connection; nothing listens there, check the port")
    reason = problem.strerror if problem is not None else "no address"
    raise DialError("tcp", "unreachable", f"{place} cannot be reached: {reason}; check this host's routes")


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
    own_port = int(proxy.port or DEFAULT_PORTS.get(scheme, 80))
    connection = direct(proxy.host, own_port, timeout=timeout, resolver=resolver)
    place = _place(proxy.host, own_port)
    try:
        if scheme == "https":
            connection.start_tls(proxy.host, context or trusting_system(), "proxy-tls")
        start = time.monotonic()
        if scheme.startswith("socks5"):
            _socks5(connection, proxy, place, host, port)
        else:
            _connect(connection, proxy, place, _place(host, port))
        connection.ms["connect"] = _ms(start)
    except BaseException:
        connection.close()
        raise
    return connection


def trusting_system() -> ssl.SSLContext:
    """Trust what this host's store trusts."""
    import ssl

    return ssl.create_default_context()


_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?: ([^\r\n]*))?\r?(?:\n|$)")


def _connect(connection: Connection, proxy: GoProxy, place: str, target: str) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: dockproxy"]
    if proxy.username is not None:
        pair = f"{proxy.username}:{proxy.password or ''}".encode("utf-8", "surrogateescape")
        lines.append("Proxy-Authorization: Basic " + base64.b64encode(pair).decode("ascii"))
    try:
        connection.send("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape"))
        head = b""
        while not _END_OF_HEAD.search(head) and len(head) < MAX_HEADER:
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
    line = _STATUS_LINE.match(head)
    if not line:
        if head[:1] in (b"\x15", b"\x16"):
            raise DialError("connect", "not-http", f"{place} speaks TLS, not plain HTTP; write the proxy with https://")
        seen = _printable(head.split(b"\r\n", 1)[0])
        raise DialError(
            "connect", "not-http", f"{place} is no HTTP proxy: it answered {seen or 'nothing'}; check host and port"
        )
    status = int(line.group(1))
    if status == 200:
        return
    if status == 407:
        raise DialError("connect", "auth-required", f"{place} {_refusal(head, with_credentials)}", status)
    reason = _printable(line.group(2) or b"")[1:-1]
    answer = f"{place} answered CONNECT {target} with {status} {reason}".rstrip()
    kind = "forbidden" if status == 403 else "bad-status"
    raise DialError("connect", kind, answer + _mend(status), status)


def _printable(data: bytes) -> str:
    """The begin of what a stranger said, so that it does nothing to a terminal; empty when there is nothing."""
    return ascii(data[:60].decode("latin-1")) if data else ""


def _refusal(head: bytes, with_credentials: bool) -> str:
    headers = (line.partition(b":") for line in head.split(b"\n"))
    values = (value.split() for name, _, value in headers if name.lower() == b"proxy-authenticate")
    offered = sorted({_printable(words[0].rstrip(b","))[1:-1] for words in values if words})
    what = "refuses this user and password" if with_credentials else "asks for a user and password"
    if offered:
        what += f" (it offers {', '.join(offered)}; Docker can do only Basic)"
    if offered and "basic" not in [scheme.lower() for scheme in offered]:
        return what + "; let a local proxy that can do the others, such as cntlm or px, stand between"
    return what + ("; check them" if with_credentials else "; give --proxy-user and --proxy-password-stdin")


def _mend(status: int) -> str:
    if status == 403:
        return "; its administrator must allow that host and port"
    if status >= 500:
        return "; it cannot reach that host now, or has no route to it: ask its administrator"
    if 300 <= status < 400:
        return "; it sends to a login page: log in there, or ask its administrator for an exception"
    return "; it may be a web server and no proxy, or not allow CONNECT to that port: check host and port"


SOCKS_REPLIES = {
    1: "general failure",
    2: "its rules do not allow it",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "expired",
    7: "it cannot do CONNECT",
    8: "it cannot do this kind of address",
}
"""RFC 1928, section 6."""


def _socks5(connection: Connection, proxy: GoProxy, place: str, host: str, port: int) -> None:
    """RFC 1928 and 1929; the proxy resolves the name, as Go has it do."""

    def take(size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = connection.receive(size - len(data))
            if not more:
                raise DialError("socks", "closed", f"{place} closed the connection; it may be no SOCKS5 proxy")
            data += more
        return data

    try:
        _socks_login(connection, proxy, place, take)
        connection.send(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"))
        _, reply, _, kind = take(4)
        if reply != 0:
            reason = SOCKS_REPLIES.get(reply, f"reply {reply}")
            target = _place(host, port)
            raise DialError(
                "socks", "bad-status", f"{place} cannot connect to {target}: {reason}; ask its administrator"
            )
        take({1: 4, 4: 16}.get(kind, 0) or take(1)[0])
        take(2)
    except socket.timeout:
        raise DialError("socks", "timeout", f"{place} did not answer; it may be no SOCKS5 proxy") from None
    except OSError as error:
        raise DialError("socks", "closed", f"{place} broke the connection off: {error.strerror or error}") from None


def _socks_login(connection: Connection, proxy: GoProxy, place: str, take: Callable[[int], bytes]) -> None:
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
        what = "asks for a user and password; give --proxy-user and --proxy-password-stdin"
        if proxy.username is not None:
            what = "wants another login than user and password; ask its administrator"
        raise DialError("socks", "auth-required", f"{place} {what}")


def _socks_address(host: str) -> bytes:
    """Kind and address; what is an address goes as one, since few proxies read it out of a name."""
    address = go_netip.parse_addr(host)
    if address is not None:
        return (b"\x01" if len(address.packed) == 4 else b"\x04") + address.packed
    try:
        name = host.encode("ascii" if host.isascii() else "idna")
    except UnicodeError:
        name = b""
    if not 0 < len(name) < 256:
        raise DialError("socks", "bad-target", f"{host} is no host name; check its spelling")
    return b"\x03" + bytes([len(name)]) + name


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
    if proxy.username is None and url.has_credentials:
        # A sentence about that host and port would show a part of the password.
        why = "Go ends the host before the @, so a / ? or # of the password must be percent-encoded"
        return Preflight("refused", f"{url}: {why}; give --proxy-user and --proxy-password-stdin", "dns")
    try:
        tunnel(proxy, host, port, timeout=timeout, resolver=resolver).close()
    except DialError as error:
        is_answer = error.status is not None and (error.status == 403 or error.status >= 500)
        is_answer = is_answer or (error.stage, error.kind) == ("socks", "bad-status")
        hint = ""
        if error.stage == "proxy-tls" and error.kind in ("not-tls", "timeout", "closed"):
            hint = "; most proxies listen in plain HTTP, so write the URL with http://"
        return Preflight("warning" if is_answer else "refused", f"proxy {url}: {error}{hint}", error.stage)
    return Preflight("ok", f"proxy {url} reaches {host}:{port}")


def _ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
