"""URLs as Go's net/url reads them. What a proxy variable becomes is asked of Go itself in tests/vectors."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.secret import go_netip, go_url


def parts(raw: str, dialect: str = "go") -> Tuple[Any, ...]:
    url = go_url.parse(raw, dialect)
    return url.scheme, url.username, url.password, url.hostname, url.port


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("http://proxy:3128", ("http", None, None, "proxy", "3128")),
        ("HTTP://Proxy", ("http", None, None, "Proxy", "")),
        ("http://u:p@h:1/x?y#z", ("http", "u", "p", "h", "1")),
        ("http://u@h", ("http", "u", None, "h", "")),
        ("http://u:@h", ("http", "u", "", "h", "")),
        ("http://a%40b:c%3Ad@h", ("http", "a@b", "c:d", "h", "")),
        ("http://@h", ("http", "", None, "h", "")),
        ("http://[2001:db8::1]:3128", ("http", None, None, "2001:db8::1", "3128")),
        ("http://[fe80::1%25eth0]:1", ("http", None, None, "fe80::1%eth0", "1")),
        ("http://[fe80::1%25e%41]", ("http", None, None, "fe80::1%eA", "")),
        ("http://h:", ("http", None, None, "h", "")),
        ("http://", ("http", None, None, "", "")),
        ("mailto:x", ("mailto", None, None, "", "")),
        ("/only/a/path", ("", None, None, "", "")),
        ("//h/p", ("", None, None, "h", "")),
        ("http:/p", ("http", None, None, "", "")),
        ("*", ("", None, None, "", "")),
        ("http://é.example", ("http", None, None, "é.example", "")),
    ],
)
def test_parts(raw: str, expected: Tuple[Any, ...]) -> None:
    assert parts(raw) == expected


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (":x", "the scheme is missing"),
        ("1a:b:c/d", "the first part of a path holds a colon"),
        ("http://h\x7f", "a control character"),
        ("http://u:p%zz@h", "not followed by two hexadecimal digits"),
        ("http://u:p^@h", "must be percent-encoded"),
        ("http://h:port", "the port is not a number"),
        ("http://[::1", "a ] is missing"),
        ("http://[::1]x", "the port is not a number"),
        ("http://h%41", "an ASCII character of the host is percent-encoded"),
        ("http://h h", "an invalid character"),
        ("http://[fe80::1%25e^]", "an invalid character"),
    ],
)
def test_what_go_refuses(raw: str, why: str) -> None:
    with pytest.raises(go_url.GoURLError, match=why.replace("[", r"\[").replace("]", r"\]")):
        go_url.parse(raw)


@pytest.mark.parametrize(
    ("raw", "accepted"),
    [
        ("http://[notv6]", {"go": False, "go-1.25": False, "go-1.24": True, "go-1.19": True}),
        ("http://x[y]", {"go": False, "go-1.25": False, "go-1.24": True, "go-1.19": True}),
        ("http://[127.0.0.1]", {"go": False, "go-1.25": False, "go-1.24": True, "go-1.19": True}),
        ("http://a:b:80", {"go": False, "go-1.25": True, "go-1.24": True, "go-1.19": True}),
    ],
)
def test_what_versions_of_go_differ_in(raw: str, accepted: Dict[str, bool]) -> None:
    for dialect, is_accepted in accepted.items():
        try:
            go_url.parse(raw, dialect)
        except go_url.GoURLError:
            assert not is_accepted, dialect
        else:
            assert is_accepted, dialect


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ("HTTP://u:p@h:1/x?y#z", "http://u:p@h:1/x?y#z"),
        ("http://u:p%2Fq@h", "http://u:p%2Fq@h"),
        ("http://u%3a:p@h", "http://u%3A:p@h"),
        ("http://h?", "http://h?"),
        ("mailto:x", "mailto:x"),
        ("http:/p", "http:/p"),
        ("//h/p", "//h/p"),
        ("*", "*"),
        ("http://h/a%2Fb", "http://h/a%2Fb"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://u@h", "http://u@h"),
        ("http://h/#a b", "http://h/#a%20b"),
        ("/p", "/p"),
    ],
)
def test_printing(raw: str, printed: str) -> None:
    assert go_url.parse(raw).string() == printed


@pytest.mark.parametrize(
    ("raw", "dialect", "host"),
    [
        ("", "go", None),
        ("proxy:3128", "go", "proxy"),
        ("proxy", "go", "proxy"),
        ("ftp://h", "go", "h"),
        ("ftp://h", "go-1.19", "ftp"),
        ("http://%zz", "go", None),
        ("socks5://h", "go-1.19", "h"),
        ("/%zz", "go", None),
    ],
)
def test_a_proxy_variable(raw: str, dialect: str, host: Optional[str]) -> None:
    url = go_url.parse_proxy(raw, dialect)
    assert (url.hostname if url else None) == host


@given(st.text())
def test_what_is_printed_is_parsed_to_the_same(raw: str) -> None:
    for dialect in go_url.DIALECTS:
        try:
            url = go_url.parse(raw, dialect)
        except go_url.GoURLError:
            continue
        again = go_url.parse(url.string(), dialect)
        assert (again.host, again.username, again.password) == (url.host, url.username, url.password)


def test_no_refusal_quotes_the_text() -> None:
    for raw in ("http://u:C4NARY%zz@h", "http://u:C4NARY^@h", "http://u:C4NARY@h:x", "http://u:C4NARY\x01@h"):
        with pytest.raises(go_url.GoURLError) as caught:
            go_url.parse(raw)
        assert "C4NARY" not in str(caught.value)


def test_no_repr_of_a_url_with_a_password() -> None:
    assert "C4NARY" not in repr(go_url.parse("http://u:C4NARY@h"))


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("10.0.0.1", bytes([10, 0, 0, 1])),
        ("::1", bytes(15) + b"\x01"),
        ("::", bytes(16)),
        ("1::", b"\0\x01" + bytes(14)),
        ("2001:db8::192.0.2.1", bytes.fromhex("20010db8" + "0" * 16 + "c0000201")),
        ("1:2:3:4:5:6:7:8", bytes.fromhex("00010002000300040005000600070008")),
        ("010.0.0.1", None),
        ("256.0.0.1", None),
        ("1.2.3", None),
        ("1.2.3.4.5", None),
        ("1.2.3.x", None),
        ("1:2:3:4:5:6:7", None),
        ("1:2:3:4:5:6:7:8:9", None),
        ("1:2:3:4::5:6:7:8", None),
        ("1::2::3", None),
        (":::", None),
        ("1.2.3.4::", None),
        ("::1.2.3", None),
        ("12345::", None),
        ("g::", None),
        ("fe80::1%", None),
        ("host", None),
        ("a%b", None),
        ("", None),
    ],
)
def test_addresses(text: str, packed: Optional[bytes]) -> None:
    address = go_netip.parse_addr(text)
    assert (address.packed if address else None) == packed


def test_a_zone_and_the_form_in_which_addresses_compare() -> None:
    zoned = go_netip.parse_addr("fe80::1%eth0")
    assert zoned is not None
    assert zoned.zone == "eth0"
    four = go_netip.parse_addr("10.0.0.1")
    mapped = go_netip.parse_addr("::ffff:10.0.0.1")
    assert four is not None
    assert mapped is not None
    assert four.as16 == mapped.as16


def test_a_lone_surrogate_is_what_go_makes_of_it() -> None:
    assert go_url.parse("http://h/\ud800").path == "/\ufffd"


def test_an_invalid_escape_in_a_zone() -> None:
    with pytest.raises(go_url.GoURLError, match="the IPv6 zone holds an invalid escape"):
        go_url.parse("http://[fe80::1%25a%5E]")


@pytest.mark.parametrize(
    ("version", "dialect"),
    [
        ("go1.13.15", "go-1.15"),
        ("go1.15.15", "go-1.15"),
        ("go1.16", "go-1.19"),
        ("go1.19.8", "go-1.19"),
        ("go1.22.12", "go-1.19"),
        ("go1.23.6", "go-1.24"),
        ("go1.24.4", "go-1.24"),
        ("go1.24.8", "go-1.25"),
        ("go1.25.1", "go-1.24"),
        ("go1.25.2 X:nocoverageredesign", "go-1.25"),
        ("go1.27.3", "go-1.25"),
        ("go1.18." + "9" * 5000, "go-1.19"),
        ("devel", "go-1.25"),
    ],
)
def test_the_go_that_an_engine_is_built_with(version: str, dialect: str) -> None:
    assert go_url.dialect_of(version) == dialect
