"""Unit files: what systemd sees of them, and edits that leave the rest alone. tests/oracles asks systemd the same."""

from __future__ import annotations

from typing import List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import unit_file


def seen(text: str) -> List[Tuple[str, str, str, int]]:
    return [(s.section, s.key, s.value, s.line) for s in unit_file.parse(text).statements]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Service]\nA=1\n", [("Service", "A", "1", 2)]),
        ("[Service]\n  A =  1 \t\n", [("Service", "A", "1", 2)]),
        ("[Service]\nA=", [("Service", "A", "", 2)]),
        ("[Service]\n# A=1\n ; B=2\n\nC=3\n", [("Service", "C", "3", 5)]),
        ("[A]\nX=1\n[B]\nX=2\n[A]\nX=3\n", [("A", "X", "1", 2), ("B", "X", "2", 4), ("A", "X", "3", 6)]),
        ("[Service]\nA=1 \\\n  2\nB=3\n", [("Service", "A", "1    2", 2), ("Service", "B", "3", 4)]),
        ("[Service]\nA=1\\\n# why\\\n 2\nB=3\n", [("Service", "A", "1  2", 2), ("Service", "B", "3", 5)]),
        ("[Service]\nA=1\\", [("Service", "A", "1", 2)]),
        ("[Service]\nA=1\\\n", [("Service", "A", "1", 2)]),
        ("[Service]\nA=1\\\n\nB=2\n", [("Service", "A", "1", 2), ("Service", "B", "2", 4)]),
        ("[Service]\nA=1\\\n# end", [("Service", "A", "1", 2)]),
        ("[Service]\nA=1\\\\\nB=2\n", [("Service", "A", "1\\\\", 2), ("Service", "B", "2", 3)]),
        ("[Service]\r\nA=1\r\nB=2\r\n", [("Service", "A", "1", 2), ("Service", "B", "2", 3)]),
        ("[Service]\r\nA=1\\\r\n2\r\n", [("Service", "A", "1 2", 2)]),
        ("[Service]\rA=1\rB=2", [("Service", "A", "1", 2), ("Service", "B", "2", 3)]),
        ("[Service]\n\rA=1\n\rB=2", [("Service", "A", "1", 2), ("Service", "B", "2", 3)]),
        ("\ufeff[Service]\nA=1\n", [("Service", "A", "1", 2)]),
        ("\ufeff# comment\n[Service]\nA=1\n", [("Service", "A", "1", 3)]),
        ("# comment\n\ufeff[Service]\nA=1\n", [("Service", "A", "1", 3)]),
        ("[Service]\nA=b=c\n", [("Service", "A", "b=c", 2)]),
        ("", []),
    ],
)
def test_what_systemd_sees(text: str, expected: List[Tuple[str, str, str, int]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\n[Service]\nB=2\n", 1),
        ("[Service]\nnonsense\nB=2\n", 2),
    ],
)
def test_an_ignored_line_is_a_problem_at_its_line(text: str, line: int) -> None:
    unit = unit_file.parse(text)
    assert [p.line for p in unit.problems] == [line]
    assert [s.key for s in unit.statements] == ["B"]


@pytest.mark.parametrize("line", ["[Broken", "B=\udcff", "# fine\\\nB=\udcff", '[A"B]', "[A\\B]"])
def test_nothing_behind_a_line_that_cannot_be_counts(line: str) -> None:
    unit = unit_file.parse(f"[Service]\nA=1\n{line}\n[Service]\nC=3\n")
    assert [s.key for s in unit.statements] == ["A"]
    assert unit.broken is not None
    assert unit.broken.line == line.count("\n") + 3


def test_a_position_is_the_whole_statement() -> None:
    text = "[Service]\n  A=1\\\n# why\n  2\nB=3\n"
    first, second = unit_file.parse(text).statements
    assert text[first.start : first.end] == "  A=1\\\n# why\n  2\n"
    assert text[second.start : second.end] == "B=3\n"


def test_replace_keeps_indent_and_line_break() -> None:
    text = "\ufeff[Service]\r\n  A=1\\\r\n  2\r\nB=3"
    first, second = unit_file.parse(text).statements
    assert unit_file.replace(text, first, "x") == "\ufeff[Service]\r\n  A=x\r\nB=3"
    assert unit_file.replace(text, second, "x") == "\ufeff[Service]\r\n  A=1\\\r\n  2\r\nB=x"


def test_remove_takes_the_lines_of_the_statement() -> None:
    text = "[Service]\n# keep\nA=1\\\n 2\nB=3\n"
    assert unit_file.remove(text, unit_file.parse(text).statements[0]) == "[Service]\n# keep\nB=3\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[Service]\nA=1\n"),
        ("[Unit]\nX=1\n", "[Unit]\nX=1\n\n[Service]\nA=1\n"),
        ("[Unit]\nX=1", "[Unit]\nX=1\n\n[Service]\nA=1\n"),
        ("[Service]\nX=1\n\n[Install]\nY=2\n", "[Service]\nX=1\nA=1\n\n[Install]\nY=2\n"),
        ("[Service]", "[Service]\nA=1\n"),
        ("[Service]\nX=1", "[Service]\nX=1\nA=1\n"),
        ("[Service]\r\nX=1\r\n", "[Service]\r\nX=1\r\nA=1\r\n"),
        ("[Service]\nX=1\n[Unit]\n[Service]\n# end\n", "[Service]\nX=1\n[Unit]\n[Service]\nA=1\n# end\n"),
        ("[Service]\nX=1\\\n", "[Service]\nX=1\\\n\nA=1\n"),
        ("[Service]\nX=1\\", "[Service]\nX=1\\\n\nA=1\n"),
    ],
)
def test_append(text: str, expected: str) -> None:
    assert unit_file.append(text, "Service", "A", "1") == expected
    assert ("Service", "A", "1") in [s[:3] for s in seen(expected)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Service]\n", ""),
        ("[Unit]\nX=1\n\n[Service]\n", "[Unit]\nX=1\n"),
        ("[Unit]\nX=1\n\n[Service]\n\n[Install]\nY=2\n", "[Unit]\nX=1\n\n[Install]\nY=2\n"),
        ("[Service]\n# why\n", "[Service]\n# why\n"),
        ("[Service]\nX=1\n", "[Service]\nX=1\n"),
        ("# top\n[Service]\n[Unit]\n", "# top\n"),
    ],
)
def test_prune(text: str, expected: str) -> None:
    assert unit_file.prune(text) == expected


CONTINUED = """[Service]
Environment=A=1 \\
  # why
  B=2 C=3 \\
  D=4
E=5
"""


@pytest.mark.parametrize(
    ("word", "before", "after"),
    [
        ("A=1", "Environment=A=1 \\\n", "Environment=\\\n"),
        ("B=2", "  B=2 C=3 \\\n", "  C=3 \\\n"),
        ("C=3", "  B=2 C=3 \\\n", "  B=2 \\\n"),
        ("B=2 C=3", "  B=2 C=3 \\\n", ""),
        ("D=4", " \\\n  D=4\n", "\n"),
    ],
)
def test_cut_leaves_the_other_lines_and_comments(word: str, before: str, after: str) -> None:
    statement = unit_file.parse(CONTINUED).statements[0]
    start = statement.value.index(word)
    done = unit_file.cut(CONTINUED, statement, start, start + len(word))
    assert done == CONTINUED.replace(before, after)
    (left, following) = unit_file.parse(done).statements
    assert left.value.split() == [w for w in statement.value.split() if w not in word.split()]
    assert following.key == "E"


def test_cut_of_the_last_word_behind_a_comment_ends_the_statement() -> None:
    text = "[Service]\nA=1 \\\n# why\n  2\nB=3\n"
    statement = unit_file.parse(text).statements[0]
    done = unit_file.cut(text, statement, statement.value.index("2"), len(statement.value))
    assert done == "[Service]\nA=1 \\\n# why\n\nB=3\n"
    assert [s.value for s in unit_file.parse(done).statements] == ["1", "3"]


def test_splice_changes_only_a_part_of_the_value() -> None:
    statement = unit_file.parse(CONTINUED).statements[0]
    start = statement.value.index("C=3")
    assert unit_file.splice(CONTINUED, statement, start, start + 3, "x") == CONTINUED.replace("C=3", "x")


def test_nothing_is_appended_behind_what_systemd_cannot_read() -> None:
    with pytest.raises(ValueError, match="correct it first"):
        unit_file.append("[Unit]\nA=\udcff\n", "Service", "A", "1")


LINES = st.lists(
    st.sampled_from(["[Service]", "[Unit]", "A=1", "  A=2", "B=x\\", "# c", "; c\\", "", " y", "nonsense", "A="])
)
BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


@given(LINES, BREAKS, st.booleans())
def test_spans_are_ordered_and_removal_removes_exactly_one(lines: List[str], newline: str, is_closed: bool) -> None:
    text = newline.join(lines) + (newline if is_closed else "")
    unit = unit_file.parse(text)
    ends = [(s.start, s.end) for s in unit.statements]
    assert all(start < end <= len(text) for start, end in ends)
    assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:]))
    for i, statement in enumerate(unit.statements):
        expected = [s[:3] for j, s in enumerate(seen(text)) if j != i]
        assert [s[:3] for s in seen(unit_file.remove(text, statement))] == expected
        replaced = [s[:3] for s in seen(unit_file.replace(text, statement, "new"))]
        assert replaced == [(*s[:2], "new") if j == i else s[:3] for j, s in enumerate(seen(text))]


@given(LINES, BREAKS, st.booleans())
def test_what_is_appended_is_seen_last_in_its_section(lines: List[str], newline: str, is_closed: bool) -> None:
    text = newline.join(lines) + (newline if is_closed else "")
    before = [s.value for s in unit_file.parse(text).find("Service", "A")]
    after = unit_file.append(text, "Service", "A", "new")
    assert [s.value for s in unit_file.parse(after).find("Service", "A")] == [*before, "new"]


@given(LINES, BREAKS, st.booleans())
def test_set_then_remove_gives_the_bytes_of_before(lines: List[str], newline: str, is_closed: bool) -> None:
    text = newline.join(["[Service]", *lines]) + (newline if is_closed else "")
    written = unit_file.append(text, "Service", "NEW", "1")
    (mine,) = unit_file.parse(written).find("Service", "NEW")
    gone = unit_file.remove(written, mine)
    # Behind a statement that goes on an empty line has to end it.
    if is_closed and not any(line.endswith("\\") for line in lines):
        assert gone == text
    assert [s[:3] for s in seen(gone)] == [s[:3] for s in seen(text)]


@given(LINES, BREAKS)
def test_a_value_is_where_at_says(lines: List[str], newline: str) -> None:
    text = newline.join(lines)
    for statement in unit_file.parse(text).statements:
        assert len(statement.at) == len(statement.value)
        for character, offset in zip(statement.value, statement.at):
            assert text[offset] == character or (character, text[offset]) == (" ", "\\")


@given(st.text())
def test_parse_takes_anything(text: str) -> None:
    assert unit_file.parse(text).text == text
