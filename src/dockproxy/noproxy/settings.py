"""Proxy variables, and the question whether a request goes through a proxy under them."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

from dockproxy.noproxy import GO, clients
from dockproxy.noproxy.entries import Refused
from dockproxy.noproxy.go import Config, Resolver
from dockproxy.secret import ProxyURL


class Route(NamedTuple):
    """Where a request goes. ``decision`` is ``proxy``, ``direct``, or ``error`` where the client refuses to send it;
    ``proxy`` is the URL as the client prints it, in clear; ``entry`` is the entry of the list that decided."""

    decision: str
    proxy: Optional[str]
    reason: str
    entry: Optional[str] = None

    def __repr__(self) -> str:
        return f"Route({self.decision}, {str(ProxyURL(self.proxy or ''))!r}, {self.reason}, entry={self.entry!r})"


NOT_A_URL, CGI_REFUSED, LIST_REFUSED = "not-a-url", "cgi-refused", "list-refused"


class ProxySettings:
    """The three variables, empty where unset. A list is compiled once, at the first question in a dialect."""

    def __init__(self, http_proxy: str = "", https_proxy: str = "", no_proxy: str = "", cgi: bool = False) -> None:
        """``cgi``: REQUEST_METHOD is set, as in a CGI script."""
        self._config = Config(http_proxy, https_proxy, no_proxy, cgi)
        self._resolvers: Dict[str, Resolver] = {}

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
            self._resolvers[dialect] = Resolver(self._config, dialect)
        decision = self._resolvers[dialect].decide(url)
        if decision.reason == CGI_REFUSED:
            return Route("error", None, CGI_REFUSED)
        return Route("direct" if decision.proxy is None else "proxy", decision.proxy, decision.reason, decision.entry)

    def _of_client(self, url: str, dialect: str) -> Route:
        variables = {"http": "" if self._config.cgi else self._config.http_proxy, "https": self._config.https_proxy}
        scheme = url.partition("://")[0].lower()
        if scheme not in variables:
            return Route("direct", None, "scheme")
        bypass = clients.bypass(dialect, url)
        try:
            entry = bypass(self._config.no_proxy)
        except Refused as refused:
            return Route("error", None, LIST_REFUSED, refused.entry)
        if not variables[scheme]:
            return Route("direct", None, "no-variable")
        if entry is None:
            return Route("proxy", variables[scheme], "proxy")
        return Route("direct", None, "no-proxy", entry)
