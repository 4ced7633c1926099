"""A command line as Go's pflag reads it, which is the parser of dockerd.

Source: github.com/spf13/pflag, flag.go: parseArgs, parseLongArg, parseSingleShortArg; engines 20.10, 26.1 and 28.5 were
asked.
"""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Union


class Flag(NamedTuple):
    """A flag that is set. ``spelt`` is its name as the command line writes it, ``word`` the word that it stands in."""

    name: str
    value: str
    spelt: str
    word: str


class Mistake(NamedTuple):
    """A word that pflag does not take. ``kind`` is ``no-value`` of a flag at the end, ``no-name`` of a flag without
    one, or ``no-flag`` of a word that belongs to none."""

    kind: str
    word: str
    spelt: str = ""
    name: str = ""


class Parsed(NamedTuple):
    """The flags of a command line and what is wrong in it, both in their order."""

    flags: List[Flag]
    mistakes: List[Mistake]


def parse(words: Sequence[str], takes_value: Mapping[str, bool], shorthands: Mapping[str, str]) -> Parsed:
    """Read a command line without its program; what lacks its value is no flag.

    A flag that ``takes_value`` does not know takes the next word where that does not begin with ``-``.
    """
    parsed = Parsed([], [])
    for part in _parts(deque(words), takes_value, shorthands):
        if isinstance(part, Flag):
            parsed.flags.append(part)
        else:
            parsed.mistakes.append(part)
    return parsed


def _parts(
    rest: Deque[str], takes_value: Mapping[str, bool], shorthands: Mapping[str, str]
) -> Iterator[Union[Flag, Mistake]]:
    while rest and rest[0] != "--":
        word = rest.popleft()
        if word.startswith(("---", "--=")):
            yield Mistake("no-name", word)
        elif word.startswith("--"):
            name, equals, text = word[2:].partition("=")
            value = text if equals else _next(name, rest, takes_value)
            yield _flag(name, value, f"--{name}", word)
        elif word.startswith("-") and word != "-":
            yield from _short(word, rest, takes_value, shorthands)
        else:
            yield Mistake("no-flag", word)
    for word in list(rest)[1:]:
        yield Mistake("no-flag", word)


def _short(
    word: str, rest: Deque[str], takes_value: Mapping[str, bool], shorthands: Mapping[str, str]
) -> Iterator[Union[Flag, Mistake]]:
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
        yield _flag(name, value, f"-{letter}", word)


def _flag(name: str, value: Optional[str], spelt: str, word: str) -> Union[Flag, Mistake]:
    return Flag(name, value, spelt, word) if value is not None else Mistake("no-value", word, spelt, name)


def _next(name: str, rest: Deque[str], takes_value: Mapping[str, bool]) -> Optional[str]:
    if not takes_value.get(name, bool(rest) and not rest[0].startswith("-")):
        return "true"
    return rest.popleft() if rest else None
