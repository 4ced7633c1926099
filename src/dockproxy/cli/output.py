"""Standard output, whose reader may go away: that changes neither what is done nor the exit code."""

from __future__ import annotations

import os
import sys

import click


def write(text: str) -> None:
    """Write a text; after its reader went away, as in ``dockproxy show | head``, into nothing."""
    try:
        click.echo(text, nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
