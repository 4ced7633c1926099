"""Random lists and requests: our dialects must decide as the real Python clients, which are asked in this process."""

from __future__ import annotations

import random
import urllib.request
from importlib import import_module
from typing import Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

import pytest

from dockproxy import ProxySettings
from dockproxy.noproxy import entries, lint
from dockproxy.noproxy.probes import around, special
from tests.oracles.conftest import Agreed
from tests.oracles.test_go_routes import question

PROXY = "http://proxy.example:3128"
LISTS = 600


def _urllib(url: str) -> bool:
    bypass: Callable[[str], bool] = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009
    # As urllib.request.Request takes a URL apart.
    return bypass(urllib.request.Request(url).host)


def _requests(url: str) -> bool:
    return bool(import_module("requests.utils").should_bypass_proxies(url, None))


def _pip(url: str) -> bool:
    return bool(import_module("pip._vendor.requests.utils").should_bypass_proxies(url, None))


def _aiohttp(url: str) -> bool:
    try:
        import_module("aiohttp.helpers").get_env_proxy_for_url(import_module("yarl").URL(url))
    except LookupError:
        return True
    return False


def _httpx(url: str) -> Optional[bool]:
    """None where httpx refuses the list, or the URL."""
    httpx = import_module("httpx")

    class Client(httpx.Client):  # type: ignore[misc, name-defined]
        """Without what would load certificates for each question."""

        def _init_transport(self, **options: Any) -> Any:
            return httpx.BaseTransport()

        def _init_proxy_transport(self, proxy: Any, **options: Any) -> Any:
            return httpx.BaseTransport()

    try:
        client = Client()
        return bool(client._transport_for_url(httpx.URL(url)) is client._transport)
    except (httpx.InvalidURL, UnicodeError):
        return None


CLIENTS: Dict[str, Callable[[str], Optional[bool]]] = {
    "python-urllib": _urllib, "requests": _requests, "pip": _pip, "aiohttp": _aiohttp, "httpx": _httpx,
}  # fmt: skip


@pytest.mark.real("python:requests", "python:aiohttp", "python:httpx")
@pytest.mark.parametrize("dialect", list(CLIENTS))
def test_every_decision_is_the_clients(dialect: str, monkeypatch: pytest.MonkeyPatch, agreed: Agreed) -> None:
    rng, wrong, direct, count = random.Random(1), [], 0, 0
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, PROXY)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    for _ in range(LISTS):
        asked = question(rng)
        monkeypatch.setenv("no_proxy", asked.no_proxy)
        monkeypatch.setenv("NO_PROXY", asked.no_proxy)
        settings = ProxySettings(PROXY, PROXY, asked.no_proxy)
        for url in filter(is_plain, asked.urls):
            said = CLIENTS[dialect](url)
            ours = {"direct": True, "proxy": False, "error": None}[settings.route(url, dialect).decision]
            count, direct = count + 1, direct + (said is True)
            wrong += [(asked.no_proxy, url, said, ours)] if said != ours else []
    assert not wrong, f"{len(wrong)} of {count} differ, such as {wrong[:5]}"
    assert count > 1000
    assert 0 < direct < count
    agreed(count)


LINTED = [
    "10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "10.1.2.3", "10.1.2.3/32", "fd00::/8", "fd00::1", "fd00:0::1", "[fd00::1]",
    ".corp", "*.corp", "*corp", "corp.", "corp:443", "foo.corp:5000", "a.corp b.corp", "corp;b.corp", "http://corp",
    "<local>", "10.1.2.1-10.1.2.9", "'corp'", ".2.3", "192.168", ".10.1.2.3",
]  # fmt: skip


def linted() -> List[Tuple[str, List[str]]]:
    """Entries of which ``--lint`` says something to every client, each with the requests by which it finds that."""
    found = []
    for entry in LINTED:
        parts = lint._parts(entry, "go") if list(entries.useless(entry)) else [(entry, "https")]
        probes = [p for part, scheme in parts for p in around(part, "go", scheme)] + special(entry)
        found.append((entry, [url for probe in probes for url in probe.urls]))
    return found


@pytest.mark.real("python:requests", "python:aiohttp", "python:httpx")
@pytest.mark.parametrize("dialect", list(CLIENTS))
def test_what_lint_finds_by_is_the_clients(dialect: str, monkeypatch: pytest.MonkeyPatch, agreed: Agreed) -> None:
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, PROXY)
    wrong, count = [], 0
    for entry, urls in linted():
        monkeypatch.setenv("no_proxy", entry)
        monkeypatch.setenv("NO_PROXY", entry)
        settings = ProxySettings(PROXY, PROXY, entry)
        for url in filter(is_plain, urls):
            said = CLIENTS[dialect](url)
            ours = {"direct": True, "proxy": False, "error": None}[settings.route(url, dialect).decision]
            count += 1
            wrong += [(entry, url, said, ours)] if said != ours else []
    assert wrong == []
    agreed(count)


def is_plain(url: str) -> bool:
    """What urlsplit, requests and yarl take apart alike: which URLs a client refuses is another question."""
    try:
        parts: Any = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    ends_in_colon = parts.netloc.endswith(":")
    return parts.scheme in ("http", "https") and host.isascii() and "%" not in host and port != 0 and not ends_in_colon
