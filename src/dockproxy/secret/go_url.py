"""URLs as Go reads them: net/url Parse and String, and what golang.org/x/net/http/httpproxy makes of a proxy variable.

Go works on bytes, so text is worked on as Latin-1 (one character a byte) and comes out as UTF-8 with surrogateescape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Dict, NamedTuple, Optional, Tuple

from dockproxy.secret.go_netip import parse_addr


class Traits(NamedTuple):
    """In what the versions of Go differ."""

    any_scheme: bool
    """httpproxy takes every scheme that comes with a host, not only http, https and socks5 (x/net of 2024-03)."""
    checked_brackets: bool
    """``[…]`` must hold an IPv6 address (Go 1.24.8, 1.25.2)."""
    strict_colons: bool
    """A host of an http or https URL holds one colon at most, that of the port (Go 1.26, GODEBUG urlstrictcolons)."""
    names_match_addresses: bool = False
    """A name in NO_PROXY is compared with an address, too, and what has a zone is no address (before Go 1.23.7)."""
    http_for_all: bool = False
    """The proxy for http is also for https where that has none, and for every other scheme (before Go 1.16)."""
    leading_zeros: bool = False
    """The numbers of an IPv4 address may begin with zeros, and are decimal all the same (before Go 1.17)."""
    two_slashes: bool = False
    """A URL with a scheme and without a host is printed as one with an empty host (before Go 1.19)."""
    idna_2003: bool = False
    """An international name in NO_PROXY stays as it is written, and so matches nothing; that of a request loses what
    IDNA 2003 did not know, such as the sharp s (seen in Go 1.15)."""


DIALECTS: Dict[str, Traits] = {
    "go": Traits(any_scheme=True, checked_brackets=True, strict_colons=True),
    "go-1.25": Traits(any_scheme=True, checked_brackets=True, strict_colons=False),
    "go-1.24": Traits(any_scheme=True, checked_brackets=False, strict_colons=False),
    "go-1.19": Traits(any_scheme=False, checked_brackets=False, strict_colons=False, names_match_addresses=True),
    "go-1.15": Traits(
        any_scheme=False,
        checked_brackets=False,
        strict_colons=False,
        names_match_addresses=True,
        http_for_all=True,
        leading_zeros=True,
        two_slashes=True,
        idna_2003=True,
    ),
}
"""``go`` is 1.26 and newer, ``go-1.25`` also 1.24.8 and newer, ``go-1.24`` from 1.23 on, ``go-1.19`` from 1.16 on,
``go-1.15`` everything older.

In one more point Go 1.27 differs, in printing: in a URL without a host the first slash of a path like ``//x`` becomes
``%2F``. No proxy is such a URL.
"""


OLDEST = "go-1.15"

ENGINE = "go-1.25"
"""What dockerd speaks. Built with Go 1.27 it takes colons like this, too, since GODEBUG follows go.mod and not the
compiler: ``go version -m`` of Debian's 28.5 shows urlstrictcolons=0, and it was seen to dial ``http://::1:3128``. Only
an engine whose go.mod asks for Go 1.26 will be as strict as ``go``."""


SINCE = (((1, 23), "go-1.24"), ((1, 16), "go-1.19"))
"""What begins a dialect, but for those of which a minor release is the first."""


def dialect_of(version: str) -> str:
    """The dialect of an engine built with this Go, such as ``go1.24.4``, which ``GET /version`` names; of one
    that has no number, the newest."""
    release = tuple(int(n) for n in re.findall("[0-9]{1,9}", version)[:3])
    if not release or release >= (1, 25, 2) or (1, 24, 8) <= release < (1, 25):
        return ENGINE
    return next((dialect for since, dialect in SINCE if release >= since), OLDEST)


class GoURLError(ValueError):
    """Go's url.Parse refuses the text. The message never holds any of it."""


@dataclass(frozen=True, repr=False)
class GoURL:
    """The fields of Go's url.URL that parsing and printing need; no repr, since it may hold a password."""

    scheme: str = ""
    opaque: str = ""
    username: Optional[str] = None
    password: Optional[str] = None
    host: str = ""
    path: str = ""
    raw_path: str = ""
    query: str = ""
    force_query: bool = False
    fragment: str = ""
    raw_fragment: str = ""
    omit_host: bool = False

    @property
    def hostname(self) -> str:
        """The host without port and brackets."""
        return self._split()[0]

    @property
    def port(self) -> str:
        """The digits after the last colon; empty when there are none."""
        return self._split()[1]

    def _split(self) -> Tuple[str, str]:
        host, colon, port = self.host.rpartition(":")
        if not colon or not _PORT.fullmatch(colon + port):
            host, port = self.host, ""
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        return host, port

    def with_userinfo(self, username: str, password: str) -> GoURL:
        """The same URL with these credentials, in clear."""
        return replace(self, username=username, password=password)

    def string(self) -> str:
        """Print like Go's URL.String, credentials in clear."""
        out = [self.scheme + ":"] if self.scheme else []
        if self.opaque:
            out.append(self.opaque)
        else:
            bare = self.omit_host and not self.host and self.username is None
            if not bare and (self.host or self.username is not None or (self.path and self.scheme)):
                out.append("//")
            if self.username is not None:
                out.append(_escape(self.username, _USERINFO))
                out += [":" + _escape(self.password, _USERINFO)] if self.password is not None else []
                out.append("@")
            out.append(_escape(self.host, _HOST))
            path = _keep_or_escape(self.raw_path, self.path, _PATH)
            if not any(out) and ":" in path.partition("/")[0]:
                # What stands before the colon would be read as a scheme.
                out.append("./")
            out.append(path)
        if self.force_query or self.query:
            out.append("?" + self.query)
        if self.fragment:
            out.append("#" + _keep_or_escape(self.raw_fragment, self.fragment, _FRAGMENT))
        return "".join(out)


_ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_UNRESERVED = _ALNUM + "-_.~"
# What each part of a URL may hold unescaped (net/url, shouldEscape).
_PATH = frozenset(_UNRESERVED + "$&+,/:;=@")
_USERINFO = frozenset(_UNRESERVED + "$&+,;=")
_HOST = frozenset(_UNRESERVED + "!$&'()*+,;=:[]<>\"")
_FRAGMENT = frozenset(_UNRESERVED + "$&+,/:;=?@!()*")
_VALID_ENCODED = frozenset("!$&'()*+,;=:@[]%")
_VALID_USERINFO = frozenset(_ALNUM + "-._:~!$&'()*+,;=%@")

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SCHEME = re.compile("([A-Za-z][A-Za-z0-9+.-]*):")
_PORT = re.compile(":[0-9]*")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_ASCII_ESCAPE = re.compile("%(?!25)[0-7][0-9A-Fa-f]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")


def _latin(text: str) -> str:
    """Text as Latin-1, one character a byte. A lone surrogate becomes U+FFFD, as Go's decoders make it."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode("utf-8").decode("latin-1")


def _text(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", "surrogateescape")


def _unescape(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise GoURLError("a % is not followed by two hexadecimal digits")
    return _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text)


def _unescape_host(text: str) -> str:
    unescaped = _unescape(text)
    if _ASCII_ESCAPE.search(text):
        raise GoURLError("an ASCII character of the host is percent-encoded")
    _check_host(text.replace("%", ""))
    return unescaped


def _unescape_zone(text: str) -> str:
    unescaped = _unescape(text)
    for match in _ESCAPE.finditer(text):
        char = chr(int(match.group(1), 16))
        if char not in "% " and char not in _HOST:
            raise GoURLError("the IPv6 zone holds an invalid escape")
    _check_host(_ESCAPE.sub("", text))
    return unescaped


def _check_host(text: str) -> None:
    if any(char < "\x80" and char not in _HOST for char in text):
        raise GoURLError("the host name holds an invalid character")


def _escape(text: str, allowed: frozenset[str]) -> str:
    return "".join(c if c in allowed else f"%{b:02X}" for c, b in ((chr(b), b) for b in _latin(text).encode("latin-1")))


def _keep_or_escape(raw: str, decoded: str, allowed: frozenset[str]) -> str:
    """The spelling that was parsed where it is a valid one, else Go's own."""
    own = _escape(decoded, allowed)
    if raw and raw != own and all(char in allowed or char in _VALID_ENCODED for char in raw):
        return raw
    return "*" if decoded == "*" and allowed is _PATH else own


def parse(raw: str, dialect: str = "go") -> GoURL:
    """Read a URL like Go's url.Parse. Raises GoURLError."""
    text, _, fragment = _latin(raw).partition("#")
    if _CONTROL.search(text):
        raise GoURLError("it holds a control character")
    url = _parse(text, DIALECTS[dialect])
    url["fragment"] = _text(_unescape(fragment))
    url["raw_fragment"] = fragment
    return GoURL(**url)  # type: ignore[arg-type]


def _parse(text: str, traits: Traits) -> Dict[str, object]:
    if text == "*":
        return {"path": "*"}
    if text.startswith(":"):
        raise GoURLError("the scheme is missing")
    match = _SCHEME.match(text)
    scheme, rest = (match.group(1).lower(), text[match.end() :]) if match else ("", text)
    rest, question, query = rest.partition("?")
    url: Dict[str, object] = {"scheme": scheme, "query": _text(query), "force_query": bool(question) and not query}
    if not rest.startswith("/"):
        if scheme:
            return {**url, "opaque": _text(rest)}
        if ":" in rest.partition("/")[0]:
            raise GoURLError("the first part of a path holds a colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        userinfo, at, host = authority.rpartition("@")
        url["host"] = _text(_parse_host(scheme, host, traits))
        if at:
            url.update(_parse_userinfo(userinfo))
    elif scheme and rest.startswith("/"):
        url["omit_host"] = not traits.two_slashes
    url["path"] = _text(_unescape(rest))
    url["raw_path"] = rest
    return url


def _parse_userinfo(userinfo: str) -> Dict[str, object]:
    if not _VALID_USERINFO.issuperset(userinfo):
        raise GoURLError("the credentials hold a character that must be percent-encoded")
    username, colon, password = userinfo.partition(":")
    return {"username": _text(_unescape(username)), "password": _text(_unescape(password)) if colon else None}


def _parse_host(scheme: str, host: str, traits: Traits) -> str:
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise GoURLError("a ] is missing in the host")
        _check_port(host[end + 1 :])
        address, percent, zone = host[:end].partition("%25")
        # The port, and the bracket before it, have been checked or are valid: nothing in them can be escaped.
        unescaped = _unescape_host(address) + (_unescape_zone(percent + zone) if percent else "") + host[end:]
        if traits.checked_brackets:
            addr = None if host.rfind("[") else parse_addr(_text(unescaped[1 : unescaped.rfind("]")]))
            if addr is None or len(addr.packed) == 4:
                raise GoURLError("the brackets do not hold an IPv6 address")
        return unescaped
    if traits.checked_brackets and "[" in host:
        raise GoURLError("a [ stands inside the host")
    strict = traits.strict_colons and scheme in ("http", "https")
    colon = host.find(":") if strict else host.rfind(":")
    if colon >= 0:
        _check_port(host[colon:])
    return _unescape_host(host)


def _check_port(colon_port: str) -> None:
    if colon_port and not _PORT.fullmatch(colon_port):
        raise GoURLError("the port is not a number")


def parse_proxy(raw: str, dialect: str = "go") -> Optional[GoURL]:
    """Read a proxy variable like httpproxy's parseProxy.

    None: the variable is empty, or neither it nor ``http://`` before it is a URL; Go then connects directly, silently.
    A URL with an empty host comes back when only the attempt without ``http://`` could be parsed.
    """
    if not raw:
        return None
    try:
        url: Optional[GoURL] = parse(raw, dialect)
    except GoURLError:
        url = None
    if url is not None and _usable(url, DIALECTS[dialect]):
        return url
    try:
        return parse("http://" + raw, dialect)
    except GoURLError:
        return url


def engine_masked(raw: str, dialect: str = "go") -> str:
    """What an engine shows of a proxy variable (moby, daemon/config/config.go, MaskCredentials).

    A text that Go cannot parse, or that holds credentials only for a human, it shows in clear.
    """
    try:
        url = parse(raw, dialect)
    except GoURLError:
        return raw
    return raw if url.username is None else url.with_userinfo("xxxxx", "xxxxx").string()


def _usable(url: GoURL, traits: Traits) -> bool:
    return bool(url.scheme and url.host) if traits.any_scheme else url.scheme in ("http", "https", "socks5")
