"""/etc/environment as logins are given it. tests/oracles asks pam_env itself."""

from __future__ import annotations

from typing import Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import pam_env


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", ("1", 1)),
        ("# c\n export A=1 # c\n", ("1 ", 2)),
        ("A='a\"b'", ('a"b', 1)),
        ('A="a" x', ('a" x', 1)),
        ('A="', ("", 1)),
        ("A=$B", ("$B", 1)),
        ("\nA=x\\\n\n# c\ny", ("xy", 2)),
        ("A=1\nA=2", ("2", 2)),
        ("A=1\nA", (None, 2)),
        ("A", (None, 1)),
        ("A = 1", None),
        ("A=1\\", None),
    ],
)
def test_what_a_is(text: str, expected: Optional[Tuple[Optional[str], int]]) -> None:
    assert pam_env.parse(text).get("A") == expected


@given(st.text())
def test_parse_takes_anything(text: str) -> None:
    assert all(assigned.line <= text.count("\n") + 1 for assigned in pam_env.parse(text).values())
