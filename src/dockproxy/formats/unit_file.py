"""Unit files: statements with their positions, and edits by splice that leave every other byte alone.

Text is decoded with ``surrogateescape``, so that any bytes survive.
Source: systemd.syntax(7); systemd, src/shared/conf-parser.c (config_parse, parse_line).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats.extract_word import WHITESPACE, is_utf8

LINE = re.compile(r"([^\n\r\0]*)(\r\n|\n\r|\n|\r|\0|\Z)")
"""What systemd takes for a line's end (src/basic/fileio.c, read_line_full)."""
UNSAFE = re.compile("[\x01-\x1f\x7f\"'\\\\]")
BOM = "\ufeff"


class Statement(NamedTuple):
    """``key=value`` of a section. ``value`` is what systemd sees once continued lines are joined; ``start`` and
    ``end`` are offsets of the whole statement, its last line break included; ``line`` counts from 1. ``at`` has the
    offset of each character of the value."""

    section: str
    key: str
    value: str
    line: int
    start: int
    end: int
    at: Sequence[int] = ()


class Problem(NamedTuple):
    """A line that systemd ignores, ``text`` is what it says."""

    line: int
    message: str
    text: str = ""


class Header(NamedTuple):
    """A section's header line."""

    section: str
    line: int
    start: int
    end: int


class UnitFile(NamedTuple):
    """A parsed unit file; joining its text back is the identity, as ``text`` is kept. ``broken`` is where systemd stops
    reading: a drop-in ends there, a unit itself is not loaded at all."""

    text: str
    statements: Tuple[Statement, ...]
    headers: Tuple[Header, ...]
    problems: Tuple[Problem, ...]
    broken: Optional[Problem] = None

    def find(self, section: str, key: str) -> List[Statement]:
        """The statements of a key, in order."""
        return [s for s in self.statements if s.section == section and s.key == key]


def parse(text: str) -> UnitFile:
    """Parse any text; what systemd would ignore becomes a problem, never an error."""
    statements: List[Statement] = []
    headers: List[Header] = []
    problems: List[Problem] = []
    section: Optional[str] = None
    for joined, line, start, end, offsets in _logical_lines(text):
        logical = joined.strip(WHITESPACE)
        if not logical:
            continue
        if not is_utf8(logical):
            broken = Problem(line, "a line that is not UTF-8")
            return UnitFile(text, tuple(statements), tuple(headers), tuple(problems), broken)
        if logical.startswith("["):
            section = logical[1:-1]
            if not logical.endswith("]") or UNSAFE.search(section):
                broken = Problem(line, "a section header that is not closed, or holds quotes or backslashes")
                return UnitFile(text, tuple(statements), tuple(headers), tuple(problems), broken)
            headers.append(Header(section, line, start, end))
        elif section is None:
            problems.append(Problem(line, "an assignment outside of any section", logical))
        elif "=" not in logical:
            problems.append(Problem(line, "a line without =", logical))
        else:
            key, _, value = joined.partition("=")
            first = len(joined) - len(value.lstrip(WHITESPACE))
            value = value.strip(WHITESPACE)
            every = offsets[0] if len(offsets) == 1 else tuple(chain.from_iterable(offsets))
            at = every[first : first + len(value)]
            statements.append(Statement(section, key.strip(WHITESPACE), value, line, start, end, at))
    return UnitFile(text, tuple(statements), tuple(headers), tuple(problems))


def _logical_lines(text: str) -> Iterator[Tuple[str, int, int, int, List[range]]]:
    """What is left when continued lines are joined and comments dropped: text, line, start, end, and the offsets of the
    characters of each line in it."""
    pieces: List[str] = []
    offsets: List[range] = []
    is_bom_seen = False
    start = first_line = 0
    for number, match in enumerate(LINE.finditer(text), 1):
        line = match.group(1)
        # A comment inside a continued statement is skipped, and the statement goes on behind it.
        if line.lstrip(WHITESPACE)[:1] in ("#", ";"):
            continue
        if not is_bom_seen and line.startswith(BOM):
            line, is_bom_seen = line[1:], True
        if not pieces:
            start, first_line, offsets = match.start(), number, []
        offsets.append(range(match.end(1) - len(line), match.end(1)))
        if _is_continued(line):
            pieces.append(line[:-1] + " ")
            continue
        yield "".join(pieces) + line, first_line, start, match.end(), offsets
        pieces = []


def line_break(text: str) -> str:
    """How the lines of a text end."""
    return "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"


def _is_continued(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def replace(text: str, statement: Statement, value: str) -> str:
    """Give a statement a new value; its key and line break stay as they are."""
    old = text[statement.start : statement.end]
    indent = old[: len(old) - len(old.lstrip(WHITESPACE + BOM))]
    ending = _ending(old)
    return text[: statement.start] + f"{indent}{statement.key}={value}{ending}" + text[statement.end :]


def remove(text: str, statement: Statement) -> str:
    """Take a statement out with its lines; comments inside a continued one go with it."""
    return text[: statement.start] + text[statement.end :]


def splice(text: str, statement: Statement, start: int, end: int, new: str) -> str:
    """Put ``new`` in the place of a part of the value; continued lines and the comments between them stay."""
    return text[: statement.at[start]] + new + text[statement.at[end - 1] + 1 :]


def cut(text: str, statement: Statement, start: int, end: int) -> str:
    """Take a part of the value out, with the white space behind it, or with its line where it stands there alone."""
    head, tail = statement.at[start], statement.at[end - 1] + 1
    tail += len(text[tail:]) - len(text[tail:].lstrip(" \t"))
    following = re.compile(r"(\\?)(\r\n|\n\r|[\n\r\0]|\Z)").match(text, tail)
    if following is None:
        return text[:head] + text[tail:]
    indent = len(text[:head]) - len(text[:head].rstrip(" \t"))
    if following.group(1):
        is_alone = text[: head - indent].endswith(("\n", "\r"))
        return text[: head - indent] + text[following.end() :] if is_alone else text[:head] + text[tail:]
    # It was the last: the lines before it are no longer continued.
    return re.sub(r"([ \t]*\\(\r\n|\n\r|\n|\r))*[ \t]*\Z", "", text[:head]) + text[tail:]


def append(text: str, section: str, key: str, value: str) -> str:
    """Add a statement at the end of the last section of that name, which is created where there is none. Raises
    ValueError behind a line that systemd cannot read."""
    newline = line_break(text)
    unit = parse(text)
    line = f"{key}={value}{newline}"
    mine = [h for h in unit.headers if h.section == section]
    at, added = len(text), f"{newline if text else ''}[{section}]{newline}{line}"
    if mine:
        following = min([h.start for h in unit.headers if h.start > mine[-1].start] + [len(text)])
        at = max([s.end for s in unit.statements if mine[-1].start < s.start < following] + [mine[-1].end])
        added = line
    start = text[:at] if at == 0 or _ending(text[:at]) else text[:at] + newline
    # A statement that the end of the file cuts off goes on behind its backslash, up to an empty line.
    for gap in ("", newline, newline * 2):
        appended = start + gap + added + text[at:]
        if [s.value for s in parse(appended).find(section, key)[-1:]] == [value]:
            return appended
    raise ValueError("systemd would not read what is appended to this file; correct it first")


def prune(text: str) -> str:
    """Take out sections that hold nothing, not even a comment, and the blank line before them."""
    for header in reversed(parse(text).headers):
        unit = parse(text)
        following = [h.start for h in unit.headers if h.start > header.start]
        end = min(following + [len(text)])
        if not text[header.end : end].strip(WHITESPACE):
            head = text[: header.start]
            if head.endswith("\n\n") and not text[end:]:
                head = head[:-1]
            text = head + text[end:]
    return text


def _ending(old: str) -> str:
    return next((e for e in ("\r\n", "\n\r", "\n", "\r") if old.endswith(e)), "")
