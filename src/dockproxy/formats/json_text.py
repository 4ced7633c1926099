"""JSON as Go's decoder takes it, and edits by splice that leave every other byte alone.

Source: golang.org, encoding/json; moby, daemon/config/config.go (byte order marks); RFC 8259.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats.json_parser import JSONTextError, Member, Node, Parser

__all__ = ["JSONTextError", "Member", "Node"]

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

Way = Tuple[Member, ...]
"""The members that lead to a value, the outermost first: of keys that stand there twice they say which is meant."""


class Document(NamedTuple):
    """A file's text without its byte order mark. ``root`` is None where it is blank. ``plain``: see ``decode``."""

    text: str
    bom: bytes = b""
    encoding: str = "utf-8"
    root: Optional[Node] = None
    plain: bool = False

    def way(self, *path: str) -> Way:
        """The members that lead along a path of keys, as far as they are there."""
        found: List[Member] = []
        node = self.root
        for key in path:
            member = node.find(key) if node is not None else None
            if member is None:
                break
            found.append(member)
            node = member.value
        return tuple(found)

    def get(self, *path: str) -> Optional[Node]:
        """The node at a path of keys, or None."""
        way = self.way(*path)
        return self._at(way) if len(way) == len(path) else None

    def duplicates(self) -> List[Tuple[Tuple[str, ...], int]]:
        """Path and line of every key that its object already has."""
        return _duplicates(self.root, ()) if self.root is not None else []

    def with_value(self, path: Sequence[str], value: str) -> Document:
        """Set the string at a path, parents created, in the file's own style."""
        way = self.way(*path)
        return self.with_member(way, path[len(way) :], value)

    def with_member(self, way: Way, keys: Sequence[str], value: str) -> Document:
        """Set the string at ``keys`` below what ``way`` leads to, which has nothing at the first of them."""
        node = self._at(way)
        if node is None:
            return self._replace(text=_pretty(keys, value, "    ", "\n") + "\n").parsed()
        if keys and node.kind == "object":
            return self._inserted(node, len(way), keys, value)
        text = _nested(keys, value, self._style(len(way))) if keys else dumps_string(value)
        return self._spliced(node.start, node.end, text)

    def without(self, path: Sequence[str]) -> Document:
        """Take the member at a path out; an object that becomes empty by it goes too, but never the root."""
        way = self.way(*path)
        return self.without_member(way) if len(way) == len(path) else self

    def without_member(self, way: Way) -> Document:
        """The same of the member that ``way`` leads to, whichever other ones have its key."""
        parent, member = self._at(way[:-1]), way[-1]
        assert parent is not None
        if len(parent.members) == 1 and len(way) > 1:
            return self.without_member(way[:-1])
        index = parent.members.index(member)
        if len(parent.members) == 1:
            return self._spliced(parent.start, parent.end, "{}")
        if index == 0:
            return self._spliced(member.start, parent.members[1].start, "")
        return self._spliced(parent.members[index - 1].value.end, member.value.end, "")

    def _at(self, way: Way) -> Optional[Node]:
        return way[-1].value if way else self.root

    def _spliced(self, start: int, end: int, text: str) -> Document:
        return self._replace(text=self.text[:start] + text + self.text[end:]).parsed()

    def parsed(self) -> Document:
        """This document with ``root`` read from its text. Raises JSONTextError."""
        return self._replace(root=Parser(self.text, self.plain).document())

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
            # On one line, so that what was there empty differs from what is made anew.
            return _Style("", "", depth, ": ", " ")
        first = self.root.members[0]
        gap = self.text[self.root.start + 1 : first.start]
        colon = self.text[first.key_end : first.value.start]
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

    ``plain``: as Go's json.Decoder alone reads them, in the docker CLI and older engines: no byte order mark, a byte
    that is not UTF-8 counts as U+FFFD, and nobody looks at what follows the first value. Raises JSONTextError with the
    place and, for common slips, the cause.
    Source: moby, daemon/config/config.go (moby/moby#44832); engines and CLIs 20.10, 26.1 and 28.5 were asked.
    """
    if plain:
        return Document(data.decode("utf-8", "surrogateescape"), plain=True).parsed()
    bom, encoding = next(((mark, name) for mark, name in BOMS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        # Go replaces what is wrong in UTF-16, and goes on.
        said = "encoding: invalid UTF-8" if encoding == "utf-8" else ""
        raise JSONTextError(f"not valid {encoding.upper()}", line, 1, said) from None
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
