"""International names: answers recorded from the real Go; tests/oracles asks it anew."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from dockproxy.noproxy import idna

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "go_names.jsonl"


def test_every_recorded_answer() -> None:
    _, *rows = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    # An older Python knows fewer characters.
    rows = [row for row in rows if all(unicodedata.category(c) != "Cn" for c in row["name"])]
    assert [(row["name"], idna.lookup(row["name"])) for row in rows] == [(row["name"], row["ascii"]) for row in rows]
    assert len(rows) > 1000


@pytest.mark.parametrize(
    ("host", "spelt"),
    [
        ("Registry.corp", "Registry.corp"),
        ("B\u00fccher.example", "xn--bcher-kva.example"),
        ("stra\u00dfe.de", "xn--strae-oqa.de"),
        ("STRA\u1e9eE.de", "xn--strae-oqa.de"),
        ("\u4e2d\u6587\u3002cn", "xn--fiq228c.cn"),
        ("a\u00adb", "ab"),
        ("xn--bcher-kva.\u00e4", "xn--bcher-kva.xn--4ca"),
        # What has no spelling stays as it is.
        ("-\u00e4", "-\u00e4"),
        ("\u00e4 b", "\u00e4 b"),
        ("xn--a.\u00e4", "xn--a.\u00e4"),
        ("xn--\u00e4-\u00e4", "xn--\u00e4-\u00e4"),
        ("\u0301a", "\u0301a"),
        ("a\u200db", "a\u200db"),
        ("\u2ff0", "\u2ff0"),
        ("\u2488", "\u2488"),
        ("\u05d0a", "\u05d0a"),
        ("\u05d0.b\u05d0", "\u05d0.b\u05d0"),
        ("\u05d0..\u0301", "\u05d0..\u0301"),
        ("\u0915\u094d\u200d\u0937", "xn--11b2ezcw70k"),
        ("\u0915\u200d", "\u0915\u200d"),
        ("\u05d0\u05b0.", "xn--7cb7d."),
        ("\ue000", "\ue000"),
    ],
)
def test_a_name_in_ascii(host: str, spelt: str) -> None:
    assert idna.to_ascii(host) == spelt
