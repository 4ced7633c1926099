"""Words of a unit's value. tests/oracles asks systemd about the same and more."""

from __future__ import annotations

import string
from typing import List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.formats.extract_word import RELAXED, TOLERANT

KNOWN = specifiers.for_unit("docker.service", hostname="web1.corp", machine_id="abc")


def words(value: str) -> List[str]:
    return [w.text for w in unit_words.split_words(value).words]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", ["a", "b"]),
        ('"a b" c', ["a b", "c"]),
        ("'a b'", ["a b"]),
        ('A="b c"d', ["A=b cd"]),
        ('""', [""]),
        ("\"a'b\" 'c\"d'", ["a'b", 'c"d']),
        (r"a\tb \x41 \101 \u00e9 \U0001F600 \s \\ \" \'", ["a\tb", "A", "A", "é", "😀", " ", "\\", '"', "'"]),
        (r"\xc3\xa9", ["é"]),
        (r"\a\b\f\n\r\v", ["\x07\x08\x0c\n\r\x0b"]),
        ("  ", []),
        ("\udcff", ["\udcff"]),
        (r"\ud800 \ufffe", ["\udced\udca0\udc80", "\ufffe"]),
    ],
)
def test_split(value: str, expected: List[str]) -> None:
    split = unit_words.split_words(value)
    assert [w.text for w in split.words] == expected
    assert split.error is None


@pytest.mark.parametrize(
    "tail", ['"b', "'b", "b\\", r"\q", r"\x4", r"\x00", r"\400", r"\u0000", r"\U00110000", r"\U0000d800", r"\U0000fffe"]
)
def test_words_before_an_error_count(tail: str) -> None:
    split = unit_words.split_words("A=1 " + tail)
    assert [w.text for w in split.words] == ["A=1"]
    assert split.error is not None
    entries = unit_words.parse_environment("A=1 " + tail, KNOWN)
    assert [(e.name, e.value) for e in entries if e.ignored is None] == [("A", "1")]
    assert entries[-1].ignored is not None


@pytest.mark.parametrize(
    ("value", "mode", "expected"),
    [
        ('a "b c', RELAXED, ["a", "b c"]),
        (r"a\ b c" + "\\", RELAXED, ["a b", "c"]),
        (r"\x41 '\n'", RELAXED, ["x41", "n"]),
        (r"\q \x41 a" + "\\", TOLERANT, [r"\q", "A", "a\\"]),
        ("\\\u00e9 '\\ '", TOLERANT, ["\\é", "\\ "]),
    ],
)
def test_other_readers_are_more_forgiving(value: str, mode: str, expected: List[str]) -> None:
    split = unit_words.split_words(value, mode)
    assert ([w.text for w in split.words], split.error) == (expected, None)


@pytest.mark.parametrize("value", ["a 'b", "a 'b\\"])
def test_an_open_quote_is_an_error_for_the_tolerant_reader(value: str) -> None:
    assert unit_words.split_words(value, TOLERANT).error is not None


@pytest.mark.parametrize("value", ["\ufffe", "\ufdd0", "\U0001ffff", r"\ud800", r"\ufffe", r"\xff", r"\xed\xa0\x80"])
def test_a_word_that_is_no_text_is_ignored_and_the_others_count(value: str) -> None:
    entries = unit_words.parse_environment(f"A=1 B=x{value}y C=3", KNOWN)
    assert [e.name for e in entries if e.ignored is None] == ["A", "C"]


def test_positions() -> None:
    value = ' "a b"  c'
    assert [value[w.start : w.end] for w in unit_words.split_words(value).words] == ['"a b"', "c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%", "%"),
        ("100%", "100%"),
        ("%-x", "%-x"),
        ("%n %N %p", "docker.service docker docker"),
        ("%H %l %m", "web1.corp web1 abc"),
        ("%i|%t|%u|%U|%h", "|/run|root|0|/root"),
        ("p%40ss", None),
        ("%k", None),
        ("%b", "\0"),
    ],
)
def test_specifiers(text: str, expected: Optional[str]) -> None:
    assert specifiers.expand(text, KNOWN) == expected


def test_a_value_that_only_the_host_knows_is_unknown_not_ignored() -> None:
    (entry,) = unit_words.parse_environment("A=%b", KNOWN)
    assert (entry.name, entry.unknown, entry.ignored) == ("A", True, None)
    (entry,) = unit_words.parse_environment("A=%H", specifiers.for_unit("docker.service"))
    assert entry.unknown


def test_several_assignments_on_a_line() -> None:
    entries = unit_words.parse_environment("A=1 \"B=x y\" =3 C %k=4 D=%k 9=9 E='' F", KNOWN)
    assert [(e.name, e.value) for e in entries if e.ignored is None] == [("A", "1"), ("B", "x y"), ("E", "")]
    assert len([e for e in entries if e.ignored is not None]) == 6


def test_a_dropped_word_is_quoted_only_if_it_is_a_name() -> None:
    for line in ("HTTPS_PROXY = http://u:C4NARY@p:1", "A=1 http://u:C4NARY%k@p", "HTTP_PROXY=http://u:C4 NARY@p"):
        for entry in unit_words.parse_environment(line, KNOWN):
            if entry.ignored is not None:
                assert "C4NARY" not in entry.ignored + entry.name
                assert "NARY@" not in entry.ignored + entry.name


@given(st.text(st.sampled_from(string.printable)), st.sampled_from(["A", "https_proxy", "_9"]))
def test_a_quoted_assignment_is_read_back(value: str, name: str) -> None:
    if not unit_words.is_valid_value(value) or any(c < " " and c not in "\t\n" for c in value):
        with pytest.raises(ValueError, match="systemd cannot carry"):
            unit_words.quote_assignment(name, value)
        return
    line = "Environment=" + unit_words.quote_assignment(name, value)
    (statement,) = unit_file.parse(f"[Service]\n{line}\n").statements
    (entry,) = unit_words.parse_environment(statement.value, KNOWN)
    assert (entry.name, entry.value, entry.ignored) == (name, value, None)


@given(st.text())
def test_any_text_is_carried_or_refused(value: str) -> None:
    try:
        quoted = unit_words.quote_assignment("A", value)
    except ValueError:
        return
    (statement,) = unit_file.parse(f"[Service]\nEnvironment={quoted}\n").statements
    (entry,) = unit_words.parse_environment(statement.value, KNOWN)
    assert entry.value == value


@given(st.text())
def test_parse_takes_anything(value: str) -> None:
    unit_words.parse_environment(value, KNOWN)
    unit_words.split_command(value, {"A": value}, KNOWN)


def test_a_name_must_be_a_name() -> None:
    with pytest.raises(ValueError, match="systemd cannot carry"):
        unit_words.quote_assignment("a-b", "x")


ENVIRONMENT = {"OPTS": "--a 'b c' --d", "EMPTY": "", "X": "x y"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/usr/sbin/dockerd -H fd:// $OPTS", ["/usr/sbin/dockerd", "-H", "fd://", "--a", "b c", "--d"]),
        ("/usr/sbin/dockerd $EMPTY $ABSENT end", ["/usr/sbin/dockerd", "end"]),
        ("/d --x=${X} ${ABSENT}", ["/d", "--x=x y", ""]),
        ("/d a$OPTS $$OPTS $${X}", ["/d", "a$OPTS", "$OPTS", "${X}"]),
        ("-/d a", ["/d", "a"]),
        ("@/d zero a", ["/d", "a"]),
        (":/d $OPTS", ["/d", "$OPTS"]),
        ("/d a ; /e b", ["/d", "a"]),
        ("/d a;b ';' \\; c", ["/d", "a;b", ";", ";", "c"]),
        ("/d %n %% %b", ["/d", "docker.service", "%", "\0"]),
        (r"/d \x41\q", ["/d", r"A\q"]),
        ("/d '$OPTS' \"${X}\"", ["/d", "--a", "b c", "--d", "x y"]),
        ("/d $ $9 $a-b $X$OPTS ${a-b}", ["/d", ""]),
        ("/d ${X:-d} ${ $${ ${${X} {$X}", ["/d", "${X:-d}", "${", "${", "", "{$X}"]),
        ("@/d $OPTS a", ["/d", "b c", "--d", "a"]),
        ("-@:+/d zero $X", ["/d", "$X"]),
        ("!!/d a", ["/d", "a"]),
        ("dockerd a", ["dockerd", "a"]),
    ],
)
def test_commands(value: str, expected: List[str]) -> None:
    assert unit_words.split_command(value, ENVIRONMENT, KNOWN) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/d 'open",
        "/d %k",
        "/d%k a",
        "@/d",
        "@ /d a",
        "-",
        "/d/ a",
        "a/d b",
        "+!/d",
        "!!!/d",
        "--/d",
        r"/\x01",
        "..",
    ],
)
def test_no_words_where_systemd_does_not_load_the_unit(value: str) -> None:
    assert unit_words.split_command(value, ENVIRONMENT, KNOWN) == []


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        (
            "HTTPS-PROXY=http://u:C4NARY@p",
            "",
            "ignores HTTPS-PROXY, since no name of a variable holds a -; write HTTPS_PROXY",
        ),
        ("no-proxy=C4NARY", "", "write no_proxy"),
        ("C4NARY-x=1", "", "is no name of letters"),
        ("9A=C4NARY", "", "is no name of letters"),
        ("C4NARY", "", 'needs quotes around the whole assignment, as in "NAME=value"'),
        ("A=%z", "A", "write % as %% in a unit file"),
        ("C4NARY%z", "", "ignores a word"),
        (r"A=C4NARY\xff", "A", "systemd ignores A: its value is not UTF-8"),
    ],
)
def test_why_a_word_is_ignored(line: str, name: str, words: str) -> None:
    (entry,) = unit_words.parse_environment(line, {})
    assert entry.name == name
    assert entry.ignored is not None
    assert words in entry.ignored
    assert "C4NARY" not in entry.ignored
