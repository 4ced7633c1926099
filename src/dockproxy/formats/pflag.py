"""A command line as Go's pflag reads it, which is the parser of dockerd.

Source: github.com/spf13/pflag, flag.go: parseLongArg, parseSingleShortArg; engines 20.10, 26.1 and 28.5 were asked.
"""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterator, List, Mapping, NamedTuple, Optional, Sequence


class Flag(NamedTuple):
    """A flag that is set. ``spelt`` is its name as the command line writes it, ``word`` the word that it stands in."""

    name: str
    value: str
    spelt: str
    word: str


def parse(words: Sequence[str], takes_value: Mapping[str, bool], shorthands: Mapping[str, str]) -> List[Flag]:
    """The flags of a command line without its program, in their order; what lacks its value is none.

    A flag that ``takes_value`` does not know takes the next word where that does not begin with ``-``.
    """
    found: List[Flag] = []
    rest = deque(words)
    while rest and rest[0] != "--":
        word = rest.popleft()
        if word.startswith("--"):
            name, equals, text = word[2:].partition("=")
            value = text if equals else _next(name, rest, takes_value)
            found += [Flag(name, value, f"--{name}", word)] if value is not None else []
        elif word.startswith("-"):
            found += _short(word, rest, takes_value, shorthands)
    return found


def _short(
    word: str, rest: Deque[str], takes_value: Mapping[str, bool], shorthands: Mapping[str, str]
) -> Iterator[Flag]:
    """``-D``, ``-l=warn``, ``-lwarn``, ``-l warn``, and ``-Dlwarn`` for two in one word."""
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        name = shorthands.get(letter, letter)
        value: Optional[str] = "true"
        if letters.startswith("=") and letters != "=":
            value, letters = letters[1:], ""
        elif not letters:
            value = _next(name, rest, takes_value)
        elif takes_value.get(name, True):
            value, letters = letters, ""
        if value is not None:
            yield Flag(name, value, f"-{letter}", word)


def _next(name: str, rest: Deque[str], takes_value: Mapping[str, bool]) -> Optional[str]:
    if not takes_value.get(name, bool(rest) and not rest[0].startswith("-")):
        return "true"
    return rest.popleft() if rest else None
