"""Patterns of file names; tests/oracles asks the real systemd."""

from __future__ import annotations

import pytest

from dockproxy.formats import glob


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*.env", "a.env", True), ("*.env", ".a.env", False), (".*", ".a", True), ("\\.*", ".a", True),
        ("a*b*c", "a1b2bc", True), ("a*b*c", "a1b2", False), ("**", "", True), ("x", "xy", False), ("x?", "x", False),
        ("[[:punct:]]", "-", True), ("[[:punct:]]", "a", False), ("[[:space:]]", "\t", True),
        ("[[:none:]]", "a", False),
        ("[!a]", "b", True), ("[^a]", "a", False), ("[]a]", "]", True), ("[!]a]", "]", False), ("[a", "[a", True),
        ("[b-d]", "c", True), ("[d-b]", "c", False), ("[a-]", "-", True), ("[\\]]", "]", True), ("[a\\-c]", "b", False),
        ("a\\**", "a*b", True), ("a\\**", "ab", False), ("?", "\u00e9", False), ("??", "\u00e9", True),
        ("[!]", "[!]", True),
    ],
)  # fmt: skip
def test_what_fits(pattern: str, name: str, fits: bool) -> None:
    assert glob.matches(name, pattern) == fits


def test_a_pattern_that_is_longer_than_any_path_fits_nothing() -> None:
    assert glob.matches("[" * 4000, "[" * 4000)
    assert not glob.matches("a", "[" * 100_000)


def test_what_is_a_name() -> None:
    assert (glob.is_magic("a\\*b"), glob.name_of("a\\*b")) == (False, "a*b")
    assert glob.is_magic("a\\*[b]")
