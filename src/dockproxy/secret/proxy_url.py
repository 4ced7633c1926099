"""A proxy URL that never shows its credentials by accident."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from dockproxy.secret import go_url, masking, proxy_fault

DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""What Go dials where a proxy URL names no port (net/http, canonicalAddr); there is no default of 3128 or 8080."""

TALKS_TO_IT = "talks plain HTTP to it, or fails"
"""What comes of a scheme that Go does not dial; of everything else that it cannot use, it talks to another host or
none."""

ENGINE_MASK = "xxxxx:xxxxx"
"""What ``docker info`` shows in place of credentials (moby, daemon/config/config.go, MaskCredentials)."""


@dataclass(frozen=True)
class GoProxy:
    """A proxy as Go's httpproxy understands it. ``port`` is the text in the URL, empty where it names none."""

    scheme: str
    host: str
    port: str
    username: Optional[str]
    password: Optional[str]

    def __repr__(self) -> str:
        return f"GoProxy({self.scheme}://{self.host}:{self.port})"


class ProxyURL:
    """A proxy URL as somebody wrote it. ``str()`` masks the credentials; only writers and dialers call ``reveal()``."""

    __slots__ = ("_raw",)

    def __init__(self, raw: str) -> None:
        self._raw = raw

    def reveal(self) -> str:
        """The clear text."""
        return self._raw

    def __str__(self) -> str:
        return masking.masked_url(self._raw)

    def __repr__(self) -> str:
        return f"ProxyURL({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProxyURL) and other._raw == self._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __reduce__(self) -> str:
        raise TypeError("a proxy URL is not pickled: it may hold a password")

    @property
    def go(self) -> Optional[GoProxy]:
        """The proxy that dockerd uses; None when it cannot parse the value and silently connects directly."""
        url = go_url.parse_proxy(self._raw, go_url.ENGINE)
        if url is None:
            return None
        return GoProxy(url.scheme, url.hostname, url.port, url.username, url.password)

    @property
    def unusable(self) -> Optional[str]:
        """Why the engine cannot use it, without a word of it; None where it can."""
        return proxy_fault.of(self._raw)

    def consequence(self, dialect: str = go_url.ENGINE) -> str:
        """What the engine does with one that it cannot use."""
        url = go_url.parse_proxy(self._raw, dialect)
        if url is None:
            return "silently connects directly"
        if not url.hostname or proxy_fault.is_out_of_range(url.port):
            return "sends nothing"
        # A host is named only where it is shown in the value, too: it may be a part of the password.
        host = url.hostname if url.hostname in str(self) else "something else"
        scheme, slashes, _ = self._raw.partition("://")
        is_its = slashes and scheme.lower() not in proxy_fault.SCHEMES and url.scheme == scheme.lower()
        return TALKS_TO_IT if is_its else f"takes {host} for the proxy's host"

    @property
    def has_credentials(self) -> bool:
        """Whether a program or a human would see credentials in it."""
        return masking.userinfo_span(self._raw) is not None

    @property
    def passwords(self) -> Tuple[str, ...]:
        """The password as every reader would understand it: decoded, and as it is written."""
        span = masking.userinfo_span(self._raw)
        # Without the @ that ends them; the password may end in another one.
        written = re.sub("(?:@|%40)$", "", self._raw[span[0] : span[1]]).partition(":")[2] if span else ""
        proxy = self.go
        return tuple(dict.fromkeys(p for p in ((proxy.password if proxy else None), written) if p))

    @property
    def suspects(self) -> Tuple[str, ...]:
        """What of it is not shown, and may be a password or a part of one that a wrong quote cut off."""
        return tuple(masking.suspects(self._raw))

    def with_credentials(self, username: str, password: str) -> ProxyURL:
        """The same proxy with these credentials, encoded so that every reader decodes them alike."""
        from urllib.parse import quote

        span = masking.userinfo_span(self._raw)
        if span is not None:
            prefix, rest = self._raw[: span[0]], self._raw[span[1] :]
        else:
            scheme, separator, rest = self._raw.rpartition("://")
            prefix = scheme + separator
        userinfo = quote(username, safe="") + (":" + quote(password, safe="") if password else "")
        # Without a scheme Go means http, but "user:password@host" would be read as the scheme "user".
        return ProxyURL(f"{prefix or 'http://'}{userinfo}@{rest}")


class Match(enum.Enum):
    """Whether an engine's report denotes a URL."""

    EQUAL = "equal"
    EQUAL_BUT_MASKED = "equal-but-masked"
    DIFFERENT = "different"


def masked_equal(reported: str, url: ProxyURL) -> Match:
    """Compare what the engine reports with a URL; where it masks credentials, the rest must be as Go prints it."""
    raw = url.reveal()
    if reported == raw and ENGINE_MASK + "@" not in reported:
        return Match.EQUAL
    # An engine's Go may take a host that a newer Go refuses. A value that somebody copied from a report, mask and all,
    # looks the same in the next report; so that equality says nothing about the password.
    shown = {go_url.engine_masked(raw, dialect) for dialect in go_url.DIALECTS}
    return Match.EQUAL_BUT_MASKED if reported in shown else Match.DIFFERENT


def mask(text: str, secrets: Iterable[ProxyURL] = ()) -> str:
    """Free text with everything masked that looks like a URL's credentials, and the passwords of known URLs in every
    spelling."""
    # Known passwords first: one that holds an @ would be cut in two.
    known = masking.patterns(p for url in secrets for p in (*url.passwords, *url.suspects))
    return masking.mask_userinfo(known.sub(masking.MASK, text) if known else text)
