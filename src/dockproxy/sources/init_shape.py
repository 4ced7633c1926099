"""What init scripts are known to look like: how they source a file, and how they start dockerd.

Source: moby, contrib/init: sysvinit-debian/docker, sysvinit-redhat/docker, openrc/docker.initd; Debian's own
/etc/init.d/docker; alpinelinux/aports, community/docker/docker.initd.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple

BLANK = r"(?:[ \t]|\\\n)+"
WORD = r"""(?:"[^"\n]*"|[^\s"';&|()<>]+)"""
ARGUMENT = r"""(?:"?\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})"?|[A-Za-z0-9_./:=,@%+-]+)"""
LOGGED = rf"(?:{BLANK}>>?{BLANK}?{WORD})?(?:{BLANK}2>&1)?"

GUARD = rf"(?:\[|test){BLANK}-[efrs]{BLANK}(?P<path>{WORD})(?:{BLANK}\])?"
DOT = rf"(?:\.|source){BLANK}(?P=path)"
GUARDED = (
    re.compile(
        rf"^[ \t]*if{BLANK}{GUARD}\s*;?\s*then\s+(?P<body>(?:(?:set{BLANK}[-+]a|{DOT})[ \t]*(?:;|\n)\s*)+)fi\b",
        re.MULTILINE,
    ),
    re.compile(rf"^[ \t]*{GUARD}{BLANK}&&{BLANK}(?P<body>{DOT})[ \t]*$(?!\s*\Z)", re.MULTILINE),
)
"""A file is sourced where it is there: the same as if it always were, as one that is not there sets nothing; but a
script that ends with the second form fails then."""

IF_THERE = "?"
"""Stands in front of the path of such a file."""

FOLLOWED = (
    re.compile(r"\$0[ \t]+(?:start|stop|restart|status)\b"),
    re.compile(r'^[ \t]*"?\$1"?[ \t]*$', re.MULTILINE),
    re.compile(r"\$\{?supervisor\}?[ \t]+\$\{?RC_SVCNAME\}?[ \t]+--signal[ \t]+HUP\b"),
)
"""Commands that only come from variables, and set none."""

COMMENT = re.compile(r"^[ \t]*#.*", re.MULTILINE)
ENDS = r"(?=[ \t]*(?:;|\n|\Z))"
STARTS = (
    re.compile(
        rf"start-stop-daemon(?P<options>(?:{BLANK}--(?:start|background|no-close|make-pidfile|oknodo|quiet"
        rf"|(?:pidfile|exec|startas){BLANK}{ARGUMENT}))+)(?:{BLANK}--(?P<words>(?:{BLANK}{ARGUMENT})*))?{LOGGED}{ENDS}"
    ),
    re.compile(
        rf'(?:"\$unshare"|\$unshare|/usr/bin/unshare){BLANK}-m{BLANK}--(?P<words>(?:{BLANK}{ARGUMENT})+){LOGGED}'
        rf"{BLANK}&{ENDS}"
    ),
)
"""How a SysV script starts dockerd: Debian's and Red Hat's."""

OTHER_START = re.compile(r"start-stop-daemon(?:\\\n|[^\n\\])*[ \t](?:--start|-S)\b")
EXECUTED = re.compile(rf"--(?:exec|startas){BLANK}({ARGUMENT})")
MENTION = re.compile(r"start-stop-daemon|dockerd|DOCKERD")

OPENRC = re.compile(r"#!.*\b(?:openrc-run|runscript)\b")
OWN_START = re.compile(
    r"(?:^|[;&{}]|\b(?:then|do|else)\b)[ \t]*(?:function[ \t]+)?"
    r"(?:start|default_start|ssd_start|supervise_start)[ \t]*\([ \t]*\)",
    re.MULTILINE,
)


BASH = re.compile(r"#!.*\bbash\b")
ERREXIT = re.compile(r"^(?:#!|[ \t]*set\b).*[ \t](?:-\w*e\w*|-o[ \t]+errexit)\b", re.MULTILINE)


class Start(NamedTuple):
    """The words that become dockerd's command line, as they stand at the line."""

    words: Tuple[str, ...]
    line: int


class Shape(NamedTuple):
    """A script in words that a parser can follow, line by line as it was. ``start`` is None where OpenRC starts
    dockerd, or where how it is started is not understood; ``strange`` is then the line."""

    text: str
    start: Optional[Start] = None
    strange: Optional[int] = None


def of(script: str, init: str) -> Shape:
    """What is known in a script."""
    text = COMMENT.sub("", script)
    for guarded in GUARDED:
        text = guarded.sub(_unguarded, text)
    for command in FOLLOWED:
        text = command.sub(":", text)
    if init == "openrc":
        own = own_start(text)
        return Shape(text, strange=own if own is not None or OPENRC.match(script) else 1)
    return _started(text)


def _unguarded(match: re.Match[str]) -> str:
    path, body = match.group("path"), match.group("body").rstrip()
    return body.rstrip("\n\t ;").replace(path, IF_THERE + path) + _lines(match, body)


def ends_where_a_file_is_missing(script: str) -> bool:
    """Whether the shell of a script ends at a ``.`` without a file, as POSIX has it; bash does with ``set -e`` only."""
    return not BASH.match(script) or bool(ERREXIT.search(script))


def own_start(text: str) -> Optional[int]:
    """The line at which a file defines how OpenRC starts dockerd, be it the script or one that is sourced."""
    own = OWN_START.search(COMMENT.sub("", text))
    return _line(text, own.start()) if own is not None else None


def _started(text: str) -> Shape:
    found: List[Start] = []
    for start in STARTS:
        for match in start.finditer(text):
            executed = EXECUTED.findall(match.groupdict().get("options") or "")[-1:]
            words = re.findall(ARGUMENT, (match.group("words") or "").replace("\\\n", " "))
            found.append(Start((*executed, *words), _line(text, match.start())))
        text = start.sub(lambda m: ":" + _lines(m), text)
    other = OTHER_START.search(text)
    if len(found) == 1 and other is None:
        return Shape(text, found[0])
    mention = other or MENTION.search(text)
    lines = [_line(text, mention.start())] if mention is not None else [start.line for start in found]
    return Shape(text, strange=[*lines, 1][0])


def _lines(match: re.Match[str], kept: str = "") -> str:
    """As many ends of lines as are gone."""
    return "\\\n" * (match.group().count("\n") - kept.count("\n"))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
