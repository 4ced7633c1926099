"""The words of a unit file's value: quotes, C escapes, specifiers, ``$VARIABLES``.

Source: systemd, src/basic/extract-word.c, src/basic/escape.c (cunescape_one), src/basic/env-util.c; systemd.syntax(7).
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import specifiers
from dockproxy.formats.unit_file import is_utf8

WHITESPACE = " \t\n\r"
ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39, "s": 32}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
NUMERIC = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})")


class Word(NamedTuple):
    """One word without its quotes and escapes; ``start`` and ``end`` are offsets in the value."""

    text: str
    start: int
    end: int


class Words(NamedTuple):
    """The words up to the first syntax error; systemd ignores the rest of the line from there on."""

    words: Tuple[Word, ...]
    error: Optional[str] = None


class EnvironmentEntry(NamedTuple):
    """One word of ``Environment=``. ``ignored`` is why systemd drops it; ``unknown``: only the running host knows the
    value."""

    name: str
    value: str = ""
    ignored: Optional[str] = None
    unknown: bool = False


def split_words(value: str, cunescape: bool = True, relax: bool = False) -> Words:  # noqa: C901 -- one state machine, as upstream has it
    """Split as systemd does. Without ``cunescape`` a backslash stands for the next character. ``relax``: an open
    quote or a backslash at the end are no errors."""
    words: List[Word] = []
    position, end = 0, len(value)
    while True:
        while position < end and value[position] in WHITESPACE:
            position += 1
        if position == end:
            return Words(tuple(words))
        start, quote, raw = position, "", bytearray()
        while position < end:
            character = value[position]
            if character == "\\":
                if position + 1 == end:
                    if not relax:
                        return Words(tuple(words), "a backslash at the end")
                    raw += b"\\"
                    position += 1
                    continue
                if not cunescape:
                    raw += _bytes(value[position + 1])
                    position += 2
                    continue
                code = _escape(value, position + 1)
                if code is None:
                    return Words(tuple(words), f"an unknown escape, {value[position : position + 2]!r}")
                raw += code[0]
                position += 1 + code[1]
                continue
            position += 1
            if quote:
                if character == quote:
                    quote = ""
                else:
                    raw += _bytes(character)
            elif character in "'\"":
                quote = character
            elif character in WHITESPACE:
                position -= 1
                break
            else:
                raw += _bytes(character)
        if quote and not relax:
            return Words(tuple(words), "a quote that is not closed")
        words.append(Word(raw.decode("utf-8", "surrogateescape"), start, position))


def _bytes(character: str) -> bytes:
    return character.encode("utf-8", "surrogateescape")


def _escape(value: str, position: int) -> Optional[Tuple[bytes, int]]:
    """The bytes of the escape behind a backslash, and its length; None when there is no such escape."""
    simple = ESCAPES.get(value[position])
    if simple is not None:
        return bytes([simple]), 1
    match = NUMERIC.match(value, position)
    if match is None:
        return None
    two, four, eight, octal = match.groups()
    code = int(two or four or eight, 16) if octal is None else int(octal, 8)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or (octal is not None and code > 255):
        return None
    is_byte = two is not None or octal is not None
    return (bytes([code]) if is_byte else chr(code).encode("utf-8")), len(match.group())


def expand(text: str, known: Mapping[str, str]) -> Optional[str]:
    """Expand the specifiers of one word; None when systemd drops it or the value is not known here."""
    return specifiers.expand(text, known).text


def is_valid_value(value: str) -> bool:
    """Whether systemd takes it as a variable's value: UTF-8 without NUL. Control characters are allowed."""
    return is_utf8(value) and "\0" not in value


def parse_environment(value: str, known: Mapping[str, str]) -> List[EnvironmentEntry]:
    """One line of ``Environment=``, as config_parse_environ reads it."""
    split = split_words(value)
    entries = [_entry(word.text, known) for word in split.words]
    if split.error is not None:
        entries.append(EnvironmentEntry("", ignored=f"systemd ignores the rest of the line: it has {split.error}"))
    return entries


def _entry(word: str, known: Mapping[str, str]) -> EnvironmentEntry:
    expansion = specifiers.expand(word, known)
    name, equals, text = (word if expansion.text is None else expansion.text).partition("=")
    # What is no name may be part of a URL with a password, and is not shown.
    shown = name if NAME.match(name) else ""
    if expansion.unknown:
        return EnvironmentEntry(shown, unknown=True)
    if expansion.text is None:
        said = f'systemd says "Failed to resolve specifiers" and ignores {shown or "a word"}'
        return EnvironmentEntry(shown, ignored=f"{said}: write % as %% in a unit file")
    if not equals or not shown or not is_valid_value(text):
        said = f"systemd ignores {shown or 'a word that is no NAME=value'}"
        return EnvironmentEntry(shown, ignored=f"{said}: not a valid environment assignment")
    return EnvironmentEntry(name, text)


def quote_assignment(name: str, value: str) -> str:
    """``"NAME=value"`` so that systemd reads exactly that. Raises ValueError for what it cannot carry."""
    if not NAME.match(name) or not is_utf8(value) or any(c < " " and c not in "\t\n" for c in value):
        raise ValueError(f"systemd cannot carry this value of {name}: it holds control characters or is not UTF-8")
    text = value.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{name}={text}"'


def split_command(value: str, environment: Mapping[str, str], known: Mapping[str, str]) -> List[str]:
    """The words of the first command of an ``ExecStart=`` line, with specifiers and variables in place.

    Source: systemd.service(5) "Command lines"; systemd, src/core/load-fragment.c (config_parse_exec), replace_env_argv.
    """
    words = [w.text for w in split_words(value).words]
    if not words:
        return []
    words = words[: words.index(";")] if ";" in words else words
    program = words[0].lstrip("-@:+!") if words else ""
    prefixes = words[0][: len(words[0]) - len(program)] if words else ""
    arguments = words[2:] if "@" in prefixes else words[1:]
    argv = [expand(program, known) or program]
    for word in arguments:
        text = expand(word, known)
        if text is None:
            text = word
        argv += [text] if ":" in prefixes else _variables(text, environment)
    return argv


def _variables(word: str, environment: Mapping[str, str]) -> List[str]:
    if word.startswith("$") and NAME.match(word[1:]):
        return [w.text for w in split_words(environment.get(word[1:], ""), cunescape=False, relax=True).words]
    found: Dict[str, str] = dict(environment)
    return [
        re.sub(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}", lambda m: found.get(m.group(1), "") if m.group(1) else "$", word)
    ]
