"""Go's resolver: 4,000 questions whose answers were recorded from golang.org/x/net/http/httpproxy (2026-07)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockproxy import ProxySettings
from dockproxy.noproxy import DIALECTS, GO, entries
from dockproxy.noproxy.go import PLAIN, Config, Resolver
from dockproxy.secret import go_url

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "go_httpproxy.jsonl"


def test_every_recorded_answer() -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    wrong = [
        (v, got)
        for v in vectors
        for got in [Resolver(Config(v["http"], v["https"], v["no"])).decide(v["url"]).proxy]
        if got != v["want"]
    ]
    assert len(vectors) == 4000
    assert wrong == []


@pytest.mark.parametrize(
    ("no_proxy", "url", "reason", "entry"),
    [
        ("a.b, .corp", "https://registry.corp/", "no-proxy", " .corp"),
        (".corp", "https://corp/", "proxy", None),
        ("*.corp", "https://x.corp/", "no-proxy", "*.corp"),
        ("x,*", "https://anything/", "no-proxy", "*"),
        ("10.0.0.0/8", "https://10.1.2.3/", "no-proxy", "10.0.0.0/8"),
        ("10.0.0.0/8", "https://name.in.it/", "proxy", None),
        ("fd00::/8", "https://[fd00::1]/", "no-proxy", "fd00::/8"),
        ("registry.corp:5000", "https://registry.corp/", "proxy", None),
        ("registry.corp:5000", "https://registry.corp:5000/", "no-proxy", "registry.corp:5000"),
        ("", "https://localhost/", "loopback", None),
        ("", "https://127.9.9.9/", "loopback", None),
        ("", "ftp://host/", "scheme", None),
        ("", "http://host/", "no-variable", None),
        ("bücher.example", "https://bücher.example/", "no-proxy", "bücher.example"),
    ],
)
def test_the_reason_and_the_deciding_entry(no_proxy: str, url: str, reason: str, entry: object) -> None:
    decision = Resolver(Config("", "http://proxy:3128", no_proxy)).decide(url)
    assert (decision.reason, decision.entry) == (reason, entry)


def test_a_proxy_that_go_cannot_parse_means_direct() -> None:
    assert Resolver(Config("", "http://u:%zz@p:1", "")).decide("https://host/").reason == "unparsable-proxy"


def test_cgi_refuses_the_http_variable() -> None:
    assert Resolver(Config("http://p:1", "", "", cgi=True)).decide("http://host/").reason == "cgi-refused"


@pytest.mark.parametrize(
    ("no_proxy", "url", "reason"),
    [
        (":80", "https://h/", "proxy"),
        ("[::1]:443,[]:443", "https://h/", "proxy"),
        ("münchen.example", "https://xn--mnchen-3ya.example/", "no-proxy"),
        ("x", "https://" + "ü" * 64 + ".example/", "proxy"),
        ("x", "ftp://h/", "scheme"),
        ("*.x", "https://a]b/", "unparsable-target"),
    ],
)
def test_entries_that_say_nothing_and_names_that_are_not_ascii(no_proxy: str, url: str, reason: str) -> None:
    decision = Resolver(Config("", "http://u:C4NARY@p:1", no_proxy)).decide(url)
    assert decision.reason == reason
    assert "C4NARY" not in repr(decision)
    assert "C4NARY" not in repr(Config("", "http://u:C4NARY@p:1"))


def test_an_ipv6_proxy_without_brackets_is_used_by_dockerd_and_not_by_the_strictest_go() -> None:
    config = Config("", "::1:3128", "")
    assert Resolver(config).decide("https://host/").proxy == "http://::1:3128"
    assert Resolver(config, "go").decide("https://host/").reason == "unparsable-proxy"


def test_a_prefix_of_absurd_length_is_none() -> None:
    target = "https://10.1.2.3/"
    assert Resolver(Config("", "http://p:1", f"10.0.0.0/{'9' * 5000}")).decide(target).reason == "proxy"
    assert Resolver(Config("", "http://p:1", f"10.0.0.0/{'0' * 5000}8")).decide(target).reason == "no-proxy"


@pytest.mark.parametrize(
    ("no_proxy", "url", "dialect", "entry"),
    [
        (".corp,x.corp", "https://x.corp/", "go", ".corp"),
        ("x.corp:443,x.corp", "https://x.corp/", "go", "x.corp:443"),
        ("x.corp:80,x.corp", "https://x.corp/", "go", "x.corp"),
        ("b,a.b,c.a.b", "https://c.a.b/", "go", "b"),
        ("10.0.0.0/8,10.1.0.0/16", "https://10.1.2.3/", "go", "10.0.0.0/8"),
        ("10.1.2.3:80,10.0.0.0/8", "https://10.1.2.3/", "go", "10.0.0.0/8"),
        # Before 2025-03 a name was compared with an address, too.
        (".2.3", "https://10.1.2.3/", "go", None),
        (".2.3", "https://10.1.2.3/", "go-1.19", ".2.3"),
        ("fe80::1", "https://[fe80::1%25eth0]/", "go", "fe80::1"),
        ("fe80::1", "https://[fe80::1%25eth0]/", "go-1.19", None),
    ],
)
def test_of_two_entries_that_match_the_first_decides(
    no_proxy: str, url: str, dialect: str, entry: Optional[str]
) -> None:
    assert Resolver(Config("", "http://p:1", no_proxy), dialect).decide(url).entry == entry


LABELS = st.lists(st.sampled_from(["a", "corp", "10", "1", "2", "255", "01", "x-y"]), min_size=1, max_size=5)


@given(LABELS, LABELS, st.sampled_from(["", ".", "*."]), st.sampled_from(list(go_url.DIALECTS)))
def test_a_plain_url_is_decided_as_any_other_spelling_of_it(
    host: List[str], entry: List[str], dot: str, go: str
) -> None:
    resolver = Resolver(Config("", "http://p:1", dot + ".".join(entry)), go)
    plain, other = (f"https://{'.'.join(host)}/{end}" for end in ("", "?"))
    assert PLAIN.match(plain)
    assert not PLAIN.match(other)
    assert resolver.decide(plain) == resolver.decide(other)


@pytest.mark.parametrize("labels", [1, 126, 127, 128, 100_000])
def test_an_ending_of_a_name_of_any_length_is_found(labels: int) -> None:
    name = "a." * labels + "b.corp"
    for entry, is_found in ((".corp", True), ("corp", True), (name, True), (f".{name}", False), ("orp", False)):
        decision = Resolver(Config("", "http://p:1", f"x,{entry},.{'y' * 300}")).decide(f"https://{name}/")
        assert (decision.entry == entry) == is_found


SHAPES = {
    "names": ",".join(f"host{i}.corp" for i in range(70_000)),
    "networks": ",".join(f"10.{i >> 8 & 255}.{i & 255}.0/24" for i in range(70_000)),
    "the same": "a," * 500_000,
    "nothing": "," * 1_000_000,
    "semicolons": ";".join(f"host{i}.corp" for i in range(70_000)),
    "blanks": " ".join(f"host{i}.corp" for i in range(70_000)),
    "one run of blanks": f"a{' ' * 1_000_000}b",
    "dots": "a." * 500_000,
    "letters": "\u00fc" * 500_000,
    "many letters": "".join(chr(0x4E00 + i % 20_000) for i in range(300_000)),
    "colons": "1:" * 500_000,
    "stars": "a*" * 500_000,
    "digits": f"corp:{'1' * 1_000_000}",
    "prefix": f"10.0.0.0/{'1' * 1_000_000}",
    "brackets": f"[{':' * 1_000_000}/8",
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_list_of_a_megabyte_is_read(shape: str) -> None:
    # What were quadratic in it would not end.
    text = SHAPES[shape]
    assert Resolver(Config("", "http://p:1", text)).decide(f"https://{'a.' * 100_000}example/").proxy is not None
    assert all(why for _, why in entries.useless(text))
    for dialect in sorted(set(DIALECTS) - set(GO)):
        ProxySettings("", "http://p:1", text[:100_000]).route("https://registry.example/", dialect)


@given(st.from_regex(r"(https?)://[A-Za-z0-9.-]{1,20}(:[0-9]{1,6})?(/[A-Za-z0-9/._~-]{0,8})?", fullmatch=True))
@example("https://10.1.2.3/")
@example("https://1.2.3.4.:5000/")
def test_a_plain_url_is_read_as_the_whole_reader_reads_it(url: str) -> None:
    found, read = PLAIN.match(url), go_url.parse(url)
    assert found is None or found.groups() == (read.scheme, read.hostname, read.port or None)


@pytest.mark.parametrize(
    ("no_proxy", "url", "proxies"),
    [
        ("10.1.2.3", "https://010.1.2.03/", {"go-1.15": False, "go-1.19": True}),
        ("010.0.0.0/8", "https://10.1.2.3/", {"go-1.15": False, "go-1.19": True}),
        ("::ffff:10.1.2.3", "https://010.1.2.3/", {"go-1.15": False, "go-1.19": True}),
        ("b\u00fccher.corp", "https://b\u00fccher.corp/", {"go-1.15": True, "go-1.19": False}),
        ("ss.corp", "https://\u00df.corp/", {"go-1.15": False, "go-1.19": True}),
        ("a.corp", "https://\u00e9\u200d..a.corp/", {"go-1.15": False, "go-1.19": False}),
        ("corp", "wss://a.corp/", {"go-1.15": False}),
        ("other", "wss://a.corp/", {"go-1.15": True, "go-1.19": False}),
    ],
)
def test_what_go_1_15_does_otherwise(no_proxy: str, url: str, proxies: Dict[str, bool]) -> None:
    for dialect, is_proxied in proxies.items():
        decided = Resolver(Config("http://proxy:3128", "http://proxy:3128", no_proxy), dialect).decide(url)
        assert (decided.proxy is not None) is is_proxied, dialect


def test_before_go_1_16_the_proxy_for_http_is_for_https_too() -> None:
    said = Resolver(Config("http://proxy:3128", "", "", cgi=False), "go-1.15").decide("https://host/")
    assert (said.proxy, said.variable) == ("http://proxy:3128", "http")
    assert Resolver(Config("http://p:1", "", "", cgi=True), "go-1.15").decide("https://host/").reason == "cgi-refused"
