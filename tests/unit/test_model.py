"""The words of the project: what they print, and that no secret is printed."""

from __future__ import annotations

from typing import Optional, Tuple

import pytest

from dockproxy.model import Change, Origin, Plan, Setting, Version, number, value_of

SECRET = "http://u:C4NARY@p:1"


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin("daemon-json", "/d.json", 4), "/d.json:4"),
        (Origin("daemon-json", "/d.json"), "/d.json"),
        (Origin("process-environment", pid=7), "process-environment of process 7"),
        (Origin("systemd-manager"), "systemd-manager"),
    ],
)
def test_an_origin_as_text(origin: Origin, text: str) -> None:
    assert str(origin) == text


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("28.5.2+dfsg4", (28, 5, 2)),
        ("5:27.0.1-1~debian.12~bookworm", (27, 0, 1)),
        ("20.10.24+dfsg1-1+deb12u1", (20, 10, 24)),
        ("29.0.0-rc.1", (29, 0, 0)),
        ("23", (23,)),
        ("dev", None),
        ("28." + "9" * 5000, (28,)),
        ("9" * 5000, None),
        ("", None),
    ],
)
def test_versions_as_docker_and_debian_write_them(text: str, numbers: Optional[Tuple[int, ...]]) -> None:
    version = Version.parse(text)
    assert (version.numbers if version else None) == numbers


@pytest.mark.parametrize(
    ("text", "is_new"), [("20.10.24", False), ("22", False), ("23", True), ("23.0.0", True), ("28.5.2", True)]
)
def test_versions_compare_by_number(text: str, is_new: bool) -> None:
    version = Version.parse(text)
    assert version is not None
    assert version.at_least(23, 0) == is_new


@pytest.mark.parametrize(
    ("text", "found"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("0" * 5000 + "8", 8), ("0" * 5000, 0),
     ("9" * 19, None), ("1" * 5000, None), ("", None), ("-1", None), ("+1", None), (" 1", None),
     ("²", None), ("\u0661", None)],
)  # fmt: skip
def test_a_number_in_foreign_text(text: str, found: Optional[int]) -> None:
    assert number(text) == found


def test_no_secret_in_a_repr() -> None:
    setting = Setting("https-proxy", value_of("https-proxy", SECRET), Origin("daemon-json", "/d"))
    change = Change("/d", SECRET.encode(), SECRET.encode())
    plan = Plan((change,), (), "why", (), {"https-proxy": SECRET})
    assert "C4NARY" not in repr((setting, change, plan))
    assert "C4NARY" not in str((setting, change, plan))
