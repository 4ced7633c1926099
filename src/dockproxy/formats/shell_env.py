"""Shell files that an init script sources, and the script itself: what they export, and what only a shell could tell.

Nothing is run. A value that is set inside an ``if``, a loop or behind ``&&`` is unknown, and in a file so is one with
an expansion; in a program a variable that is known stands for its value.
Source: POSIX.1-2017, Shell Command Language; dash 0.5.12 and bash 5.2 were asked (tests/oracles/test_shell.py).
"""

from __future__ import annotations

import posixpath
import re
from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Set, Tuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
EXPANSION = re.compile(r"\$[A-Za-z_0-9{(\[*@#?!$'\"-]|`")
ASSIGNING = re.compile(
    r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*):?="
    r"|\$?\(\((?P<double>[^\n\[]{0,200}?)\)\)|\$\[(?P<old>[^\n\[]{0,200}?)\]"
    r"|(?P<any>\$\{!|\$\{\w+\[|\$?\(\(|\$\[)"
)
"""Expansions that assign, and arithmetic, which may."""

APPENDING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^]]*\])?\+?=")
"""What only bash takes for an assignment. An array is never exported."""

REFERENCE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:\}|(:?-)))")
DEFAULT = re.compile(r"[^$}'\"`\\~]*")
UNSPLIT = re.compile(r"[A-Za-z0-9_./:=,@%+-]*")
"""A value that is one word also without quotes."""

EMPTY = re.compile(r"DOCKER[A-Z_]*|other_args|command_args[a-z_]*")
"""The engine's own variables: where nothing sets one, it is empty. Others come from anywhere."""

PLAIN = re.compile(r"[^ \t\n;|&()<>\\'\"$`~]*")
QUOTED = re.compile(r"[^\\\"$`\n]*")
"""Characters that stand for themselves, outside and inside double quotes."""

OPENING = {"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "{": "}", "select": "done"}
CLOSING = frozenset((*OPENING.values(),))
INNER = frozenset(("then", "else", "elif", "do", "!", "time"))
EVALUATING = frozenset(
    (".", "source", "eval", "exec", "trap", "alias", "command", "builtin", "read", "getopts", "local")
    + ("declare", "typeset", "let", "mapfile", "readarray")
)
"""Commands that may set or export anything."""

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

ENDS = ("\n", ";", "")
"""What stands behind a command that has nothing to do with the next one."""


class Variable(NamedTuple):
    """What the files leave in a variable, and where. None: only a shell could tell."""

    value: Optional[str]
    exported: Optional[bool]
    line: int
    path: str = ""


class Word(NamedTuple):
    """A word without its quotes. ``text`` is None when it holds an expansion; ``raw`` is what stands there."""

    text: Optional[str]
    raw: str
    start: int
    end: int
    line: int


class Command(NamedTuple):
    """A simple command that always happens, without keywords. ``alone``: it is no part of a pipeline or a list."""

    words: Tuple[Word, ...]
    alone: bool


class ShellFile(NamedTuple):
    """A file as far as it can be known without a shell, with what the files before it left. With ``opaque``, a place,
    only a shell could tell what is in any variable; ``variables`` is then what the text seems to say."""

    text: str
    variables: Mapping[str, Variable] = {}
    commands: Tuple[Command, ...] = ()
    opaque: Optional[Variable] = None
    all_export: Optional[bool] = False
    marked: FrozenSet[str] = frozenset()
    fixed: FrozenSet[str] = frozenset()

    def get(self, name: str) -> Optional[Variable]:
        """The variable, unknown where something opaque may have set it; None when it is not set."""
        return self.opaque or self.variables.get(name)


NOTHING = ShellFile("")

Source = Callable[[str, ShellFile], Optional[ShellFile]]
"""What a file that is sourced makes of what was before it; None where only a shell could tell."""


def parse(text: str, path: str = "", before: ShellFile = NOTHING, source: Optional[Source] = None) -> ShellFile:
    """Parse any text, sourced behind ``before``. With ``source`` it is a program: what stands in a function or behind a
    condition may end it, but then nothing is started. Never raises."""
    return _Parser(text, path, before, source).parsed()


class _Parser:
    def __init__(self, text: str, path: str, before: ShellFile, source: Optional[Source]) -> None:
        self.text, self.at, self.line, self.path, self.source = text, 0, 1, path, source
        self.commands: List[Command] = []
        self.closing: List[str] = []
        self.is_conditional = False
        self.go_on_from(before)

    def go_on_from(self, before: ShellFile) -> None:
        self.variables: Dict[str, Variable] = dict(before.variables)
        self.all_export = before.all_export
        self.opaque = before.opaque
        self.marked: Set[str] = set(before.marked)
        self.fixed: Set[str] = set(before.fixed)

    def parsed(self) -> ShellFile:
        before = ""
        while self.at < len(self.text):
            words, operator = self.command()
            if not words and operator == "\n":
                # An operator goes on over blank lines.
                continue
            # What follows && or || happens or not, and what stands before or behind | and before & happens in a
            # process of its own.
            apart = operator in ("|", "&", "(", ")", "<", ">") or before == "|"
            if before in ("<", ">"):
                words = self.behind_target(words)
            self.run(words, self.is_conditional or apart, operator in ENDS)
            self.is_conditional = operator in ("&&", "||") or (self.is_conditional and operator not in ENDS)
            if operator == "(":
                self.closing.append(")")
            elif operator == ")" and self.closing[-1:] == [")"]:
                self.closing.pop()
            before = operator
        return self.state()

    def state(self) -> ShellFile:
        return ShellFile(
            self.text,
            dict(self.variables),
            tuple(self.commands),
            self.opaque,
            self.all_export,
            frozenset(self.marked),
            frozenset(self.fixed),
        )

    def behind_target(self, words: List[Word]) -> List[Word]:
        """The command behind a redirection's file: none. What else stands there are words of the command before it."""
        if any(not word.raw.isdigit() for word in words[1:]):
            self.give_up(words[0].line)
        return []

    def give_up(self, line: int) -> None:
        """From here on only a shell could tell."""
        self.opaque = self.opaque or Variable(None, None, line, self.path)

    def command(self) -> Tuple[List[Word], str]:
        """The words up to an operator, and that operator."""
        words: List[Word] = []
        while self.at < len(self.text):
            two, one = self.text[self.at : self.at + 2], self.text[self.at]
            if one in " \t":
                self.at += 1
            elif two == "\\\n":
                self.at += 2
                self.line += 1
            elif one == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif two == "<<":
                self.give_up(self.line)
                self.at = len(self.text)
                return [], ""
            elif two == "((":
                self.assigned_by_expansion()
                self.at += 1
                return words, one
            elif two in ("&&", "||", ";;"):
                self.at += 2
                return words, two
            elif one in "\n;|&()<>":
                self.at += 1
                self.line += one == "\n"
                return words, one
            else:
                word = self.word()
                if word is None:
                    # A quote that is not closed: the shell gives up.
                    self.give_up(self.line)
                    self.at = len(self.text)
                    return [], ""
                words.append(word)
        return words, ""

    def word(self) -> Optional[Word]:
        start, line, text, known = self.at, self.line, "", True
        while self.at < len(self.text):
            c = self.text[self.at]
            if c in " \t\n;|&()<>":
                break
            self.at += 1
            if c == "\\":
                following = self.text[self.at : self.at + 1]
                self.at += 1
                text += following if following != "\n" else ""
                self.line += following == "\n"
            elif c == "'":
                end = self.text.find("'", self.at)
                if end < 0:
                    return None
                text += self.text[self.at : end]
                self.line += self.text.count("\n", self.at, end)
                self.at = end + 1
            elif c == '"':
                quoted = self.double()
                if quoted is None:
                    return None
                text, known = text + quoted[0], known and quoted[1]
            else:
                # A tilde is replaced at the start of a word, and in an assignment behind = and :.
                is_home = c == "~" and (self.at - 1 == start or self.text[self.at - 2] in "=:")
                value = self.value(False) if c == "$" else None
                known = known and not is_home and (value is not None or not EXPANSION.match(self.text, self.at - 1))
                text += (c if value is None else value) + self.plain(PLAIN)
        raw = self.text[start : self.at]
        return Word(text if known else None, raw, start, self.at, line)

    def double(self) -> Optional[Tuple[str, bool]]:
        text, known = "", True
        while self.at < len(self.text):
            c = self.text[self.at]
            self.at += 1
            if c == '"':
                return text, known
            if c == "\\" and self.text[self.at : self.at + 1] in ("$", "`", '"', "\\", "\n"):
                following = self.text[self.at]
                self.at += 1
                text += following if following != "\n" else ""
                self.line += following == "\n"
                continue
            value = self.value(True) if c == "$" else None
            known = known and (value is not None or not EXPANSION.match(self.text, self.at - 1))
            text += (c if value is None else value) + self.plain(QUOTED)
            self.line += c == "\n"
        return None

    def value(self, is_quoted: bool) -> Optional[str]:
        """What the expansion whose ``$`` was the last character gives, and go on behind it; None, and stay, where it is
        not known."""
        self.at -= 1
        self.assigned_by_expansion()
        start = self.at
        found = self.reference() if self.source is not None and not self.closing else None
        if found is None or not (is_quoted or UNSPLIT.fullmatch(found)):
            self.at = start + 1
            return None
        return found

    def reference(self) -> Optional[str]:
        """What ``$NAME``, ``${NAME}`` or ``${NAME:-word}`` gives."""
        match = REFERENCE.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        name, default = match.group(1) or match.group(2), match.group(3)
        variable = self.variables.get(name)
        is_known = self.opaque is None and (variable is not None or bool(EMPTY.fullmatch(name)))
        value = variable.value if variable is not None else "" if is_known else None
        instead = self.default() if default is not None else ""
        is_default = variable is None or (default == ":-" and not value)
        return None if value is None or instead is None else instead if is_default else value

    def default(self) -> Optional[str]:
        """The word behind ``:-``, up to its brace."""
        text = self.plain(DEFAULT)
        while self.text[self.at : self.at + 1] == "$":
            inner = self.reference()
            if inner is None:
                return None
            text += inner + self.plain(DEFAULT)
        self.at += 1
        return text if self.text[self.at - 1 : self.at] == "}" else None

    def assigned_by_expansion(self) -> None:
        """Make the names unsure that an expansion or arithmetic at this place may assign."""
        match = ASSIGNING.match(self.text, self.at)
        if match is None:
            return
        if match.group("any"):
            self.give_up(self.line)
        self.unsure(match.group("name"))
        arithmetic = match.group("double") or match.group("old") or ""
        for name in NAME.findall(arithmetic) if re.search(r"=|\+\+|--", arithmetic) else ():
            self.unsure(name)

    def plain(self, characters: re.Pattern[str]) -> str:
        """What follows, as far as it stands for itself."""
        start = self.at
        self.at = characters.match(self.text, start).end()  # type: ignore[union-attr]
        return self.text[start : self.at]

    def run(self, words: List[Word], is_apart: bool, is_last: bool) -> None:
        """Do what one simple command does to the variables."""
        given = words
        words = self.behind_keywords(words)
        is_sure = not self.closing and not is_apart
        if words and is_sure:
            self.commands.append(Command(tuple(words), is_last and words is given))
        count = next((i for i, w in enumerate(words) if not ASSIGNMENT.match(w.raw)), len(words))
        if count == len(words):
            for word in words:
                self.assign(word, is_sure, self.all_export)
            return
        name, arguments = words[count].text, words[count + 1 :]
        known = {"export": self.export, "readonly": self.readonly, "unset": self.unset, "set": self.set}
        if name in known and count == 0:
            known[name](arguments, is_sure)
        elif name in ("exit", "return") and count == 0:
            self.end(is_sure, words[count].line)
        elif name in (".", "source") and self.source is not None and is_sure and len(arguments) == 1:
            self.dot(arguments[0], self.source)
        elif count or not name or self.is_strange(name, arguments):
            self.give_up(words[0].line)
        else:
            self.append(APPENDING.match(words[0].raw))

    def append(self, match: Optional[re.Match[str]]) -> None:
        if match is not None and match.group(2):
            self.give_up(self.line)
        elif match is not None:
            self.unsure(match.group(1))

    def is_strange(self, name: str, arguments: List[Word]) -> bool:
        """Whether a command may set anything, or start a program's dockerd."""
        is_printf = name == "printf" and [w.raw[:2] for w in arguments[:1]] == ["-v"]
        is_start = self.source is not None and posixpath.basename(name) in STARTING
        return name in EVALUATING or is_printf or is_start

    def end(self, is_sure: bool, line: int) -> None:
        rest = self.text[self.at :].strip()
        self.at = len(self.text) if is_sure else self.at
        # Of a program that ends nothing is started.
        if not is_sure if self.source is None else is_sure and rest:
            self.give_up(line)

    def dot(self, word: Word, source: Source) -> None:
        after = source(word.text, self.state()) if word.text is not None else None
        if after is None:
            self.give_up(word.line)
        else:
            self.go_on_from(after)

    def behind_keywords(self, words: List[Word]) -> List[Word]:
        """The command behind ``if``, ``then``, ``{`` and the like; none behind ``case`` and ``for``."""
        for position, word in enumerate(words):
            first, following = word.raw, words[position + 1 : position + 2]
            if first in OPENING:
                self.closing.append(OPENING[first])
            elif self.closing and first == self.closing[-1]:
                self.closing.pop()
            elif first in CLOSING or (first in INNER and first != "!" and not self.closing):
                # A syntax error: dash gives up, bash goes on behind the file.
                self.give_up(word.line)
                return []
            elif first not in INNER:
                return words[position:] if position else words
            if first in ("case", "for", "select"):
                self.unsure(following[0].text if following and first != "case" else None)
                return []
        return []

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
        self.variables[name] = Variable(value, exported, word.line, self.path)

    def readonly(self, arguments: List[Word], is_sure: bool) -> None:
        self.export(arguments, is_sure, exports=False)
        self.fixed.update(w.raw.partition("=")[0] for w in arguments)

    def export(self, arguments: List[Word], is_sure: bool, exports: bool = True) -> None:
        for word in arguments:
            if word.raw == "-p":
                continue
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
            self.variables[name] = before._replace(exported=True if is_sure or before.exported else None)
        elif is_sure:
            self.marked.add(name)
        else:
            self.unsure(name)

    def unset(self, arguments: List[Word], is_sure: bool) -> None:
        if [w.raw for w in arguments[:1]] == ["-f"]:
            return
        for word in arguments:
            if word.text is None or word.text in self.fixed:
                self.give_up(word.line)
            elif is_sure:
                self.variables.pop(word.text, None)
                self.marked.discard(word.text)
            else:
                self.unsure(word.text)

    def set(self, arguments: List[Word], is_sure: bool) -> None:
        raws = [w.raw for w in arguments]
        turned = None
        for i, raw in enumerate(raws):
            if raw in ("-o", "+o") and raws[i + 1 : i + 2] == ["allexport"]:
                turned = raw == "-o"
            elif raw[:1] in "-+" and "a" in raw[1:] and raw[1:].isalpha():
                turned = raw[0] == "-"
        if turned is not None:
            self.all_export = turned if is_sure else None

    def unsure(self, name: Optional[str]) -> None:
        if name is not None and NAME.fullmatch(name):
            self.variables[name] = Variable(None, None, self.line, self.path)


def quote(value: str) -> str:
    """The value so that a shell reads exactly that."""
    return "'" + value.replace("'", "'\\''") + "'"
