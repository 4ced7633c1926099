"""Exit codes, and the one class of errors that becomes one sentence."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What each exit code means; docs/exit-codes.md is generated from this."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    ROLLED_BACK = 3
    INCOMPLETE = 4
    PRIVILEGES = 5
    REFUSED = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done, or nothing to do",
    Exit.FINDINGS: "changes under --check, an image that could not be verified, or a demo that failed",
    Exit.USAGE: "wrong usage, or an internal error",
    Exit.ROLLED_BACK: "verification failed and everything was rolled back",
    Exit.INCOMPLETE: "the rollback is incomplete",
    Exit.PRIVILEGES: "more privileges are needed",
    Exit.REFUSED: "refused, nothing was touched",
    Exit.INTERRUPTED: "interrupted",
}


class CommandError(Exception):
    """Ends a verb with one sentence (what, where, the mend) and an exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(sentence)
        self.code = code
