"""The grammar of JSON as Go's decoder checks it, with positions, and with Go's own words where it refuses.

Source: golang.org, encoding/json (scanner.go); engines 20.10, 26.1 and 28.5 were asked.
"""

from __future__ import annotations

import json
import re
from typing import Any, List, NamedTuple, Optional, Tuple

MAX_DEPTH = 200
"""Deeper nesting than this is refused; no configuration has it."""

BLANK = re.compile(r"[ \t\n\r]*")
SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What dockerd takes off both ends of the file: Go's bytes.TrimSpace."""
INSIDE = ("in literal", "in string escape", "in \\u", "in numeric", "in exponent", "after decimal")
"""Where not even a blank may stand. Go tries one at the end of the text, and complains about it."""
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
PIECES = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
STRING = re.compile(PIECES.pattern + '"')
HEXADECIMAL = re.compile("[0-9a-fA-F]*")
NO_NUMBER = "not a JSON number"
QUOTED = {
    "'": r"'\''",
    "\\": r"'\\'",
    "\a": r"'\a'",
    "\b": r"'\b'",
    "\f": r"'\f'",
    "\n": r"'\n'",
    "\r": r"'\r'",
    "\t": r"'\t'",
    "\v": r"'\v'",
}
"""Characters that have a name of their own in Go's error messages (encoding/json, quoteChar; strconv, Quote)."""
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
    """Text that Go's decoder refuses; line and column count from 1. ``said`` is what Go says (1.27 words some of it
    otherwise than the versions before, which are meant); empty where only this reader refuses."""

    def __init__(self, message: str, line: int, column: int, said: str = "") -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message, self.line, self.column, self.said = message, line, column, said


class Member(NamedTuple):
    """One key of an object with its value; ``start`` is the offset of the key's quote, ``key_end`` behind the other."""

    key: str
    value: Node
    start: int
    key_end: int


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


class Parser:
    """One text; ``plain`` as in ``json_text.decode``."""

    def __init__(self, text: str, plain: bool) -> None:
        self.text = text if plain else text.rstrip(SPACE)
        self.plain = plain
        self.at = 0 if plain else len(self.text) - len(self.text.lstrip(SPACE))
        self.line = 1
        self.counted = 0

    def document(self) -> Optional[Node]:
        """The value of the text; None where it is blank. Raises JSONTextError."""
        self.blank()
        if self.at == len(self.text):
            return None
        node = self.value(0)
        self.blank()
        if self.at < len(self.text) and not self.plain:
            raise self.error("after top-level value", "text behind the end of the document")
        return node

    def error(self, where: str, message: str) -> JSONTextError:
        """What is wrong with the character at hand: ``where`` in Go's words, and in ours."""
        slip = next((why for mark, why in SLIPS if self.text.startswith(mark, self.at)), None)
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - (self.text.rfind("\n", 0, self.at) + 1) + 1
        if self.at < len(self.text):
            said = f"invalid character {_quoted(self.text[self.at])} {where}"
        elif self.plain:
            said = "unexpected EOF"
        else:
            said = f"invalid character ' ' {where}" if where.startswith(INSIDE) else "unexpected end of JSON input"
        return JSONTextError(slip or message, line, column, said)

    def blank(self) -> None:
        self.skip(BLANK)

    def skip(self, what: re.Pattern[str]) -> None:
        self.at = what.match(self.text, self.at).end()  # type: ignore[union-attr]

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def value(self, depth: int) -> Node:
        start, line = self.at, self.here()
        if depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} deep, which this reader does not take"
            raise JSONTextError(message, line, start - self.text.rfind("\n", 0, start))
        character = self.text[self.at : self.at + 1]
        if character == "{":
            return self.object(start, line, depth)
        if character == "[":
            return self.array(start, line, depth)
        if character == '"':
            text = self.string()
            return Node("string", start, self.at, line, text)
        for word, value in LITERALS.items():
            if character == word[0]:
                self.literal(word)
                return Node(word, start, self.at, line, value)
        number = self.number()
        return Node("number", start, self.at, line, number)

    def literal(self, word: str) -> None:
        for expected in word:
            if not self.text.startswith(expected, self.at):
                raise self.error(f"in literal {word} (expecting {_quoted(expected)})", "not a JSON value")
            self.at += 1

    def number(self) -> str:
        match = NUMBER.match(self.text, self.at)
        if match is None:
            character = self.text[self.at : self.at + 1]
            if character == "-":
                self.at += 1
                raise self.error("in numeric literal", NO_NUMBER)
            message = "a value is missing" if character in ",}]" or not character else "not a JSON value"
            raise self.error("looking for beginning of value", message)
        self.at = match.end()
        _, fraction, exponent = match.groups()
        character = self.text[self.at : self.at + 1]
        if character in ("e", "E") and exponent is None:
            self.at += 2 if self.text[self.at + 1 : self.at + 2] in ("+", "-") else 1
            raise self.error("in exponent of numeric literal", NO_NUMBER)
        if character == "." and fraction is None and exponent is None:
            self.at += 1
            raise self.error("after decimal point in numeric literal", NO_NUMBER)
        return match.group()

    def string(self) -> str:
        match = STRING.match(self.text, self.at)
        if match is None:
            raise self.string_error()
        self.at = match.end()
        text: str = json.loads(match.group())
        # Go replaces a lone surrogate by U+FFFD.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def string_error(self) -> JSONTextError:
        self.skip(PIECES)
        if not self.text.startswith("\\", self.at):
            return self.error("in string literal", "a string that is not closed, or holds a control character")
        self.at += 1
        if not self.text.startswith("u", self.at):
            return self.error("in string escape code", "a wrong escape in a string")
        self.at += 1
        self.skip(HEXADECIMAL)
        return self.error("in \\u hexadecimal character escape", "a wrong escape in a string")

    def object(self, start: int, line: int, depth: int) -> Node:
        members: List[Member] = []
        self.at += 1
        self.blank()
        while not self.text.startswith("}", self.at):
            if members:
                if not self.text.startswith(",", self.at):
                    raise self.error("after object key:value pair", "a comma or } is missing")
                self.at += 1
                self.blank()
            key_start = self.at
            if not self.text.startswith('"', self.at):
                is_extra = members and self.text.startswith("}", self.at)
                message = (
                    "a comma before }, which JSON does not allow" if is_extra else "a key in double quotes is missing"
                )
                raise self.error("looking for beginning of object key string", message)
            key = self.string()
            key_end = self.at
            self.blank()
            if not self.text.startswith(":", self.at):
                raise self.error("after object key", "a colon is missing behind the key")
            self.at += 1
            self.blank()
            members.append(Member(key, self.value(depth + 1), key_start, key_end))
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
                    raise self.error("after array element", "a comma or ] is missing")
                self.at += 1
                self.blank()
                if self.text.startswith("]", self.at):
                    raise self.error("looking for beginning of value", "a comma before ], which JSON does not allow")
            items.append(self.value(depth + 1))
            self.blank()
        self.at += 1
        return Node("array", start, self.at, line, items=tuple(items))


def _quoted(character: str) -> str:
    """A character as Go's decoder names it: it sees bytes, and takes each for a character."""
    code = character.encode("utf-8", "surrogateescape")[0]
    if character in QUOTED:
        return QUOTED[character]
    if code < 0x20 or code == 0x7F:
        return f"'\\x{code:02x}'"
    return f"'\\u{code:04x}'" if 0x80 <= code <= 0xA0 or code == 0xAD else f"'{chr(code)}'"
