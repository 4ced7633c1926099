"""The grammar of a shell file: keywords, operators, what is open, which commands happen for sure, and which may fail.

Nothing is run; what a command does is left to a shell. dash ends at a syntax error, so none is passed over.
"""

from __future__ import annotations

import enum
import re
from typing import List, Optional, Protocol, Sequence, Set, Tuple

from dockproxy.formats.shell_words import NAME, Cursor, Lexer, Variables, Word

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
OPENING = frozenset(("if", "while", "until", "for", "case", "{"))
FOLLOWING = {
    "then": ("if", "elif"),
    "elif": ("then",),
    "else": ("then",),
    "fi": ("then", "else"),
    "do": ("while", "until", "for"),
    "done": ("do",),
    "}": ("{", "function"),
    "esac": ("case", "in"),
}
"""Keywords, and behind which others they stand."""

CLOSING = frozenset(("fi", "done", "}", "esac"))
UNJUDGED = frozenset(("if", "elif", "while", "until", "function", "$(", "`"))
"""What stands in these may fail."""

DEEPEST = 50
"""Nobody nests deeper."""

ANY = re.compile(".*", re.DOTALL)
SUCCEEDING = {
    **dict.fromkeys((":", "true", "echo", "export", "readonly", "unset", "set"), ANY),
    # As the file does that is sourced.
    **dict.fromkeys((".", "source"), ANY),
    "return": re.compile("0"),
    "umask": re.compile("[0-7]{1,4}"),
    "ulimit": re.compile("(?:-[HS] )?-[HS]?[cdflmnstv] (?:[0-9]+|unlimited)"),
}
"""Commands to arguments with which they do not fail."""

SPECIAL = frozenset((":", "export", "readonly", "unset", "set", "return"))
"""Builtins that end dash where a redirection fails."""

UNDEFINABLE = SPECIAL | {"break", "continue", "eval", "exec", "exit", "shift", "times", "trap"}
"""Names that no function may have in dash; in bash it then takes the builtin's place."""

REDIRECTIONS = (">", ">>", ">&", "<&", ">|", "<>", "<")
BODY = re.compile(r"[ \t]*\)[ \t\n]*(?=\{[ \t\n])")
"""What stands between a function's parenthesis and its body."""

ENDS = ("\n", ";", "")
"""What stands behind a command that has nothing to do with the next one."""


class Shell(Variables, Protocol):
    """What does the commands."""

    def run(self, words: List[Word], is_sure: bool, is_alone: bool) -> None:
        """Do what one simple command does to the variables."""
        ...

    def fail(self, line: int) -> None:
        """A command may fail here, and end the shell."""
        ...

    def leave_failure(self, line: Optional[int]) -> None:
        """The last command may fail; None: it does not."""
        ...

    def elsewhere(self, here: Cursor) -> Shell:
        """A shell of its own, for a substitution."""
        ...


class Place(enum.Enum):
    """What the grammar wants at a place: a command; one or none; an operator."""

    COMMAND, ANY, OPERATOR = range(3)


class Grammar:
    """Goes through the commands of a text, or of the substitution that is open."""

    def __init__(self, here: Cursor, shell: Shell, opened: Sequence[str] = (), depth: int = 0) -> None:
        self.here, self.shell, self.depth = here, shell, depth
        self.lexer = Lexer(here, shell, self.inside)
        self.opened: List[str] = list(opened)
        self.place, self.before, self.redirection = Place.ANY, "", ""
        self.is_conditional = self.is_negated = self.defines = self.is_special = False
        self.functions: Set[str] = set()
        self.may_fail: Optional[bool] = False
        """Of the command that was last; None of what is between keywords."""

    def to_end(self) -> None:
        """Go through all of the text."""
        self.follow()
        if self.opened:
            self.lexer.break_off()

    def inside(self, text: str, at: int, opening: str) -> Tuple[int, bool]:
        """Go through a substitution, in which only the syntax counts: where it ends, and whether it is whole."""
        here = Cursor(text, at)
        inner = Grammar(here, self.shell.elsewhere(here), [opening], self.depth + 1)
        if inner.depth < DEEPEST:
            inner.follow()
        return here.at, not inner.lexer.is_broken and inner.opened == ["`"] * (opening == "`")

    def follow(self) -> None:
        """Go through the commands, up to the end or the parenthesis that ends them."""
        is_inner = bool(self.opened)
        while self.here.at < len(self.here.text) and (self.opened or not is_inner):
            self.shell.in_function = self.defines or "function" in self.opened
            words, operator = self.lexer.command(self.shell.is_program and not (self.opened or self.defines))
            if self.opened[-1:] == ["case"] and not self.redirection and [w.raw for w in words[:1]] != ["esac"]:
                self.pattern(words, operator)
            elif words or operator != "\n" or self.place is Place.OPERATOR:
                # An operator goes on over blank lines.
                self.step(words, operator)
        if self.place is Place.COMMAND or self.redirection:
            self.lexer.break_off()

    def step(self, given: List[Word], operator: str) -> None:
        """One command up to its operator, or a redirection's file."""
        line = given[0].line if given else self.here.line
        # What follows && or || happens or not, and what stands before or behind | and before & happens in a process
        # of its own.
        apart = operator in ("|", "&", "(", ")") or operator in REDIRECTIONS or self.before == "|"
        if not self.opened and self.before in (*ENDS, "&") and not self.redirection and given:
            self.shell.leave_failure(None)
        if self.redirection:
            self.behind_target(given)
            words: List[Word] = []
        else:
            words = self.behind_keywords(given)
            is_compound = self.place is Place.OPERATOR or operator not in REDIRECTIONS
            self.may_fail = self.can_fail(words) if words else None if is_compound else True
        if operator == "(" and words:
            self.function(words)
            return
        is_sure = not (self.opened or self.is_conditional or apart)
        self.shell.run(words, is_sure, operator in ENDS and words is given)
        self.judge(operator, line)
        self.operate(operator)

    def function(self, words: List[Word]) -> None:
        match = BODY.match(self.here.text, self.here.at)
        if match is None or len(words) > 1 or not NAME.fullmatch(words[0].raw) or words[0].raw in UNDEFINABLE:
            self.lexer.break_off()
            return
        self.here.line += match.group().count("\n")
        self.here.at = match.end()
        self.functions.add(words[0].raw)
        self.defines, self.place = True, Place.COMMAND

    def pattern(self, words: List[Word], operator: str) -> None:
        """What stands in a ``case`` where the next pattern may."""
        if len(words) == 1 and operator == ")":
            self.opened[-1], self.place, self.before = "in", Place.ANY, ""
        elif (len(words), operator) not in ((1, "|"), (0, "("), (0, "\n")):
            self.lexer.break_off()

    def operate(self, operator: str) -> None:
        """Whether an operator may stand here, and what it leaves to stand behind it."""
        top, place = self.opened[-1:], self.place
        self.redirection = operator if operator in REDIRECTIONS else ""
        if self.redirection:
            self.place = Place.OPERATOR
            return
        if operator == "&" and self.before in ("&&", "||"):
            # All of the list was in a process of its own.
            self.shell.give_up(self.here.line)
        self.is_conditional = operator in ("&&", "||") or (self.is_conditional and operator not in ENDS)
        self.is_negated = self.is_negated and operator == "|"
        self.before = operator
        if operator == "(":
            fits = place is not Place.OPERATOR
            self.open("(")
        elif operator == ")":
            fits = top in (["("], ["$("]) and place is not Place.COMMAND
            self.opened = self.opened[:-1] if fits else self.opened
            self.place = Place.OPERATOR
        elif operator == ";;":
            fits = top == ["in"] and place is not Place.COMMAND
            self.opened[-1:] = ["case"] if fits else top
            self.place = Place.ANY
        elif operator == "in":
            fits = top == ["case"]
            self.place = Place.ANY
        elif operator in ("\n", ""):
            fits = True
            self.place = Place.ANY if place is Place.OPERATOR else place
        else:
            fits = place is Place.OPERATOR
            self.place = Place.ANY if operator in (";", "&") else Place.COMMAND
        if not fits:
            self.lexer.break_off()

    def open(self, what: str) -> None:
        self.opened.append(what)
        self.place = Place.COMMAND
        if len(self.opened) + self.depth > DEEPEST:
            self.lexer.break_off()
            self.here.to_end()

    def judge(self, operator: str, line: int) -> None:
        """Whether a failure of the command that ends here ends the shell, or may be the last that a file leaves."""
        if operator in (*REDIRECTIONS, "(", "in") or not UNJUDGED.isdisjoint(self.opened):
            return
        is_last = bool(self.may_fail) and operator not in ("&&", "||", "|", "&")
        if is_last and not self.is_negated:
            self.shell.fail(line)
        if is_last or self.is_negated or (operator == "&&" and self.may_fail is not False):
            self.shell.leave_failure(line)
        elif operator in ENDS and self.before == "||" and self.may_fail is False and not self.opened:
            self.shell.leave_failure(None)

    def can_fail(self, words: List[Word]) -> bool:
        """Whether a command may fail; one that assigns does where a command in its value does."""
        count = assigned(words)
        name = words[count].text if count < len(words) else None
        self.is_special = count == len(words) or name in SPECIAL
        if count == len(words):
            return any("$(" in w.raw or "`" in w.raw for w in words)
        arguments = SUCCEEDING.get(name or "") if name not in self.functions else None
        return arguments is None or not arguments.fullmatch(" ".join(w.raw for w in words[count + 1 :]))

    def behind_target(self, words: List[Word]) -> None:
        """A redirection's file. What else stands behind it are words of the command before it."""
        target = words[0].raw if words else ""
        if not words or (self.redirection[-1] == "&" and target not in ("0", "1", "2", "-")):
            self.lexer.break_off()
        elif len(words) > 1:
            self.shell.give_up(words[0].line)
        elif self.redirection[-1] != "&" and target != "/dev/null":
            self.may_fail = True
            if self.is_special and not self.shell.is_program:
                self.shell.give_up(words[0].line)

    def behind_keywords(self, words: List[Word]) -> List[Word]:
        """The command behind ``if``, ``then``, ``{`` and the like; none behind ``case`` and ``for``."""
        for position, word in enumerate(words):
            first, top = word.raw, self.opened[-1:]
            if (self.place is Place.OPERATOR and first not in FOLLOWING) or (top == ["for"] and first != "do"):
                self.lexer.break_off()
                return []
            if first in OPENING:
                self.open("function" if self.defines else first)
                self.defines = False
                if first in ("for", "case"):
                    self.head(first, words[position + 1 :])
                    return []
            elif first == "!":
                is_alone = position + 1 == len(words) and self.here.last != "("
                if self.is_negated or self.before == "|" or is_alone:
                    self.lexer.break_off()
                self.is_negated, self.place = True, Place.COMMAND
            elif first in FOLLOWING:
                self.go_on_with(first)
            elif first == "in":
                self.lexer.break_off()
            else:
                self.place = Place.OPERATOR
                return words[position:] if position else words
        return []

    def go_on_with(self, keyword: str) -> None:
        if self.place is Place.COMMAND or self.opened[-1:] not in [[o] for o in FOLLOWING[keyword]]:
            self.lexer.break_off()
        elif keyword in CLOSING:
            self.opened.pop()
            self.place = Place.OPERATOR
        else:
            self.opened[-1], self.place = keyword, Place.COMMAND

    def head(self, keyword: str, words: List[Word]) -> None:
        """What stands behind ``for`` and ``case``."""
        raws, is_ended = [w.raw for w in words], self.here.last in (";", "\n")
        self.place = Place.OPERATOR
        if keyword == "for":
            fits = bool(raws) and NAME.fullmatch(raws[0]) and raws[1:2] in ([], ["in"]) and is_ended
            self.shell.unsure(words[0].text if words else None, words[0].line if words else self.here.line)
        else:
            fits = len(raws) == 2 and raws[1] == "in"
        if not fits:
            self.lexer.break_off()
        elif any("$(" in raw or "`" in raw for raw in raws):
            self.shell.fail(words[0].line)


def assigned(words: Sequence[Word]) -> int:
    """How many assignments stand in front of a command, if one is there."""
    return next((i for i, w in enumerate(words) if not ASSIGNMENT.match(w.raw)), len(words))
