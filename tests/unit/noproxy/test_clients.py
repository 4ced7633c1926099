"""Every dialect agrees with what was recorded from its real client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockproxy import ProxySettings
from dockproxy.noproxy import DIALECTS, GO, clients, curl

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "no_proxy_clients.jsonl"
PROXY = "http://proxy.example:3128"
HTTP_ONLY = ("busybox-wget", "ruby")
"""They have no variable for https."""
RECORDED = sorted(set(DIALECTS) - {"go-1.25", "wget2-1.99", "perl-6.68"})
"""Nobody but an engine decides as ``go-1.25`` does; tests/oracles asks wget2 1.99 and LWP 6.68."""
LOOKED_UP = [("ruby", "10.0.0.0/8", "http://intranet.corp/")]
"""Ruby alone looks the name up, which was 10.1.2.3 when that was recorded; route looks nothing up."""


def recorded(dialect: str) -> List[Dict[str, Any]]:
    rows = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if (row["client"], row["version"]) == tuple(DIALECTS[dialect])]


@pytest.mark.parametrize("dialect", RECORDED)
def test_every_recorded_answer(dialect: str) -> None:
    rows = recorded(dialect)
    wrong = [
        row
        for row in rows
        for said in [ProxySettings(PROXY, PROXY, row["no_proxy"]).route(row["url"], dialect)]
        if (said.decision == "direct") != row["bypass"] and (dialect, row["no_proxy"], row["url"]) not in LOOKED_UP
    ]
    assert wrong == []
    assert len(rows) > 80


@pytest.mark.parametrize(
    ("dialect", "no_proxy", "url", "entry"),
    [
        ("python-urllib", "*", "https://x/", "*"),
        ("python-urllib", "x,*", "https://y/", None),
        ("python-urllib", " .corp ", "https://a.corp/", " .corp "),
        ("python-urllib", "corp:5000", "https://a.corp:5000/", "corp:5000"),
        ("requests", "corp:5000", "https://a.corp:5000/", "corp:5000"),
        ("requests", "10.0.0.0/8,10.0.0.0/x,10.0.0.0/0,a/8", "https://11.1.2.3/", None),
        ("requests", "10.0.0.0/8", "https://10.1.2.3/", "10.0.0.0/8"),
        ("requests", "rp", "https://corp/", None),
        ("pip", "rp", "https://corp/", "rp"),
        ("aiohttp", "b\u00fccher.corp", "https://xn--bcher-kva.corp/", "b\u00fccher.corp"),
        ("aiohttp", "xn--99999999", "https://xn--99999999/", "xn--99999999"),
        ("curl", "10.0.0.0/33,10.0.0.0/x,10.0.0.0/", "https://10.1.2.3/", None),
        ("curl", "fd00::/8", "https://[fd00:0::1]/", "fd00::/8"),
        ("curl", "a b,x.corp", "https://x.corp/", None),
        ("curl-7.88", "a b,x.corp", "https://x.corp/", "x.corp"),
        ("curl-7.86", ".a.corp,a.corp,.corp,orp", "https://b.a.corp/", None),
        ("curl-7.86", "a.corp,.orp", "https://b.a.corp/", ".orp"),
        ("curl-7.86", "a.corp,.b.corp,x", "https://b.corp/", ".b.corp"),
        ("curl-7.88", "10.0.0.0/8x", "https://10.1.2.3/", "10.0.0.0/8x"),
        ("curl", "8.1.2.3", "https://010.1.2.3/", "8.1.2.3"),
        ("wget", "x, .corp", "https://a.corp/", ".corp"),
        ("npm", "a.corp", "https://b.a.corp/", "a.corp"),
        ("npm", ".,,a", "https://b.corp/", None),
        ("perl", "x , .a.corp", "https://b.a.corp/", ".a.corp"),
        ("undici", "x [fd00::1]:443", "https://[fd00::1]/", "[fd00::1]:443"),
        ("undici", "a.corp:80,[a.corp]", "https://b.a.corp/", "[a.corp]"),
        ("undici", "x,*", "https://b.a.corp/", "*"),
        ("node-http", "a.corp,*.corp", "https://b.a.corp/", "*.corp"),
        ("node-http", "10.1.2.9-10.1.2.1,10.1.2.1-10.1.2.9", "https://10.1.2.3/", "10.1.2.1-10.1.2.9"),
        ("node-fetch", "x,*,[fd00::1]:80,*.corp:443", "https://b.a.corp/", "*.corp:443"),
        ("node-fetch", "*", "https://b.a.corp/", "*"),
        ("node-fetch", "fd00::1,[fd00::1]", "https://[fd00::1]/", "[fd00::1]"),
        ("undici", "::ffff:a01:203", "https://[::ffff:10.1.2.3]/", "::ffff:a01:203"),
        ("proxy-from-env", "corp,a.corp:80 .corp:443", "https://b.a.corp/", ".corp:443"),
        ("axios", "b.corp:80,[b.corp]:443", "https://b.corp/", "[b.corp]:443"),
        ("axios", "*:,corp,.corp.", "https://b.corp./", ".corp."),
        (
            "axios",
            "fd00::/8,[10.0.0.0]/8,10.0.0.0/33,10.0.0.0/8x,10.0.0.0./8,fe80::1%1/8,10.0.0.0/8",
            "https://10.1.2.3/",
            "10.0.0.0/8",
        ),
        ("axios", "::ffff:10.0.0.0/95,[::ffff:10.0.0.0]/104", "https://[::ffff:10.1.2.3]/", "[::ffff:10.0.0.0]/104"),
        ("axios", "1.2.3.0x4,256.1,fd00::x,[fe80::1%1],FD00:0::1", "https://[fd00::1]/", "FD00:0::1"),
        ("axios", "10.0x1.515", "https://10.1.2.3/", "10.0x1.515"),
        ("axios", "127.0.0.256,127.9.9.9", "https://localhost/", "127.9.9.9"),
        ("axios", "*.b\u00fccher.corp.", "https://a.xn--bcher-kva.corp/", "*.b\u00fccher.corp."),
        ("httpx", "http://b.a.corp,all://*,.corp ,corp", "https://b.a.corp/", ".corp "),
        ("httpx", "*:8443,https://*:443,https://", "https://a.corp:443/", "https://"),
        ("httpx", "10.0.0.0/8,10.1.2.3/8,fd00::1", "https://10.1.2.3/", "10.1.2.3/8"),
        ("httpx", "localhost,[,*", "https://b.a.corp/", "*"),
        ("httpx", "localhost", "https://a.localhost/", None),
        ("httpx", "all://*:5000", "https://a.corp:5000/", "all://*:5000"),
        ("httpx", "b\u00fccher.corp:", "https://x/", "b\u00fccher.corp:"),
        ("httpx", "x\x01y", "https://x/", "x\x01y"),
        ("httpx", "://\u00e9,http://xn--a_b", "https://x/", "http://xn--a_b"),
        ("httpx", "https://b\u00fccher.corp", "https://xn--bcher-kva.corp/", "https://b\u00fccher.corp"),
        ("httpx", "::x://,a", "https://a/", "::x://"),
        ("httpx", "fd00::/8", "https://a/", "fd00::/8"),
        ("httpx", "all://*", "https://xn--a_b/", None),
        ("ruby", "a.corp:80,.a.corp:443", "https://b.a.corp/", ".a.corp:443"),
        (
            "ruby",
            "10.0.0.0/33,10.0.0.0/255.0.255.0,10.0.0.0/x,x/8,10.0.0.0/255.0.0.0",
            "https://10.1.2.3/",
            "10.0.0.0/255.0.0.0",
        ),
        ("ruby", "10.1.2.3/0", "https://11.1.2.3/", "10.1.2.3/0"),
        ("wget2", "a.corp:80,<local>,[x],.a.corp:8x", "https://b.a.corp:8/", ".a.corp:8x"),
        ("wget2", "x.corp:y,*.a.corp:1:2", "https://b.a.corp/", "*.a.corp:1:2"),
        ("wget2", "*.b.a.corp", "https://b.a/", "*.b.a.corp"),
        ("wget2", "<local>", "https://b/", "<local>"),
        ("wget2", "10.1.2.0/8,10.0.0.0/x,fd00::/8,10.0.0.0/33,10.0.0.0/8", "https://10.1.2.3/", "10.0.0.0/8"),
        ("wget2", "fd00:0::1", "https://[fd00::1]/", "fd00:0::1"),
        ("wget2-1.99", " b.corp,corp,.corp", "https://b.corp/", ".corp"),
        ("perl-6.68", "B.corp,corp:443,orp", "https://b.corp/", "orp"),
        ("perl", "0", "https://0/", None),
        ("java", "x,10.*", "https://10.1.2.3/", "10.*"),
        ("java", "*orp*,*.corp", "https://b.corp/", "*.corp"),
        ("undici", "*.*,x", "https://b.corp/", None),
        ("aiohttp", "corp:5000", "https://a.corp:5000/", None),
        ("aiohttp", "fd00::1", "https://[fd00::1]/", "fd00::1"),
    ],
)
def test_the_entry_that_decides(dialect: str, no_proxy: str, url: str, entry: object) -> None:
    assert ProxySettings(PROXY, PROXY, no_proxy).route(url, dialect).entry == entry


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - set(GO)))
@pytest.mark.parametrize(
    ("url", "reason"),
    [("ftp://x/", "scheme"), ("http://x/", "no-variable"), ("https:///x", "not-a-url"), ("https://x/", "proxy")],
)
def test_why_a_client_goes_there(url: str, reason: str, dialect: str) -> None:
    expected = "no-variable" if dialect in HTTP_ONLY and reason == "proxy" else reason
    assert ProxySettings("", PROXY, "").route(url, dialect).reason == expected


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("entry", ["x:{}", "[::1]:{}", "10.0.0.0/{}", "x:0{}", "http://x:{}"])
def test_a_number_of_absurd_length_is_no_error(entry: str, dialect: str) -> None:
    for host in ("x", "10.1.2.3"):
        said = ProxySettings(PROXY, PROXY, entry.format("1" * 5000)).route(f"https://{host}/", dialect)
        assert said.decision == "proxy" or dialect == "httpx"


@pytest.mark.parametrize("dialect", ["ruby", "undici", "node-fetch", "axios", "proxy-from-env", "wget2"])
def test_no_number_is_too_long(dialect: str) -> None:
    def route(port: str) -> Tuple[str, str]:
        said = ProxySettings(PROXY, PROXY, f"a.corp:{port}").route("https://a.corp:443/", dialect)
        return said.decision, said.reason

    assert route("1" * 5000) == ("proxy", "proxy")
    assert route("0" * 5000 + "443") == ("direct", "no-proxy")


@pytest.mark.parametrize(("dialect", "is_built_in"), [("ruby", True), ("java", True), ("axios", False)])
def test_loopback_that_no_entry_names(dialect: str, is_built_in: bool) -> None:
    said = ProxySettings(PROXY, PROXY, "127.0.0.1").route("https://localhost/", dialect)
    assert (said.reason == "built-in", said.entry) == (is_built_in, None if is_built_in else said.entry)


def test_httpx_does_nothing_with_a_list_that_it_cannot_read() -> None:
    said = ProxySettings("", PROXY, "corp, [fd00::1").route("http://x/", "httpx")
    assert said[:4] == ("error", None, "list-refused", " [fd00::1")


@pytest.mark.parametrize("url", ["https://1.2.3.400/", "https://a_b.\u00e9\u200d/", "https://xn--a_b/"])
def test_httpx_fails_at_the_url(url: str) -> None:
    assert ProxySettings(PROXY, PROXY, "corp").route(url, "httpx").reason == "not-a-url"


TEXT = st.text(alphabet="[]:/.%@-*?#0123456789axvé\x00\udcff \\", max_size=24)


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS)))
@given(TEXT, TEXT, st.sampled_from(["http://", "https://", ""]))
@example("[v1.fe80::a]/", "a", "https://")
@example("[a:z]/", "a", "http://")
@example("[:::]/", "a", "http://")
@example("[1.2.3.4:5]/", "a", "http://")
@example("corp/", "corp:" + "1" * 5000, "http://")
def test_any_text_is_answered(dialect: str, url: str, no_proxy: str, scheme: str) -> None:
    route = ProxySettings(PROXY, PROXY, no_proxy).route(scheme + url, dialect)
    assert route.decision in ("proxy", "direct", "error")


@pytest.mark.parametrize("host", ["a:z", ":::", "1.2.3.4:5", "v1.fe80::a"])
def test_brackets_that_hold_no_ipv6_address_are_no_host_to_curl(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Parts:
        hostname = host

    # Python before 3.11.4 takes all of them.
    monkeypatch.setattr(curl, "urlsplit", lambda url: Parts)
    with pytest.raises(ValueError, match="do not hold an IPv6 address"):
        curl.host_of(f"https://[{host}]/")


@pytest.mark.parametrize(
    ("no_proxy", "url", "entry"),
    [
        (" a , b , corp , ,", "https://corp/", "corp"),
        (" corp", "https://corp/", None),
        ("corp ", "https://corp/", None),
        ("a, corp ", "https://corp/", None),
        ("corp ,", "https://corp/", "corp"),
        (", ,", "https://corp/", None),
    ],
)
def test_where_blanks_count_to_lwp(no_proxy: str, url: str, entry: object) -> None:
    assert ProxySettings(PROXY, PROXY, no_proxy).route(url, "perl").entry == entry


@pytest.mark.parametrize("dialect", ["curl", "wget", "requests", "npm"])
def test_a_url_without_a_host_is_none(dialect: str) -> None:
    assert ProxySettings(PROXY, PROXY, "").route("https:///x", dialect).reason == "not-a-url"


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - set(GO)))
def test_a_list_is_taken_apart_once(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: List[str] = []
    real = clients.compiled

    def counted(name: str, text: str) -> Callable[[str], Optional[str]]:
        compiled.append(text)
        return real(name, text)

    monkeypatch.setattr(clients, "compiled", counted)
    settings = ProxySettings(PROXY, PROXY, ".corp")
    assert len({settings.route(url, dialect) for url in ("http://a.corp/", "http://x/", "http://a.corp/")}) < 3
    assert len(compiled) == 1
