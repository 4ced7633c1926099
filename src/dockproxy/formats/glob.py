"""Patterns of file names as glob(3) reads them in the C locale, byte for byte.

Source: glob(7); glibc, posix/fnmatch_loop.c.
"""

from __future__ import annotations

import functools
import re
import string
from typing import AbstractSet, List, Optional

CLASSES = {
    "alpha": string.ascii_letters, "digit": string.digits, "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "xdigit": string.hexdigits,
    "space": string.whitespace, "blank": " \t", "punct": string.punctuation,
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "graph": "".join(map(chr, range(33, 127))), "print": "".join(map(chr, range(32, 127))),
}  # fmt: skip

LONGEST = 4096
"""PATH_MAX."""

ANY = frozenset(range(256))

ITEM = rb"\[:\w+:\]|\\.|[^]\\]"
TOKEN = re.compile(rb"(\*)|(\?)|\[(?:([!^])|(?![!^]))((?:\]|%b)(?:%b)*)\]|\\(.)|(.)" % (ITEM, ITEM), re.DOTALL)
IN_BRACKETS = re.compile(rb"\[:(\w+):\]|\\?(.)(?:-\\?([^]\\]|(?<=\\).))?", re.DOTALL)
MAGIC = re.compile(r"[*?[]")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def is_magic(pattern: str) -> bool:
    """Whether it is more than a name."""
    return MAGIC.search(ESCAPED.sub("", pattern)) is not None


def name_of(pattern: str) -> str:
    """The name that a pattern without magic stands for."""
    return ESCAPED.sub(r"\1", pattern)


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits a part of a path; a leading dot must be written."""
    if len(pattern) > LONGEST or (name.startswith(".") and not name_of(pattern[:2]).startswith(".")):
        return False
    text, tokens = _bytes(name), _tokens(_bytes(pattern))
    at = done = restart = 0
    star: Optional[int] = None
    while at < len(text):
        token = tokens[done] if done < len(tokens) else frozenset()
        if token is None:
            done += 1
            star, restart = done, at
        elif text[at] in token:
            at, done = at + 1, done + 1
        elif star is not None:
            restart += 1
            at, done = restart, star
        else:
            return False
    return not any(token is not None for token in tokens[done:])


@functools.lru_cache(maxsize=64)
def _tokens(pattern: bytes) -> List[Optional[AbstractSet[int]]]:
    """The bytes that each place of a name may hold; None stands for ``*``."""
    found: List[Optional[AbstractSet[int]]] = []
    for star, any_, negated, inside, escaped, plain in TOKEN.findall(pattern):
        if star or any_:
            found.append(ANY if any_ else None)
        elif inside:
            found.append(ANY - _in_brackets(inside) if negated else _in_brackets(inside))
        else:
            found.append(frozenset(escaped or plain))
    return found


def _in_brackets(inside: bytes) -> AbstractSet[int]:
    found = set()
    for name, first, last in IN_BRACKETS.findall(inside):
        found |= set(CLASSES.get(name.decode(), "").encode()) if name else set(range(first[0], (last or first)[0] + 1))
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
