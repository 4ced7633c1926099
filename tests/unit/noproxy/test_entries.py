"""Entries that do not do what they look like."""

from __future__ import annotations

import pytest

from dockproxy.noproxy import entries

MEANT = [
    "corp", ".corp", "*.corp", "corp.", ".", "corp:", "corp:5000", "a_b-c.corp", "ü.corp", "10.1.2.3", "10.1.2.3:80",
    "10.0.0.0/8", "fd00::/8", "fd00::1", "[fd00::1]:80", "a" * 63, "a-10.1.2.3", "2.3", "*.10.1.2.300",
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
