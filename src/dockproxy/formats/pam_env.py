"""``/etc/environment`` as pam_env reads it: no shell, nothing is expanded, and quotes are taken off loosely.

Source: pam_env(8); linux-pam, modules/pam_env/pam_env.c (_parse_env_file). Linux-PAM 1.5 was asked
(tests/oracles/test_pam_env.py).
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, NamedTuple, Optional, Tuple

BLANKS = " \t\n"
NAME = re.compile(r"[A-Za-z0-9_]+\Z")


class Assigned(NamedTuple):
    """What a name has at the end of the file, None where it is taken away; and the line that says so."""

    value: Optional[str]
    line: int


def parse(text: str) -> Dict[str, Assigned]:
    """What a login is given. Never raises."""
    found: Dict[str, Assigned] = {}
    for whole, line in lines(text):
        name, equals, value = whole.lstrip(BLANKS).removeprefix("export ").partition("=")
        if not NAME.match(name):
            continue
        if not equals:
            # A name alone takes away.
            found[name] = Assigned(None, line)
            continue
        if value[:1] in ("'", '"'):
            # All quotes are alike, and only the last character may end them.
            value = value[1:-1] if value[1:] and value[-1] in "'\"" else value[1:]
        found[name] = Assigned(value, line)
    return found


def lines(text: str) -> Iterator[Tuple[str, int]]:
    """The lines without comments, those that end in a backslash joined with the next; with the number of the first."""
    joined, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        content, comment, _ = line.partition("#")
        if not content.strip(BLANKS):
            continue
        first = first if joined else number
        trimmed = content.rstrip(BLANKS)
        if trimmed.endswith("\\") and not comment:
            joined += trimmed[:-1]
            continue
        yield joined + content, first
        joined = ""
