"""Which entries depend on the Go of the engine; the dialects of Go are asked, which tests/oracles compares with it."""

from __future__ import annotations

import pytest

from dockproxy.noproxy import which_go


@pytest.mark.parametrize(
    ("entry", "is_disputed"),
    [
        (".2.3", True),
        ("*.2.3:5000", True),
        ("3", True),
        ("1.2.3", True),
        ("fe80::1%eth0", True),
        ("[fe80::1%eth0]:443", True),
        ("10.1.2.3", False),
        (".10.1.2.3", False),
        ("256", False),
        ("10.0.0.0/8", False),
        ("fd00::1", False),
        ("x.corp", False),
        ("*", False),
    ],
)
def test_an_entry(entry: str, is_disputed: bool) -> None:
    assert which_go.disputed(f"x, {entry},{entry}") == ([entry] if is_disputed else [])
