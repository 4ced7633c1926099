"""The public question: which way does a request go."""

from __future__ import annotations

import pytest
from tests.conftest import CANARY

import dockproxy
from dockproxy import ProxySettings
from dockproxy.noproxy import GO

PROXY = f"http://u:{CANARY}@proxy:3128"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://registry.corp/v2/", ("direct", None, "no-proxy", ".corp")),
        ("https://hub.docker.com/", ("proxy", PROXY, "proxy", None)),
        ("http://hub.docker.com/", ("direct", None, "no-variable", None)),
        ("https://[::1", ("error", None, "not-a-url", None)),
    ],
)
def test_a_route(url: str, expected: object) -> None:
    assert ProxySettings(https_proxy=PROXY, no_proxy=".corp").route(url)[:4] == expected


def test_a_list_is_compiled_once() -> None:
    settings = ProxySettings(https_proxy=PROXY, no_proxy=".corp")
    assert settings.route("https://a.corp/") == settings.route("https://a.corp/")


def test_cgi_is_refused() -> None:
    settings = ProxySettings(http_proxy=PROXY, cgi=True)
    assert tuple(settings.route("http://host/")) == ("error", None, "cgi-refused", None, "http-proxy")


def test_each_dialect_decides_by_itself() -> None:
    settings = ProxySettings(https_proxy=PROXY, no_proxy=".2.3")
    said = {dialect: settings.route("https://10.1.2.3/", dialect).decision for dialect in GO}
    assert said == {"go": "proxy", "go-1.25": "proxy", "go-1.24": "proxy", "go-1.19": "direct", "go-1.15": "direct"}
    with pytest.raises(KeyError):
        settings.route("https://host/", "smoke-signals")


def test_a_password_is_not_in_a_repr() -> None:
    settings = ProxySettings(https_proxy=PROXY)
    assert CANARY not in repr(settings) + repr(settings.route("https://host/"))


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Router'"):
        _ = dockproxy.Router
