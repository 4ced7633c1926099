"""What is said of an entry follows from what the clients decide."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockproxy.noproxy import clients, entries
from dockproxy.noproxy.coverage import unsaid
from dockproxy.noproxy.go import Config, Resolver
from dockproxy.noproxy.lint import HIDDEN, UNKNOWN, Advice, each
from dockproxy.noproxy.probes import BELOW_DOTTED, CLIENTS, DOTTED, is_direct

LIST = (
    "corp.example,.corp.example,10.0.0.0/8,10.1.2.3,r.corp:5000,http://abc,[fd00::1],fd00::1,Corp.Example,*.x.y,"
    "11.9.2.3/31"
)


def advise(no_proxy: str, own: str = "go") -> List[Advice]:
    return list(each(no_proxy, own))


def of(entry: str, no_proxy: str = LIST) -> Advice:
    return next(advice for advice in advise(no_proxy) if advice.entry == entry)


@pytest.mark.parametrize(
    ("entry", "matches", "why", "same"),
    [
        ("corp.example", ("the name itself", "names below it"), None, "corp.example,.corp.example"),
        (".corp.example", ("names below it",), "corp.example already says it", None),
        ("10.0.0.0/8", ("addresses in it", "its first address"), None, None),
        ("10.1.2.3", ("that address",), "10.0.0.0/8 already says it", "10.1.2.3"),
        ("r.corp:5000", ("port 5000 of the name itself", "port 5000 of names below it"), None, None),
        ("http://abc", (), "an entry is a host, not a URL: it matches nothing", "abc,.abc"),
        ("[fd00::1]", (), "brackets need a port behind them: it matches nothing", None),
        ("fd00::1", ("that address",), None, None),
        ("Corp.Example", ("the name itself", "names below it"), "it stands there twice", "corp.example,.corp.example"),
        ("*.x.y", ("names below it",), None, None),
        ("11.9.2.3/31", ("addresses in it", "its first address"), None, "11.9.2.2,11.9.2.3"),
    ],
)
def test_an_entry(entry: str, matches: Tuple[str, ...], why: Optional[str], same: Optional[str]) -> None:
    found = of(entry)
    assert (found.matches, found.wrong or found.covered, found.same and found.same.lower()) == (matches, why, same)


def test_an_engine_with_an_old_go_reads_entries_in_its_own_way() -> None:
    old = {advice.entry: advice for advice in advise("010.0.0.1,10.0.0.0/8,010.0.0.0/8,*.müller.corp", "go-1.15")}
    assert old["010.0.0.1"].matches == ("that address",)
    assert (old["010.0.0.1"].covered, old["010.0.0.1"].same) == ("10.0.0.0/8 already says it", "10.0.0.1")
    assert old["010.0.0.0/8"].covered == "10.0.0.0/8 already says it"
    assert (old["*.müller.corp"].matches, "xn--mller-kva.corp:" in (old["*.müller.corp"].wrong or "")) == ((), True)
    new = {advice.entry: advice for advice in advise("010.0.0.1,10.0.0.0/8,010.0.0.0/8,*.müller.corp", "go-1.25")}
    assert "looks like an address and is none" in (new["010.0.0.1"].wrong or "")
    assert "not a network" in (new["010.0.0.0/8"].wrong or "")
    assert new["*.müller.corp"].matches == ("names below it",)


@pytest.mark.parametrize(
    ("found", "others", "left"),
    [
        ("10.1.2.3,10.0.0.0/8,10.1.2.3/32,10.1.0.0/8", "", "10.0.0.0/8"),
        ("a.corp,corp,.corp,corp:443", ":1", "corp"),
        ("a.corp,corp,.corp,corp:443", ".corp", "corp"),
        ("a.corp:443,b.corp", "corp:443", "b.corp"),
        ("fd00::5,::ffff:10.0.0.1", "FD00::/8,10.0.0.1", ""),
    ],
)
def test_what_no_other_entry_says(found: str, others: str, left: str) -> None:
    assert ",".join(unsaid(found.split(","), others.split(",") if others else [])) == left


def test_to_whom_it_means_something_else() -> None:
    assert "curl" in of(".corp.example").others["the name itself"]
    assert "wget" in of("10.0.0.0/8").others["addresses in it"]
    assert of("corp.example").others["names below it"] == (
        "wget2-1.99", "node-http", "axios", "proxy-from-env", "dotnet",
    )  # fmt: skip
    assert "curl" in of("r.corp:5000").others["port 5000 of the name itself"]
    assert "other ports" not in of("r.corp:5000").matches
    assert "other ports" not in of("r.corp:4999", "r.corp:4999").matches


def test_everything() -> None:
    (found,) = advise("*")
    assert (found.matches, found.wrong, found.covered) == (("any name", "any address"), None, None)
    assert "wget" in found.others["any name"]


def test_quotes_and_nothing() -> None:
    assert str(of("'a'", "'a'").wrong).startswith("quotes are part of the entry")
    assert advise(" , ") == []
    assert of("*.", "*.").matches == of(".", ".").matches == (DOTTED,)
    assert of("corp.", "corp.").matches == (DOTTED, BELOW_DOTTED)
    assert of(".corp.", ".corp.").matches == of("*.corp.", "*.corp.").matches == (BELOW_DOTTED,)
    assert of("*.corp.:5000", "*.corp.:5000").matches == (f"port 5000 of {BELOW_DOTTED}",)
    assert of("[x", "[x").matches == ()
    # What is no name to httpx, as letters of both directions in one label, goes nowhere there.
    assert "httpx" not in of("\u05d0.corp", "\u05d0.corp").others["names that only end like it"]


def test_a_long_list_takes_no_longer_for_each_entry() -> None:
    assert len(advise(",".join(f"host{i}.corp" for i in range(300)))) == 300


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("10.0.0.0/8", "a target that is written as a name does not match"),
        ("r.corp:5000", "r.corp,.r.corp means more, and the same to all: every port"),
        (".x.y", "x.y,.x.y means more, and the same to all: the name itself, too"),
        ("*.x.y", "x.y,.x.y means more, and the same to all: the name itself, too"),
        ("x.y", None),
        ("*", None),
        ("[fd00::1]:5000", None),
        ("[fd00::1]", "write fd00::1 instead"),
        ("10.*", "write 10.0.0.0/8 instead"),
        ("10.1.*.*", "write 10.1.0.0/16 instead"),
        ("10.1.2.* 10.2.*", "write 10.1.2.0/24,10.2.0.0/16 instead"),
        ("10.1.2.*.*", UNKNOWN),
        ("192.168", "write 192.168.0.0/16 instead"),
        ("10", "write 10.0.0.0/8 instead"),
        ("10.1.2.", "write 10.1.2.0/24 instead"),
        ("300", UNKNOWN),
        (".2.3", UNKNOWN),
        ("1.2.3:5000", UNKNOWN),
        ("300.*", UNKNOWN),
        ("010.*", UNKNOWN),
        ("10.*.1", UNKNOWN),
        ("10.1.2.3/33", UNKNOWN),
        ("http://corp:5000", "write corp:5000 instead"),
        (
            "http://u.corp:80/x",
            "write u.corp:80 instead; u.corp,.u.corp means more, and the same to all: every port",
        ),
        ("https://10.0.0.0/8", "write 10.0.0.0/8 instead"),
        ("https://fd00::/8", "write fd00::/8 instead"),
        ("https://10/8 11.0.0.0/8/", "write 10.0.0.0/8,11.0.0.0/8 instead"),
        ("http://u:12/word@corp", HIDDEN),
        ("word/u@corp", HIDDEN),
        ("http://word?u%40corp", HIDDEN),
        ("10/8", "write 10.0.0.0/8 instead"),
        ("10.0/16", "write 10.0.0.0/16 instead"),
        ("10.3.0.0/255.255.0.0", "write 10.3.0.0/16 instead"),
        ("10.3.0.0/255.0.255.0", UNKNOWN),
        ("300/8", UNKNOWN),
        ("[fd00::/8]", "write fd00::/8 instead"),
        ("*.corp:5000", "corp,.corp means more, and the same to all: every port, and the name itself, too"),
        ("[fd00::]/8", "write fd00::/8 instead"),
        ("r.corp:5000/", "write r.corp:5000 instead; r.corp,.r.corp means more, and the same to all: every port"),
        ("*.*.c.corp", UNKNOWN),
        ("10.1.2.3-10.1.2.9", UNKNOWN),
        ("x.corp|y.corp", UNKNOWN),
        (":5000", UNKNOWN),
        ("<local>", UNKNOWN),
        ("http://a", "write a instead"),
        ("corp.", "the engine takes the dot at the end literally; corp is what most targets are spelt like"),
        (".", "the engine takes the dot at the end literally"),
        ("a" * 1001, "it is too long to be tried on other clients"),
        ("10.1.2.3:5000", "10.1.2.3 means more, and the same to all: every port"),
    ],
)
def test_what_to_write_where_nothing_means_quite_the_same(entry: str, hint: Optional[str]) -> None:
    found = of(entry, entry).hint
    assert found == hint if found is None or hint is None else found.startswith(hint)


@pytest.mark.parametrize("entry", ["10.0.0.1-10.0.0.9", "<local>", "exa*mple.com", '"q"', "corp*", "a-b b;c..d"])
def test_what_is_something_of_its_own_to_some_clients_has_no_same(entry: str) -> None:
    found = of(entry, entry)
    assert found.same is None
    assert (found.matches, bool(found.wrong)) == ((), True)


@pytest.mark.parametrize(
    ("no_proxy", "kept"),
    [
        ("10.0.0.0/8,10.0.0.0/16", ["10.0.0.0/8"]),
        ("10.0.0.0/16,10.0.0.0/8", ["10.0.0.0/8"]),
        ("10.0.0.0/8,10.0.0.0", ["10.0.0.0/8"]),
        ("fd00::/8,fd00::/16", ["fd00::/8"]),
        ("corp,corp:443", ["corp"]),
        ("corp:443,corp:444", ["corp:443", "corp:444"]),
        (".corp,x.corp", [".corp"]),
        (".corp,corp", ["corp"]),
        (".corp,corp:443", [".corp", "corp:443"]),
        (".corp,*.corp", [".corp"]),
        ("*.corp,.corp", [".corp"]),
        ("10.0.0.0/8,10.1.2.3/8", ["10.0.0.0/8"]),
        ("10.1.2.3/8,10.0.0.0/8", ["10.0.0.0/8"]),
        ("fd00::1,fd00:0::1", ["fd00::1"]),
        ("fd00:0::1,fd00::1", ["fd00::1"]),
        ("foo.corp:5000,.corp,*.corp", [".corp"]),
        ("orp,corp,10.1.2.3,0.1.2.3", ["orp", "corp", "10.1.2.3", "0.1.2.3"]),
        ("10.0.0.0/8,fd00::/8,a.corp,b.corp", ["10.0.0.0/8", "fd00::/8", "a.corp", "b.corp"]),
        ("corp,a.corp,*,10.0.0.0/8", ["*"]),
        ("*,*", ["*"]),
        ("corp,A,a,corp", ["corp", "a"]),
        (".,corp.", ["."]),
    ],
)
def test_what_is_needed(no_proxy: str, kept: List[str]) -> None:
    assert [a.entry for a in advise(no_proxy) if a.covered is None] == kept


NAMES = st.lists(st.sampled_from(["a", "b", "corp", "A"]), min_size=1, max_size=3).map(".".join)
ADDRESSES = st.sampled_from(
    ["10.0.0.0", "10.1.2.3", "10.1.0.0", "11.0.0.1", "fd00::1", "fd00:0::1", "fd00::", "127.0.0.1"]
)
BITS = st.sampled_from(["/0", "/7", "/8", "/16", "/31", "/32"])
PORTS = st.sampled_from(["", "", ":443", ":5000"])
ENTRIES = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(["", "", ".", "*."]), NAMES, PORTS),
    st.builds("{}{}".format, ADDRESSES, BITS),
    ADDRESSES,
    st.sampled_from(
        ["*", ".", "a b", "a;b", "<local>", "http://a", "[fd00::1]:443", "localhost", "10.1.2.3:5000", "b."]
    ),
)
TARGETS = st.builds(
    "https://{}{}/".format, st.one_of(NAMES, ADDRESSES.map(lambda a: f"[{a}]" if ":" in a else a)), PORTS
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(ENTRIES, min_size=2, max_size=5),
    st.lists(TARGETS, min_size=20, max_size=20),
    st.sampled_from(["go", "go-1.19"]),
)
@example(["corp", "corp:443"], ["https://corp:5000/"], "go")
@example(["10.0.0.0/8", "10.0.0.0/16"], ["https://10.9.9.9/"], "go")
def test_without_what_is_not_needed_the_engine_decides_alike(listed: List[str], targets: List[str], own: str) -> None:
    advice = advise(",".join(listed), own)
    left = ",".join(a.entry for a in advice if a.covered is None and a.wrong is None)
    before, after = (Resolver(Config("", "http://p:1", text), own) for text in (",".join(listed), left))
    assert [before.decide(url).proxy for url in targets] == [after.decide(url).proxy for url in targets]


@settings(max_examples=40, deadline=None)
@given(
    st.builds("{}{}".format, ADDRESSES, BITS), st.builds("{}{}".format, ADDRESSES, BITS), st.lists(TARGETS, max_size=9)
)
@example("10.1.2.3/16", "10.0.0.0/8", ["https://10.1.2.3/"])
def test_nobody_misses_a_network_that_nobody_needs(first: str, second: str, targets: List[str]) -> None:
    for advice in advise(f"{first},{second}"):
        if advice.covered is not None and advice.wrong is None and not advice.needed:
            other = second if advice.entry == first else first
            for url in targets:
                for bypass in (clients.bypass(dialect, url) for dialect in CLIENTS):
                    assert is_direct(bypass, f"{first},{second}") == is_direct(bypass, other), url


def test_who_still_needs_what_the_engine_does_not() -> None:
    assert of(".corp", "corp,.corp").needed == ("wget2-1.99", "node-http", "axios", "proxy-from-env", "dotnet")
    assert "wget" in of("10.1.2.3", "10.0.0.0/8,10.1.2.3").needed
    assert of("10.0.0.0/16", "10.0.0.0/8,10.0.0.0/16").needed == ()
    assert of("192.168.1.1/24", "192.168.1.1/24,192.168.0.0/16").needed == ("httpx",)
    assert of("127.0.0.5/8", "127.0.0.5/8,127.0.0.0/7").needed == ("httpx",)
    assert "httpx" in of("127.0.0.5/8", "127.0.0.5/8").needed


@pytest.mark.parametrize(
    ("entry", "clients", "same"),
    [
        (
            "a.corp b.corp",
            {"b.corp, the name itself": "curl-7.88 ruby undici node-fetch axios", "a.corp, the name itself": "axios"},
            "a.corp,.a.corp,b.corp,.b.corp",
        ),
        ("a.corp;b.corp", {}, "a.corp,.a.corp,b.corp,.b.corp"),
        ("http://corp", {"the name itself": "httpx"}, "corp,.corp"),
        ("http://u@corp:5000/x", {}, None),
        ("'corp'", {}, "corp,.corp"),
        ("[fd00::1]", {"that address": "python-urllib undici"}, None),
        ("*corp", {"names that only end like it": "axios"}, "corp,.corp"),
        ("10.1.2.1-10.1.2.9", {"addresses in it": "node-http"}, None),
        ("<local>", {"names without a dot": "wget2"}, None),
        ("host*.corp", {}, None),
        ("reg.corp/team/app", {}, "reg.corp,.reg.corp"),
        ("10.2.0.1/", {}, "10.2.0.1"),
        ("http://word/u@corp", {}, None),
        ("10.1.2.3 10.1.2.4", {"10.1.2.4, that address": "ruby"}, "10.1.2.3,10.1.2.4"),
    ],
)
def test_for_whom_an_entry_works_that_is_nothing_to_the_engine(
    entry: str, clients: Dict[str, str], same: Optional[str]
) -> None:
    found = of(entry, entry)
    assert (found.matches, bool(found.wrong), found.same) == ((), True, same)
    for what, named in clients.items():
        assert set(named.split()) <= set(found.others[what])


WRONG = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "http://", "*"]),
    st.one_of(NAMES, ADDRESSES, st.sampled_from(["10", "10.1", "[fd00::]", "300", ""])),
    st.sampled_from(["/", "/8", "/33", "/team/app", ":5000/", "/255.255.0.0", "|x", "-10.1.2.9", ";a"]),
)


@settings(max_examples=60, deadline=None)
@given(WRONG)
def test_of_what_is_wrong_it_is_told_what_to_write_or_that_nobody_knows(entry: str) -> None:
    (found,) = advise(entry)
    if found.wrong is not None:
        told = [text for text in (found.same, found.hint) if text is not None]
        advised = told[0].removeprefix("write ").partition(" instead")[0]
        assert len(told) == 1
        assert advised in (UNKNOWN, HIDDEN) or not list(entries.useless(advised))


def test_networks_are_tried_where_no_client_reads_them_literally() -> None:
    assert "httpx" in of("10.0.0.0/8", "10.0.0.0/8").others["addresses in it"]
    assert "httpx" not in of("10.0.0.0/8", "10.0.0.0/8").others["its first address"]
    assert {"curl", "requests"} <= set(of("0.0.0.0/0", "0.0.0.0/0").others["addresses in it"])
    for network in ("126.0.0.0/8", "10.0.0.0/31", "10.0.0.1/30", "fd00::/127", "0.0.0.0/0"):
        assert of(network, network).matches == ("addresses in it", "its first address")
    assert of("::2/127", "::2/127").matches[0] == "addresses in it"


def test_an_address_is_an_ending_to_some() -> None:
    assert {"apt", "apk"} <= set(of("10.1.2.3", "10.1.2.3").others["addresses that only end like it"])
    assert "addresses that only end like it" not in of("192.0.2.1", "192.0.2.1").others


@pytest.mark.parametrize(
    ("entry", "clients"),
    [
        (".2.3", "wget requests apt dotnet"),
        ("2.3", "wget requests apt"),
        ("*.2.3", "wget2 axios"),
        ("2.3:5000", "wget2 undici"),
    ],
)
def test_a_part_of_an_address_is_an_ending_to_some(entry: str, clients: str) -> None:
    found = of(entry, entry)
    assert (found.matches, "part of an address" in (found.wrong or ""), found.same) == ((), True, None)
    assert set(clients.split()) <= set(found.others["addresses that end like it"])
    assert "curl" not in found.others["addresses that end like it"]


def test_to_an_old_go_a_part_of_an_address_is_an_ending() -> None:
    (found,) = advise(".2.3", "go-1.19")
    assert (found.matches, found.wrong) == (("addresses that end like it",), None)
    assert {"curl", "uv"} <= set(found.others["addresses that end like it"])
    (found,) = advise("2.3:80", "go-1.15")
    assert found.matches == ("port 80 of addresses that end like it",)


def test_an_address_with_a_dot_before_it_is_that_address_to_some() -> None:
    found = of(".10.1.2.3", ".10.1.2.3")
    assert (found.matches, found.same, "looks like an address" in (found.wrong or "")) == ((), "10.1.2.3", True)
    assert {"perl", "requests"} <= set(found.others["that address"])


@pytest.mark.parametrize(
    ("entry", "matches", "built_in", "is_covered", "same"),
    [
        ("localhost", ("names below it",), ("the name itself",), False, "localhost,.localhost"),
        (".localhost", ("names below it",), ("the name itself",), False, "localhost,.localhost"),
        ("127.0.0.1", (), ("that address",), True, "127.0.0.1"),
        ("127.0.0.1:5000", (), ("port 5000 of that address",), True, "127.0.0.1"),
        ("::1", (), ("that address",), True, None),
        ("127.0.0.0/8", (), ("addresses in it", "its first address"), True, None),
        ("127.1.0.0/16", (), ("addresses in it", "its first address"), True, None),
        ("126.0.0.0/7", ("addresses in it", "its first address"), (), False, None),
        ("::/127", ("its first address",), ("addresses in it",), False, None),
        ("localhost:5000", ("port 5000 of names below it",), ("port 5000 of the name itself",), False, None),
    ],
)
def test_what_the_engine_sends_direct_by_itself_is_no_work_of_an_entry(
    entry: str, matches: Tuple[str, ...], built_in: Tuple[str, ...], is_covered: bool, same: Optional[str]
) -> None:
    found = of(entry, entry)
    assert (found.matches, found.built_in, found.covered is not None, found.same) == (
        matches, built_in, is_covered, same,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("no_proxy", "listed"),
    [
        ("corp,.corp", ["corp"]),
        ("corp,.CORP", []),
        ("corp", []),
        (".corp", []),
        ("10.1.2.3", ["10.1.2.3"]),
        ("http://corp,corp,.corp", ["http://corp", "corp"]),
        ("10.0.0.0/8,corp:80", []),
    ],
)
def test_what_is_advised_is_in_the_list(no_proxy: str, listed: List[str]) -> None:
    assert [advice.entry for advice in advise(no_proxy) if advice.is_listed] == listed


def test_who_needs_a_loopback_entry() -> None:
    assert {"curl", "wget", "python-urllib"} <= set(of("localhost", "localhost").needed)
    assert "ruby" not in of("localhost", "localhost").needed
    assert "curl" in of("127.0.0.0/8", "127.0.0.0/8").needed
    assert "wget" not in of("127.0.0.0/8", "127.0.0.0/8").needed
    assert "ruby" not in of("http://localhost", "http://localhost").others["the name itself"]


NEAR_NAMES = ["corp", "a.corp", "x.a.corp", "xa.corp", "b.corp", "localhost", "x.localhost", "xlocalhost", "a", "x.a"]
NEAR_ADDRESSES = [
    "10.1.2.3", "10.1.2.4", "110.1.2.3", "127.0.0.1", "127.9.9.9", "126.0.0.1", "[::1]", "[fd00::1]", "[fd00::2]",
    "[::ffff:10.1.2.3]", "0.0.0.0", "128.0.0.1",
]  # fmt: skip
NEAR = st.builds(
    "{}://{}{}/".format,
    st.sampled_from(["http", "https"]),
    st.one_of(
        st.sampled_from(NEAR_NAMES + NEAR_ADDRESSES),
        st.builds(
            "{}{}{}".format, st.sampled_from(["", "x."]), st.sampled_from(NEAR_NAMES), st.sampled_from(["", "."])
        ),
    ),
    st.sampled_from(["", ":80", ":443", ":4999", ":5000"]),
)
KINDS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", ".", "*."]),
    st.sampled_from(["corp", "a.corp", "A.Corp", "a", "localhost", "x.localhost", "10.1.2.3", "127.0.0.1", "2.3"]),
    st.sampled_from(["", "", ":443", ":5000", ":80", ".", ".:5000"]),
) | st.sampled_from(
    ["fd00::1", "::1", "[::1]:5000", "127.0.0.0/8", "127.0.0.1/32", "126.0.0.0/7", "10.0.0.0/8", "0.0.0.0/0", "::/0",
     "10.1.2.3/32", "10.1.2.2/31", "10.1.2.9/28", "126.255.255.254/31", "127.0.0.1/30", "0.0.0.0/30", "10.1.2.0/27",
     "::ffff:10.1.2.3", "::/127", "*"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(KINDS, st.lists(NEAR, min_size=60, max_size=60), st.sampled_from(["go", "go-1.25", "go-1.19", "go-1.15"]))
@example("localhost:5000", ["https://x.localhost:4999/", "https://localhost:4999/"], "go")
@example("127.0.0.1:5000", ["https://127.0.0.1:4999/", "https://127.0.0.2:5000/"], "go")
def test_a_spelling_that_is_the_same_is_so_for_requests_that_lint_did_not_try(
    entry: str, urls: List[str], own: str
) -> None:
    (found,) = advise(entry, own)
    if found.wrong is None and found.same is not None:
        ours, same = (Resolver(Config("http://p:1", "http://p:1", text), own) for text in (entry, found.same))
        assert [ours.decide(url).proxy for url in urls] == [same.decide(url).proxy for url in urls]


@settings(max_examples=80, deadline=None)
@given(KINDS, st.lists(NEAR, min_size=60, max_size=60), st.sampled_from(["go", "go-1.25", "go-1.19", "go-1.15"]))
@example(".corp.", ["https://x.corp./"], "go")
@example("*.corp.:5000", ["https://x.corp.:5000/"], "go")
def test_where_nothing_goes_direct_because_of_an_entry_lint_says_so_rightly(
    entry: str, urls: List[str], own: str
) -> None:
    (found,) = advise(entry, own)
    if not found.matches:
        with_it, without = (Resolver(Config("http://p:1", "http://p:1", text), own) for text in (entry, ""))
        assert [with_it.decide(url).proxy for url in urls] == [without.decide(url).proxy for url in urls]


def test_who_does_nothing_at_all() -> None:
    assert of("fd00::/8", "fd00::/8").refused == of("[fd00::1]", "[fd00::1]").refused == ("httpx",)
    assert of("corp", "corp").refused == ()
