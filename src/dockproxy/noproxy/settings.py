"""Proxy variables, and the question whether a request goes through a proxy under them."""

from __future__ import annotations

from typing import Callable, Dict, Mapping, NamedTuple, Optional

from dockproxy.noproxy import GO, clients, variables
from dockproxy.noproxy.entries import BuiltIn, Refused
from dockproxy.noproxy.go import Config, Resolver
from dockproxy.secret import ProxyURL


class Route(NamedTuple):
    """Where a request goes. ``decision`` is ``proxy``, ``direct``, or ``error`` where the client refuses to send it;
    ``proxy`` is the URL as the client prints it, in clear; ``entry`` is the entry of the list that decided, and
    ``variable`` the one whose proxy it is, or would be."""

    decision: str
    proxy: Optional[str]
    reason: str
    entry: Optional[str] = None
    variable: str = ""

    def __repr__(self) -> str:
        return f"Route({self.decision}, {str(ProxyURL(self.proxy or ''))!r}, {self.reason}, entry={self.entry!r})"


NOT_A_URL, CGI_REFUSED, LIST_REFUSED, BUILT_IN = "not-a-url", "cgi-refused", "list-refused", "built-in"
PROXY_REFUSED, PROXY_DROPPED = "proxy-refused", "proxy-dropped"
UNUSABLE = {
    variables.ERROR: Route("error", None, PROXY_REFUSED),
    variables.DIRECT: Route("direct", None, PROXY_DROPPED),
}


class ProxySettings:
    """The variables, empty where unset. A list is compiled once, at the first question in a dialect."""

    def __init__(
        self, http_proxy: str = "", https_proxy: str = "", no_proxy: str = "", cgi: bool = False, all_proxy: str = ""
    ) -> None:
        """Values that stand under every name that a client may read, in both cases. ``cgi``: REQUEST_METHOD is set, as
        in a CGI script."""
        self._environ: Mapping[str, str] = variables.environment(http_proxy, https_proxy, no_proxy, all_proxy, cgi)
        self._resolvers: Dict[str, Resolver] = {}
        self._lists: Dict[str, Callable[[str], Optional[str]]] = {}

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> ProxySettings:
        """Those of a process, of which each client reads the names that it knows."""
        settings = cls()
        settings._environ = dict(environ)
        return settings

    def __repr__(self) -> str:
        return "ProxySettings(…)"

    def route(self, url: str, dialect: str = "go") -> Route:
        """Proxy or direct for one URL, as a client of that dialect (a key of ``DIALECTS``) decides it. Raises KeyError
        where there is no such dialect."""
        try:
            return self._of_go(url, dialect) if dialect in GO else self._of_client(url, dialect)
        except ValueError:
            return Route("error", None, NOT_A_URL)

    def _of_go(self, url: str, dialect: str) -> Route:
        if dialect not in self._resolvers:
            self._resolvers[dialect] = Resolver(self._config(), dialect)
        decision = self._resolvers[dialect].decide(url)
        variable = f"{decision.variable}-proxy" if decision.variable else ""
        if decision.reason == CGI_REFUSED:
            return Route("error", None, CGI_REFUSED, variable=variable)
        decided = "direct" if decision.proxy is None else "proxy"
        return Route(decided, decision.proxy, decision.reason, decision.entry, variable)

    def _config(self) -> Config:
        reads, environ = variables.UPPER, self._environ
        http, https = (variables.proxy(reads, scheme, environ).text for scheme in ("http", "https"))
        return Config(http, https, variables.no_proxy(reads, environ).text, bool(environ.get(variables.CGI)))

    def _of_client(self, url: str, dialect: str) -> Route:
        reads = variables.READS[dialect]
        scheme = url.partition("://")[0].lower()
        if scheme not in ("http", "https"):
            return Route("direct", None, "scheme")
        try:
            entry = self._list(dialect)(url)
        except Refused as refused:
            return Route("error", None, LIST_REFUSED, refused.entry)
        chosen = variables.proxy(reads, scheme, self._environ)
        if not chosen.text:
            return Route("direct", None, "no-variable", variable=chosen.variable)
        unusable = UNUSABLE.get(variables.outcome(reads, chosen.text, scheme) or "")
        if isinstance(entry, BuiltIn):
            return Route("direct", None, BUILT_IN, variable=chosen.variable)
        if entry is not None and not (unusable is not None and reads.checks_first):
            return Route("direct", None, "no-proxy", entry, chosen.variable)
        if unusable is not None:
            return unusable._replace(variable=chosen.variable)
        return Route("proxy", chosen.text, "proxy", None, chosen.variable)

    def _list(self, dialect: str) -> Callable[[str], Optional[str]]:
        if dialect not in self._lists:
            text = variables.no_proxy(variables.READS[dialect], self._environ).text
            self._lists[dialect] = clients.compiled(dialect, text)
        return self._lists[dialect]
