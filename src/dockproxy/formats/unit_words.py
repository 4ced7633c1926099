"""What a unit file's value says: assignments of ``Environment=``, a command line with its ``$VARIABLES``.

Source: systemd, src/core/load-fragment.c, src/basic/env-util.c; systemd.exec(5), systemd.service(5).
"""

from __future__ import annotations

import re
from typing import List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import specifiers
from dockproxy.formats.extract_word import (
    RELAXED,
    TOLERANT,
    Word,
    Words,
    extract_word,
    is_utf8,
    split_words,
)
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.formats.unit_file import UNSAFE

__all__ = ["Word", "Words", "split_words"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
PROXY_NAME = re.compile(r"[A-Za-z_-]*proxy\Z", re.IGNORECASE)
"""What is meant to be a proxy variable's name, and so is no part of a password."""


class EnvironmentEntry(NamedTuple):
    """One word of ``Environment=``. ``ignored`` is why systemd drops it; ``unknown``: only the running host knows the
    value."""

    name: str
    value: str = ""
    ignored: Optional[str] = None
    unknown: bool = False


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
    expanded = specifiers.expand(word, known)
    name, equals, text = (word if expanded is None else expanded).partition("=")
    # What is no name, or stands before no =, may be part of a URL with a password, and is not shown.
    shown = name if equals and NAME.match(name) else ""
    if expanded is None:
        said = f'systemd says "Failed to resolve specifiers" and ignores {shown or "a word"}'
        return EnvironmentEntry(shown, ignored=f"{said}: write % as %% in a unit file")
    if UNKNOWN in expanded:
        return EnvironmentEntry(shown, unknown=True)
    if not equals:
        said = "systemd ignores a word without =; a value that holds blanks needs quotes around the whole assignment"
        return EnvironmentEntry("", ignored=f'{said}, as in "NAME=value"')
    if not shown:
        return EnvironmentEntry("", ignored=f"systemd ignores {wrong_name(name)}")
    if not is_valid_value(text):
        return EnvironmentEntry(shown, ignored=f"systemd ignores {shown}: its value is not UTF-8, or holds a NUL byte")
    return EnvironmentEntry(name, text)


def wrong_name(name: str) -> str:
    """What is wrong with a name that is none, and its mend; the name itself only where it is meant to be a proxy
    variable's."""
    if PROXY_NAME.match(name):
        return f"{name}, since no name of a variable holds a -; write {name.replace('-', '_')}"
    return "an assignment: what stands before the = is no name of letters, digits and _, without blanks"


def quote_assignment(name: str, value: str) -> str:
    """``"NAME=value"`` so that systemd reads exactly that. Raises ValueError for what it cannot carry."""
    if not NAME.match(name) or not is_utf8(value) or any(c < " " and c not in "\t\n" for c in value):
        raise ValueError(f"systemd cannot carry this value of {name}: it holds control characters or is not UTF-8")
    text = value.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{name}={text}"'


def split_command(value: str, environment: Mapping[str, str], known: Mapping[str, str]) -> List[str]:
    """The words of the first command of an ``ExecStart=`` line, with specifiers and variables in place. None at all
    where systemd cannot read the line, and then does not load the unit, or where only the running host knows the
    program.

    Source: systemd.service(5) "Command lines"; systemd, src/core/load-fragment.c (config_parse_exec), src/basic/
    env-util.c (replace_env_argv).
    """
    words, _, is_broken = _command_words(value, 0)
    prefixes = _prefixes(words[0]) if words else ""
    if not words or is_broken:
        return []
    texts = []
    for text in [words[0][len(prefixes) :], *words[1:]]:
        expanded = specifiers.expand(text, known)
        if expanded is None:
            return []
        texts.append(expanded)
    if UNKNOWN in texts[0] or not _is_program(texts[0]):
        return []
    # With @ the second word is what the program sees as its own name; a variable in it may become more words.
    argv = texts[1:] if "@" in prefixes else texts
    if not argv:
        return []
    if ":" not in prefixes:
        argv = [argument for text in argv for argument in _variables(text, environment)]
    return texts[:1] + argv[1:]


def count_commands(value: str, known: Mapping[str, str]) -> Optional[int]:
    """How many commands an ``ExecStart=`` line adds; None where systemd refuses the unit for it."""
    count, position = 0, 0
    while True:
        words, position, is_broken = _command_words(value, position)
        # A first word that cannot be read only ends the line.
        if not words:
            return count
        prefixes = _prefixes(words[0])
        texts = [words[0][len(prefixes) :], *words[1:]]
        program, *arguments = (specifiers.expand(text, known) for text in texts)
        is_program = program is not None and (UNKNOWN in program or _is_program(program))
        if is_broken or None in arguments or not is_program or ("@" in prefixes and not words[1:]):
            return count if "-" in prefixes else None
        count += 1


def _command_words(value: str, position: int) -> Tuple[List[str], int, bool]:
    """The words up to a semicolon that stands alone, and what is behind it; one in quotes or behind a backslash is an
    argument. And whether a word could not be read."""
    words: List[str] = []
    while True:
        word = extract_word(value, position, TOLERANT)
        if word is None or isinstance(word, str):
            return words, len(value), word is not None
        raw, position = value[word.start : word.end], word.end
        if words and raw == ";":
            return words, position, False
        words.append(";" if words and raw == "\\;" else word.text)


def _prefixes(word: str) -> str:
    """The special characters before the program. Each counts once, and of ``+``, ``!`` and ``!!`` only one."""
    found = ""
    for character in word:
        privileged = found.replace("-", "").replace("@", "").replace(":", "")
        is_repeated = character in "+!" and (privileged + character) not in ("+", "!", "!!")
        if character not in "-@:+!" or (character in "-@:" and character in found) or is_repeated:
            break
        found += character
    return found


def _is_program(text: str) -> bool:
    is_path = text.startswith("/") and not text.endswith("/")
    return (is_path or (text not in ("", ".", "..") and "/" not in text)) and not UNSAFE.search(text)


REFERENCE = re.compile(r"\$\$|\$\{([^}:]*)\}|\$\{[^}:]*(?::|\Z)")
"""``$$``, ``${NAME}``, and what begins like the latter and stays as it is."""


def variable_words(value: str) -> List[str]:
    """The words that ``$NAME`` becomes where it stands alone."""
    return [word.text for word in split_words(value, RELAXED).words]


def references(value: str) -> List[str]:
    """The variables that a command line is made of."""
    words, _, _ = _command_words(value, 0)
    alone = [word[1:] for word in words if word.startswith("$") and not word.startswith(("$$", "${"))]
    return alone + [name for word in words for name in REFERENCE.findall(word) if name]


def _variables(word: str, environment: Mapping[str, str]) -> List[str]:
    if word.startswith("$") and not word.startswith(("$$", "${")):
        return variable_words(environment.get(word[1:], ""))

    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is not None:
            return environment.get(name, "")
        return "$" if match.group() == "$$" else match.group()

    return [REFERENCE.sub(replaced, word)]
