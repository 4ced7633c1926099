"""Colour on a terminal. It never carries meaning alone, and NO_COLOR turns it off (https://no-color.org)."""

from __future__ import annotations

import os
from typing import Callable, Mapping, TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

Style = Callable[[str, str], str]
"""Takes a name of ``CODES`` and a text."""


def plain(name: str, text: str) -> str:
    """No colour."""
    return text


def coloured(name: str, text: str) -> str:
    """ANSI colour."""
    return f"\x1b[{CODES[name]}m{text}\x1b[0m"


def for_stream(stream: TextIO, choice: str = "auto", environ: Mapping[str, str] = os.environ) -> Style:
    """``choice`` is ``auto``, ``always`` or ``never``."""
    if choice == "auto":
        wanted = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        return coloured if wanted else plain
    return coloured if choice == "always" else plain
