"""Edits of units: only the words that are meant change, and what is written is what systemd reads (tests/oracles)."""

from __future__ import annotations

from typing import Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.changes import drop_in
from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.model import Value, value_of

KNOWN = specifiers.for_unit("docker.service")


def https(value: Optional[str]) -> Dict[str, Optional[Value]]:
    return {"https-proxy": None if value is None else value_of("https-proxy", value)}


def environment(text: str) -> Dict[str, str]:
    """What systemd makes of the text."""
    found: Dict[str, str] = {}
    for statement in unit_file.parse(text).find("Service", "Environment"):
        if not statement.value:
            found.clear()
        entries = unit_words.parse_environment(statement.value, KNOWN)
        found.update((e.name, e.value) for e in entries if e.ignored is None and not e.unknown)
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[Service]\nEnvironment="HTTPS_PROXY=http://p:1"\n'),
        ("[Service]\nEnvironment=HTTPS_PROXY=x A=1\n", '[Service]\nEnvironment="HTTPS_PROXY=http://p:1" A=1\n'),
        ("[Service]\nEnvironment=HTTPS_PROXY=x HTTPS_PROXY=y\n", '[Service]\nEnvironment="HTTPS_PROXY=http://p:1"\n'),
        (
            "[Service]\nEnvironment=HTTPS_PROXY=x\nEnvironment=A=1 HTTPS_PROXY=y\n",
            '[Service]\nEnvironment=A=1 "HTTPS_PROXY=http://p:1"\n',
        ),
        (
            "[Service]\nEnvironment=HTTPS_PROXY=x B=2\nEnvironment=HTTPS_PROXY=y\n",
            '[Service]\nEnvironment=B=2\nEnvironment="HTTPS_PROXY=http://p:1"\n',
        ),
        (
            "[Service]\nEnvironment=HTTPS_PROXY=x\nEnvironment=\n",
            '[Service]\nEnvironment=\nEnvironment="HTTPS_PROXY=http://p:1"\n',
        ),
        (
            "[Service]\nEnvironment=A=1 \\\n  # why\n  HTTPS_PROXY=x \\\n  https_proxy=x \\\n  B=2\n",
            '[Service]\nEnvironment=A=1 \\\n  # why\n  "HTTPS_PROXY=http://p:1" \\\n  B=2\n',
        ),
        (
            "[Service]\nEnvironment=HTTPS_PROXY=x \\\n HTTPS_PROXY=y #z\n",
            '[Service]\nEnvironment=\\\n "HTTPS_PROXY=http://p:1" #z\n',
        ),
        ("[Service]\nEnvironment=https_proxy=x\n# end\n", '[Service]\nEnvironment="HTTPS_PROXY=http://p:1"\n# end\n'),
    ],
)
def test_set(before: str, after: str) -> None:
    assert drop_in.edit(before, https("http://p:1")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[Service]\nEnvironment=HTTPS_PROXY=x\n", "[Service]\n"),
        ("[Service]\nEnvironment=A=1 HTTPS_PROXY=x B=2 https_proxy=y\n", "[Service]\nEnvironment=A=1 B=2\n"),
        ("[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\n"),
        ("[Service]\nEnvironment=A=1 \\\n HTTPS_PROXY=x\nB=2\n", "[Service]\nEnvironment=A=1\nB=2\n"),
        # A no-break space is a part of the value.
        ("[Service]\nEnvironment=A=1\u00a0 HTTPS_PROXY=x\n", "[Service]\nEnvironment=A=1\u00a0\n"),
        ("[Service]\nEnvironment=HTTPS_PROXY=x \u00a0=1\n", "[Service]\nEnvironment=\u00a0=1\n"),
        # What is left would begin its line like a comment.
        ("[Service]\nEnvironment=A=1 \\\n HTTPS_PROXY=x #z\n", "[Service]\nEnvironment=A=1   #z\n"),
        ("[Service]\n# mine\n\n[Install]\n", "[Service]\n# mine\n\n[Install]\n"),
        ("[Unit]\nEnvironment=HTTPS_PROXY=x\n", "[Unit]\nEnvironment=HTTPS_PROXY=x\n"),
    ],
)
def test_unset(before: str, after: str) -> None:
    assert drop_in.edit(before, https(None)) == after
    assert drop_in.edit(before, https("")) == after


def test_a_file_is_named_once_and_forgotten() -> None:
    named = drop_in.add_environment_file("", "/e")
    assert named == "[Service]\nEnvironmentFile=-/e\n"
    assert drop_in.add_environment_file(named, "/e") == named
    assert drop_in.remove_environment_file(named, "/e") == "[Service]\n"
    assert drop_in.remove_environment_file(named, "/other") == named


def test_names_are_taken_out_of_the_environment_and_let_in_again() -> None:
    text = drop_in.unset_environment("", ["HTTPS_PROXY", "https_proxy", "NO_PROXY=x"])
    assert text == "[Service]\nUnsetEnvironment=HTTPS_PROXY https_proxy NO_PROXY=x\n"
    assert drop_in.allow_environment(text, ["https-proxy"]) == "[Service]\nUnsetEnvironment=NO_PROXY=x\n"
    assert drop_in.allow_environment(text, ["https-proxy", "no-proxy"]) == "[Service]\n"


LINES = st.lists(
    st.sampled_from(
        [
            "[Service]",
            "[Unit]",
            "Environment=A=1 HTTPS_PROXY=x",
            'Environment="https_proxy=a b" C=3',
            "Environment=HTTPS_PROXY=1 HTTPS_PROXY=2 \\",
            "  D=4",
            "Environment=A=2 \\",
            " # why",
            " HTTPS_PROXY=x #z \\",
            " HTTPS_PROXY=x https_proxy=y F=6",
            "Environment=",
            "# Environment=HTTPS_PROXY=c",
            "Environment=E=%n 'broken",
            "",
        ]
    ),
    max_size=7,
)


@given(LINES, st.sampled_from(["http://p:1", "http://u:a%40b\\ c@p", "a\"b'c", "$x %n é"]))
def test_the_others_keep_their_values(lines: List[str], value: str) -> None:
    text = "\n".join(["[Service]", *lines, ""])
    others = {n: v for n, v in environment(text).items() if n not in ("HTTPS_PROXY", "https_proxy")}
    written = drop_in.edit(text, https(value))
    assert environment(written) == {**others, "HTTPS_PROXY": value}
    assert environment(drop_in.edit(written, https(None))) == others
