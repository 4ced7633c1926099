"""Entries that do not do what they look like."""

from __future__ import annotations

import pytest

from dockproxy.noproxy import entries
from dockproxy.noproxy.settings import ProxySettings

MEANT = [
    "corp", ".corp", "*.corp", "corp.", ".", "corp:", "corp:5000", "a_b-c.corp", "ü.corp", "10.1.2.3", "10.1.2.3:80",
    "10.0.0.0/8", "fd00::/8", "fd00::1", "[fd00::1]:80", "a" * 63, "a-10.1.2.3", "corp.123", "x.1",
]  # fmt: skip


@pytest.mark.parametrize("entry", MEANT)
def test_what_somebody_may_mean(entry: str) -> None:
    assert list(entries.useless(entry)) == []


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("a b", "holds a blank"),
        ("a;b", "holds a semicolon"),
        ("http://a", "not a URL"),
        ("*", "every host"),
        ("*a", "no pattern but *.domain: it"),
        ("a*b", "no pattern"),
        ("*.a*", "no pattern"),
        ("'a'", "quotes"),
        ('a"', "quotes"),
        ("10.0.0.0/33", "an IPv4 network ends in /0 to /32: it matches nothing"),
        ("fd00::/129", "an IPv6 network ends in /0 to /128: it matches nothing"),
        ("corp/8", "not a network"),
        ("10.0.0.0:80/8:5", "not a network"),
        ("10.1.2.1-10.1.2.9", "no ranges"),
        ("10.1.2.1 -10.1.2.9", "blank"),
        ("[fd00::1]", "brackets"),
        ("[::1", "no host has such a name"),
        ("<local>", "no host has such a name"),
        ("a..b", "no host has such a name"),
        ("..", "no host has such a name"),
        (":80", "no host has such a name"),
        ("ü\u200b\ufffd", "no host has such a name"),
        ("corp:x", "no port"),
        ("corp:0443", "no port"),
        ("10.1.2.3:65536", "no port"),
        ("192.168.1.300", "looks like an address and is none"),
        ("10.0.0.01:5000", "looks like an address and is none"),
        ("192.168", "a part of an address"),
        ("10", "a part of an address"),
        ("1.2.3:80", "a part of an address"),
        ("10.1.2.", "a part of an address"),
        (".2.3", "a part of an address"),
        ("*.192.168", "a part of an address"),
        ("*.10.1.2.300", "looks like an address and is none"),
        (".10.1.2.3", "looks like an address and is none"),
        ("1.2.3.4.5", "looks like an address and is none"),
        ("a" * 64, "this long"),
        ("ü" * 64, "this long"),
        ("a." * 127, "this long"),
    ],
)
def test_what_matches_nothing_or_all(entry: str, why: str) -> None:
    ((found, said),) = entries.useless(f"corp,{entry}")
    assert (found, why in said) == (entry, True)


def test_zeros_before_a_number_are_an_address_to_an_old_go_only() -> None:
    assert [len(list(entries.useless("010.0.0.1", dialect))) for dialect in ("go-1.15", "go-1.19", "go")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("entry", "is_useless"),
    [
        (".2.3", False),
        ("*.2.3:80", False),
        ("192.168", False),
        ("3", False),
        ("256", True),
        ("10.1.2.", True),
        (".10.1.2.3", True),
        ("10.1.2.300", True),
    ],
)
def test_to_an_old_go_a_part_is_the_end_of_an_address(entry: str, is_useless: bool) -> None:
    for dialect in ("go-1.15", "go-1.19"):
        assert bool(list(entries.useless(entry, dialect))) is is_useless
        alone = ProxySettings("http://p:1", "http://p:1", entry)
        found = [alone.route(f"https://{address}:80/", dialect).decision for address in ("10.1.2.3", "1.1.192.168")]
        assert ("direct" in found) is not is_useless
