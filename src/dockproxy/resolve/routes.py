"""Where the requests of a target go under settings whose places are known."""

from __future__ import annotations

import re
from typing import List, Mapping, NamedTuple, Optional

from dockproxy.model import ALL, HTTP, HTTPS, NO, Effective, Origin
from dockproxy.noproxy import GO
from dockproxy.noproxy.settings import PROXY_DROPPED, PROXY_REFUSED, ProxySettings, Route
from dockproxy.resolve.targets import Request, Target
from dockproxy.secret import ProxyURL, go_url, proxy_fault

UNUSABLE = ("unparsable-proxy", PROXY_REFUSED, PROXY_DROPPED)
"""What is told of a proxy that is set and not used."""

AUTHORITY = re.compile(r"[^:/?#]*://([^/?#]*)")


class Decided(NamedTuple):
    """A request and its route. ``origin`` is the place of what decided: of the list, or of the proxy. ``consumer`` is
    whose settings these are; ``is_disputed``: it depends on the Go of the engine, which is not known; ``fault`` is why
    Go cannot use that proxy, ``instead`` what it then does, ``doubt`` what weakens the answer."""

    request: Request
    route: Route
    origin: Optional[Origin]
    dialect: str = go_url.ENGINE
    consumer: str = "daemon"
    is_disputed: bool = False
    fault: Optional[str] = None
    instead: Optional[str] = None
    doubt: Optional[str] = None

    @property
    def is_asked(self) -> bool:
        """Whether the client was asked about such hosts: Go about all, the others about those in plain ASCII."""
        found = AUTHORITY.match(self.request.url)
        host = found[1].rpartition("@")[2] if found is not None else ""
        return self.dialect in GO or self.route.reason == "scheme" or (host.isascii() and "%" not in host)


class Router:
    """Settings as one consumer reads them; None in ``effective`` stands for a value without a place."""

    def __init__(
        self,
        effective: Mapping[str, Effective],
        dialect: str,
        consumer: str = "daemon",
        environ: Optional[Mapping[str, str]] = None,
        doubt: Optional[str] = None,
    ) -> None:
        """``environ``: the environment of which ``effective`` is what the client reads."""
        self._effective, self._dialect, self._consumer, self._doubt = effective, dialect, consumer, doubt
        http, https, no, all_ = (effective[v].text if v in effective else "" for v in (HTTP, HTTPS, NO, ALL))
        texts = {HTTP: http, HTTPS: https, ALL: all_} if dialect in GO else {}
        faults = {variable: proxy_fault.of(text, dialect) for variable, text in texts.items()}
        self._faults = {
            variable: (why, ProxyURL(texts[variable]).consequence(dialect))
            for variable, why in faults.items()
            if why is not None
        }
        own = ProxySettings(http, https, no, all_proxy=all_)
        self._settings = ProxySettings.of_environment(environ) if environ is not None else own

    def decide(self, target: Target) -> List[Decided]:
        """The requests of a target in their order, each with its route."""
        return [self._decided(request) for request in target.requests]

    def _decided(self, request: Request) -> Decided:
        route = self._settings.route(request.url, self._dialect)
        variable = NO if route.entry is not None else route.variable
        setting = self._effective[variable].setting if variable in self._effective else None
        is_said = route.decision == "proxy" or route.entry is not None or route.reason in UNUSABLE
        origin = setting.origin if setting is not None and is_said else None
        fault, instead = self._faults.get(variable, (None, None)) if route.decision == "proxy" else (None, None)
        return Decided(request, route, origin, self._dialect, self._consumer, False, fault, instead, self._doubt)
