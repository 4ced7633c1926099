"""Edits of environment files: one variable changes, everything else stays, byte for byte."""

from __future__ import annotations

from typing import Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.changes import env_file as change
from dockproxy.formats import env_file
from dockproxy.model import Value, value_of


def https(value: Optional[str]) -> Dict[str, Optional[Value]]:
    return {"https-proxy": None if value is None else value_of("https-proxy", value)}


def in_force(text: str) -> Dict[str, str]:
    return {a.name: a.value for a in env_file.parse(text).assignments}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "HTTPS_PROXY=http://p:1\n"),
        ("# top\nA='x y'\n", "# top\nA='x y'\nHTTPS_PROXY=http://p:1\n"),
        ("HTTPS_PROXY=x # c\nA=1\n", "HTTPS_PROXY=http://p:1\nA=1\n"),
        ("https_proxy=x\nA=1\n", "A=1\nHTTPS_PROXY=http://p:1\n"),
        ("HTTPS_PROXY=x\nhttps_proxy=y\nHTTPS_PROXY=z\n", "HTTPS_PROXY=http://p:1\n"),
        ("# https_proxy=x\nexport HTTPS_PROXY=x\n", "# https_proxy=x\nexport HTTPS_PROXY=x\nHTTPS_PROXY=http://p:1\n"),
    ],
)
def test_set(before: str, after: str) -> None:
    assert change.edit(before, https("http://p:1")) == after
    assert change.edit(after, https("http://p:1")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("HTTPS_PROXY=x\nA=1\nhttps_proxy='y\nz'\n# end\n", "A=1\n# end\n"),
        ("HTTPS_PROXY=x", ""),
        ("A=1\r\n", "A=1\r\n"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_unset(before: str, after: str, value: Optional[str]) -> None:
    assert change.edit(before, https(value)) == after


def test_several_variables_at_once() -> None:
    values: Dict[str, Optional[Value]] = {**https("http://p:1"), "no-proxy": "a b", "http-proxy": None}
    assert change.edit("HTTP_PROXY=x\n", values) == 'HTTPS_PROXY=http://p:1\nNO_PROXY="a b"\n'


def test_an_open_quote_is_no_place_to_write_behind() -> None:
    with pytest.raises(ValueError, match="correct it first"):
        change.edit("A='open\n", https("http://p:1"))


LINES = st.lists(
    st.sampled_from(
        ["A=1", "HTTPS_PROXY=x", "https_proxy='y z'", 'B="2', 'q"', "# c", "; c", "", "junk", "C=x\\", " D=4 "]
    )
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.text(st.characters(min_codepoint=32, codec="utf-8"), min_size=1))
def test_the_others_keep_their_values(lines: List[str], newline: str, value: str) -> None:
    text = newline.join([*lines, ""])
    others = {n: v for n, v in in_force(text).items() if n not in ("HTTPS_PROXY", "https_proxy")}
    try:
        written = change.edit(text, {"no-proxy": None, **https(value)})
    except ValueError:
        return
    assert in_force(written) == {**others, "HTTPS_PROXY": value}
    assert in_force(change.edit(written, https(None))) == others
    comments = [line for line in lines if line.startswith(("#", ";"))]
    assert [line for line in written.split(newline) if line.startswith(("#", ";"))] == comments
