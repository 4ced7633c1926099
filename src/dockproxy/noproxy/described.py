"""What docs/dialects.md says of each dialect beside what it decides, which is computed: its variables and versions."""

from __future__ import annotations

from typing import Dict, NamedTuple


class Described(NamedTuple):
    """``reads``: the client's own variables, the first that wins first. ``versions``: where its answers change."""

    reads: str
    versions: str = "no change is known"


UPPER = "`HTTP_PROXY`, `http_proxy`; `HTTPS_PROXY`, `https_proxy`; `NO_PROXY`, `no_proxy`; not `ALL_PROXY`"
LOWER = "`http_proxy`, `HTTP_PROXY`; `https_proxy`, `HTTPS_PROXY`; `no_proxy`, `NO_PROXY`; "
CURL = "`http_proxy` in lower case only; `https_proxy`, `HTTPS_PROXY`; `no_proxy`, `NO_PROXY`; else `ALL_PROXY`"
ONLY_LOWER = "`http_proxy`, `https_proxy` and `no_proxy` in lower case only; not `ALL_PROXY`"
GO = "1.23.7: an address is no name; 1.24.8 and 1.25.2: brackets hold IPv6; 1.26: one colon in a host"
CURLS = "7.86: IPv4 networks; 7.87: dots at the end; 8.9: a blank ends the list; 8.18: IPv6 networks"
LWP = "6.69 and 6.73: an ending counts at a dot only"

DESCRIBED: Dict[str, Described] = {
    "go": Described(UPPER, GO),
    "go-1.25": Described(UPPER, GO),
    "go-1.24": Described(UPPER, GO),
    "go-1.19": Described(UPPER, GO),
    "curl": Described(CURL, CURLS),
    "curl-8.14": Described(CURL, CURLS),
    "curl-7.88": Described(CURL, CURLS),
    "curl-7.85": Described(CURL, CURLS),
    "git": Described(CURL, "those of the libcurl that it is linked with"),
    "python-urllib": Described(LOWER + "not `ALL_PROXY`"),
    "requests": Described(LOWER + "else `ALL_PROXY`", "2.34: an ending counts at a dot only"),
    "pip": Described(LOWER + "else `ALL_PROXY`", "those of the requests that it carries"),
    "httpx": Described(LOWER + "else `ALL_PROXY`"),
    "aiohttp": Described(LOWER + "not `ALL_PROXY`; nothing without `trust_env=True`"),
    "wget": Described(ONLY_LOWER),
    "wget2": Described(
        LOWER + "`http_proxy` also for https; not `ALL_PROXY`", "1.99 and builds without libproxy differ"
    ),
    "wget2-1.99": Described(ONLY_LOWER, "2: libproxy where it is built with that"),
    "busybox-wget": Described("`http_proxy` in lower case only, also for https; no list"),
    "apt": Described(ONLY_LOWER.replace("; not", ", `http_proxy` also for https; not")),
    "apk": Described("`HTTP_PROXY`, `http_proxy`; `HTTPS_PROXY`, `https_proxy`; `NO_PROXY`, `no_proxy`"),
    "ruby": Described("`http_proxy`, `HTTP_PROXY`, also for https; `no_proxy`, `NO_PROXY`; not `ALL_PROXY`"),
    "perl": Described(UPPER, LWP),
    "perl-6.68": Described(UPPER, LWP),
    "undici": Described(
        LOWER + "`http_proxy` also for https; not `ALL_PROXY`",
        "8.12 reads more than 7: IPv6 without brackets, `*` in a list",
    ),
    "node-fetch": Described(LOWER + "`http_proxy` also for https; not `ALL_PROXY`", "those of the undici inside Node"),
    "node-http": Described(LOWER + "not `ALL_PROXY`"),
    "axios": Described(LOWER + "else `ALL_PROXY`", "older ones decide as `proxy-from-env`"),
    "proxy-from-env": Described(LOWER + "else `ALL_PROXY`"),
    "npm": Described(LOWER + "not `ALL_PROXY`"),
    "dotnet": Described(LOWER + "else `ALL_PROXY`"),
    "java": Described("no variable: the properties `http.proxyHost` and `http.nonProxyHosts`"),
    "uv": Described(
        "`HTTP_PROXY`, `http_proxy`; `HTTPS_PROXY`, `https_proxy`; `NO_PROXY`, `no_proxy`; else `ALL_PROXY`"
    ),
}
"""One for each of ``DIALECTS``. The variables are those that were observed when the vectors were recorded."""

EXAMPLES = (
    ("example.com", "http://example.com/"),
    ("example.com", "http://www.example.com/"),
    ("example.com", "http://notexample.com/"),
    (".example.com", "http://www.example.com/"),
    (".example.com", "http://example.com/"),
    ("*.example.com", "http://www.example.com/"),
    ("EXAMPLE.COM", "http://example.com/"),
    ("*", "http://example.com/"),
    ("other.test,*", "http://example.com/"),
    ("other.test, example.com", "http://example.com/"),
    ("other.test example.com", "http://example.com/"),
    ("registry.corp.example:5000", "http://registry.corp.example:5000/"),
    ("10.1.2.3", "http://10.1.2.3/"),
    ("10.0.0.0/8", "http://10.1.2.3/"),
    ("fd00::1", "http://[fd00::1]/"),
    ("[fd00::1]", "http://[fd00::1]/"),
    ("fd00::/8", "http://[fd00::1]/"),
    ("", "http://localhost/"),
)
"""List and request, of which the page says what each dialect decides."""
