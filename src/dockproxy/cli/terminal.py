"""Asking the person at the terminal. What is asked stands on standard error: standard output is for data."""

from __future__ import annotations

import contextlib
import sys
from typing import BinaryIO, Iterator, Optional

from dockproxy.cli import output
from dockproxy.cli.errors import CommandError, Exit

ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def stdin_is_one() -> bool:
    """Whether standard input is a terminal; it may be closed, too."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextlib.contextmanager
def to_ask_on(stdin_is_spent: bool) -> Iterator[Optional[BinaryIO]]:
    """Where an answer is read from: standard input, or the terminal itself where standard input held the password; None
    where nobody can be asked."""
    if stdin_is_one():
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        terminal = None
        if stdin_is_spent:
            with contextlib.suppress(OSError):
                terminal = stack.enter_context(open("/dev/tty", "rb", buffering=0))
        yield terminal


def agreed(terminal: BinaryIO, question: str) -> bool:
    """Ask until the answer is one; without one, as after Ctrl-D, it is no."""
    while True:
        output.narrate(f"{question} [y/N]: ")
        line = terminal.readline()
        if not line.endswith(b"\n"):
            output.narrate("\n")
        answer = ANSWERS.get(line.decode("utf-8", "replace").strip().lower())
        if answer is not None:
            return answer
        output.tell("answer y or n")


def password() -> str:
    """What is typed without being shown. Raises UnicodeError."""
    import getpass

    try:
        return getpass.getpass("Password of the proxy: ")
    except EOFError:
        output.narrate("\n")
        return ""


@contextlib.contextmanager
def nothing_is_changed_yet() -> Iterator[None]:
    """Whoever interrupts here is told so, on a line behind the terminal's ^C."""
    try:
        yield
    except KeyboardInterrupt:
        output.tell("")
        raise CommandError("interrupted; nothing was changed", Exit.INTERRUPTED) from None
