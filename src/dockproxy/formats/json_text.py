"""JSON as Go's decoder takes it, with positions, and edits by splice that leave every other byte alone.

Source: golang.org, encoding/json (scanner.go); moby, daemon/config/config.go (byte order marks); RFC 8259.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

MAX_DEPTH = 200
"""Deeper nesting than this is refused; no configuration has it."""

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

BLANK = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
LITERALS = {"true": True, "false": False, "null": None}
SLIPS = (
    ("//", "comments are not allowed in JSON"),
    ("/*", "comments are not allowed in JSON"),
    ("#", "comments are not allowed in JSON"),
    ("'", "strings take double quotes in JSON"),
    ("\u201c", "a typographic quote, pasted from a document; strings take plain double quotes"),
    ("\ufeff", "a byte order mark, which this reader does not take; save the file without one"),
    ("\udcff\udcfe", "UTF-16, which this reader does not take; save the file as UTF-8"),
    ("\udcfe\udcff", "UTF-16, which this reader does not take; save the file as UTF-8"),
    ("\u201d", "a typographic quote, pasted from a document; strings take plain double quotes"),
)


class JSONTextError(ValueError):
    """Text that Go's decoder refuses; line and column count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message, self.line, self.column = message, line, column


class Member(NamedTuple):
    """One key of an object with its value; ``start`` is the offset of the key's quote."""

    key: str
    value: Node
    start: int


class Node(NamedTuple):
    """A value with its place. ``value`` is the Python value of a scalar; ``members`` and ``items`` are those of
    containers."""

    kind: str
    start: int
    end: int
    line: int
    value: Any = None
    members: Tuple[Member, ...] = ()
    items: Tuple[Node, ...] = ()

    def find(self, key: str) -> Optional[Member]:
        """The last member of that key, as Go's decoder keeps the last."""
        return next((m for m in reversed(self.members) if m.key == key), None)


class Document(NamedTuple):
    """A file's text without its byte order mark. ``root`` is None where it is blank, which dockerd takes as empty."""

    text: str
    bom: bytes = b""
    encoding: str = "utf-8"
    root: Optional[Node] = None

    def get(self, *path: str) -> Optional[Node]:
        """The node at a path of keys, or None."""
        node = self.root
        for key in path:
            member = node.find(key) if node is not None else None
            if member is None:
                return None
            node = member.value
        return node

    def duplicates(self) -> List[Tuple[Tuple[str, ...], int]]:
        """Path and line of every key that its object already has."""
        return _duplicates(self.root, ()) if self.root is not None else []

    def with_value(self, path: Sequence[str], value: str) -> Document:
        """Set the string at a path, parents created, in the file's own style."""
        node = self.get(*path)
        if node is not None:
            return self._spliced(node.start, node.end, dumps_string(value))
        if self.root is None:
            return self._replace(text=_pretty(path, value, "    ", "\n") + "\n").parsed()
        depth = next(i for i in range(len(path), -1, -1) if self.get(*path[:i]) is not None)
        parent = self.get(*path[:depth])
        assert parent is not None
        if parent.kind != "object":
            text = _nested(path[depth:], value, self._style(depth))
            return self._spliced(parent.start, parent.end, text)
        return self._inserted(parent, depth, path[depth:], value)

    def without(self, path: Sequence[str]) -> Document:
        """Take the member at a path out; an object that becomes empty by it goes too, but never the root."""
        parent = self.get(*path[:-1])
        member = parent.find(path[-1]) if parent is not None else None
        if parent is None or member is None:
            return self
        if len(parent.members) == 1 and len(path) > 1:
            return self.without(path[:-1])
        index = parent.members.index(member)
        if len(parent.members) == 1:
            return self._spliced(parent.start, parent.end, "{}")
        if index == 0:
            return self._spliced(member.start, parent.members[1].start, "")
        return self._spliced(parent.members[index - 1].value.end, member.value.end, "")

    def _spliced(self, start: int, end: int, text: str) -> Document:
        return self._replace(text=self.text[:start] + text + self.text[end:]).parsed()

    def parsed(self) -> Document:
        """This document with ``root`` read from its text. Raises JSONTextError."""
        return self._replace(root=_Parser(self.text).document())

    def _inserted(self, parent: Node, depth: int, keys: Sequence[str], value: str) -> Document:
        style = self._style(depth)
        members = parent.members
        if members:
            # As the object itself is written, which may be on one line in a file of many.
            gap = self.text[parent.start + 1 : members[0].start] or style.blank
            between = self.text[members[-2].value.end : members[-1].start] if len(members) > 1 else "," + gap
            inner = style.deeper() if "\n" in between else style.on_one_line()
            text = f"{between}{dumps_string(keys[0])}{style.colon}{_nested(keys[1:], value, inner)}"
            return self._spliced(members[-1].value.end, members[-1].value.end, text)
        text = dumps_string(keys[0]) + style.colon + _nested(keys[1:], value, style.deeper())
        body = f"{style.line}{text}{style.outer}" if style.line else text
        return self._spliced(parent.start, parent.end, "{" + body + "}")

    def _style(self, depth: int) -> _Style:
        """How the file writes the members of an object at that depth: learnt from its first member."""
        assert self.root is not None
        newline = "\r\n" if "\r\n" in self.text else "\n"
        if not self.root.members:
            return _Style(newline, "    ", depth, ": ")
        first = self.root.members[0]
        gap = self.text[self.root.start + 1 : first.start]
        key_end = first.start + len(STRING.match(self.text, first.start).group())  # type: ignore[union-attr]
        colon = self.text[key_end : first.value.start]
        colon = colon if "\n" not in colon else ": "
        if "\n" not in gap:
            return _Style("", "", depth, colon, " " if re.search(r", ", self.text) or colon != ":" else "")
        return _Style(newline, gap.rpartition("\n")[2], depth, colon)


class _Style(NamedTuple):
    newline: str
    indent: str
    depth: int
    colon: str
    blank: str = ""

    @property
    def line(self) -> str:
        return self.newline + self.indent * (self.depth + 1) if self.newline else ""

    @property
    def outer(self) -> str:
        return self.newline + self.indent * self.depth if self.newline else ""

    def deeper(self) -> _Style:
        return self._replace(depth=self.depth + 1)

    def on_one_line(self) -> _Style:
        return self._replace(newline="", indent="")


def _nested(keys: Sequence[str], value: str, style: _Style) -> str:
    if not keys:
        return dumps_string(value)
    inner = _nested(keys[1:], value, style.deeper())
    return "{" + style.line + dumps_string(keys[0]) + style.colon + inner + style.outer + "}"


def _pretty(keys: Sequence[str], value: str, indent: str, newline: str) -> str:
    return _nested(keys, value, _Style(newline, indent, 0, ": "))


def decode(data: bytes, plain: bool = False) -> Document:
    """Parse a file's bytes as dockerd 23.0 and newer reads them: UTF-8, or what a byte order mark says.

    ``plain``: as Go's encoding/json alone reads them, in the docker CLI and older engines: no byte order mark, and a
    byte that is not UTF-8 counts as U+FFFD. Raises JSONTextError with the place and, for common slips, the cause.
    Source: moby, daemon/config/config.go (moby/moby#44832); engines and CLIs 20.10, 26.1 and 28.5 were asked.
    """
    if plain:
        return Document(data.decode("utf-8", "surrogateescape")).parsed()
    bom, encoding = next(((mark, name) for mark, name in BOMS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise JSONTextError(f"not valid {encoding.upper()}", line, 1) from None
    return Document(text, bom, encoding).parsed()


def encode(document: Document) -> bytes:
    """The document's bytes, with the byte order mark and encoding it came with."""
    return document.bom + document.text.encode(document.encoding, "surrogateescape")


def dumps_string(text: str) -> str:
    """A JSON string. Raises ValueError for text that is not valid Unicode."""
    text.encode("utf-8")
    return json.dumps(text, ensure_ascii=False)


def _duplicates(node: Node, path: Tuple[str, ...]) -> List[Tuple[Tuple[str, ...], int]]:
    found = []
    seen = set()
    for member in node.members:
        here = (*path, member.key)
        if member.key in seen:
            found.append((here, member.value.line))
        seen.add(member.key)
        found += _duplicates(member.value, here)
    for item in node.items:
        found += _duplicates(item, path)
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted = 0

    def document(self) -> Optional[Node]:
        self.blank()
        if self.at == len(self.text):
            return None
        node = self.value(0)
        self.blank()
        if self.at < len(self.text):
            raise self.error("text behind the end of the document")
        return node

    def error(self, message: str) -> JSONTextError:
        slip = next((why for mark, why in SLIPS if self.text.startswith(mark, self.at)), None)
        line = self.text.count("\n", 0, self.at) + 1
        return JSONTextError(slip or message, line, self.at - (self.text.rfind("\n", 0, self.at) + 1) + 1)

    def blank(self) -> None:
        self.at = BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep")
        start, line = self.at, self.here()
        character = self.text[self.at : self.at + 1]
        if character == "{":
            return self.object(start, line, depth)
        if character == "[":
            return self.array(start, line, depth)
        if character == '"':
            text = self.string()
            return Node("string", start, self.at, line, text)
        for word, value in LITERALS.items():
            if self.text.startswith(word, start):
                self.at += len(word)
                return Node(word, start, self.at, line, value)
        number = NUMBER.match(self.text, start)
        if number is None:
            raise self.error("a value is missing" if character in ",}]" or not character else "not a JSON value")
        self.at = number.end()
        return Node("number", start, self.at, line, number.group())

    def string(self) -> str:
        match = STRING.match(self.text, self.at)
        if match is None:
            raise self.error("a string that is not closed, or with a wrong escape or a control character")
        self.at = match.end()
        text: str = json.loads(match.group())
        # Go replaces a lone surrogate by U+FFFD.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def object(self, start: int, line: int, depth: int) -> Node:
        members: List[Member] = []
        self.at += 1
        self.blank()
        while not self.text.startswith("}", self.at):
            if members:
                if not self.text.startswith(",", self.at):
                    raise self.error("a comma or } is missing")
                self.at += 1
                self.blank()
                if self.text.startswith("}", self.at):
                    raise self.error("a comma before }, which JSON does not allow")
            key_start = self.at
            if not self.text.startswith('"', self.at):
                raise self.error("a key in double quotes is missing")
            key = self.string()
            self.blank()
            if not self.text.startswith(":", self.at):
                raise self.error("a colon is missing behind the key")
            self.at += 1
            self.blank()
            members.append(Member(key, self.value(depth + 1), key_start))
            self.blank()
        self.at += 1
        return Node("object", start, self.at, line, members=tuple(members))

    def array(self, start: int, line: int, depth: int) -> Node:
        items: List[Node] = []
        self.at += 1
        self.blank()
        while not self.text.startswith("]", self.at):
            if items:
                if not self.text.startswith(",", self.at):
                    raise self.error("a comma or ] is missing")
                self.at += 1
                self.blank()
                if self.text.startswith("]", self.at):
                    raise self.error("a comma before ], which JSON does not allow")
            items.append(self.value(depth + 1))
            self.blank()
        self.at += 1
        return Node("array", start, self.at, line, items=tuple(items))
