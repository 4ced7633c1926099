"""Shell files that an init script sources, and the script itself: what they export, and what only a shell could tell.

Nothing is run. A value that is set inside an ``if``, a loop or behind ``&&`` is unknown, and in a file so is one with
an expansion; in a program a variable that is known stands for its value. A file that ends the shell that sources it, or
may, is never taken for one that does not: dash ends at a syntax error, and at each error of a special builtin.
Source: POSIX.1-2017, Shell Command Language; dash 0.5.12 and bash 5.2 were asked (tests/oracles/test_shell.py).
"""

from __future__ import annotations

import enum
import posixpath
import re
from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

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

EVALUATING = frozenset(
    (".", "source", "eval", "exec", "trap", "alias", "command", "builtin", "read", "getopts", "local")
    + ("declare", "typeset", "let", "mapfile", "readarray", "time")
)
"""Commands that may set or export anything."""

LEAVING = frozenset(("exit", "shift", "break", "continue"))
"""Commands that end whoever sources a file, or do where there is nothing to shift or to leave."""

ANY = re.compile(".*", re.DOTALL)
SUCCEEDING = {
    **dict.fromkeys((":", "true", "echo", "export", "readonly", "unset", "set"), ANY),
    "return": re.compile("0"),
    "umask": re.compile("[0-7]{1,4}"),
    "ulimit": re.compile("(?:-[HS] )?-[HS]?[cdflmnstv] (?:[0-9]+|unlimited)"),
}
"""Commands to arguments with which they do not fail."""

SPECIAL = frozenset((":", "export", "readonly", "unset", "set", "return"))
"""Builtins that end dash where a redirection fails."""

SETTING = re.compile(r"[-+][aefvx]+|[-+]o (?:allexport|errexit|noglob|verbose|xtrace)")
"""Options that every shell has, and with which nothing else happens."""

REDIRECTION = re.compile(r">>|>&|<&|>\||<>|[<>]")
REDIRECTIONS = (">", ">>", ">&", "<&", ">|", "<>", "<")
BODY = re.compile(r"[ \t]*\)[ \t\n]*(?=\{[ \t\n])")
"""What stands between a function's parenthesis and its body."""

BACKQUOTED = re.compile(r"((?:[^`\\]|\\.)*)`", re.DOTALL)
ARITHMETIC = re.compile(r"\(\((?:[^()]|\([^()]*\))*\)\)")
BRACED = re.compile(
    r"\{(?:[A-Za-z_][A-Za-z0-9_]*(?:(?::?[-=+]|##?|%%?)(?:[^'\"`\\{}$\n]|\$\w)*)?"
    r"|#[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])\}"
)
"""Expansions that never end a shell."""

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
    only a shell could tell what is in any variable; ``variables`` is then what the text seems to say. ``failing`` is a
    command that ends the shell if it fails, which it may, as ``ends_on_failure`` (``set -e``) is or may be on.
    ``may_leave_failure``: the last command may be a list that fails, which the shell takes for a failure of ``.``."""

    text: str
    variables: Mapping[str, Variable] = {}
    commands: Tuple[Command, ...] = ()
    opaque: Optional[Variable] = None
    all_export: Optional[bool] = False
    marked: FrozenSet[str] = frozenset()
    fixed: FrozenSet[str] = FIXED
    ends_on_failure: Optional[bool] = False
    failing: Optional[Variable] = None
    may_leave_failure: bool = False

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


class Place(enum.Enum):
    """What the grammar wants at a place: a command; one or none; an operator."""

    COMMAND, ANY, OPERATOR = range(3)


class _Parser:
    def __init__(self, text: str, path: str, before: ShellFile, source: Optional[Source]) -> None:
        self.text, self.at, self.line, self.path, self.source = text, 0, 1, path, source
        self.commands: List[Command] = []
        self.opened: List[str] = []
        self.place, self.before, self.redirection = Place.ANY, "", ""
        self.is_conditional = self.is_negated = self.is_broken = self.defines = self.is_special = False
        self.functions: Set[str] = set()
        self.depth = 0
        self.may_fail: Optional[bool] = False
        """Of the command that was last; None of what is between keywords."""
        self.may_end_with: Optional[int] = None
        """The line of a list that may leave a failure as the last one of a file."""
        self.go_on_from(before)

    def go_on_from(self, before: ShellFile) -> None:
        self.variables: Dict[str, Variable] = dict(before.variables)
        self.all_export = before.all_export
        self.opaque = before.opaque
        self.marked: Set[str] = set(before.marked)
        self.fixed: Set[str] = set(before.fixed)
        self.ends_on_failure, self.failing = before.ends_on_failure, before.failing

    def parsed(self) -> ShellFile:
        self.follow()
        if self.opened:
            self.break_off()
        if self.may_end_with is not None:
            self.fail(self.may_end_with)
        return self.state()

    def follow(self) -> None:
        """Go through the commands, up to the end or the parenthesis that ends them."""
        is_inner = bool(self.opened)
        while self.at < len(self.text) and (self.opened or not is_inner):
            words, operator = self.command()
            if self.opened[-1:] == ["case"] and not self.redirection and [w.raw for w in words[:1]] != ["esac"]:
                self.pattern(words, operator)
            elif words or operator != "\n" or self.place is Place.OPERATOR:
                # An operator goes on over blank lines.
                self.step(words, operator)
        if self.place is Place.COMMAND or self.redirection:
            self.break_off()

    def step(self, given: List[Word], operator: str) -> None:
        """One command up to its operator, or a redirection's file."""
        line = given[0].line if given else self.line
        # What follows && or || happens or not, and what stands before or behind | and before & happens in a process
        # of its own.
        apart = operator in ("|", "&", "(", ")") or operator in REDIRECTIONS or self.before == "|"
        if not self.opened and self.before in (*ENDS, "&") and not self.redirection and given:
            self.may_end_with = None
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
        self.run(words, self.is_conditional or apart, operator in ENDS and words is given)
        self.judge(operator, line)
        self.operate(operator)

    def function(self, words: List[Word]) -> None:
        match = BODY.match(self.text, self.at)
        if match is None or len(words) > 1 or not NAME.fullmatch(words[0].raw):
            self.break_off()
            return
        self.line += match.group().count("\n")
        self.at = match.end()
        self.functions.add(words[0].raw)
        self.defines, self.place = True, Place.COMMAND

    def pattern(self, words: List[Word], operator: str) -> None:
        """What stands in a ``case`` where the next pattern may."""
        if len(words) == 1 and operator == ")":
            self.opened[-1], self.place, self.before = "in", Place.ANY, ""
        elif (len(words), operator) not in ((1, "|"), (0, "("), (0, "\n")):
            self.break_off()

    def operate(self, operator: str) -> None:
        """Whether an operator may stand here, and what it leaves to stand behind it."""
        top, place = self.opened[-1:], self.place
        self.redirection = operator if operator in REDIRECTIONS else ""
        if self.redirection:
            self.place = Place.OPERATOR
            return
        if operator == "&" and self.before in ("&&", "||"):
            # All of the list was in a process of its own.
            self.give_up(self.line)
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
            self.break_off()

    def open(self, what: str) -> None:
        self.opened.append(what)
        self.place = Place.COMMAND
        if len(self.opened) + self.depth > DEEPEST:
            self.break_off()
            self.at = len(self.text)

    def judge(self, operator: str, line: int) -> None:
        """Whether a failure of the command that ends here ends the shell, or may be the last that a file leaves."""
        if operator in (*REDIRECTIONS, "(", "in") or self.source is not None or not UNJUDGED.isdisjoint(self.opened):
            return
        if self.is_negated or (operator == "&&" and self.may_fail is not False):
            self.may_end_with = line
        elif operator in ENDS and self.before == "||" and self.may_fail is False and not self.opened:
            self.may_end_with = None
        if self.may_fail and not self.is_negated and operator not in ("&&", "||", "|", "&"):
            self.fail(line)

    def fail(self, line: int) -> None:
        if self.ends_on_failure is not False:
            self.failing = self.failing or Variable(None, None, line, self.path)

    def can_fail(self, words: List[Word]) -> bool:
        """Whether a command may fail; one that assigns does where a command in its value does."""
        count = _assigned(words)
        name = words[count].text if count < len(words) else None
        self.is_special = count == len(words) or name in SPECIAL
        if count == len(words):
            return any("$(" in w.raw or "`" in w.raw for w in words)
        arguments = SUCCEEDING.get(name or "") if name not in self.functions else None
        return arguments is None or not arguments.fullmatch(" ".join(w.raw for w in words[count + 1 :]))

    def state(self) -> ShellFile:
        return ShellFile(
            self.text,
            dict(self.variables),
            tuple(self.commands),
            self.opaque,
            self.all_export,
            frozenset(self.marked),
            frozenset(self.fixed),
            self.ends_on_failure,
            self.failing,
            self.may_end_with is not None,
        )

    def behind_target(self, words: List[Word]) -> None:
        """A redirection's file. What else stands behind it are words of the command before it."""
        target = words[0].raw if words else ""
        if not words or (self.redirection[-1] == "&" and target not in ("0", "1", "2", "-")):
            self.break_off()
        elif len(words) > 1:
            self.give_up(words[0].line)
        elif self.redirection[-1] != "&" and target != "/dev/null":
            self.may_fail = True
            if self.is_special and self.source is None:
                self.give_up(words[0].line)

    def give_up(self, line: int) -> None:
        """From here on only a shell could tell."""
        self.opaque = self.opaque or Variable(None, None, line, self.path)

    def break_off(self) -> None:
        """A syntax error: dash gives up, bash goes on behind the file."""
        self.is_broken = True
        self.give_up(self.line)

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
                self.break_off()
                self.at = len(self.text)
                return [], ""
            elif one in "<>":
                return words, self.redirect(words)
            elif two == "((":
                self.assigned_by_expansion()
                self.at += 1
                return words, one
            elif two in ("&&", "||", ";;"):
                self.at += 2
                return words, two
            elif one in "\n;|&()":
                self.at += 1
                self.line += one == "\n"
                return words, one
            else:
                word = self.word()
                if word is None:
                    # A quote that is not closed: the shell gives up.
                    self.break_off()
                    self.at = len(self.text)
                    return [], ""
                words.append(word)
                if word.raw == "in" and [w.raw for w in words[-3:-2]] == ["case"]:
                    return words, "in"
        return words, ""

    def redirect(self, words: List[Word]) -> str:
        """A redirection's operator; the number in front of it is no word."""
        if words and words[-1].end == self.at and re.fullmatch("[0-9]", words[-1].raw):
            words.pop()
        operator: str = REDIRECTION.match(self.text, self.at).group()  # type: ignore[union-attr]
        self.at += len(operator)
        return operator

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
                value, is_known = self.expanded(c, False)
                known = known and not is_home and is_known
                text += value + self.plain(PLAIN)
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
            value, is_known = self.expanded(c, True)
            known = known and is_known
            text += value + self.plain(QUOTED)
            self.line += c == "\n"
        return None

    def expanded(self, c: str, is_quoted: bool) -> Tuple[str, bool]:
        """What the last character stands for, and whether that is known."""
        value = self.value(is_quoted) if c == "$" else None
        if value is not None or not EXPANSION.match(self.text, self.at - 1):
            return (c if value is None else value), True
        self.pass_by(c)
        return c, False

    def pass_by(self, c: str) -> None:
        """Go on behind a substitution, in which only the syntax counts."""
        start, following = self.at, self.text[self.at : self.at + 1]
        if c == "`":
            match = BACKQUOTED.match(self.text, self.at)
            self.is_broken = self.is_broken or match is None
            self.at = match.end() if match else len(self.text)
            self.inside(re.sub(r"\\([$`\\])", r"\1", match.group(1) if match else ""), 0, c)
        elif following == "(":
            match = ARITHMETIC.match(self.text, self.at)
            self.at = match.end() if match else self.inside(self.text, self.at + 1, "$(").at
        elif following == "{" and self.source is None:
            match = BRACED.match(self.text, self.at)
            self.at = match.end() if match else self.at
            self.is_broken = self.is_broken or match is None
        self.line += self.text.count("\n", start, self.at)
        if self.is_broken:
            self.break_off()

    def inside(self, text: str, at: int, opening: str) -> _Parser:
        """A substitution, gone through."""
        inner = _Parser(text, self.path, NOTHING, self.source)
        inner.at, inner.depth, inner.opened = at, self.depth + 1, [opening]
        if inner.depth < DEEPEST:
            inner.follow()
        self.is_broken = self.is_broken or inner.is_broken or inner.opened != ["`"] * (opening == "`")
        return inner

    def value(self, is_quoted: bool) -> Optional[str]:
        """What the expansion whose ``$`` was the last character gives, and go on behind it; None, and stay, where it is
        not known."""
        self.at -= 1
        self.assigned_by_expansion()
        start = self.at
        found = self.reference() if self.source is not None and not self.opened else None
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
        if match.group("any") or (("(" in match.group() or "[" in match.group()) and self.source is None):
            # Arithmetic that cannot be done ends the shell.
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
        is_sure = not self.opened and not is_apart
        if words and is_sure:
            self.commands.append(Command(tuple(words), is_last))
        count = _assigned(words)
        if count == len(words):
            for word in words:
                self.assign(word, is_sure, self.all_export)
            return
        name, arguments = words[count].text, words[count + 1 :]
        known = {"export": self.export, "readonly": self.readonly, "unset": self.unset, "set": self.set}
        if name in known and count == 0:
            known[name](arguments, is_sure)
        elif name in ("exit", "return") and count == 0:
            self.end(name, arguments, is_sure, words[count].line)
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
        if self.source is None:
            return name in EVALUATING or name in LEAVING or is_printf
        return name in EVALUATING or is_printf or posixpath.basename(name) in STARTING

    def end(self, name: str, arguments: List[Word], is_sure: bool, line: int) -> None:
        rest = self.text[self.at :]
        self.at = len(self.text) if is_sure else self.at
        if self.source is not None:
            # Of a program that ends nothing is started.
            is_open = is_sure and bool(rest.strip())
        else:
            # A shell reads whole lines.
            is_alone = self.text[: len(self.text) - len(rest)].endswith("\n") or not rest.partition("\n")[0].strip()
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

    def behind_keywords(self, words: List[Word]) -> List[Word]:
        """The command behind ``if``, ``then``, ``{`` and the like; none behind ``case`` and ``for``."""
        for position, word in enumerate(words):
            first, top = word.raw, self.opened[-1:]
            if (self.place is Place.OPERATOR and first not in FOLLOWING) or (top == ["for"] and first != "do"):
                self.break_off()
                return []
            if first in OPENING:
                self.open("function" if self.defines else first)
                self.defines = False
                if first in ("for", "case"):
                    self.head(first, words[position + 1 :])
                    return []
            elif first == "!":
                is_alone = position + 1 == len(words) and self.text[self.at - 1] != "("
                if self.is_negated or self.before == "|" or is_alone:
                    self.break_off()
                self.is_negated, self.place = True, Place.COMMAND
            elif first in FOLLOWING:
                self.go_on_with(first)
            elif first == "in":
                self.break_off()
            else:
                self.place = Place.OPERATOR
                return words[position:] if position else words
        return []

    def go_on_with(self, keyword: str) -> None:
        if self.place is Place.COMMAND or self.opened[-1:] not in [[o] for o in FOLLOWING[keyword]]:
            self.break_off()
        elif keyword in CLOSING:
            self.opened.pop()
            self.place = Place.OPERATOR
        else:
            self.opened[-1], self.place = keyword, Place.COMMAND

    def head(self, keyword: str, words: List[Word]) -> None:
        """What stands behind ``for`` and ``case``."""
        raws, is_ended = [w.raw for w in words], self.text[self.at - 1 : self.at] in (";", "\n")
        self.place = Place.OPERATOR
        if keyword == "for":
            fits = bool(raws) and NAME.fullmatch(raws[0]) and raws[1:2] in ([], ["in"]) and is_ended
            self.unsure(words[0].text if words else None)
        else:
            fits = len(raws) == 2 and raws[1] == "in"
        if not fits:
            self.break_off()
        elif any("$(" in raw or "`" in raw for raw in raws) and self.source is None:
            self.fail(words[0].line)

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
        if any("{" in w.raw for w in arguments):
            # bash may make several assignments of it.
            self.give_up(arguments[0].line)
        for word in arguments:
            self.export([word], is_sure, exports=False)
            self.fixed.add(word.raw.partition("=")[0])

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
        for word in arguments[[w.raw for w in arguments[:1]] == ["-v"] :]:
            if word.text is None or word.text in self.fixed or not NAME.fullmatch(word.text):
                self.give_up(word.line)
            elif is_sure:
                self.variables.pop(word.text, None)
                self.marked.discard(word.text)
            else:
                self.unsure(word.text)

    def set(self, arguments: List[Word], is_sure: bool) -> None:
        options = " ".join(w.raw for w in arguments)
        for option in SETTING.findall(options):
            value = option[0] == "-" if is_sure else None
            if "allexport" in option or "a" in option.partition(" ")[0]:
                self.all_export = value
            if "errexit" in option or "e" in option.partition(" ")[0]:
                self.ends_on_failure = value
        if (
            self.source is None
            and options
            and not re.fullmatch(rf"(?:{SETTING.pattern})(?: (?:{SETTING.pattern}))*", options)
        ):
            self.give_up(arguments[0].line)

    def unsure(self, name: Optional[str]) -> None:
        if name in self.fixed:
            self.give_up(self.line)
        if name is not None and NAME.fullmatch(name):
            self.variables[name] = Variable(None, None, self.line, self.path)


def _assigned(words: Sequence[Word]) -> int:
    """How many assignments stand in front of a command, if one is there."""
    return next((i for i, w in enumerate(words) if not ASSIGNMENT.match(w.raw)), len(words))


def quote(value: str) -> str:
    """The value so that a shell reads exactly that."""
    return "'" + value.replace("'", "'\\''") + "'"
