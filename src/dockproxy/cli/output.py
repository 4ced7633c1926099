"""What is printed. The reader of standard output may go away: that changes neither what is done nor the exit code."""

from __future__ import annotations

import contextlib
import os
import sys

import click

from dockproxy.report import display


def write(text: str) -> None:
    """Write data; after its reader went away, as in ``dockproxy show | head``, into nothing."""
    try:
        click.echo(_printable(text, sys.stdout.encoding), nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def narrate(text: str) -> None:
    """Write progress and what is said to the user."""
    click.echo(_printable(text, sys.stderr.encoding), err=True, nl=False, color=True)


def tell(line: str) -> None:
    """One line of it, masked. A terminal that is gone must not end a rollback."""
    with contextlib.suppress(OSError):
        narrate(f"{display.text(line)}\n")


def _printable(text: str, encoding: str) -> str:
    """The text with what the terminal's encoding lacks, such as half a name of a file, written as an escape."""
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
