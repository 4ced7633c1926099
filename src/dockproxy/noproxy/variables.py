"""Which variables a client reads, in which order, and which proxy URLs it takes.

Source: the same files as those of the decisions; tests/vectors/client_variables.jsonl is what each client did.
"""

from __future__ import annotations

import re
from typing import Dict, Mapping, NamedTuple, Optional, Tuple

from dockproxy.noproxy import GO
from dockproxy.secret import go_url

HTTP, HTTPS, ALL, NO = "http_proxy", "https_proxy", "all_proxy", "no_proxy"
UNSET, HIDES, DIRECT = "unset", "hides", "direct"
ERROR = "error"
CGI = "REQUEST_METHOD"

Names = Tuple[str, ...]


PROPERTIES = {"http.proxyHost": HTTP, "https.proxyHost": HTTPS, "http.nonProxyHosts": NO}
"""What Java has instead, which reads no environment, to what it stands for."""


class Reads(NamedTuple):
    """How a client reads its environment."""

    http: Tuple[Names, ...]
    """Groups of names, each group the spellings of one variable; the first that is set is the proxy for http."""
    https: Tuple[Names, ...]
    no: Names
    empty: str = UNSET
    """What an empty proxy variable does: nothing, it hides the other spelling, or it means that there is no proxy."""
    empty_list: str = UNSET
    """The same of the list, where it cannot mean more than to hide the other spelling."""
    cgi: Names = ()
    """What is not read where REQUEST_METHOD is set, since a client of the web server could set it (httpoxy)."""
    forms: Mapping[str, str] = {}
    """Of the ``FORMS`` of a proxy URL those with which nothing is sent, or all directly; with ``for http`` or ``for
    https`` behind it only requests of that scheme."""
    checks_first: bool = False
    """It fails at such a URL also where the list says that the request goes direct."""


class Chosen(NamedTuple):
    """The name of the variable that is for a request, and what it holds, which is empty where none is set."""

    name: str
    text: str = ""

    @property
    def variable(self) -> str:
        """The variable without a spelling, such as ``http-proxy``."""
        return PROPERTIES.get(self.name, self.name).lower().replace("_", "-")


FORMS: Tuple[Tuple[str, re.Pattern[str]], ...] = (
    ("a scheme alone", re.compile("[a-z0-9]+:/*\\Z", re.IGNORECASE)),
    ("without a host", re.compile(r"[\s:/]+\Z")),
    ("without a scheme", re.compile(r"(?![a-z0-9.+-]+://)", re.IGNORECASE)),
    ("https", re.compile("https://", re.IGNORECASE)),
    ("socks5", re.compile("socks5://", re.IGNORECASE)),
    ("socks5h", re.compile("socks5h://", re.IGNORECASE)),
    ("another scheme", re.compile(r"(?!https?://|socks5h?://)[a-z0-9.+-]+://", re.IGNORECASE)),
    ("@ in the password", re.compile("[^/]*//[^/]*@[^/]*@")),
    ("# in the password", re.compile("[^/]*//[^@/]*#[^/]*@")),
    ("/ in the password", re.compile("[^/]*//[^@/]*/[^/]*@")),
    ("\\ in the password", re.compile(r"[^/]*//[^@/]*\\[^/]*@")),
    ("a blank in the password", re.compile("[^/]*//[^@/]* [^/]*@")),
    ("%40 in the password", re.compile("[^/]*//[^@/]*%40[^/]*@")),
    ("a stray %", re.compile("[^/]*//[^@]*%(?![0-9A-Fa-f]{2})[^/]*@")),
    ("not ASCII", re.compile("[^\x80-\U0010ffff]*[\x80-\U0010ffff]")),
)
"""Forms of a proxy URL, which no client minds all of."""

BREAKS = {f"{what} in the password": ERROR for what in "#/"}
"""With these the host ends before the password does."""
BACKSLASH, BLANK, PERCENT_40, STRAY = (
    "\\ in the password",
    "a blank in the password",
    "%40 in the password",
    "a stray %",
)
WHATWG = {**BREAKS, BACKSLASH: ERROR}
NO_SOCKS = {"socks5": ERROR, "socks5h": ERROR, "another scheme": ERROR}
NO_HOST = {"a scheme alone": ERROR, "without a host": ERROR}
NEEDS_SCHEME = {"without a scheme": ERROR, **NO_HOST}


def _lower(variable: str) -> Names:
    return variable, variable.upper()


def _upper(variable: str) -> Names:
    return variable.upper(), variable


LOWER = Reads((_lower(HTTP),), (_lower(HTTPS),), _lower(NO))
LOWER_ALL = Reads((_lower(HTTP), _lower(ALL)), (_lower(HTTPS), _lower(ALL)), _lower(NO))
UPPER = Reads((_upper(HTTP),), (_upper(HTTPS),), _upper(NO))
ONLY_LOWER = Reads(((HTTP,),), ((HTTPS,),), (NO,))
CURL = LOWER_ALL._replace(http=((HTTP,), _lower(ALL)))
HTTPOXY = (HTTP.upper(),)

_curl = CURL._replace(
    forms={**NO_HOST, **BREAKS, "another scheme": ERROR, "@ in the password": ERROR, BLANK: ERROR},
)
_urllib = LOWER._replace(
    empty=HIDES,
    empty_list=HIDES,
    cgi=HTTPOXY,
    forms={**NO_HOST, **{f"{form} for http": ERROR for form in ("socks5", "socks5h", "another scheme")}},
)
_requests = LOWER_ALL._replace(empty=HIDES, cgi=HTTPOXY, forms={**WHATWG, **NO_HOST, **NO_SOCKS})
_perl = UPPER._replace(cgi=HTTPOXY, forms={**NEEDS_SCHEME, **NO_SOCKS, **BREAKS})
_undici = Reads(
    (_lower(HTTP),),
    (_lower(HTTPS), _lower(HTTP)),
    _lower(NO),
    empty=HIDES,
    empty_list=HIDES,
    forms={**NEEDS_SCHEME, **WHATWG, "socks5h": ERROR, "another scheme": ERROR, STRAY: ERROR},
    checks_first=True,
)

READS: Dict[str, Reads] = {
    **dict.fromkeys(("curl", "curl-8.14", "curl-7.88", "curl-7.86"), _curl),
    "curl-7.85": _curl._replace(forms={f: said for f, said in _curl.forms.items() if f != BLANK}),
    # It reads the variables itself, and hands the proxy in parts to libcurl.
    "git": CURL._replace(empty=DIRECT, empty_list=HIDES, forms={**NO_HOST, **BREAKS, "a scheme alone": DIRECT}),
    "python-urllib": _urllib,
    "requests": _requests,
    "pip": _requests,
    "httpx": LOWER_ALL._replace(
        empty=HIDES,
        empty_list=HIDES,
        cgi=HTTPOXY,
        forms={**NO_HOST, **BREAKS, "another scheme": ERROR},
        checks_first=True,
    ),
    "aiohttp": LOWER._replace(
        empty=HIDES,
        empty_list=HIDES,
        cgi=HTTPOXY,
        forms={**WHATWG, **NEEDS_SCHEME, "a scheme alone": DIRECT, "https": DIRECT},
    ),
    "wget": ONLY_LOWER._replace(
        empty=DIRECT,
        forms={
            **NO_HOST, **NO_SOCKS, **BREAKS, "https for http": ERROR, "@ in the password": ERROR,
        },
    ),
    # http_proxy is for https where that has none.
    "wget2": Reads(
        (_lower(HTTP),),
        (_lower(HTTPS), _lower(HTTP)),
        _lower(NO),
        empty_list=HIDES,
        forms={
            "without a scheme": DIRECT, **NO_SOCKS, PERCENT_40: ERROR, "@ in the password": ERROR,
            "# in the password": DIRECT, "/ in the password": DIRECT, STRAY: DIRECT,
        },
    ),
    "wget2-1.99": ONLY_LOWER._replace(
        empty=DIRECT, forms={**NO_HOST, **BREAKS, PERCENT_40: ERROR, "@ in the password": ERROR}
    ),
    "busybox-wget": Reads(
        ((HTTP,),), ((HTTP,),), (), forms={**NO_HOST, **NO_SOCKS, **BREAKS, BLANK: ERROR, "https": ERROR}
    ),
    "apt": Reads(
        ((HTTP,),),
        ((HTTPS,), (HTTP,)),
        (NO,),
        empty=DIRECT,
        forms={
            "a scheme alone": DIRECT, "without a host": DIRECT, "without a scheme": ERROR, "socks5": ERROR,
            "another scheme": ERROR, "/ in the password": ERROR,
        },
    ),
    "apk": UPPER._replace(
        empty=HIDES,
        empty_list=HIDES,
        forms=dict.fromkeys(("https", "socks5", "socks5h", "another scheme"), DIRECT),
    ),
    "ruby": Reads(
        (_lower(HTTP),),
        (_lower(HTTP),),
        _lower(NO),
        empty=HIDES,
        empty_list=HIDES,
        cgi=HTTPOXY,
        forms={
            **WHATWG, **NEEDS_SCHEME, "a scheme alone": DIRECT, "@ in the password": ERROR, BLANK: ERROR, STRAY: ERROR,
            "not ASCII": ERROR,
        },
    ),
    "perl": _perl,
    "perl-6.68": _perl,
    "undici": _undici,
    "node-fetch": _undici,
    "node-http": LOWER._replace(
        forms={**NEEDS_SCHEME, **WHATWG, "socks5": DIRECT, "socks5h": ERROR, "another scheme": ERROR, STRAY: ERROR},
        checks_first=True,
    ),
    "axios": LOWER_ALL._replace(forms={**WHATWG, **NO_HOST, **NO_SOCKS}),
    "proxy-from-env": LOWER_ALL._replace(forms={**WHATWG, **NO_HOST, STRAY: ERROR}),
    "npm": LOWER._replace(empty=HIDES, empty_list=HIDES, forms={**NEEDS_SCHEME, **WHATWG, STRAY: ERROR}),
    "dotnet": LOWER_ALL._replace(
        empty=HIDES,
        empty_list=HIDES,
        forms=dict.fromkeys(("https", "socks5", "socks5h", "another scheme"), DIRECT),
    ),
    "java": Reads((("http.proxyHost",),), (("https.proxyHost",),), ("http.nonProxyHosts",)),
    "uv": Reads(
        (_upper(HTTP), _upper(ALL)),
        (_upper(HTTPS), _upper(ALL)),
        _upper(NO),
        cgi=HTTPOXY,
        forms={**BREAKS, BACKSLASH: DIRECT, BLANK: DIRECT, "not ASCII": DIRECT},
    ),
}  # fmt: skip
"""Dialect to how its client reads the environment; Go's are those of ``httpproxy.FromEnvironment``."""

READS.update({**dict.fromkeys(GO, UPPER), go_url.OLDEST: UPPER._replace(https=(_upper(HTTPS), _upper(HTTP)))})


def environment(http_proxy: str, https_proxy: str, no_proxy: str, all_proxy: str, cgi: bool) -> Dict[str, str]:
    """The values under every name under which a client may look for them, as the docker CLI writes them for
    containers, and for Java."""
    texts = {HTTP: http_proxy, HTTPS: https_proxy, NO: no_proxy, ALL: all_proxy}
    found = {name: text for variable, text in texts.items() if text for name in _lower(variable)}
    found.update({name: texts[variable] for name, variable in PROPERTIES.items() if texts[variable]})
    return {**found, CGI: "GET"} if cgi else found


def proxy(reads: Reads, scheme: str, environ: Mapping[str, str]) -> Chosen:
    """The proxy variable that is for a request."""
    groups = reads.http if scheme == "http" else reads.https
    for names in groups:
        found = _first(names, environ, reads, reads.empty)
        if found is not None and (found.text or reads.empty == DIRECT):
            return found
    return Chosen(groups[0][0])


def no_proxy(reads: Reads, environ: Mapping[str, str]) -> Chosen:
    """The list."""
    return _first(reads.no, environ, reads, reads.empty_list) or Chosen(NO)


def _first(names: Names, environ: Mapping[str, str], reads: Reads, empty: str) -> Optional[Chosen]:
    hidden = reads.cgi if environ.get(CGI) else ()
    for name in names:
        if name in environ and name not in hidden and (environ[name] or empty != UNSET):
            return Chosen(name, environ[name])
    return None


def outcome(reads: Reads, text: str, scheme: str) -> Optional[str]:
    """DIRECT or ERROR where the client cannot use a proxy URL; None where it uses it."""
    said = (
        reads.forms.get(form) or reads.forms.get(f"{form} for {scheme}") for form, is_so in FORMS if is_so.match(text)
    )
    return next((each for each in said if each is not None), None)
