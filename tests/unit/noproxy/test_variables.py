"""Which variable each client reads, and which proxy URLs it takes: what was recorded from it, and the page about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Dict, Tuple

import pytest
from tests.harness import go_oracle
from tests.harness.client_programs import OTHER

from dockproxy import ProxySettings
from dockproxy.noproxy import DIALECTS, GO, described, variables
from dockproxy.noproxy.settings import Route

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "client_variables.jsonl"
"""A client's environment, and where it went: ``proxy``, ``other`` for another one, ``direct`` or ``error``."""
CLIENTS = VECTORS.with_name("no_proxy_clients.jsonl")
ROWS = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
P = "http://proxy.example:3128"


def goes(route: Route) -> str:
    """A route in the words of the vectors."""
    return "other" if OTHER in (route.proxy or "") else route.decision


@pytest.mark.parametrize("dialect", sorted({row["dialect"] for row in ROWS}))
def test_every_recorded_answer(dialect: str) -> None:
    rows = [row for row in ROWS if row["dialect"] == dialect]
    wrong = [
        (row, ours)
        for row in rows
        for ours in [goes(ProxySettings.of_environment(row["environ"]).route(row["url"], dialect))]
        if ours != row["goes"]
    ]
    assert wrong == []
    assert len(rows) > 15


@pytest.mark.parametrize(
    ("dialect", "environ", "url", "expected"),
    [
        ("curl", {"https_proxy": ":"}, "https://x/", ("error", "proxy-refused", "https-proxy")),
        ("curl", {"https_proxy": ":", "no_proxy": "x"}, "https://x/", ("direct", "no-proxy", "https-proxy")),
        ("httpx", {"https_proxy": "foo://p", "no_proxy": "x"}, "https://x/", ("error", "proxy-refused", "https-proxy")),
        ("wget2", {"http_proxy": "http://u:p%ss@p:3128"}, "https://x/", ("direct", "proxy-dropped", "http-proxy")),
        ("busybox-wget", {"https_proxy": P}, "https://x/", ("direct", "no-variable", "http-proxy")),
        ("ruby", {"HTTP_PROXY": P}, "https://x/", ("proxy", "proxy", "http-proxy")),
        ("aiohttp", {"https_proxy": "https://p"}, "https://x/", ("direct", "proxy-dropped", "https-proxy")),
        ("apk", {"HTTPS_PROXY": "socks5://p"}, "https://x/", ("direct", "proxy-dropped", "https-proxy")),
        ("git", {"https_proxy": "", "ALL_PROXY": P}, "https://x/", ("direct", "no-variable", "https-proxy")),
        ("requests", {"https_proxy": "", "ALL_PROXY": P}, "https://x/", ("proxy", "proxy", "all-proxy")),
        ("java", {"https_proxy": P}, "https://x/", ("direct", "no-variable", "https-proxy")),
        ("go", {"http_proxy": P, "REQUEST_METHOD": "GET"}, "http://x/", ("error", "cgi-refused", "http-proxy")),
        ("go", {"http_proxy": P}, "https://x/", ("direct", "no-variable", "https-proxy")),
        ("go-1.15", {"http_proxy": P}, "https://x/", ("proxy", "proxy", "http-proxy")),
        ("go-1.15", {"http_proxy": P, "https_proxy": "%"}, "https://x/", ("proxy", "proxy", "http-proxy")),
        ("go-1.15", {"https_proxy": "%"}, "https://x/", ("direct", "unparsable-proxy", "https-proxy")),
        ("go-1.15", {"http_proxy": "%"}, "wss://x/", ("direct", "unparsable-proxy", "http-proxy")),
    ],
)
def test_the_variable_that_is_for_a_request(
    dialect: str, environ: Dict[str, str], url: str, expected: Tuple[str, str, str]
) -> None:
    said = ProxySettings.of_environment(environ).route(url, dialect)
    assert (said.decision, said.reason, said.variable) == expected


def test_values_given_stand_under_every_name() -> None:
    settings = ProxySettings(all_proxy=P, cgi=True)
    said = {dialect: settings.route("https://x/", dialect).variable for dialect in ("curl", "uv", "requests", "dotnet")}
    assert set(said.values()) == {"all-proxy"}
    # What a client of the web server cannot set is read.
    assert ProxySettings(P, cgi=True).route("http://x/", "python-urllib").decision == "proxy"
    assert ProxySettings(P, "", "x").route("http://x/", "java").entry == "x"


ONLY_ASKED = {"go-1.25", "go-1.24", "go-1.19", "curl-8.14", "curl-7.88", "curl-7.86", "wget2-1.99", "perl-6.68"}
"""Of these another version of the client was recorded, or tests/oracles/test_client_variables.py asks it."""


def test_what_every_dialect_reads_is_known() -> None:
    assert set(variables.READS) == set(DIALECTS)
    silent = set(DIALECTS) - {row["dialect"] for row in ROWS} - ONLY_ASKED
    assert {dialect for dialect in silent if "in its source only" not in described.NOTES[dialect]} == set()


def test_the_page_says_what_the_table_says() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "dialects.md").read_text(encoding="utf-8")
    sections = dict(zip(DIALECTS, page.split("\n## ")[1:]))
    assert [section.partition("\n")[0] for section in sections.values()] == list(DIALECTS)
    for dialect, section in sections.items():
        reads = variables.READS[dialect]
        for names in (*reads.http, *reads.https, reads.no, reads.cgi):
            assert ", ".join(f"`{name}`" for name in names) in section, dialect
        assert dialect in GO or all(f"`{form}`" in section for form in reads.forms), dialect
    assert "`ALL_PROXY`" not in sections["go"] + sections["wget"]


def test_what_the_page_says_of_some() -> None:
    assert described.reads("busybox-wget") == "http: `http_proxy`; https: `http_proxy`; no list"
    assert "https: `HTTPS_PROXY`, `https_proxy`, else `HTTP_PROXY`, `http_proxy`" in described.reads("go-1.15")
    assert described.reads("uv").endswith("not `HTTP_PROXY` where `REQUEST_METHOD` is set")
    assert described.proxies("go") == "it takes them all"
    assert described.proxies("git").startswith("an empty variable means that there is no proxy; nothing is sent with")
    assert described.versions("wget") == "no change is known"
    assert "8.18: IPv6 networks" in described.versions("curl")
    assert described.versions("axios") == "older: decides as `proxy-from-env` (read in its source only)"


def numbers(text: str) -> Tuple[int, ...]:
    return tuple(int(number) for number in re.findall("[0-9]+", text)[:3])


def recorded(dialect: str) -> Dict[Tuple[str, str], bool]:
    rows = [json.loads(line) for line in CLIENTS.read_text(encoding="utf-8").splitlines()]
    found = [row for row in rows if (row["client"], row["version"]) == tuple(DIALECTS[dialect])]
    return {(row["no_proxy"], row["url"]): row["bypass"] for row in found}


ELSEWHERE = {("pip", "requests"): ("ple.com", "https://example.com/"), ("go-1.15", "go-1.19"): ("", "wss://x/")}
"""Of these the oracles ask both."""

BY_URL = {("go-1.24", "go-1.25"), ("go-1.25", "go")}
"""These take URLs apart differently, of which tests/vectors/go_url.jsonl has answers."""


@pytest.mark.parametrize(
    "each", sorted({each for found in described.BREAKS.values() for each in found if each.between})
)
def test_a_version_that_is_named_lies_between_recorded_ones(each: described.Break) -> None:
    older, newer = each.between
    if DIALECTS[older].client == DIALECTS[newer].client:
        assert numbers(DIALECTS[older].version) < numbers(each.since) <= numbers(DIALECTS[newer].version)
    if (older, newer) in BY_URL:
        assert go_oracle.replay()[2][older] != go_oracle.replay()[2][newer]
    elif (older, newer) in ELSEWHERE:
        no_proxy, url = ELSEWHERE[older, newer]
        assert len({ProxySettings(P, P, no_proxy).route(url, dialect).decision for dialect in each.between}) == 2
    else:
        before, after = recorded(older), recorded(newer)
        assert any(before[asked] != after[asked] for asked in before if asked in after)


def test_before_go_1_16_the_proxy_for_http_is_for_https_too() -> None:
    said = {
        row["dialect"]: row["goes"] for row in ROWS if list(row["environ"]) == ["http_proxy"] and "https" in row["url"]
    }
    assert (said["go-1.15"], said["go"]) == ("proxy", "direct")
