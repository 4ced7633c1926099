"""Command lines as pflag reads them; tests/oracles asks dockerd."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from dockproxy.formats import pflag

TAKES_VALUE = {"host": True, "level": True, "debug": False}
SHORTHANDS = {"H": "host", "l": "level", "D": "debug"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", []),
        ("--host=a --host b", [("host", "a"), ("host", "b")]),
        ("--host= --level=x=y", [("host", ""), ("level", "x=y")]),
        ("--debug --host -D", [("debug", "true"), ("host", "-D")]),
        ("--debug=false", [("debug", "false")]),
        ("-H a -Hb -H=c -D", [("host", "a"), ("host", "b"), ("host", "c"), ("debug", "true")]),
        ("-DlHa", [("debug", "true"), ("level", "Ha")]),
        ("-D=false -H=", [("debug", "false"), ("host", "=")]),
        ("-Dl x", [("debug", "true"), ("level", "x")]),
        ("a --debug - b -- --host c", [("debug", "true")]),
        ("--new a --new --new=b -xa -x", [("new", "a"), ("new", "true"), ("new", "b"), ("x", "a"), ("x", "true")]),
        ("--debug --host", [("debug", "true")]),
        ("--debug -H", [("debug", "true")]),
    ],
)
def test_flags(words: str, expected: List[Tuple[str, str]]) -> None:
    assert [(f.name, f.value) for f in pflag.parse(words.split(), TAKES_VALUE, SHORTHANDS).flags] == expected


def test_a_flag_knows_how_it_is_written() -> None:
    flags = pflag.parse(["-DH", "a", "--level=b"], TAKES_VALUE, SHORTHANDS).flags
    assert [(f.spelt, f.word) for f in flags] == [("-D", "-DH"), ("-H", "-DH"), ("--level", "--level=b")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--debug", "--host=a", "-l", "x"], []),
        (["--debug", "true"], [("no-flag", "true", "")]),
        (["", "-", "--", "--debug", "--"], [("no-flag", w, "") for w in ("", "-", "--debug", "--")]),
        (["---x", "--=", "--debug"], [("no-name", "---x", ""), ("no-name", "--=", "")]),
        (["--host", "--level", "a", "--host"], [("no-flag", "a", ""), ("no-value", "--host", "--host")]),
        (["-DH"], [("no-value", "-DH", "-H")]),
    ],
)
def test_mistakes(words: List[str], expected: List[Tuple[str, str, str]]) -> None:
    mistakes = pflag.parse(words, TAKES_VALUE, SHORTHANDS).mistakes
    assert [(m.kind, m.word, m.spelt) for m in mistakes] == expected
