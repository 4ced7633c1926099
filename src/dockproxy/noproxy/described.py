"""What docs/dialects.md says of each dialect beside what it decides: its variables, from their table, and
its versions."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

from dockproxy.noproxy import GO
from dockproxy.noproxy.variables import DIRECT, ERROR, HIDES, READS, Names


class Break(NamedTuple):
    """A version since which a client answers otherwise."""

    since: str
    what: str
    between: Tuple[str, ...] = ()
    """The dialects before and after it, whose recorded answers differ; none where it is only read in the sources."""


GO_BREAKS = (
    Break("1.11", "networks, and ports in the list"),
    Break("1.16", "`http_proxy` is for http only", ("go-1.15", "go-1.19")),
    Break("1.17", "an IPv4 address has no leading zeros"),
    Break("1.23.7", "an address is no name", ("go-1.19", "go-1.24")),
    Break("1.24.8 and 1.25.2", "brackets hold IPv6", ("go-1.24", "go-1.25")),
    Break("1.26", "one colon in a host", ("go-1.25", "go")),
)
CURL_BREAKS = (
    Break(
        "7.86", "IPv4 networks; only in this release a name is that host alone, and `.example.com` must stand last",
        ("curl-7.85", "curl-7.86"),
    ),
    Break("7.87", "a name is also what is below it; dots at the end do not count", ("curl-7.86", "curl-7.88")),
    Break("8.9", "a blank ends the list", ("curl-7.88", "curl-8.14")),
    Break("8.18", "IPv6 networks", ("curl-8.14", "curl")),
)  # fmt: skip
LWP_BREAKS = (
    Break("6.69", "an ending counts at a dot, or behind one that begins the entry"),
    Break("6.73", "an ending counts at a dot only"),
)
REQUESTS_BREAKS = (Break("2.34", "an ending counts at a dot only", ("pip", "requests")),)
UNDICI_BREAKS = (
    Break("8.12 at the latest", "IPv6 addresses without brackets, `*` in a list", ("node-fetch", "undici")),
)  # fmt: skip

BREAKS: Dict[str, Tuple[Break, ...]] = {
    **dict.fromkeys(GO, GO_BREAKS),
    **dict.fromkeys(("curl", "curl-8.14", "curl-7.88", "curl-7.86", "curl-7.85", "git"), CURL_BREAKS),
    "requests": REQUESTS_BREAKS,
    "pip": REQUESTS_BREAKS,
    "wget2": (Break("2", "libproxy decides where it is built with that"),),
    "wget2-1.99": (Break("2", "libproxy decides where it is built with that"),),
    "perl": LWP_BREAKS,
    "perl-6.68": LWP_BREAKS,
    "undici": UNDICI_BREAKS,
    "node-fetch": UNDICI_BREAKS,
    "axios": (Break("older", "decides as `proxy-from-env`"),),
}
"""Dialect to where the answers of its client change."""

NOTES: Dict[str, str] = {
    "git": "versions are those of the libcurl that it is linked with",
    "pip": "versions are those of the requests that it carries",
    "node-fetch": "versions are those of the undici inside Node",
    "aiohttp": "nothing is read without `trust_env=True`",
    "apk": "read in its source only; what it decides was asked of its function, compiled alone",
    "java": "no variable is read: the properties `http.proxyHost` and the like stand for them here",
}
"""What else there is to say."""


def reads(dialect: str) -> str:
    """The variables of a client, the first that wins first."""
    found = READS[dialect]
    groups = [("http", found.http), ("https", found.https), ("the list", (found.no,))]
    said = [f"{what}: {', else '.join(map(_names, names))}" for what, names in groups if any(names)]
    said += [] if found.no else ["no list"]
    said += [f"not {_names(found.cgi)} where `REQUEST_METHOD` is set"] if found.cgi else []
    return "; ".join(said)


def _names(names: Names) -> str:
    return ", ".join(f"`{name}`" for name in names)


EMPTY = {
    HIDES: "an empty variable hides its other spelling",
    DIRECT: "an empty variable means that there is no proxy",
}


def proxies(dialect: str) -> str:
    """What a client makes of proxy URLs that it cannot use, and of empty variables."""
    found = READS[dialect]
    said: List[str] = [EMPTY[found.empty]] if found.empty in EMPTY else []
    for outcome, what in ((ERROR, "nothing is sent"), (DIRECT, "goes direct")):
        forms = [f"`{form}`" for form, its in found.forms.items() if its == outcome]
        said += [f"{what} with one of these: {', '.join(forms)}"] if forms else []
    return "; ".join(said) or "it takes them all"


def versions(dialect: str) -> str:
    """Where the answers change."""
    said = [
        f"{each.since}: {each.what}{'' if each.between else ' (read in its source only)'}"
        for each in BREAKS.get(dialect, ())
    ]
    return "; ".join(said) or "no change is known"


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
