"""The registry with which a proxy is tried."""

from __future__ import annotations

from typing import List, Optional, Tuple

import pytest

from dockproxy.model import Missing
from dockproxy.planner.verify_target import verify_target

PROXY, OTHER = "http://proxy.corp:3128", "http://other.corp:1"
HUB = ("registry-1.docker.io", 443)


def tried(
    image: Optional[str] = None, mirrors: Optional[List[str]] = None, http: str = "", https: str = PROXY, no: str = ""
) -> Optional[Tuple[str, str, int]]:
    desired = {"http-proxy": http, "https-proxy": https, "no-proxy": no}
    found = verify_target(image, {"RegistryConfig": {"Mirrors": mirrors}}, desired)
    return None if found is None else (found.proxy.reveal(), found.host, found.port)


@pytest.mark.parametrize(
    ("image", "mirrors", "expected"),
    [
        (None, None, HUB),
        (None, ["https://mirror.corp/"], ("mirror.corp", 443)),
        (None, ["http://mirror.corp:5000/", "https://mirror.corp:5000"], ("mirror.corp", 5000)),
        (None, ["https://mirror.corp:65536", "https://[::1", "https://mirror.corp"], ("mirror.corp", 443)),
        ("alpine", ["https://mirror.corp/"], HUB),
        ("docker.io/library/alpine", None, HUB),
        ("ghcr.io/a/b:1", None, ("ghcr.io", 443)),
        ("registry.corp:5000/x", None, ("registry.corp", 5000)),
        ("[2001:db8::1]:5000/x", None, ("2001:db8::1", 5000)),
        ("[2001:db8::1]/x", None, ("2001:db8::1", 443)),
    ],
)
def test_the_registry_that_is_tried(
    image: Optional[str], mirrors: Optional[List[str]], expected: Tuple[str, int]
) -> None:
    assert tried(image, mirrors) == (PROXY, *expected)


def test_what_goes_direct_is_not_tried_through_the_proxy() -> None:
    assert tried("registry.corp/x", ["https://mirror.corp", "https://m.example.com"], no=".corp") == (
        PROXY,
        "m.example.com",
        443,
    )
    assert tried("localhost/x") == (PROXY, *HUB)
    assert tried(no="*") is None


def test_a_proxy_for_http_alone_is_tried_too() -> None:
    assert tried(http=OTHER, https="") == (OTHER, *HUB)
    assert tried(http=OTHER, https=PROXY) == (PROXY, *HUB)
    assert tried(https="") is None


def test_an_engine_that_is_down_has_no_mirrors() -> None:
    desired = {"http-proxy": "", "https-proxy": PROXY, "no-proxy": ""}
    found = verify_target(None, Missing.ABSENT, desired)
    assert found is not None
    assert (found.host, found.port) == HUB
