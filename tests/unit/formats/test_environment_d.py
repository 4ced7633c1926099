"""environment.d's references; tests/oracles asks systemd's own generator."""

from __future__ import annotations

import pytest

from dockproxy.formats.environment_d import expand

KNOWN = {"A": "one", "B": "", "_9": "x"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("$A-$B-$C-$_9-${A}", "one---x-one"),
        ("$$A $", "$A $"),
        ("$-x $é", "$-x $é"),
        ("${C:-d}${B:-d}${A:-d}", "done"),
        ("${C:+d}${B:+d}${A:+d}", "dd"),
        ("${C:-${A}}${C:-{x}}", "one{x}"),
        ("${", "${"),
        ("${A", "${A"),
        ("${A:-", "${A:-"),
        ("${A:x}", "${A:x}"),
        # The brace that never closed counts on.
        ("${A:x ${C:-d}", "${A:x ${C:-d}"),
        ("${A:x ${C:-d}}", "${A:x d}"),
    ],
)
def test_references(text: str, expanded: str) -> None:
    assert expand(text, KNOWN) == expanded
