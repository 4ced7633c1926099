"""What is wrong with a proxy URL, for ``show`` and ``set`` alike: Go takes many a slip for the name of a host, or drops
it and says nothing.

Source: golang.org/x/net/http/httpproxy, parseProxy; net/http, Transport.Proxy.
"""

from __future__ import annotations

import re
from typing import Optional

from dockproxy.secret import go_netip, go_url

SCHEMES = ("http", "https", "socks5", "socks5h")
"""What Go's transport dials as a proxy; any other scheme is treated like plain http by some versions and fails in
others."""

SMART = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u00a0": " "}
"""What word processors make of quotes, dashes and blanks."""

SCHEME_ONLY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/*\Z")
"""Go takes such a text for a host of that name."""

NO_SLASHES = re.compile(r"(https?|socks5h?):(?!//)", re.IGNORECASE)
NO_COLON = re.compile(r"(https?|socks5h?)//", re.IGNORECASE)
"""Go takes the scheme of such a text for a host, or for the name of a user."""

SEVERAL = re.compile(r"""[\s;,]["']?[a-z_]*proxy=""", re.IGNORECASE)
QUOTED = re.compile("[\"'`]|.*[\"'`]\\Z", re.DOTALL)

BEHIND = re.compile("[/?#].*@")
"""An @ where Go reads a path: it takes a part of the password for the host, or for its port."""

TWICE = "the scheme stands twice"
ENCODE = "a character of the user or password must be percent-encoded"


def of_text(raw: str) -> Optional[str]:
    """What is wrong with the text before anything is read in it."""
    several = SEVERAL.search(raw)
    if several:
        is_blank = several.group()[0].isspace()
        return "one pair of quotes around several assignments" if is_blank else "no blank between several assignments"
    for character in SMART:
        if character in raw:
            return f"it holds the typographic character U+{ord(character):04X}, pasted from a document"
    if raw != raw.strip():
        return "a blank or a line break stands before or behind it"
    return "quotes are a part of the value" if QUOTED.match(raw) else None


def of_syntax(raw: str, dialect: str = "go") -> Optional[str]:
    """What keeps Go from reading a text as a URL; where there is no scheme, Go puts http:// before it."""
    if SCHEME_ONLY.match(raw):
        return "two slashes and a host, or the host, are missing behind the scheme"
    slip = NO_SLASHES.match(raw)
    if slip:
        return f"{slip.group(1)}: is not followed by two slashes"
    slip = NO_COLON.match(raw)
    if slip:
        return f"the colon is missing after {slip.group(1)}"
    try:
        go_url.parse(raw if "://" in raw else f"http://{raw}", dialect)
    except go_url.GoURLError as error:
        if BEHIND.search(raw.rpartition("://")[2]):
            return ENCODE
        is_bare_ipv6 = raw.count(":") > 3 and "[" not in raw and "@" not in raw
        return f"{error}; an IPv6 address stands in brackets" if is_bare_ipv6 else str(error)
    return None


def of_url(raw: str, url: go_url.GoURL, traits: go_url.Traits) -> Optional[str]:
    """What is wrong with a URL that Go reads."""
    scheme = raw.partition("://")[0].lower() if "://" in raw else "http"
    if scheme not in SCHEMES:
        return f"Go dials no such scheme, only {', '.join(SCHEMES)}"
    if scheme == "socks5h" and not traits.any_scheme:
        return "a Go older than 1.23, which the engine is built with, knows no socks5h://"
    if stands_twice(url):
        return ENCODE if "@" in raw else TWICE
    if ":" in url.hostname and go_netip.parse_addr(url.hostname) is None:
        return "the host holds a colon: an @ is missing, or something stands before the port"
    if is_out_of_range(url.port):
        return "the port is out of range; it must be 1 to 65535"
    return ENCODE if BEHIND.search(raw.rpartition("://")[2]) else None


def stands_twice(url: go_url.GoURL) -> bool:
    """Whether Go takes a scheme for the host: nothing but a path stands behind it."""
    return not url.port and url.hostname.lower() in SCHEMES


def is_out_of_range(port: str) -> bool:
    """Whether a port that is given is none."""
    return bool(port) and not (port.isascii() and port.isdigit() and 0 < int(port[:18]) < 65536)


def of(raw: str, dialect: str = go_url.ENGINE) -> Optional[str]:
    """Why a proxy cannot be used, without a word of it that is no scheme; None where it can, or is empty."""
    if not raw:
        return None
    found = of_text(raw) or of_syntax(raw, dialect)
    if found is not None:
        return found
    url = go_url.parse(raw if "://" in raw else f"http://{raw}", dialect)
    return of_url(raw, url, go_url.DIALECTS[dialect]) if url.host else "it has no host"
