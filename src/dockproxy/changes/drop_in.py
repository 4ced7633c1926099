"""Edits of a unit file or drop-in: ``Environment=``, ``EnvironmentFile=``, ``UnsetEnvironment=`` and ``ExecStart=`` of
``[Service]``."""

from __future__ import annotations

from typing import Callable, List, Mapping, Optional, Sequence

from dockproxy.formats import extract_word, unit_file, unit_words
from dockproxy.model import Value, environment_names, reveal

SECTION = "Service"
BLANKS = extract_word.WHITESPACE
"""What separates words: nothing else that Python takes for white space, such as a no-break space in a value."""
JOINED = str.maketrans("", "", BLANKS)


def edit(text: str, values: Mapping[str, Optional[Value]]) -> str:
    """Give each variable its value, None to take it out. Written in upper case; lower-case twins go."""
    for variable, value in values.items():
        upper, lower = environment_names(variable)
        text = _without(text, "Environment", _is(lower))
        if value is None or not reveal(value):
            text = _without(text, "Environment", _is(upper))
        else:
            text = _assign(text, upper, reveal(value))
    return text


def add_environment_file(text: str, path: str) -> str:
    """Have the service read an environment file, which may be absent."""
    line = "-" + path
    if any(s.value == line for s in unit_file.parse(text).find(SECTION, "EnvironmentFile")):
        return text
    return unit_file.append(text, SECTION, "EnvironmentFile", line)


def remove_environment_file(text: str, path: str) -> str:
    """The opposite of ``add_environment_file``."""
    for statement in reversed(unit_file.parse(text).find(SECTION, "EnvironmentFile")):
        if statement.value == "-" + path:
            text = unit_file.remove(text, statement)
    return text


def unset_environment(text: str, names: List[str]) -> str:
    """Have systemd take the names out of the finished environment."""
    return unit_file.append(text, SECTION, "UnsetEnvironment", " ".join(names))


def allow_environment(text: str, variables: List[str]) -> str:
    """Take the variables' names out of ``UnsetEnvironment=``."""
    names = {name for variable in variables for name in environment_names(variable)}
    return _without(text, "UnsetEnvironment", lambda word: word.partition("=")[0] in names)


def without_flag(text: str, line: int, flag: str) -> str:
    """Take a flag with its value out of the ``ExecStart=`` that begins at a line; the other words stay."""
    statement = next(s for s in unit_file.parse(text).find(SECTION, "ExecStart") if s.line == line)
    return _cut(text, statement, _of_flag(statement.value, flag))


def replace_command(text: str, command: str, flag: str) -> str:
    """Have the service run another unit's command, without a flag."""
    text = unit_file.append(text, SECTION, "ExecStart", "")
    return unit_file.append(text, SECTION, "ExecStart", _without_words(command, _of_flag(command, flag)))


def _of_flag(command: str, flag: str) -> List[unit_words.Word]:
    """The words of a flag that takes a value, behind ``=`` or as the next word."""
    words = extract_word.split_words(command, extract_word.TOLERANT).words
    own = [w.text.partition("=")[0] == f"--{flag}" for w in words]
    values = [False, *(is_own and "=" not in w.text for is_own, w in zip(own, words))]
    return [w for w, is_own, is_value in zip(words, own, values) if is_own or is_value]


def _without_words(value: str, dropped: Sequence[unit_words.Word]) -> str:
    for word in reversed(dropped):
        value = (value[: word.start] + value[word.end :].lstrip(BLANKS)).rstrip(BLANKS)
    return value


def _name(word: str) -> str:
    return word.partition("=")[0]


def _is(name: str) -> Callable[[str], bool]:
    return lambda word: _name(word) == name


def _assign(text: str, name: str, value: str) -> str:
    """Replace the last assignment of a name in place; behind a later reset, or where there is none, append."""
    statements = unit_file.parse(text).find(SECTION, "Environment")
    holding = [s for s in statements if any(_name(w.text) == name for w in unit_words.split_words(s.value).words)]
    quoted = unit_words.quote_assignment(name, value)
    is_reset_later = bool(holding) and any(not s.value and s.start > holding[-1].start for s in statements)
    if not holding or is_reset_later:
        return unit_file.append(_without(text, "Environment", _is(name)), SECTION, "Environment", quoted)
    last = holding[-1]
    words = unit_words.split_words(last.value).words
    mine = [w for w in words if _name(w.text) == name]
    text = unit_file.splice(text, last, mine[-1].start, mine[-1].end, quoted)
    text = _cut(text, last, mine[:-1])
    for statement in reversed(holding[:-1]):
        text = _strip(text, statement, _is(name))
    return text


def _without(text: str, key: str, drop: Callable[[str], bool]) -> str:
    """Take words out of every statement of a list-like key; a statement left empty by it goes too."""
    for statement in reversed(unit_file.parse(text).find(SECTION, key)):
        text = _strip(text, statement, drop)
    return text


def _strip(text: str, statement: unit_file.Statement, drop: Callable[[str], bool]) -> str:
    words = unit_words.split_words(statement.value).words
    dropped = [w for w in words if drop(w.text)]
    if not dropped:
        return text
    if len(dropped) == len(words):
        return unit_file.remove(text, statement)
    return _cut(text, statement, dropped)


def _cut(text: str, statement: unit_file.Statement, dropped: Sequence[unit_words.Word]) -> str:
    """Take words out of a statement, whose other words stay where they are."""
    # An edit before this one may have moved what stands behind the words.
    statement = next(s for s in unit_file.parse(text).statements if s.start == statement.start)
    cut, value = text, _without_words(statement.value, dropped)
    for word in reversed(dropped):
        cut = unit_file.cut(cut, statement, word.start, word.end)
    left = [s.value.translate(JOINED) for s in unit_file.parse(cut).statements if s.start == statement.start]
    # What now begins a line may look like a comment; then all of it goes into one line.
    return cut if left == [value.translate(JOINED)] else unit_file.replace(text, statement, value)
