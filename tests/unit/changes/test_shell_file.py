"""Edits of files that an init script sources. tests/oracles/test_shell.py asks dash and bash what they export then."""

from __future__ import annotations

from typing import Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.changes import shell_file as change
from dockproxy.formats import shell_env
from dockproxy.model import Refusal, Value, value_of

LINE = "export HTTPS_PROXY='http://p:1'\n"
PATH = "/etc/default/docker"


def https(value: Optional[str]) -> Dict[str, Optional[Value]]:
    return {"https-proxy": None if value is None else value_of("https-proxy", value)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", LINE),
        ("# top\nDOCKER_OPTS=--debug", f"# top\nDOCKER_OPTS=--debug\n{LINE}"),
        ("A=1 \\\n", f"A=1 \\\n\n{LINE}"),
        ("export HTTPS_PROXY=x # c\nA=1\n", "export HTTPS_PROXY='http://p:1' # c\nA=1\n"),
        ("  HTTPS_PROXY=x\n", f"  {LINE}"),
        ("HTTPS_PROXY=x; export HTTPS_PROXY\n", "HTTPS_PROXY='http://p:1'; export HTTPS_PROXY\n"),
        ("set -a\nHTTPS_PROXY=x\n", "set -a\nHTTPS_PROXY='http://p:1'\n"),
        ("A=1 HTTPS_PROXY=x\n", f"A=1\n{LINE}"),
        ("readonly HTTPS_PROXY=x\n", LINE),
        ("HTTPS_PROXY=x\nexport A HTTPS_PROXY=y B=z\n", "export A HTTPS_PROXY='http://p:1' B=z\n"),
        ("export https_proxy=x\nA=1\n", f"A=1\n{LINE}"),
        ("export HTTPS_PROXY=x https_proxy=y\n", LINE),
        ("export HTTPS_PROXY=x\nunset HTTPS_PROXY https_proxy # c\n", f"{LINE}# c\n"),
        ("unset FTP_PROXY HTTPS_PROXY\n", f"unset FTP_PROXY\n{LINE}"),
        ("logger HTTPS_PROXY=on\n", f"logger HTTPS_PROXY=on\n{LINE}"),
        ("if x; then HTTPS_PROXY=a; fi\nexport HTTPS_PROXY=b\n", f"if x; then HTTPS_PROXY=a; fi\n{LINE}"),
    ],
)
def test_set(before: str, after: str) -> None:
    assert change.edit(before, PATH, https("http://p:1")) == after
    assert change.edit(after, PATH, https("http://p:1")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# c\nexport HTTPS_PROXY=x\nA=1\nhttps_proxy='y\nz'\n", "# c\nA=1\n"),
        ("export HTTPS_PROXY=x", ""),
        ("HTTPS_PROXY=x; export HTTPS_PROXY; A=1\n", "A=1\n"),
        ("A=1; export HTTPS_PROXY=x # c\n", "A=1; # c\n"),
        ("export A HTTPS_PROXY B\nexport HTTPS_PROXY A\n", "export A B\nexport A\n"),
        ("A=1 HTTPS_PROXY=x\nexport A HTTPS_PROXY\n", "A=1\nexport A\n"),
        ("HTTPS_PROXY=x && echo y\n", ": && echo y\n"),
        ("! HTTPS_PROXY=x\n", "! :\n"),
        ("A=1\r\n", "A=1\r\n"),
        ("", ""),
        ("[ x ] && y\nexport HTTPS_PROXY=x\n", "[ x ] && y\n:\n"),
        ("[ x ] && y\n:\n", "[ x ] && y\n:\n"),
        ("export HTTPS_PROXY=x\n[ x ] && y\n", "[ x ] && y\n"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_take_out(before: str, after: str, value: Optional[str]) -> None:
    assert change.edit(before, PATH, https(value)) == after


def test_several_variables_at_once() -> None:
    values: Dict[str, Optional[Value]] = {**https("http://p:1"), "no-proxy": "it's", "http-proxy": None}
    assert change.edit("HTTP_PROXY=x\n", PATH, values) == f"{LINE}export NO_PROXY='it'\\''s'\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# c\nexport HTTPS_PROXY=$P\n", 2),
        ("if x; then\n  export https_proxy=a\nfi\n", 2),
        ("x && HTTPS_PROXY=a\n", 1),
        ("A=1\n. /etc/proxy\n", 2),
        ("A='open\n", 1),
        ("off() {\n  unset HTTPS_PROXY\n}\nexport HTTPS_PROXY=x\n", 2),
        ("A=1\nstart_pre() { export https_proxy=x; }\n", 2),
        ("A=1\nexport B=\0\n", 2),
    ],
)
@pytest.mark.parametrize("value", ["http://p:1", None])
def test_what_only_a_shell_could_tell_is_refused_with_its_line(text: str, line: int, value: Optional[str]) -> None:
    with pytest.raises(Refusal, match=f"^{PATH}:{line}: only a shell could tell"):
        change.edit(text, PATH, https(value))


def test_a_condition_that_surfaces_is_refused() -> None:
    with pytest.raises(Refusal, match=f"^{PATH}:1: only a shell"):
        change.edit("if x; then HTTPS_PROXY=a; fi\nexport HTTPS_PROXY=b\n", PATH, https(None))


@pytest.mark.parametrize("text", ["A=1\nreturn 0\n", "A=1\nreturn", "A=1\nB=x\\"])
def test_a_file_behind_whose_end_a_line_would_not_count_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=f"^{PATH}:2: a line behind this one would not count"):
        change.edit(text, PATH, https("http://p:1"))
    with pytest.raises(Refusal, match=f"^{PATH}:2: a line behind"):
        change.unset(text, PATH, ["A"])


def test_unset_is_the_last_word_and_set_takes_it_back() -> None:
    made = change.unset("A=1\n", PATH, ["HTTPS_PROXY", "https_proxy"])
    assert made == "A=1\nunset HTTPS_PROXY https_proxy\n"
    assert change.edit(made, PATH, https("http://p:1")) == f"A=1\n{LINE}"


LINES = st.lists(
    st.sampled_from(
        [
            "A=1",
            "export HTTPS_PROXY=x",
            "https_proxy='y z'",
            "export B='2",
            "q'",
            "# c",
            "",
            "C=x \\",
            "unset HTTPS_PROXY",
        ]
    )
)


@given(LINES, st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_the_others_keep_their_values_and_comments_stay(lines: List[str], value: str) -> None:
    text = "\n".join([*lines, ""])
    try:
        written = change.edit(text, PATH, {"no-proxy": None, **https(value)})
    except Refusal:
        return
    before, after = shell_env.parse(text).variables, shell_env.parse(written).variables
    assert {n: v[:2] for n, v in after.items() if len(n) == 1} == {n: v[:2] for n, v in before.items() if len(n) == 1}
    assert after["HTTPS_PROXY"][:2] == (value, True)
    assert shell_env.parse(change.edit(written, PATH, https(None))).get("HTTPS_PROXY") is None
    assert written.count("# c") == text.count("# c")
