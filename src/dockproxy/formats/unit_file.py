"""Unit files: statements with their positions, and edits by splice that leave every other byte alone.

Text is decoded with ``surrogateescape``, so that any bytes survive.
Source: systemd.syntax(7); systemd, src/shared/conf-parser.c (config_parse, parse_line).
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Tuple

WHITESPACE = " \t\n\r"
COMMENTS = "#;"
LINE = re.compile(r"[^\n]*\n?")
BOM = "\ufeff"


class Statement(NamedTuple):
    """``key=value`` of a section. ``value`` is what systemd sees once continued lines are joined; ``start`` and
    ``end`` are offsets of the whole statement, its last line break included; ``line`` counts from 1."""

    section: str
    key: str
    value: str
    line: int
    start: int
    end: int


class Problem(NamedTuple):
    """A line that systemd ignores."""

    line: int
    message: str


class Header(NamedTuple):
    """A section's header line."""

    section: str
    line: int
    start: int
    end: int


class UnitFile(NamedTuple):
    """A parsed unit file; joining its text back is the identity, as ``text`` is kept."""

    text: str
    statements: Tuple[Statement, ...]
    headers: Tuple[Header, ...]
    problems: Tuple[Problem, ...]

    def find(self, section: str, key: str) -> List[Statement]:
        """The statements of a key, in order."""
        return [s for s in self.statements if s.section == section and s.key == key]


def parse(text: str) -> UnitFile:
    """Parse any text; what systemd would ignore becomes a problem, never an error."""
    statements: List[Statement] = []
    headers: List[Header] = []
    problems: List[Problem] = []
    section = ""
    pending: List[str] = []
    start = first_line = 0
    for number, match in enumerate(LINE.finditer(text), 1):
        if not match.group():
            continue
        line = match.group().lstrip(WHITESPACE + BOM if match.start() == 0 else WHITESPACE)
        # A comment inside a continued statement is skipped, and the statement goes on behind it.
        if line[:1] and line[0] in COMMENTS:
            continue
        if not pending:
            start, first_line = match.start(), number
        line = line.rstrip("\n").rstrip("\r") if line.endswith("\n") else line
        pending.append(line)
        if _is_continued("".join(pending)) and match.end() < len(text):
            pending[-1] = line[:-1] + " "
            continue
        joined = "".join(pending)
        joined = joined[:-1] + " " if _is_continued(joined) else joined
        pending = []
        logical = joined.strip(WHITESPACE)
        end = match.end()
        if not logical:
            continue
        if logical.startswith("["):
            if logical.endswith("]"):
                section = logical[1:-1]
                headers.append(Header(section, first_line, start, end))
            else:
                problems.append(Problem(first_line, "a section header that is not closed"))
        elif not section:
            problems.append(Problem(first_line, "an assignment outside of any section"))
        elif "=" not in logical:
            problems.append(Problem(first_line, "a line without ="))
        else:
            key, _, value = logical.partition("=")
            statements.append(
                Statement(section, key.strip(WHITESPACE), value.strip(WHITESPACE), first_line, start, end)
            )
    return UnitFile(text, tuple(statements), tuple(headers), tuple(problems))


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


def append(text: str, section: str, key: str, value: str) -> str:
    """Add a statement at the end of the last section of that name, which is created where there is none."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = parse(text)
    line = f"{key}={value}{newline}"
    mine = [h for h in unit.headers if h.section == section]
    if not mine:
        gap = "" if not text else (newline if text.endswith("\n") else newline * 2)
        return f"{text}{gap}[{section}]{newline}{line}"
    ends = [s.end for s in unit.statements if s.section == section and s.start >= mine[-1].start]
    at = max(ends + [mine[-1].end])
    before = text[:at] if text[:at].endswith("\n") else text[:at] + newline
    return before + line + text[at:]


def prune(text: str) -> str:
    """Take out sections that hold nothing, not even a comment, and the blank line before them."""
    for header in reversed(parse(text).headers):
        unit = parse(text)
        following = [h.start for h in unit.headers if h.start > header.start]
        end = min(following + [len(text)])
        if not text[header.end : end].strip():
            head = text[: header.start]
            if head.endswith("\n\n") and not text[end:]:
                head = head[:-1]
            text = head + text[end:]
    return text


def _ending(old: str) -> str:
    return "\r\n" if old.endswith("\r\n") else "\n" if old.endswith("\n") else ""
