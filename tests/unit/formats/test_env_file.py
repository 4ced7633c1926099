"""Environment files as systemd reads them. tests/oracles asks systemd the same."""

from __future__ import annotations

import subprocess
from typing import Dict, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import env_file


def seen(text: str) -> List[Tuple[str, str, int]]:
    return [(a.name, a.value, a.line) for a in env_file.parse(text).assignments]


def in_force(text: str) -> Dict[str, str]:
    return {a.name: a.value for a in env_file.parse(text).assignments}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2\n", [("A", "1", 1), ("B", "2", 2)]),
        ("A=1", [("A", "1", 1)]),
        ("  A = 1 \t\n", [("A", "1", 1)]),
        ("A=\n", [("A", "", 1)]),
        ("# A=1\n;B=2\nC=3", [("C", "3", 3)]),
        ("# goes on \\\nA=1\nB=2\n", [("B", "2", 3)]),
        ("A='a b'\n", [("A", "a b", 1)]),
        ('A="a b"\n', [("A", "a b", 1)]),
        ('A="a\nb"\nB=2', [("A", "a\nb", 1), ("B", "2", 3)]),
        ("A='x\\'\n", [("A", "x\\", 1)]),
        ('A="\\"\\\\\\$\\`\\n"\n', [("A", '"\\$`\\n', 1)]),
        ('A="x\\\ny"\n', [("A", "xy", 1)]),
        ('A="a"b "c"\n', [("A", 'ab "c"', 1)]),
        ("A=\"a\" 'b'\n", [("A", "ab", 1)]),
        ('A=a"b"\n', [("A", 'a"b"', 1)]),
        ("A=x\\ \n", [("A", "x ", 1)]),
        ("A=x \\\n  y\nB=2", [("A", "x   y", 1), ("B", "2", 3)]),
        ("A=\\x\\\\\n", [("A", "x\\", 1)]),
        ("A=1 # no comment\n", [("A", "1 # no comment", 1)]),
        ("A=$HOME ${X} `id`\n", [("A", "$HOME ${X} `id`", 1)]),
        ("A=1\r\nB=2\r\n", [("A", "1", 1), ("B", "2", 2)]),
        ("A='open\nB=2\n", [("A", "open\nB=2\n", 1)]),
        ('A="open', [("A", "open", 1)]),
        ('A="open\\', [("A", "open", 1)]),
        ("A=x\\", [("A", "x", 1)]),
        ("A", []),
        ("# c\\", []),
        ("", []),
    ],
)
def test_what_systemd_sees(text: str, expected: List[Tuple[str, str, int]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("export HTTPS_PROXY=http://p:1\n", "export"),
        ("export\tHTTPS_PROXY=http://p:1\n", "export"),
        ("9A=1\n", "is no name of letters"),
        ("HTTP-PROXY=1\n", "ignores HTTP-PROXY, since no name of a variable holds a -; write HTTP_PROXY"),
        ("export A B=1\n", "ignores `export …=…`"),
    ],
)
def test_what_looks_like_an_assignment_and_is_none(text: str, reason: str) -> None:
    (ignored,) = env_file.parse("# one\n" + text).ignored
    assert reason in ignored.reason
    assert ignored.line == 2
    assert env_file.parse(text).assignments == ()


def test_a_byte_that_is_not_utf_8_makes_the_whole_file_void() -> None:
    parsed = env_file.parse("A=1\nB='x\n\udcff'\n")
    assert parsed.assignments == ()
    assert parsed.invalid is not None
    assert (parsed.invalid.line, "line 2 is not UTF-8" in parsed.invalid.reason) == (2, True)
    assert env_file.parse("# \udcff\nA=1\n").invalid is None
    assert env_file.parse("A=\ufffe\nB=1\n").assignments == ()
    assert env_file.parse("A=\ufeff\nB=1\n").invalid is None


@pytest.mark.parametrize("text", ["A=1\nB=x\0y\n", "A=1\n# \0\nB=2\n", "A=1\n\0"])
def test_a_nul_byte_makes_the_whole_file_void(text: str) -> None:
    parsed = env_file.parse(text)
    assert parsed.assignments == ()
    assert parsed.invalid is not None
    assert (parsed.invalid.line, "line 2 holds a NUL byte" in parsed.invalid.reason) == (2, True)


@pytest.mark.parametrize("text", ["A='open", 'A="open\n', "B=\udcff\n", "B=\0\n"])
def test_nothing_is_appended_where_it_would_not_be_read(text: str) -> None:
    with pytest.raises(ValueError, match="correct it first"):
        env_file.assign(text, "C", "x")


@given(st.text())
def test_parse_takes_anything_and_spans_are_ordered_inside_the_text(text: str) -> None:
    parsed = env_file.parse(text)
    spans = [(a.start, a.end) for a in parsed.assignments]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:]))
    for a in parsed.assignments:
        assert text[a.start :].startswith(a.name)
        assert a.line == text.count("\n", 0, a.start) + 1


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TEXTS = st.lists(
    st.sampled_from(["A=1", "B = 'x y'", 'A="2', 'q"', "# c", "# c\\", "", "export A=3", "C=x\\", "nonsense", " A=4 "])
)
BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


@given(VALUES)
def test_a_quoted_value_is_read_back(value: str) -> None:
    try:
        quoted = env_file.quote(value)
    except ValueError:
        assert any((c < " " and c not in "\t\n") or c == "\x7f" for c in value)
        return
    assert in_force(f"A={quoted}\n") == {"A": value}


@given(TEXTS, BREAKS, VALUES)
def test_assign_sets_and_leaves_the_others(lines: List[str], newline: str, value: str) -> None:
    text = newline.join(lines)
    try:
        env_file.quote(value)
    except ValueError:
        return
    before = in_force(text)
    after = in_force(env_file.assign(text, "A", value))
    assert after == {**before, "A": value}


@given(TEXTS, BREAKS, st.booleans(), VALUES)
def test_set_then_remove_gives_the_bytes_of_before(lines: List[str], newline: str, is_closed: bool, value: str) -> None:
    text = newline.join(lines) + (newline if is_closed else "")
    try:
        written = env_file.assign(text, "NEW", value)
    except ValueError:
        return
    gone = env_file.remove(written, "NEW")
    # Only a line break that was missing stays, and the gap behind a comment that goes on.
    assert gone.startswith(text)
    assert gone[len(text) :].strip("\r\n") == ""
    if is_closed and not text.endswith("\\" + newline):
        assert gone == text


@given(TEXTS, BREAKS)
def test_remove_removes_and_leaves_the_others(lines: List[str], newline: str) -> None:
    text = newline.join(lines)
    before = in_force(text)
    after = env_file.remove(text, "A")
    assert in_force(after) == {name: value for name, value in before.items() if name != "A"}
    if "A" not in before:
        assert after == text


def test_assign_replaces_the_last_and_drops_the_earlier() -> None:
    assert env_file.assign("# top\nA=1\nB=2\nA=3 \n# end\n", "A", "x y") == '# top\nB=2\nA="x y"\n# end\n'


def test_edits_keep_the_line_breaks() -> None:
    assert env_file.assign("A=1\r\nB=2\r\n", "A", "x") == "A=x\r\nB=2\r\n"
    assert env_file.remove("A=1\r\nB=2\r\n", "A") == "B=2\r\n"
    assert env_file.assign("B=2\r\n", "A", "x") == "B=2\r\nA=x\r\n"
    assert env_file.assign("A=1", "A", "x") == "A=x"


@pytest.mark.real("sh")
@pytest.mark.parametrize("value", ["plain", "a b", "$HOME `id` \\ \"x\" 'y'", "a\nb\tc", "é%40", "~x", ""])
def test_a_shell_that_sources_the_file_reads_the_same(value: str, tmp_path: object) -> None:
    script = f'A={env_file.quote(value)}\nprintf %s "$A"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == value
