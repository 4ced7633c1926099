"""Where the requests of a target go under settings whose places are known."""

from __future__ import annotations

from typing import List, Mapping, NamedTuple, Optional

from dockproxy.model import HTTP, HTTPS, NO, Effective, Origin
from dockproxy.noproxy.settings import ProxySettings, Route
from dockproxy.resolve.targets import Request, Target

VARIABLES = {"http": HTTP, "https": HTTPS}
"""Scheme of a request to the variable that it is for."""


class Decided(NamedTuple):
    """A request and its route. ``origin`` is the place of what decided: of the list, or of the proxy."""

    request: Request
    route: Route
    origin: Optional[Origin]


class Router:
    """Settings as one consumer reads them; None in ``effective`` stands for a value without a place."""

    def __init__(self, effective: Mapping[str, Effective], dialect: str) -> None:
        self._effective, self._dialect = effective, dialect
        http, https, no = (effective[v].text if v in effective else "" for v in (HTTP, HTTPS, NO))
        self._settings = ProxySettings(http, https, no)

    def decide(self, target: Target) -> List[Decided]:
        """The requests of a target in their order, each with its route."""
        return [self._decided(request) for request in target.requests]

    def _decided(self, request: Request) -> Decided:
        route = self._settings.route(request.url, self._dialect)
        scheme = request.url.partition("://")[0].lower()
        variable = NO if route.entry is not None else VARIABLES.get(scheme, "")
        setting = self._effective[variable].setting if variable in self._effective else None
        is_said = route.decision == "proxy" or route.entry is not None or route.reason == "unparsable-proxy"
        return Decided(request, route, setting.origin if setting is not None and is_said else None)
