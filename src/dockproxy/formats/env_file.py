"""Environment files as systemd reads them, and edits by splice.

They are no shell scripts: ``export NAME=value`` is not an assignment, and nothing is expanded.
Source: systemd.exec(5), EnvironmentFile=; systemd, src/basic/env-file.c (parse_env_file_internal).
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats.extract_word import is_utf8
from dockproxy.formats.unit_file import line_break
from dockproxy.formats.unit_words import NAME, wrong_name

COMMENTS, WHITESPACE, NEWLINE = "#;", " \t\n\r", "\n\r"
KEPT_ESCAPES = '"\\`$'
"""Behind a backslash in double quotes these lose the backslash; anything else keeps it."""

PLAIN = re.compile(r"[A-Za-z0-9_./:@%,+=-]*\Z")
"""Values that neither systemd nor a shell would change, so that they need no quotes."""


class Assignment(NamedTuple):
    """``name`` and ``value`` as the service gets them; ``start`` and ``end`` are offsets, the line break included."""

    name: str
    value: str
    line: int
    start: int
    end: int


class Ignored(NamedTuple):
    """Text that looks like an assignment and never reaches the service."""

    line: int
    text: str
    reason: str


class EnvFile(NamedTuple):
    """A parsed file; of two assignments of one name the later one wins. With ``invalid`` systemd reads nothing of it,
    and does not start the service unless the file is optional."""

    text: str
    assignments: Tuple[Assignment, ...]
    ignored: Tuple[Ignored, ...]
    invalid: Optional[Ignored] = None
    doubtful: Tuple[Tuple[str, int], ...] = ()
    """Names, and a line of each, that systemd 254 and newer read otherwise, behind a comment that ends in a
    backslash."""


def parse(text: str) -> EnvFile:
    """Parse any text. Never raises."""
    if "\0" in text:
        return _void(text, text.count("\n", 0, text.index("\0")) + 1, "", "holds a NUL byte")
    found: List[Assignment] = []
    ignored: List[Ignored] = []
    for key, value, line, start, end in _pairs(text):
        if not is_utf8(key + value):
            return _void(text, line, key, "is not UTF-8")
        if NAME.match(key):
            found.append(Assignment(key, value, line, start, end))
        elif key.split()[:1] == ["export"]:
            shown = key if NAME.match(key.split()[-1]) and len(key.split()) == 2 else "export …"
            reason = f"systemd ignores `{shown}=…`: an environment file is no shell script; remove the word export"
            ignored.append(Ignored(line, key, reason))
        else:
            ignored.append(Ignored(line, key, f"systemd ignores {wrong_name(key)}"))
    doubtful = _doubtful(text, found) if "\\\n" in text or "\\\r" in text else ()
    return EnvFile(text, tuple(found), tuple(ignored), doubtful=doubtful)


def _doubtful(text: str, found: Sequence[Assignment]) -> Tuple[Tuple[str, int], ...]:
    """What systemd 254 and newer, which end a comment with its line, read otherwise (systemd issue 27975)."""
    old = {a.name: (a.value, a.line) for a in found}
    new = {key: (value, line) for key, value, line, *_ in _pairs(text, False) if NAME.match(key)}
    return tuple((name, (new.get(name) or old[name])[1]) for name in {**old, **new} if old.get(name) != new.get(name))


def _void(text: str, line: int, key: str, why: str) -> EnvFile:
    return EnvFile(text, (), (), Ignored(line, key, f"systemd reads nothing of this file: line {line} {why}"))


def _pairs(text: str, continues: bool = True) -> List[Tuple[str, str, int, int, int]]:  # noqa: C901 -- one state machine, as upstream has it
    """The state machine: key, value, line and span of everything that has an equals sign. ``continues``: a backslash at
    the end of a comment, as up to systemd 253."""
    pairs = []
    state, key, value, line = "pre-key", "", "", 1
    start = key_line = 0
    keep = 0  # length of the value up to its last character that is not trailing white space
    for position, c in enumerate(text + "\n"):
        is_end = position == len(text)
        if state == "pre-key":
            if c in COMMENTS:
                state = "comment"
            elif c not in WHITESPACE:
                state, key, value, keep, start, key_line = "key", c, "", 0, position, line
        elif state == "key":
            if c in NEWLINE:
                state = "pre-key"
            elif c == "=":
                state = "pre-value"
            else:
                key += c
        elif state in ("pre-value", "value") and c in NEWLINE:
            value = value[:keep]
            end = position + 2 if text[position : position + 2] == "\r\n" else position + 1
            pairs.append((key.rstrip(WHITESPACE), value, key_line, start, min(end, len(text))))
            state = "pre-key"
        elif state == "pre-value":
            if c in "'\"":
                state = "single" if c == "'" else "double"
            elif c == "\\":
                state = "value-escape"
            elif c not in WHITESPACE:
                state, value = "value", value + c
                keep = len(value)
        elif state == "value":
            if c == "\\":
                state, keep = "value-escape", len(value)
            else:
                value += c
                keep = keep if c in WHITESPACE else len(value)
        elif state == "value-escape":
            state = "value"
            if c not in NEWLINE:
                value += c
            keep = len(value)
        elif state == "single":
            if c == "'":
                state = "pre-value"
            elif not is_end:
                value += c
            keep = len(value)
        elif state == "double":
            if c == '"':
                state = "pre-value"
            elif c == "\\":
                state = "double-escape"
            elif not is_end:
                value += c
            keep = len(value)
        elif state == "double-escape":
            state = "double"
            if c in KEPT_ESCAPES:
                value += c
            elif c != "\n":
                value += "\\" + c
            keep = len(value)
        elif state == "comment":
            state = "comment-escape" if c == "\\" else "pre-key" if c in NEWLINE else state
        else:
            state = "comment" if continues or c not in NEWLINE else "pre-key"
        if c == "\n":
            line += 1
    if state in ("single", "double", "double-escape", "value-escape", "value", "pre-value"):
        pairs.append((key.rstrip(WHITESPACE), value[:keep], key_line, start, len(text)))
    return pairs


def quote(value: str) -> str:
    """The value so that systemd, and a shell that sources the file, read exactly that. Raises ValueError where it
    cannot be."""
    if not is_utf8(value) or any(c < " " and c not in "\t\n" for c in value):
        raise ValueError("an environment file cannot carry control characters or what is not UTF-8")
    if PLAIN.match(value):
        return value
    return '"' + re.sub(r'(["\\`$])', r"\\\1", value) + '"'


def assign(text: str, name: str, value: str) -> str:
    """Assign: the last assignment is replaced in place, earlier ones go; appended where there is none. Raises
    ValueError where nothing can be appended."""
    mine = [a for a in parse(text).assignments if a.name == name]
    if not mine:
        return _appended(text, name, value)
    last = mine[-1]
    old = text[last.start : last.end]
    ending = old[len(old.rstrip(NEWLINE)) :]
    text = text[: last.start] + f"{name}={quote(value)}{ending}" + text[last.end :]
    for assignment in reversed(mine[:-1]):
        text = _without(text, assignment)
    return text


def _appended(text: str, name: str, value: str) -> str:
    newline = line_break(text)
    start = text if not text or text.endswith(("\n", "\r")) else text + newline
    # A comment that ends in a backslash goes on in the next line (up to systemd 253).
    for gap in ("", newline):
        appended = f"{start}{gap}{name}={quote(value)}{newline}"
        if [(a.name, a.value) for a in parse(appended).assignments[-1:]] == [(name, value)]:
            return appended
    raise ValueError("the file ends inside a quoted value, or systemd reads nothing of it; correct it first")


def remove(text: str, name: str) -> str:
    """Take every assignment of a name out."""
    for assignment in reversed(parse(text).assignments):
        if assignment.name == name:
            text = _without(text, assignment)
    return text


def _without(text: str, assignment: Assignment) -> str:
    """Take an assignment out with its line, the white space before it included."""
    head = text[: assignment.start]
    indented = head.rstrip(" \t")
    is_first = not indented or indented.endswith(("\n", "\r"))
    return (indented if is_first else head) + text[assignment.end :]
