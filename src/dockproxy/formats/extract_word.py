"""Words as systemd takes them from a value: quotes and C escapes.

Source: systemd, src/basic/extract-word.c (extract_first_word), src/basic/escape.c (cunescape_one); systemd.syntax(7).
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple, Union

WHITESPACE = " \t\n\r"
PLAIN = re.compile(r"[^ \t\n\r\\'\"]+")
"""Characters that stand for themselves, in quotes or not."""
ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39, "s": 32}
NUMERIC = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})")

STRICT, TOLERANT, RELAXED = "strict", "tolerant", "relaxed"
"""How to read: ``Environment=`` is strict. ``ExecStart=`` is tolerant: an escape that is none stays as it is. What a
``$VARIABLE`` holds is relaxed: a backslash stands for the next character, and an open quote ends with the text."""


class Word(NamedTuple):
    """One word without its quotes and escapes; ``start`` and ``end`` are offsets in the value."""

    text: str
    start: int
    end: int


class Words(NamedTuple):
    """The words up to the first syntax error; systemd ignores the rest of the line from there on."""

    words: Tuple[Word, ...]
    error: Optional[str] = None


def split_words(value: str, mode: str = STRICT) -> Words:
    """All words of a value."""
    words: List[Word] = []
    position = 0
    while True:
        word = extract_word(value, position, mode)
        if not isinstance(word, Word):
            return Words(tuple(words), word)
        words.append(word)
        position = word.end


def extract_word(value: str, position: int, mode: str) -> Union[Word, str, None]:
    """The first word from a position on; None where there is none, or the syntax error."""
    end = len(value)
    while position < end and value[position] in WHITESPACE:
        position += 1
    if position == end:
        return None
    start, quote, raw = position, "", bytearray()
    while position < end:
        character = value[position]
        if character == "\\":
            escaped = _escaped(value, position, quote, mode)
            if isinstance(escaped, str):
                return escaped
            raw += escaped[0]
            position += escaped[1]
            continue
        if not quote and character in WHITESPACE:
            break
        plain = PLAIN.match(value, position)
        if plain is not None:
            raw += _bytes(plain.group())
            position = plain.end()
            continue
        position += 1
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        else:
            raw += _bytes(character)
    if quote and mode != RELAXED:
        return "a quote that is not closed"
    return Word(raw.decode("utf-8", "surrogateescape"), start, position)


def _escaped(value: str, position: int, quote: str, mode: str) -> Union[Tuple[bytes, int], str]:
    """What a backslash and the characters behind it stand for, and their number; or the syntax error."""
    following = value[position + 1 : position + 2]
    if not following:
        if mode == TOLERANT and not quote:
            return b"\\", 1
        return (b"", 1) if mode == RELAXED else "a backslash at the end"
    if mode == RELAXED:
        return _bytes(following), 2
    code = _c_escape(value, position + 1)
    if code is not None:
        return code[0], 1 + code[1]
    return (
        (b"\\" + _bytes(following), 2) if mode == TOLERANT else f"an unknown escape, {value[position : position + 2]!r}"
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _c_escape(value: str, position: int) -> Optional[Tuple[bytes, int]]:
    """The bytes of the escape behind a backslash, and its length; None when there is no such escape."""
    simple = ESCAPES.get(value[position])
    if simple is not None:
        return bytes([simple]), 1
    match = NUMERIC.match(value, position)
    if match is None:
        return None
    two, four, eight, octal = match.groups()
    code = int(two or four or eight, 16) if octal is None else int(octal, 8)
    # Of \\u only the zero is refused: half a surrogate pair gives bytes that are not UTF-8.
    if code == 0 or (octal is not None and code > 255) or (eight is not None and not is_character(code)):
        return None
    is_byte = two is not None or octal is not None
    return (bytes([code]) if is_byte else chr(code).encode("utf-8", "surrogatepass")), len(match.group())


def is_character(code: int) -> bool:
    """Whether systemd lets a code point pass (src/basic/utf8.c, unichar_is_valid): no surrogates, no noncharacters."""
    is_noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and not is_noncharacter


def is_utf8(text: str) -> bool:
    """Whether systemd takes the bytes behind a text, decoded with surrogateescape, for UTF-8."""
    return text.isascii() or all(is_character(ord(c)) for c in text)
