"""What is printed. The reader of standard output may go away: that changes neither what is done nor the exit code."""

from __future__ import annotations

import os
import sys

import click


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


def _printable(text: str, encoding: str) -> str:
    """The text with what the terminal's encoding lacks, such as half a name of a file, written as an escape."""
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
