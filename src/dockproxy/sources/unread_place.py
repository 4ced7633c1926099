"""Why a place was not read, in words: what keeps its settings from being known, and what to do about it."""

from __future__ import annotations

from dockproxy.model import NOT_A_FILE, Missing, Unread
from dockproxy.sources import init_files

OF_UNIT = "a specifier (%) in it is known to the running host only; write the value, and %% for a %"
REASONS = {
    Missing.ABSENT: "no such socket, or nothing listens there",
    Missing.PERMISSION: "no permission; run as root to include it",
    Missing.NOT_CHECKED: "not checked",
    Missing.UNPARSABLE: "cannot be parsed",
    Missing.TOO_LARGE: "larger than 1 MB",
    Missing.NO_CONNECTION: "docker cannot connect to it",
    Missing.AT_RUN_TIME: OF_UNIT,
    Missing.MAY_FAIL: "where this command fails, nothing is started; write `|| :` behind it",
    **NOT_A_FILE,
}

OF_ENV_FILE = "a comment above it ends in \\, with which systemd before 254 hides it; remove that \\"
OF_SHELL = "only a shell could tell; plain `export NAME='value'` lines are understood"
UNPARSABLE = {
    **dict.fromkeys(("systemd-environment", "systemd-pass-environment"), OF_UNIT),
    "systemd-env-file": OF_ENV_FILE,
    **dict.fromkeys((*init_files.SOURCES, "dockerd-flag"), OF_SHELL),
}
"""What is not understood in lines of a source."""

NOT_CHECKED = {
    "process-environment": "whoever starts dockerd by hand gives it what that shell exports, known only while it runs",
}


def why(unread: Unread) -> str:
    """The reason, for use behind a colon."""
    of_source = {Missing.UNPARSABLE: UNPARSABLE, Missing.NOT_CHECKED: NOT_CHECKED}.get(unread.reason, {})
    return of_source.get(unread.source, REASONS[unread.reason])
