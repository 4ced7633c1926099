"""Edits of a shell file that an init script sources: only what it exports reaches dockerd.

What only a shell could tell is refused with its line, never rewritten.
"""

from __future__ import annotations

import re
from typing import Callable, List, Mapping, Optional, Sequence, Tuple

from dockproxy.formats import shell_env
from dockproxy.formats.shell_env import Command, Word
from dockproxy.model import Refusal, Value, environment_names, reveal

NAMING = ("export", "readonly", "unset")
"""Commands whose arguments are names."""

LONE_BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")


def edit(text: str, path: str, values: Mapping[str, Optional[Value]]) -> str:
    """Give each variable its value, None to take it out. Written in upper case; lower-case twins go."""
    could_fail = shell_env.parse(text, path).may_leave_failure
    for variable, value in values.items():
        names = environment_names(variable)
        _refuse_unknown(text, path, names)
        clear = reveal(value) if value is not None else ""
        text = _without(text, names[1])
        text = _assign(text, path, names[0], clear) if clear else _without(text, names[0])
        # An assignment that only happens under a condition may have stood behind the one that is gone.
        _refuse_unknown(text, path, names)
    if not could_fail and shell_env.parse(text, path).may_leave_failure:
        # Under `set -e` the script would end where nothing is left behind a list that fails.
        return _append(text, path, ":", lambda new: not new.may_leave_failure)
    return text


def unset(text: str, path: str, names: Sequence[str]) -> str:
    """Take away what files sourced before this one have exported."""
    words = ["unset", *names]
    return _append(
        text, path, " ".join(words), lambda new: [[w.text for w in c.words] for c in new.commands[-1:]] == [words]
    )


def _refuse_unknown(text: str, path: str, names: Sequence[str]) -> None:
    parsed = shell_env.parse(text, path)
    for name in names:
        variable = parsed.get(name)
        if variable is not None and (variable.value is None or variable.exported is None):
            raise Refusal(
                f"{path}:{variable.line}: only a shell could tell what {name} is behind this line; write "
                f"`export {name}='…'` without conditions, functions and expansions first"
            )


def _assign(text: str, path: str, name: str, value: str) -> str:
    """Replace the last assignment in place, where it then decides and is exported; else append."""
    assignment = f"{name}={shell_env.quote(value)}"

    def decides(parsed: shell_env.ShellFile) -> bool:
        found = parsed.get(name)
        return found is not None and (found.value, found.exported) == (value, True)

    kept = _without(text, name, all_but_last=True)
    for command, word in _assignments(shell_env.parse(kept).commands, name):
        for new in (assignment, f"export {assignment}") if len(command.words) == 1 else (assignment,):
            in_place = kept[: word.start] + new + kept[word.end :]
            if decides(shell_env.parse(in_place)):
                return in_place
    return _append(_without(text, name), path, f"export {assignment}", decides)


def _append(text: str, path: str, line: str, counts: Callable[[shell_env.ShellFile], bool]) -> str:
    start = text if not text or text.endswith("\n") else text + "\n"
    # A backslash at the end goes on in the next line; where there is none it stands for itself, and may not change.
    for gap in ("", "\n") if not LONE_BACKSLASH.search(text) else ():
        appended = f"{start}{gap}{line}\n"
        if counts(shell_env.parse(appended)):
            return appended
    last = text.count("\n") + (not text.endswith("\n"))
    raise Refusal(f"{path}:{last}: a line behind this one would not count; correct the end of the file first")


def _assigns(word: Word, name: str) -> bool:
    return word.raw.startswith(f"{name}=")


def _assignments(commands: Sequence[Command], name: str) -> List[Tuple[Command, Word]]:
    return [(c, w) for c in commands for w in _naming(c, name) if _assigns(w, name)]


def _without(text: str, name: str, all_but_last: bool = False) -> str:
    """Take a name out of every command that always happens; with ``all_but_last`` its last assignment stays, and what
    exports it."""
    while True:
        commands = shell_env.parse(text).commands
        kept = [w for _, w in _assignments(commands, name)[-1:]] if all_but_last else []
        for command in reversed(commands):
            dropped = [w for w in _naming(command, name) if w not in kept and not (all_but_last and _marks(command, w))]
            if dropped:
                text = _cut(text, command, dropped)
                break
        else:
            return text


def _naming(command: Command, name: str) -> Tuple[Word, ...]:
    """The words that assign, export or unset the name."""
    if command.words[0].text in NAMING:
        return tuple(w for w in command.words[1:] if w.text == name or _assigns(w, name))
    # In front of a command an assignment is that command's own.
    is_plain = all(shell_env.ASSIGNMENT.match(w.raw) for w in command.words)
    return tuple(w for w in command.words if is_plain and _assigns(w, name))


def _marks(command: Command, word: Word) -> bool:
    """Whether the word exports what it names, and assigns nothing."""
    return command.words[0].text == "export" and "=" not in word.raw


def _cut(text: str, command: Command, dropped: Sequence[Word]) -> str:
    """Take words out of a command, all of which goes when nothing is left of it; comments beside it stay."""
    words = command.words
    rest = [w for w in words if w not in dropped]
    if rest and not (rest == [words[0]] and words[0].text in NAMING):
        for word in reversed(dropped):
            following = next((w.start for w in words if w.start > word.start), None)
            before = max((w.end for w in words if w.end < word.start), default=word.start)
            start, end = (word.start, following) if following is not None else (before, word.end)
            text = text[:start] + text[end:]
        return text
    start, end = words[0].start, words[-1].end
    if not command.alone:
        # Something follows from it: success, as before.
        return text[:start] + ":" + text[end:]
    end = _match_end(r"[ \t]*;?[ \t]*", text, end)
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip(" \t") and text[end : end + 1] in ("\n", ""):
        return text[:line] + text[end + 1 :]
    return text[:start] + text[end:]


def _match_end(pattern: str, text: str, at: int) -> int:
    match = re.compile(pattern).match(text, at)
    assert match is not None, "the pattern takes nothing as well"
    return match.end()
