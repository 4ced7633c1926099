"""The words of a shell file: quotes, expansions, substitutions and redirections.

Nothing is run. What an expansion stands for, and what one that assigns makes of a variable, only the variables know.
"""

from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Optional, Protocol, Tuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
EXPANSION = re.compile(r"\$[A-Za-z_0-9{(\[*@#?!$'\"-]|`")
ASSIGNING = re.compile(
    r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*):?="
    r"|\$?\(\((?P<double>[^\n\[]{0,200}?)\)\)|\$\[(?P<old>[^\n\[]{0,200}?)\]"
    r"|(?P<any>\$\{!|\$\{\w+\[|\$?\(\(|\$\[)"
)
"""Expansions that assign, and arithmetic, which may."""

REFERENCE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:\}|(:?-)))")
DEFAULT = re.compile(r"[^$}'\"`\\~]*")
UNSPLIT = re.compile(r"[A-Za-z0-9_./:=,@%+-]*")
"""A value that is one word also without quotes."""

PLAIN = re.compile(r"[^ \t\n;|&()<>\\'\"$`~]*")
QUOTED = re.compile(r"[^\\\"$`\n]*")
"""Characters that stand for themselves, outside and inside double quotes."""

REDIRECTION = re.compile(r">>|>&|<&|>\||<>|[<>]")
BACKQUOTED = re.compile(r"((?:[^`\\]|\\.)*)`", re.DOTALL)
ARITHMETIC = re.compile(r"\(\((?:[^()]|\([^()]*\))*\)\)")
BRACED = re.compile(
    r"\{(?:[A-Za-z_][A-Za-z0-9_]*(?:(?::?[-=+]|##?|%%?)(?:[^'\"`\\{}$\n]|\$\w)*)?"
    r"|#[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])\}"
)
"""Expansions that never end a shell."""


class Word(NamedTuple):
    """A word without its quotes. ``text`` is None when it holds an expansion; ``raw`` is what stands there."""

    text: Optional[str]
    raw: str
    start: int
    end: int
    line: int


class Cursor:
    """A text, and how far it is read."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text, self.at, self.line = text, at, 1

    @property
    def last(self) -> str:
        """The character that was read last."""
        return self.text[self.at - 1 : self.at]

    def to_end(self) -> None:
        self.at = len(self.text)

    def take(self, characters: re.Pattern[str]) -> str:
        """What follows, as far as it stands for itself."""
        start = self.at
        self.at = characters.match(self.text, start).end()  # type: ignore[union-attr]
        return self.text[start : self.at]


class Variables(Protocol):
    """What an expansion asks and tells."""

    is_program: bool
    in_function: bool

    def look_up(self, name: str) -> Tuple[Optional[str], bool]:
        """What a variable holds, None where that is unknown, and whether it is set."""
        ...

    def unsure(self, name: Optional[str], line: int) -> None:
        """From here on only a shell could tell what the variable holds."""
        ...

    def give_up(self, line: int) -> None:
        """From here on only a shell could tell what any variable holds."""
        ...


Inside = Callable[[str, int, str], Tuple[int, bool]]
"""Goes through a substitution from a place behind what opens it: where it ends, and whether it is whole."""


class Lexer:
    """Reads the words. ``is_broken``: there was a syntax error."""

    def __init__(self, here: Cursor, variables: Variables, inside: Inside) -> None:
        self.here, self.variables, self.inside = here, variables, inside
        self.is_broken = self.expands = False

    def break_off(self) -> None:
        """A syntax error: dash gives up, bash goes on behind the file."""
        self.is_broken = True
        self.variables.give_up(self.here.line)

    def command(self, expands: bool) -> Tuple[List[Word], str]:
        """The words up to an operator, and that operator. With ``expands`` a known variable stands for its value."""
        self.expands = expands
        words: List[Word] = []
        while self.here.at < len(self.here.text):
            two, one = self.here.text[self.here.at : self.here.at + 2], self.here.text[self.here.at]
            if one in " \t":
                self.here.at += 1
            elif two == "\\\n":
                self.here.at += 2
                self.here.line += 1
            elif one == "#":
                end = self.here.text.find("\n", self.here.at)
                self.here.at = len(self.here.text) if end < 0 else end
            elif two == "<<":
                self.break_off()
                self.here.to_end()
                return [], ""
            elif one in "<>":
                return words, self.redirect(words)
            elif two == "((":
                self.assigned_by_expansion()
                self.here.at += 1
                return words, one
            elif two in ("&&", "||", ";;"):
                self.here.at += 2
                return words, two
            elif one in "\n;|&()":
                self.here.at += 1
                self.here.line += one == "\n"
                return words, one
            else:
                word = self.word()
                if word is None:
                    # A quote that is not closed: the shell gives up.
                    self.break_off()
                    self.here.to_end()
                    return [], ""
                words.append(word)
                if word.raw == "in" and [w.raw for w in words[-3:-2]] == ["case"]:
                    return words, "in"
        return words, ""

    def redirect(self, words: List[Word]) -> str:
        """A redirection's operator; the number in front of it is no word."""
        if words and words[-1].end == self.here.at and re.fullmatch("[0-9]", words[-1].raw):
            words.pop()
        operator: str = REDIRECTION.match(self.here.text, self.here.at).group()  # type: ignore[union-attr]
        self.here.at += len(operator)
        return operator

    def word(self) -> Optional[Word]:
        start, line, text, known = self.here.at, self.here.line, "", True
        while self.here.at < len(self.here.text):
            c = self.here.text[self.here.at]
            if c in " \t\n;|&()<>":
                break
            self.here.at += 1
            if c == "\\":
                following = self.here.text[self.here.at : self.here.at + 1]
                self.here.at += 1
                # At the end of a file it stands for itself.
                text += (following or c) if following != "\n" else ""
                self.here.line += following == "\n"
            elif c == "'":
                end = self.here.text.find("'", self.here.at)
                if end < 0:
                    return None
                text += self.here.text[self.here.at : end]
                self.here.line += self.here.text.count("\n", self.here.at, end)
                self.here.at = end + 1
            elif c == '"':
                quoted = self.double()
                if quoted is None:
                    return None
                text, known = text + quoted[0], known and quoted[1]
            else:
                # A tilde is replaced at the start of a word, and in an assignment behind = and :.
                is_home = c == "~" and (self.here.at - 1 == start or self.here.text[self.here.at - 2] in "=:")
                value, is_known = self.expanded(c, False)
                known = known and not is_home and is_known
                text += value + self.here.take(PLAIN)
        raw = self.here.text[start : self.here.at]
        return Word(text if known else None, raw, start, self.here.at, line)

    def double(self) -> Optional[Tuple[str, bool]]:
        text, known = "", True
        while self.here.at < len(self.here.text):
            c = self.here.text[self.here.at]
            self.here.at += 1
            if c == '"':
                return text, known
            if c == "\\" and self.here.text[self.here.at : self.here.at + 1] in ("$", "`", '"', "\\", "\n"):
                following = self.here.text[self.here.at]
                self.here.at += 1
                text += following if following != "\n" else ""
                self.here.line += following == "\n"
                continue
            value, is_known = self.expanded(c, True)
            known = known and is_known
            text += value + self.here.take(QUOTED)
            self.here.line += c == "\n"
        return None

    def expanded(self, c: str, is_quoted: bool) -> Tuple[str, bool]:
        """What the last character stands for, and whether that is known."""
        value = self.value(is_quoted) if c == "$" else None
        if value is not None or not EXPANSION.match(self.here.text, self.here.at - 1):
            return (c if value is None else value), True
        self.pass_by(c)
        return c, False

    def pass_by(self, c: str) -> None:
        """Go on behind a substitution, in which only the syntax counts."""
        start, following = self.here.at, self.here.text[self.here.at : self.here.at + 1]
        if c == "`":
            match = BACKQUOTED.match(self.here.text, self.here.at)
            self.is_broken = self.is_broken or match is None
            self.here.at = match.end() if match else len(self.here.text)
            self.substitution(re.sub(r"\\([$`\\])", r"\1", match.group(1) if match else ""), 0, c)
        elif following == "(":
            match = ARITHMETIC.match(self.here.text, self.here.at)
            self.here.at = match.end() if match else self.substitution(self.here.text, self.here.at + 1, "$(")
        elif following == "{" and not self.variables.is_program:
            match = BRACED.match(self.here.text, self.here.at)
            self.here.at = match.end() if match else self.here.at
            self.is_broken = self.is_broken or match is None
        self.here.line += self.here.text.count("\n", start, self.here.at)
        if self.is_broken:
            self.break_off()

    def substitution(self, text: str, at: int, opening: str) -> int:
        end, is_whole = self.inside(text, at, opening)
        self.is_broken = self.is_broken or not is_whole
        return end

    def value(self, is_quoted: bool) -> Optional[str]:
        """What the expansion whose ``$`` was the last character gives, and go on behind it; None, and stay, where it is
        not known."""
        self.here.at -= 1
        self.assigned_by_expansion()
        start = self.here.at
        found = self.reference() if self.expands else None
        if found is None or not (is_quoted or UNSPLIT.fullmatch(found)):
            self.here.at = start + 1
            return None
        return found

    def reference(self) -> Optional[str]:
        """What ``$NAME``, ``${NAME}`` or ``${NAME:-word}`` gives."""
        match = REFERENCE.match(self.here.text, self.here.at)
        if match is None:
            return None
        self.here.at = match.end()
        name, default = match.group(1) or match.group(2), match.group(3)
        value, is_set = self.variables.look_up(name)
        instead = self.default() if default is not None else ""
        is_default = not is_set or (default == ":-" and not value)
        return None if value is None or instead is None else instead if is_default else value

    def default(self) -> Optional[str]:
        """The word behind ``:-``, up to its brace."""
        text = self.here.take(DEFAULT)
        while self.here.text[self.here.at : self.here.at + 1] == "$":
            inner = self.reference()
            if inner is None:
                return None
            text += inner + self.here.take(DEFAULT)
        self.here.at += 1
        return text if self.here.last == "}" else None

    def assigned_by_expansion(self) -> None:
        """Make the names unsure that an expansion or arithmetic at this place may assign."""
        match = ASSIGNING.match(self.here.text, self.here.at)
        if match is None:
            return
        if match.group("any") or (("(" in match.group() or "[" in match.group()) and not self.variables.is_program):
            # Arithmetic that cannot be done ends the shell.
            self.variables.give_up(self.here.line)
        self.variables.unsure(match.group("name"), self.here.line)
        arithmetic = match.group("double") or match.group("old") or ""
        for name in NAME.findall(arithmetic) if re.search(r"=|\+\+|--", arithmetic) else ():
            self.variables.unsure(name, self.here.line)
