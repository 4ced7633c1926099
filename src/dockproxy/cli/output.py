"""What is printed. The reader of standard output may go away: that changes neither what is done nor the exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Iterable, Iterator, Optional, TextIO, TypeVar

import click

from dockproxy.report import display

T = TypeVar("T")
PROGRESS_SECONDS = 0.2
"""How often progress is shown."""


def write(text: str) -> bool:
    """Write data; after its reader went away, as in ``dockproxy show | head``, into nothing. False where it just did:
    what is only looked at need not go on."""
    try:
        click.echo(_printable(text, sys.stdout.encoding), nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def narrate(text: str) -> None:
    """Write progress and what is said to the user."""
    click.echo(_printable(text, sys.stderr.encoding), err=True, nl=False, color=True)


def tell(line: str) -> None:
    """One line of it, masked, and folded on a terminal. A terminal that is gone must not end a rollback."""
    with contextlib.suppress(OSError):
        narrate("".join(f"{each}\n" for each in display.folded(line, width(sys.stderr))))


def width(stream: TextIO) -> Optional[int]:
    """How wide the terminal is; None where the stream leads to none, so that each sentence stays one line for grep."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def counted(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items; on a terminal, what takes over a second shows how far it is."""
    is_shown, began, told = sys.stderr is not None and sys.stderr.isatty(), time.monotonic(), 0.0
    for number, item in enumerate(items, 1):
        now = time.monotonic()
        if is_shown and now - began > 1 and now - told > PROGRESS_SECONDS:
            narrate(f"\r{number} of {total} {what}")
            told = now
        yield item
    if told:
        narrate("\r\x1b[K")


def _printable(text: str, encoding: str) -> str:
    """The text with what the terminal's encoding lacks, such as half a name of a file, written as an escape."""
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
