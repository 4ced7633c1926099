"""What is said of an entry follows from what the clients decide."""

from __future__ import annotations

from typing import Optional, Tuple

import pytest

from dockproxy.noproxy.lint import Advice, advise

LIST = "corp.example,.corp.example,10.0.0.0/8,10.1.2.3,r.corp:5000,http://a,[fd00::1],fd00::1,Corp.Example,*.x.y"


def of(entry: str, no_proxy: str = LIST) -> Advice:
    return next(advice for advice in advise(no_proxy) if advice.entry == entry)


@pytest.mark.parametrize(
    ("entry", "matches", "dead", "same"),
    [
        ("corp.example", ("the name itself", "names below it"), None, "corp.example,.corp.example"),
        (".corp.example", ("names below it",), "corp.example already says it", None),
        ("10.0.0.0/8", ("addresses in it",), None, None),
        ("10.1.2.3", ("that address",), "10.0.0.0/8 already says it", "10.1.2.3"),
        ("r.corp:5000", ("the name itself", "names below it"), None, None),
        ("http://a", (), "an entry is a host, not a URL: it matches nothing", None),
        ("[fd00::1]", (), "brackets need a port behind them: it matches nothing", None),
        ("fd00::1", ("that address",), None, None),
        ("Corp.Example", ("the name itself", "names below it"), "it stands there twice", "corp.example,.corp.example"),
        ("*.x.y", ("names below it",), None, None),
    ],
)
def test_an_entry(entry: str, matches: Tuple[str, ...], dead: Optional[str], same: Optional[str]) -> None:
    found = of(entry)
    assert (found.matches, found.dead, found.same and found.same.lower()) == (matches, dead, same)


def test_to_whom_it_means_something_else() -> None:
    assert "curl" in of(".corp.example").others["the name itself"]
    assert "wget" in of("10.0.0.0/8").others["addresses in it"]
    assert of("corp.example").others["names below it"] == (
        "wget2-1.99", "node-http", "axios", "proxy-from-env", "dotnet",
    )  # fmt: skip
    assert "curl" in of("r.corp:5000").others["the name itself"]
    assert "other ports" not in of("r.corp:5000").matches


def test_everything() -> None:
    (found,) = advise("*")
    assert (found.matches, found.dead) == (("any name", "any address"), None)
    assert "wget" in found.others["any name"]


def test_quotes_and_nothing() -> None:
    assert str(of("'a'", "'a'").dead).startswith("quotes are part of the entry")
    assert advise(" , ") == []
    assert of("*.", "*.").matches == ()
    assert of("[x", "[x").matches == ()


def test_a_long_list_takes_no_longer_for_each_entry() -> None:
    assert len(advise(",".join(f"host{i}.corp" for i in range(300)))) == 300


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("10.0.0.0/8", "a target that is written as a name does not match"),
        ("r.corp:5000", "r.corp,.r.corp means the same to all: every port"),
        (".x.y", "x.y,.x.y means the same to all: the name itself, too"),
        ("*.x.y", "x.y,.x.y means the same to all: the name itself, too"),
        ("x.y", None),
        ("*", None),
        ("[fd00::1]:5000", None),
        ("http://a", None),
    ],
)
def test_what_to_write_where_nothing_means_quite_the_same(entry: str, hint: Optional[str]) -> None:
    found = of(entry, entry).hint
    assert found == hint if found is None or hint is None else found.startswith(hint)


@pytest.mark.parametrize("entry", ["10.0.0.1-10.0.0.9", "<local>", "exa*mple.com", '"q"', "corp*"])
def test_what_is_something_of_its_own_to_some_clients_has_no_same(entry: str) -> None:
    found = of(entry, entry)
    assert found.same is None
    assert entry in ("10.0.0.1-10.0.0.9", "<local>") or (found.matches, bool(found.dead)) == ((), True)
