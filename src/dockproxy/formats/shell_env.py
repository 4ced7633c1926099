"""Shell files that an init script sources: what they export, and what only a shell could tell.

Nothing is evaluated. A value with an expansion, or one that is set inside an ``if``, a loop or behind ``&&``, is
unknown.
Source: POSIX.1-2017, Shell Command Language; dash 0.5.12 and bash 5.2 were asked (tests/oracles/test_shell.py).
"""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Set, Tuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
EXPANSION = re.compile(r"\$[A-Za-z_0-9{(*@#?!$'\"-]|`")
PLAIN = re.compile(r"[^ \t\n;|&()<>\\'\"$`~]*")
QUOTED = re.compile(r"[^\\\"$`\n]*")
"""Characters that stand for themselves, outside and inside double quotes."""

OPENING = {"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "{": "}", "select": "done"}
CLOSING = frozenset((*OPENING.values(),))
INNER = frozenset(("then", "else", "elif", "do", "!", "time"))
EVALUATING = frozenset(
    (".", "source", "eval", "exec", "trap", "alias", "command", "builtin", "read", "getopts", "local")
    + ("declare", "typeset")
)
"""Commands that may set or export anything."""

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


def parse(text: str, path: str = "", before: ShellFile = NOTHING) -> ShellFile:
    """Parse any text, sourced behind ``before``. Never raises."""
    return _Parser(text, path, before).parsed()


class _Parser:
    def __init__(self, text: str, path: str, before: ShellFile) -> None:
        self.text, self.at, self.line, self.path = text, 0, 1, path
        self.variables: Dict[str, Variable] = dict(before.variables)
        self.commands: List[Command] = []
        self.closing: List[str] = []
        self.all_export = before.all_export
        self.is_conditional = False
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
            self.run(words, self.is_conditional or apart, operator in ENDS)
            self.is_conditional = operator in ("&&", "||") or (self.is_conditional and operator not in ENDS)
            if operator == "(":
                self.closing.append(")")
            elif operator == ")" and self.closing[-1:] == [")"]:
                self.closing.pop()
            before = operator
        return ShellFile(
            self.text,
            self.variables,
            tuple(self.commands),
            self.opaque,
            self.all_export,
            frozenset(self.marked),
            frozenset(self.fixed),
        )

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
                if is_home or EXPANSION.match(self.text, self.at - 1):
                    known = False
                text += c + self.plain(PLAIN)
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
            if EXPANSION.match(self.text, self.at - 1):
                known = False
            text += c + self.plain(QUOTED)
            self.line += c == "\n"
        return None

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
            if is_sure:
                self.at = len(self.text)
            else:
                self.give_up(self.line)
        elif name is None or name in EVALUATING or count:
            self.give_up(words[0].line)

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
