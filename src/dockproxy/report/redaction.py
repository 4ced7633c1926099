"""What of a file a diff may show: its structure and names, and with credentials masked the values of what concerns
proxies. Anything else may be a secret. Whatever hides it leaves every line in its place."""

from __future__ import annotations

import re
from typing import Callable, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import env_file, json_text, shell_env, unit_file, unit_words
from dockproxy.formats.extract_word import TOLERANT
from dockproxy.model import DAEMON_VARIABLES, NO, VARIABLE_OF_NAME, FileKind, value_of
from dockproxy.report import command_line, comments, display, harmless
from dockproxy.secret import mask
from dockproxy.secret.masking import MASK
from dockproxy.secret.names import SOUNDS_SECRET, masked_key
from dockproxy.sources import client_config

JSON_VARIABLES = {**{variable: variable for variable in DAEMON_VARIABLES}, **client_config.VARIABLES}
"""Key in lower case to the variable whose value it holds."""

VARIABLES = {**{name.lower(): variable for name, variable in VARIABLE_OF_NAME.items()}, **JSON_VARIABLES}

NAMING = frozenset(("EnvironmentFile", "UnsetEnvironment"))
"""Keys of units whose words are no values."""

LIST = re.compile(r"(?:NO_PROXY|no_proxy)=(?:[A-Za-z0-9.*,\s-]|/(?=[0-9]{1,3}(?:[,\s]|\Z)))*")
"""A no-proxy list and nothing else, whose quotes were forgotten. A line that holds a URL or anything else assigned may
have lost the end of a password."""

SHOWN_WORDS = frozenset(("export", "readonly", "unset", "set", "-a", "+a", *VARIABLE_OF_NAME))
"""Words of shell files that are no values."""

HIDDEN = re.compile(r"\S(?:[^\n]*\S)?")
LONE = re.compile(
    rf"""(?P<head>[\s#;]*(?:export\s+|Environment=)?["']?(?P<name>{"|".join(VARIABLES)})["']?\s*[=:]\s*["']?)"""
    r"""(?P<value>[^\s"';&|\\]*)(?P<tail>["']?,?\s*\\?\s*)""",
    re.IGNORECASE,
)
"""A line that assigns one proxy variable and nothing else, in any kind of file, also in a comment."""

OPTION = re.compile(r"(?:(?!\\\n)\S)+")
"""A word of a variable whose lines may go on."""

COMMENT = re.compile(r"(?P<marks>[ \t\r]*[#;][ \t\r#;]*)(?P<text>.*)", re.DOTALL)


class Piece(NamedTuple):
    """What is shown in the place of a part of a text; ``is_rest``: it may be the rest of a password."""

    start: int
    end: int
    shown: str
    is_rest: bool = False


def rests(data: Optional[bytes], kind: Optional[FileKind]) -> FrozenSet[str]:
    """The words of a file that may be the rest of a password, wherever else they stand."""
    text, pieces = _plain(data or b"") if kind is None else READERS[kind](data or b"")
    return frozenset(text[piece.start : piece.end] for piece in pieces if piece.is_rest)


def lines(
    data: Optional[bytes], kind: Optional[FileKind], hidden: FrozenSet[str] = frozenset()
) -> List[Tuple[str, str]]:
    """Each line of a file as it is, and as it may be shown. Of what its reader cannot parse only proxies are, and of
    the ``hidden`` words nothing is."""
    text, pieces = _plain(data or b"") if kind is None else READERS[kind](data or b"")
    pieces = [p._replace(shown=_rest(text[p.start : p.end])) if text[p.start : p.end] in hidden else p for p in pieces]
    shown, at = "", 0
    for piece in [*sorted(pieces), Piece(len(text), len(text), "")]:
        shown += "\n".join(_unparsed(line) for line in text[at : piece.start].split("\n")) + piece.shown
        at = piece.end
    found = [
        (real, real if _is_comment(real, masked, hidden) else mask(masked))
        for real, masked in zip(text.split("\n"), shown.split("\n"))
    ]
    assert len(found) == shown.count("\n") + 1 == text.count("\n") + 1, "every line stays in its place"
    return found if found[-1][0] else found[:-1]


def _is_comment(line: str, shown: str, hidden: FrozenSet[str]) -> bool:
    """Whether a whole line is a comment that holds no secret, and not in the middle of a value."""
    comment = COMMENT.fullmatch(line)
    if comment is None or shown != comment["marks"] + MASK:
        return False
    return comments.is_plain(comment["text"]) and not any(word in line for word in hidden)


def _plain(data: bytes) -> Tuple[str, List[Piece]]:
    return data.decode("utf-8", "surrogateescape"), []


def _env_file(data: bytes) -> Tuple[str, List[Piece]]:
    text, pieces = _plain(data)
    for assignment in env_file.parse(text).assignments:
        start = text.index("=", assignment.start) + 1
        raw = text[start : assignment.end].rstrip()
        variable = VARIABLE_OF_NAME.get(assignment.name)
        shown = _hidden(raw) if variable is None else _proxy(raw, variable, assignment.value)
        pieces.append(_as_it_is(text, assignment.start, start))
        pieces += _options(assignment.name, raw, assignment.value, start) or [Piece(start, start + len(raw), shown)]
    return text, pieces


def _unit(data: bytes) -> Tuple[str, List[Piece]]:
    text, pieces = _plain(data)
    unit = unit_file.parse(text)
    pieces += [_as_it_is(text, header.start, header.end) for header in unit.headers]
    for statement in unit.statements:
        start = text.index("=", statement.start) + 1
        # A comment may stand inside a key that goes on in the next line.
        if text[statement.start : start - 1].strip() == statement.key:
            pieces.append(_as_it_is(text, statement.start, start))
            if statement.key in NAMING or statement.key == "Environment":
                pieces += _words(text, statement)
            elif statement.key == "ExecStart" and command_line.PROGRAM.fullmatch("".join(statement.value.split()[:1])):
                pieces += _command(text, statement)
            else:
                pieces.append(Piece(start, statement.end, _hidden(text[start : statement.end])))
    return text, pieces


def _words(text: str, statement: unit_file.Statement) -> Iterator[Piece]:
    is_cut_off, is_list = False, LIST.fullmatch(statement.value) is not None
    for word in unit_words.split_words(statement.value).words:
        start, end = statement.at[word.start], statement.at[word.end - 1] + 1
        raw = text[start:end]
        name, equals, value = word.text.partition("=")
        if is_cut_off:
            # Even a name may be the rest of a password.
            yield Piece(start, end, _rest(raw), True)
        elif name in VARIABLE_OF_NAME and equals:
            is_cut_off = _is_cut_off(VARIABLE_OF_NAME[name], value)
            yield Piece(start, end, _proxy(raw, VARIABLE_OF_NAME[name], value, f"{name}="))
        elif (is_list or statement.key in NAMING) and not equals and "\n" not in raw:
            yield Piece(start, end, raw)
        else:
            shown = f"{name}={MASK}" if equals and unit_words.NAME.match(name) else MASK
            yield Piece(start, end, shown + "\n" * raw.count("\n"))


def _command(text: str, statement: unit_file.Statement) -> Iterator[Piece]:
    """The words of a command line whose program is dockerd, up to where systemd cannot read them."""
    program, *words = unit_words.split_words(statement.value, TOLERANT).words
    start = statement.at[program.start]
    yield _as_it_is(text, start, start + len(program.text))
    for (shown, is_rest), word in zip(command_line.shown(word.text for word in words), words):
        start, end = statement.at[word.start], statement.at[word.end - 1] + 1
        yield Piece(start, end, _as_written(text[start:end], word.text, shown), is_rest)


def _options(name: str, raw: str, value: str, start: int) -> List[Piece]:
    """The value of a variable that holds flags of dockerd, where it says what is written but for quotes around it and
    marks of lines that go on; none of any other one."""
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    inner = raw[len(quote) : len(raw) - len(quote)]
    is_read = f"{quote}{inner}{quote}" == raw and value in (inner, inner.replace("\\\n", ""))
    if not value or not is_read or not command_line.HOLDS_FLAGS.fullmatch(name):
        return []
    first, last = start + len(quote), start + len(quote) + len(inner)
    words = list(OPTION.finditer(inner))
    pieces = [Piece(start, first, quote), Piece(last, last + len(quote), quote)]
    for (shown, is_rest), word in zip(command_line.shown(word.group() for word in words), words):
        pieces.append(Piece(first + word.start(), first + word.end(), shown, is_rest))
    return pieces


Keys = Tuple[Optional[str], ...]
"""The keys that lead to a node, None for a place in an array."""


def _daemon_json(data: bytes) -> Tuple[str, List[Piece]]:
    return _json(data, False, _is_harmless, _of_engine)


def _client_config(data: bytes) -> Tuple[str, List[Piece]]:
    # It holds logins.
    return _json(data, True, lambda node, path: node.kind not in ("string", "number"), _of_client)


def _is_harmless(node: json_text.Node, path: Keys) -> bool:
    if node.kind not in ("string", "number"):
        return True
    sounds_secret = any(SOUNDS_SECRET.search(key) for key in path if key is not None)
    return not sounds_secret and (node.kind == "number" or None not in path)


def _of_engine(path: Keys, text: str) -> Optional[str]:
    is_shown = path[1:] == (None,) and path[0] in harmless.LISTS
    return harmless.of_directive(str(path[0]), text) if is_shown else None


def _of_client(path: Keys, text: str) -> Optional[str]:
    first, *inner = path or (None,)
    if not inner and first in harmless.CLIENT_FORMATS:
        return harmless.template(text)
    is_shown = first in harmless.CLIENT if not inner else first == harmless.CLIENT_HELPERS and len(inner) == 1
    return harmless.value(text) if is_shown else None


def _json(
    data: bytes,
    plain: bool,
    is_harmless: Callable[[json_text.Node, Keys], bool],
    known: Callable[[Keys, str], Optional[str]],
) -> Tuple[str, List[Piece]]:
    try:
        document = json_text.decode(data, plain)
    except json_text.JSONTextError:
        return _plain(data)
    pieces, at = [], 0
    cut_off: Optional[Keys] = None
    for node, path in _parts(document.root, ()) if document.root is not None else ():
        raw = document.text[node.start : node.end]
        # A password that holds a comma may have become two items of an array.
        is_rest = path[-1:] == (None,) and path == cut_off
        shown = None
        if node.kind == "string" and not is_rest:
            variable = _variable(path)
            shown = known(path, node.value) if variable is None else _shown(variable, node.value)
        if shown is not None:
            cut_off = path if _is_cut(node.value, shown) else cut_off
            shown = _as_written(raw, node.value, shown)
        elif node.kind == "key":
            shown = raw if masked_key(node.value) == node.value else f'"{MASK}"'
        elif not is_rest and is_harmless(node, path):
            shown = raw
        else:
            shown = f'"{MASK}"' if node.kind == "string" else MASK
        pieces += [_as_it_is(document.text, at, node.start), Piece(node.start, node.end, shown, is_rest)]
        at = node.end
    return document.text, [*pieces, _as_it_is(document.text, at, len(document.text))]


def _variable(path: Keys) -> Optional[str]:
    """The variable whose value stands there; an array may be a no-proxy list."""
    is_item = path[-1:] == (None,)
    keys = [key for key in path[: len(path) - is_item] if key is not None]
    if not keys or len(keys) + is_item < len(path):
        return None
    variable = JSON_VARIABLES.get(keys[-1].lower())
    return variable if variable == NO or not is_item else None


def _parts(node: json_text.Node, path: Keys) -> Iterator[Tuple[json_text.Node, Keys]]:
    """Every key and every value that holds no others, in the order of the text."""
    for member in node.members:
        yield json_text.Node("key", member.start, member.key_end, member.value.line, member.key), ()
        yield from _parts(member.value, (*path, member.key))
    for item in node.items:
        yield from _parts(item, (*path, None))
    if node.kind not in ("object", "array"):
        yield node, path


def _shell_file(data: bytes) -> Tuple[str, List[Piece]]:
    text, pieces = _plain(data)
    cut_off = -1
    for word in (word for command in shell_env.parse(text).commands for word in command.words):
        name, equals, raw = word.raw.partition("=")
        breaks = "\n" * word.raw.count("\n")
        is_rest = text.find("\n", cut_off, word.start) < 0 <= cut_off
        start = word.start + len(name) + 1
        options = [] if is_rest else _options(name, raw, (word.text or "").partition("=")[2], start)
        if options:
            cut_off = word.end if any(piece.shown.endswith(MASK) for piece in options) else -1
            pieces += [_as_it_is(text, word.start, start), *options]
            continue
        if is_rest:
            # Even a name may be the rest of a password that holds ; or &.
            shown = _rest(word.raw)
        elif equals and name in VARIABLE_OF_NAME and word.text is not None:
            cut_off = word.end if _is_cut_off(VARIABLE_OF_NAME[name], word.text[len(name) + 1 :]) else -1
            shown = f"{name}={_proxy(raw, VARIABLE_OF_NAME[name], word.text[len(name) + 1 :])}"
        elif equals and shell_env.NAME.fullmatch(name):
            shown = f"{name}={MASK}{breaks}"
        else:
            shown = word.raw if word.raw in SHOWN_WORDS else MASK + breaks
        pieces.append(Piece(word.start, word.end, shown, is_rest))
    return text, pieces


READERS: Mapping[FileKind, Callable[[bytes], Tuple[str, List[Piece]]]] = {
    FileKind.UNIT: _unit,
    FileKind.ENV_FILE: _env_file,
    FileKind.DAEMON_JSON: _daemon_json,
    FileKind.CLIENT_CONFIG: _client_config,
    FileKind.SHELL_FILE: _shell_file,
}
"""From a file to its text and the pieces of it that are understood."""


def _rest(raw: str) -> str:
    return MASK + "\n" * raw.count("\n")


def _as_it_is(text: str, start: int, end: int) -> Piece:
    return Piece(start, end, text[start:end])


def _is_cut_off(variable: str, value: str) -> bool:
    """Whether what follows a proxy may be the rest of a password."""
    return _is_cut(value, _shown(variable, value))


def _is_cut(value: str, shown: str) -> bool:
    return "@" not in value and shown.endswith(MASK)


def _hidden(text: str) -> str:
    return HIDDEN.sub(MASK, text)


def _shown(variable: str, value: str) -> str:
    return display.text(display.value(value_of(variable, value)))


def _proxy(raw: str, variable: str, value: str, name: str = "") -> str:
    """A proxy or a list as it is written; one with credentials masked."""
    return _as_written(raw, value, _shown(variable, value), name)


def _as_written(raw: str, value: str, shown: str, name: str = "") -> str:
    """A value as it is written; what is masked of it, or is over several lines, as its reader takes it."""
    if shown == value and "\n" not in raw:
        return raw
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    return f"{quote}{name}{shown}{quote}" + "\n" * raw.count("\n")


def _unparsed(line: str) -> str:
    """A proxy that a line assigns, if nothing else is in it; else its white space and the marks of comments and of
    lines that go on."""
    match = LONE.fullmatch(line)
    if match is not None:
        value = match["value"]
        return match["head"] + _proxy(value, VARIABLES[match["name"].lower()], value) + match["tail"]
    content = line.lstrip(" \t\r#;")
    shown = content if content.strip() in ("", "\\") else MASK
    return line[: len(line) - len(content)] + shown
