"""Shell files that an init script sources, and the script itself: what they export, and what only a shell could tell.

Nothing is run. A value that is set inside an ``if``, a loop or behind ``&&`` is unknown, and in a file so is one with
an expansion; in a program a variable that is known stands for its value. What a function may set stays unknown, as it
may be called at any time, by OpenRC too (``start_pre``). A file that ends the shell that sources it, or
may, is never taken for one that does not: dash ends at a syntax error, and at each error of a special builtin.
Source: POSIX.1-2017, Shell Command Language; dash 0.5.12 and bash 5.2 were asked (tests/oracles/test_shell.py).
"""

from __future__ import annotations

import posixpath
import re
from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Set, Tuple

from dockproxy.formats.shell_grammar import ASSIGNMENT, Grammar, assigned
from dockproxy.formats.shell_words import NAME, Cursor, Word

__all__ = ["ASSIGNMENT", "EMPTY", "NAME", "NOTHING", "Command", "ShellFile", "Variable", "Word", "parse", "quote"]

APPENDING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^]]*\])?\+?=")
"""What only bash takes for an assignment. An array is never exported."""

EMPTY = re.compile(r"DOCKER[A-Z_]*|other_args|command_args[a-z_]*")
"""The engine's own variables: where nothing sets one, it is empty. Others come from anywhere."""

EVALUATING = frozenset(
    (".", "source", "eval", "exec", "trap", "alias", "command", "builtin", "read", "getopts", "local")
    + ("declare", "typeset", "let", "mapfile", "readarray", "time", "enable", "shopt")
)
"""Commands that may set or export anything."""

LEAVING = frozenset(("exit", "shift", "break", "continue"))
"""Commands that end whoever sources a file, or do where there is nothing to shift or to leave."""

SETTING = re.compile(r"[-+][aefvx]+|[-+]o (?:allexport|errexit|noglob|verbose|xtrace)")
"""Options that every shell has, and with which nothing else happens."""

PRINTING = frozenset(("export -p", "readonly -p"))
"""Commands that only show; behind ``-p`` dash passes over a name that bash sets."""

FIXED = frozenset(("UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "OPTIND"))
"""Variables that are not anyone's to set in one shell or the other."""

STARTING = frozenset(
    (
        "env",
        "nohup",
        "setsid",
        "sudo",
        "su",
        "runuser",
        "setpriv",
        "chroot",
        "nice",
        "daemon",
        "dockerd",
        "start_daemon",
    )
)
"""Commands that may start dockerd in a way that is not known."""


class Variable(NamedTuple):
    """What the files leave in a variable, and where. None: only a shell could tell."""

    value: Optional[str]
    exported: Optional[bool]
    line: int
    path: str = ""


class Command(NamedTuple):
    """A simple command that always happens, without keywords. ``alone``: it is no part of a pipeline or a list."""

    words: Tuple[Word, ...]
    alone: bool


class ShellFile(NamedTuple):
    """A file as far as it can be known without a shell, with what the files before it left. With ``opaque``, a place,
    only a shell could tell what is in any variable; ``variables`` is then what the text seems to say. ``touched`` are
    those that a function may change whenever it is called, unknown in ``variables``, too. ``failing`` is a
    command that ends the shell if it fails, which it may, as ``ends_on_failure`` (``set -e``) is or may be on.
    ``may_leave_failure`` is the last command, where it may fail: the shell takes that for a failure of ``.``."""

    text: str
    variables: Mapping[str, Variable] = {}
    touched: Mapping[str, Variable] = {}
    commands: Tuple[Command, ...] = ()
    opaque: Optional[Variable] = None
    all_export: Optional[bool] = False
    marked: FrozenSet[str] = frozenset()
    fixed: FrozenSet[str] = FIXED
    ends_on_failure: Optional[bool] = False
    failing: Optional[Variable] = None
    may_leave_failure: Optional[Variable] = None

    def get(self, name: str) -> Optional[Variable]:
        """The variable, unknown where something opaque may have set it; None when it is not set."""
        return self.opaque or self.variables.get(name)


NOTHING = ShellFile("")

Source = Callable[[str, ShellFile], Optional[ShellFile]]
"""What a file that is sourced makes of what was before it; None where only a shell could tell."""


def parse(text: str, path: str = "", before: ShellFile = NOTHING, source: Optional[Source] = None) -> ShellFile:
    """Parse any text, sourced behind ``before``. With ``source`` it is a program: what stands in a function or behind a
    condition may end it, but then nothing is started. Never raises."""
    here = Cursor(text)
    shell = _Shell(here, path, before, source)
    if "\0" in text:
        # dash passes over it, bash does or reads nothing.
        shell.give_up(text.count("\n", 0, text.index("\0")) + 1)
    Grammar(here, shell).to_end()
    if shell.may_leave_failure is not None:
        shell.fail(shell.may_leave_failure.line)
    return shell.state()


class _Shell:
    """What the commands leave in the variables."""

    def __init__(self, here: Cursor, path: str, before: ShellFile, source: Optional[Source]) -> None:
        self.here, self.path, self.source, self.is_program = here, path, source, source is not None
        self.in_function = False
        self.commands: List[Command] = []
        self.may_leave_failure: Optional[Variable] = None
        self.go_on_from(before)

    def elsewhere(self, here: Cursor) -> _Shell:
        return _Shell(here, self.path, NOTHING, self.source)

    def go_on_from(self, before: ShellFile) -> None:
        self.variables: Dict[str, Variable] = dict(before.variables)
        self.touched: Dict[str, Variable] = dict(before.touched)
        self.all_export = before.all_export
        self.opaque = before.opaque
        self.marked: Set[str] = set(before.marked)
        self.fixed: Set[str] = set(before.fixed)
        self.ends_on_failure, self.failing = before.ends_on_failure, before.failing

    def state(self) -> ShellFile:
        return ShellFile(
            self.here.text,
            {**self.variables, **self.touched},
            dict(self.touched),
            tuple(self.commands),
            self.opaque,
            self.all_export,
            frozenset(self.marked),
            frozenset(self.fixed),
            self.ends_on_failure,
            self.failing,
            self.may_leave_failure,
        )

    def look_up(self, name: str) -> Tuple[Optional[str], bool]:
        variable = self.touched.get(name) or self.variables.get(name)
        if variable is not None:
            return variable.value, True
        return "" if self.opaque is None and EMPTY.fullmatch(name) else None, False

    def give_up(self, line: int) -> None:
        """From here on only a shell could tell."""
        self.opaque = self.opaque or Variable(None, None, line, self.path)

    def fail(self, line: int) -> None:
        if self.ends_on_failure is not False and not self.is_program:
            self.failing = self.failing or Variable(None, None, line, self.path)

    def leave_failure(self, line: Optional[int]) -> None:
        self.may_leave_failure = Variable(None, None, line, self.path) if line is not None else None

    def run(self, words: List[Word], is_sure: bool, is_alone: bool) -> None:
        """Do what one simple command does to the variables."""
        if words and is_sure:
            self.commands.append(Command(tuple(words), is_alone))
        count = assigned(words)
        if count == len(words):
            for word in words:
                self.assign(word, is_sure, self.all_export)
            return
        name, arguments = words[count].text, words[count + 1 :]
        known = {"export": self.export, "readonly": self.readonly, "unset": self.unset, "set": self.set}
        if " ".join(w.raw for w in words) in PRINTING:
            return
        if name in known and count == 0:
            known[name](arguments, is_sure)
        elif name in ("exit", "return") and count == 0:
            self.end(name, arguments, is_sure, words[count].line)
        elif name in (".", "source") and self.source is not None and is_sure and len(arguments) == 1:
            self.dot(arguments[0], self.source)
        elif count or not name or self.is_strange(name, arguments):
            self.give_up(words[0].line)
        else:
            self.append(APPENDING.match(words[0].raw), words[0].line)

    def append(self, match: Optional[re.Match[str]], line: int) -> None:
        if match is not None and match.group(2):
            self.give_up(line)
        elif match is not None:
            self.unsure(match.group(1), line)

    def is_strange(self, name: str, arguments: List[Word]) -> bool:
        """Whether a command may set anything, or start a program's dockerd."""
        is_printf = name == "printf" and [w.raw[:2] for w in arguments[:1]] == ["-v"]
        if self.source is None:
            return name in EVALUATING or name in LEAVING or is_printf
        return name in EVALUATING or is_printf or posixpath.basename(name) in STARTING

    def end(self, name: str, arguments: List[Word], is_sure: bool, line: int) -> None:
        last, rest = self.here.last, self.here.text[self.here.at :]
        if is_sure:
            self.here.to_end()
        if self.source is not None:
            # Of a program that ends nothing is started.
            is_open = is_sure and bool(rest.strip())
        else:
            # A shell reads whole lines.
            is_alone = last == "\n" or not rest.partition("\n")[0].strip()
            is_number = all(w.text is not None and re.fullmatch("[0-9]{1,3}", w.text) for w in arguments)
            is_open = name == "exit" or not is_sure or not is_alone or not is_number
        if is_open:
            self.give_up(line)

    def dot(self, word: Word, source: Source) -> None:
        after = source(word.text, self.state()) if word.text is not None else None
        if after is None:
            self.give_up(word.line)
        else:
            self.go_on_from(after)
            self.may_leave_failure = after.may_leave_failure

    def assign(self, word: Word, is_sure: bool, exported: Optional[bool], by_export: bool = False) -> None:
        name = word.raw.partition("=")[0]
        if name in self.fixed:
            # dash gives up, bash goes on.
            self.give_up(word.line)
        exported = True if name in self.marked else exported
        value = word.text.partition("=")[2] if word.text is not None and is_sure else None
        before = self.variables.get(name)
        if is_sure:
            exported = exported or (before.exported if before else exported)
        else:
            exported = (before.exported if before else False) if exported is False else None
            exported = None if exported is False and before is None and by_export else exported
        self.put(name, Variable(value, exported, word.line, self.path), word.line)

    def readonly(self, arguments: List[Word], is_sure: bool) -> None:
        if any("{" in w.raw for w in arguments):
            # bash may make several assignments of it.
            self.give_up(arguments[0].line)
        for word in arguments:
            self.export([word], is_sure, exports=False)
            self.fixed.add(word.raw.partition("=")[0])

    def export(self, arguments: List[Word], is_sure: bool, exports: bool = True) -> None:
        for word in arguments:
            if ASSIGNMENT.match(word.raw):
                is_split = bool(re.search(r"[*?\[{~]", word.raw))
                shown = word._replace(text=None) if is_split and word.raw == (word.text or "") else word
                self.assign(shown, is_sure, (True if is_sure else None) if exports else self.all_export, exports)
            elif word.text is None or not NAME.fullmatch(word.text):
                self.give_up(word.line)
            elif exports:
                self.mark(word, is_sure)

    def mark(self, word: Word, is_sure: bool) -> None:
        """Export a name; without a value it appears once it gets one."""
        name = word.text or ""
        before = self.variables.get(name)
        if before is not None:
            self.put(name, before._replace(exported=True if is_sure or before.exported else None), word.line)
        elif is_sure:
            self.marked.add(name)
        else:
            self.unsure(name, word.line)

    def unset(self, arguments: List[Word], is_sure: bool) -> None:
        if [w.raw for w in arguments[:1]] == ["-f"]:
            return
        for word in arguments[[w.raw for w in arguments[:1]] == ["-v"] :]:
            if word.text is None or word.text in self.fixed or not NAME.fullmatch(word.text):
                self.give_up(word.line)
            elif is_sure:
                self.variables.pop(word.text, None)
                self.marked.discard(word.text)
            else:
                self.unsure(word.text, word.line)

    def set(self, arguments: List[Word], is_sure: bool) -> None:
        options = " ".join(w.raw for w in arguments)
        for option in SETTING.findall(options):
            value = option[0] == "-" if is_sure else None
            if "allexport" in option or "a" in option.partition(" ")[0]:
                self.all_export = value
            if "errexit" in option or "e" in option.partition(" ")[0]:
                self.ends_on_failure = value
        if self.in_function and (self.source is None or self.all_export is None):
            # Whenever it is called.
            self.give_up(self.here.line)
        if (
            self.source is None
            and options
            and not re.fullmatch(rf"(?:{SETTING.pattern})(?: (?:{SETTING.pattern}))*", options)
        ):
            self.give_up(arguments[0].line)

    def unsure(self, name: Optional[str], line: int) -> None:
        if name in self.fixed:
            self.give_up(line)
        if name is not None and NAME.fullmatch(name):
            self.put(name, Variable(None, None, line, self.path), line)

    def put(self, name: str, variable: Variable, line: int) -> None:
        self.variables[name] = variable
        if self.in_function:
            self.touched.setdefault(name, Variable(None, None, line, self.path))


def quote(value: str) -> str:
    """The value so that a shell reads exactly that."""
    return "'" + value.replace("'", "'\\''") + "'"
