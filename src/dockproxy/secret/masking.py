"""Where a text holds credentials, found by looking at it and not by parsing: malformed URLs leak through parsers.

Rule: better too much than too little. A password may hold ``/ # ? % @`` and blanks, all of which end a URL's authority
for a parser, so the last ``@`` decides. Where there is none, a wrong quote may have cut it off: of a value only what is
certainly scheme, host and port is shown, and nothing behind a line break.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, Iterable, List, Optional, Tuple

from dockproxy.secret.go_netip import parse_addr

MASK = "***"
MASKED_USERINFO = f"{MASK}:{MASK}@"

_SCHEMES = "(?:https?|socks[45][ah]?|ftp)"
# Blanks and quotes that came with a value, then the scheme. A scheme that nobody uses counts only before "//":
# in "user:password@host" the part before the colon is a name.
_PREFIX = re.compile(rf"[\s\"'`\u2018-\u201f]*(?:[a-z][a-z0-9+.-]*://|{_SCHEMES}:/*|)", re.IGNORECASE)
_ENCODED_AT = re.compile("%40", re.IGNORECASE)


def userinfo_span(raw: str) -> Optional[Tuple[int, int]]:
    """Start and end of the credentials of one URL, the ``@`` included; None when it has none."""
    end = raw.rfind("@") + 1
    if not end:
        # "user:password%40host": somebody encoded one character too many.
        for match in _ENCODED_AT.finditer(raw):
            end = match.end()
    if not end:
        return None
    prefix = _PREFIX.match(raw)
    assert prefix is not None  # it matches nothing, too
    return prefix.end(), end


_HOST = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+(?:%[\w-]+)?\]")
_BARE = re.compile("[0-9A-Fa-f:.]+")
_MARKS = r"\s\"'`\u2018-\u201f\\"
_PORT = re.compile(rf":(?:\d{{1,5}}(?=[/?#;,&{_MARKS}\x00-\x1f\x7f]|\Z))?")
# A slip of the pen is a scheme before "/" only: "user:password" has none.
_HEAD = re.compile(
    rf"[{_MARKS}]*(?:(?:(?:https?|socks5h?)(?::/*|//)|(?:h+t+p+s*|hp?tp?s?|t+ps?|socks[0-9]*[ah]?|ftp):?/+)[{_MARKS}]*)*",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"/?[{_MARKS}\x00-\x1f\x7f]*\Z")
_FIRST_LINE = re.compile(r"[^\n\r]*")


def _host_end(text: str, start: int) -> int:
    """Where a host that begins there ends; ``start`` itself where none does. An IPv6 address may lack its brackets."""
    bare = _BARE.match(text, start)
    if bare is not None and bare.group().count(":") > 1:
        for address in (bare.group(), bare.group().rpartition(":")[0]):
            if parse_addr(address) is not None:
                return start + len(address)
    host = _HOST.match(text, start)
    return start if host is None else host.end()


def _certain(text: str, start: int) -> int:
    """Up to where a text without credentials is certainly a host and its port, from ``start`` on; its end where nothing
    else is in it. The path of a proxy means nothing, and may be a part of a password."""
    end = _host_end(text, start)
    port = _PORT.match(text, end)
    end = end if port is None else port.end()
    return len(text) if _TAIL.match(text, end) else end + text.startswith("/", end)


def _certain_span(raw: str, first: str) -> Tuple[int, int]:
    """Of a value's first line the part that is certainly no password: it begins behind the credentials, if it has
    some."""
    span = userinfo_span(first)
    if span is not None:
        # All or nothing: a part of the password may stand there instead of a host.
        end = _certain(first, span[1])
        return span[1], end if end == len(first) or first[end - 1] == "/" else span[1]
    head = _HEAD.match(first)
    assert head is not None  # it matches nothing, too
    # The password may go on behind the line break, up to its @.
    return 0, head.end() if userinfo_span(raw) is not None else _certain(first, head.end())


def _first_line(raw: str) -> str:
    line = _FIRST_LINE.match(raw)
    assert line is not None  # it matches nothing, too
    return line.group()


def suspects(raw: str) -> List[str]:
    """What of a value without credentials may be a part of a password."""
    first = _first_line(raw)
    hidden = [] if userinfo_span(raw) is not None else [first[_certain_span(raw, first)[1] :], *raw.splitlines()[1:]]
    return [text.strip() for text in hidden if text.strip()]


def masked_url(raw: str) -> str:
    """One URL as it may be shown: its credentials as ``***:***@``, what may be a part of some as ``***``, and what
    cannot be printed escaped."""
    first = _first_line(raw)
    span, (start, end) = userinfo_span(first), _certain_span(raw, first)
    head = "" if span is None else first[: span[0]] + MASKED_USERINFO
    shown = head + first[start:end] + (MASK if end < len(first) else "")
    return visible(shown + _behind_break(raw[len(first) :]))


def _behind_break(text: str) -> str:
    return text[:1] + MASK if text.strip() else text


_ENTRY = re.compile(r"[^,\s]+")
_ENTRY_PORT = re.compile(r":(?:\d{1,5}|\*)?(?:/\S*)?\Z")
_BRACKETED_NETWORK = re.compile(r"\[([0-9A-Fa-f:.]+)/\d{1,3}\]")


def masked_list(text: str) -> str:
    """A no-proxy list as it may be shown: behind an entry that is no host, port or network anything may be a part of
    a password, and so may what stands behind a line break."""
    first = _first_line(text)
    shown = mask_userinfo(first)
    for entry in _ENTRY.finditer(shown):
        end = _cut_off(entry.group())
        if end is not None:
            shown = shown[: entry.start() + end] + MASK
            break
    return shown + _behind_break(text[len(first) :])


def _cut_off(entry: str) -> Optional[int]:
    """Up to where an entry is shown that may hold credentials or what is left of some; None for any other one."""
    if MASK in entry:
        return len(entry) - len(MASK) if entry.endswith((f":{MASK}", f"@{MASK}")) else None
    if "@" in entry:
        return 0
    network = _BRACKETED_NETWORK.fullmatch(entry)
    if network is not None and parse_addr(network[1]) is not None:
        return None
    head = _HEAD.match(entry)
    assert head is not None  # it matches nothing, too
    colon = entry.find(":", _host_end(entry, head.end()))
    return None if colon < 0 or _ENTRY_PORT.match(entry, colon) else colon + 1


def visible(text: str) -> str:
    """Text with what cannot be printed, and what a terminal would obey, shown escaped."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as surrogateescape keeps it
        code -= 0xDC00
    return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(char) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


# What starts an authority in free text, also inside JSON or a percent-encoded parameter.
_AUTHORITY = re.compile(rf":(?:\\{{0,4}}/){{2}}|{_SCHEMES}(?::|%3A)%2F%2F", re.IGNORECASE)
_AT = re.compile(r"@|%40|\\u0040", re.IGNORECASE)
# Where a URL ends in free text. Go lets credentials hold ' , ; ( and ), so these end it only before another URL.
# A quote or a bracket ends it where it closes something, not where a letter follows or it is escaped.
_END = r"""\s|(?:(?<!\\)\"|[`<>])(?=[\s,.:;!?)\]}<>'"`\\]|$)"""
_STOP = re.compile(rf"""{_END}|[',;()]+(?={_SCHEMES}:(?:\\{{0,4}}/){{2}})""", re.IGNORECASE)
_NOT_A_PORT = re.compile(r"(?:\[[^]@\s]*\]|(?!\[[^]@\s]*\])[^/?#:@]*):(?!\d*(?:[/\s\"'`,;>|)\]}\\]|$)|\d+[?#<])")
# A quote before a word opens the next value, as in JSON without blanks.
_TOKEN = re.compile(rf"""(?:(?!{_END}|(?<=[,:=(\[{{])\").)+""")
_QUOTED_AT = re.compile("[\"']@")
_QUOTED = re.compile(r"""[^\s,;=()\[\]{}<>/'"]*:(\\{0,4}["']).*?\1@""")
"""A password in quotes, in what has no scheme."""
_DIGEST = re.compile(r"@sha(?:256|384|512):")


_CUT_OFF = re.compile(
    r"(?:[\w.-]*|\[[^]@\s]*\]):(?!\d{0,5}(?:[/\s\"'`\u2018-\u201f*,;>|)\]}\\?#\x00-\x1f\x7f]|:?(?:\s|\Z)|[.!:](?:\s|\Z)))"
)
"""A host, and behind it no port: what a wrong quote leaves of credentials."""
_GOES_ON = re.compile(
    r"(?=(?P<port>(?::\d{1,5})?))(?P=port)(?![/?#,\s\"'`\u2018-\u201f>)\]}\\*\x00-\x1f\x7f]|[;.:!](?:\s|\Z)|\Z)"
)
"""Behind a host and its port what is none: the ``@`` may have stood in a password."""
_BAD_PORT = re.compile(r"""(invalid port \\?")(?:[^"\\]|\\.)*|(unknown port (?:tcp/)?|tcp/)[^\s:]*(?=: unknown port)""")
"""Go's sentences about a port that is none."""


def mask_userinfo(text: str) -> str:
    """Free text with the credentials of everything that looks like a URL masked. Works line by line."""
    return "".join(_mask_scheme_less(_mask_urls(line)) for line in text.splitlines(keepends=True))


def _mask_urls(line: str) -> str:
    out: List[str] = []
    position = 0
    for match in _AUTHORITY.finditer(line):
        if match.start() < position:
            continue
        start = match.end()
        end = _credentials_end(line, start)
        if end:
            out += [line[position:start], MASKED_USERINFO]
            start = position = end
        host_end = _host_end(line, start)
        cut = _CUT_OFF.match(line, start)
        if end and cut is None:
            cut = _GOES_ON.match(line, host_end)
        if cut is not None and host_end <= cut.end():
            hidden = start if end else cut.end()
            out += [line[position:hidden], MASK]
            position = _value_end(line, match.start(), cut.end())
    return _BAD_PORT.sub(lambda m: f"{m.group(1) or m.group(2)}{MASK}", "".join(out) + line[position:])


_OPENED = re.compile(r"(\\*[\"'])[a-z][a-z0-9+.-]*\Z", re.IGNORECASE)


def _value_end(line: str, scheme_end: int, start: int) -> int:
    """Where the value ends in which a URL stands: at the quote that closes it, if one opened right before its scheme,
    else at the next blank."""
    opened = _OPENED.search(line, 0, scheme_end)
    closing = line.find(opened.group(1), start) if opened is not None else -1
    return max(closing, _stop(line, start))


def _credentials_end(line: str, start: int) -> int:
    """Where the credentials of the URL whose authority starts at ``start`` end; 0 when it has none."""
    stop = _stop(line, start)
    end = _last_at(line, start, stop)
    if end or not _NOT_A_PORT.match(line, start):
        return end
    # "http://user:pass word@host": what follows the colon is no port, so the password goes on past the stop.
    further = _AT.search(line, stop)
    return _last_at(line, further.start(), _stop(line, further.end())) if further else 0


def _stop(line: str, start: int) -> int:
    found = _STOP.search(line, start)
    return found.start() if found else len(line)


def _last_at(line: str, start: int, stop: int) -> int:
    """The end of the last @ there; 0 when there is none."""
    return max((match.end() for match in _AT.finditer(line, start, stop)), default=0)


def _mask_scheme_less(line: str) -> str:
    if "@" not in line:
        return line
    if _QUOTED_AT.search(line):
        line = _QUOTED.sub(MASKED_USERINFO, line)
    return _TOKEN.sub(lambda token: _mask_token(token.group()), line)


def _mask_token(token: str) -> str:
    """``user:password@host`` without a scheme, which Go takes as a proxy; not ``image:tag@sha256:…``."""
    end = token.rfind("@") + 1
    if _DIGEST.match(token, end - 1):
        end = token.rfind("@", 0, end - 1) + 1
    if _AUTHORITY.search(token, 0, end):
        return token
    colon = token.find(":", 0, end)
    if colon < 0:
        return token
    start = max(token.rfind(delimiter, 0, colon) for delimiter in "=,;()[]{}</'\"") + 1
    return token[:start] + MASKED_USERINFO + token[end:]


def password_pattern(password: str) -> str:
    """A regular expression for a password in every spelling that a file, a log or a shell gives it.

    Each character may be percent-encoded (also twice, or with the % doubled for a unit file), escaped with backslashes
    (JSON, C, shell), doubled ($$, %%) or taken out of quotes ('"'"'); so mixtures of these match too.
    """
    parts = []
    for match in re.finditer(r"\\+|%+|\$+|.", password, re.DOTALL):
        run = match.group()
        parts.append(_RUNS[run[0]](len(run)) if run[0] in _RUNS else _character(run))
    pattern = "".join(parts)
    # A very short password stands in many words; it is masked only where it is a word of its own.
    return pattern if len(password) > 2 else rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"


def _encoded(char: str) -> List[str]:
    """Percent, hexadecimal, octal and Unicode escapes of one character."""
    data = char.encode("utf-8", "surrogatepass" if "\ud800" <= char < "\udc80" else "surrogateescape")
    forms = ["".join(f"(?i:%{{1,2}}(?:25)?{byte:02x})" for byte in data)]
    forms.append("".join(rf"(?i:\\{{1,4}}x{byte:02x})" for byte in data))
    forms.append("".join(rf"\\{{1,4}}{byte:03o}" for byte in data))
    utf16 = char.encode("utf-16-be", "surrogatepass")
    units = [utf16[i : i + 2].hex() for i in range(0, len(utf16), 2)]
    return forms + ["".join(rf"(?i:\\{{1,4}}u{unit})" for unit in units)]


Run = Callable[[int], str]
"""From the length of a run of one character to an expression for all its spellings."""

_C_ESCAPES = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\a": "a", "\v": "v"}


def _character(char: str) -> str:
    literal = re.escape(char)
    if not char.isalnum():
        literal = rf"\\{{0,4}}{literal}"
    forms = [literal, *_encoded(char)]
    if char in _C_ESCAPES:
        forms.append(rf"\\{{1,4}}{_C_ESCAPES[char]}")
    if char == "'":
        forms = [r"'\\{1,4}''", r"'\\{0,4}\"'\\{0,4}\"'", *forms]
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _run(char: str, most: int) -> Run:
    escaped, encoded = re.escape(char), "|".join(_encoded(char))
    # The encoded forms first: they begin like the plain one.
    plain = escaped if char == "\\" else rf"(?:\\{{0,4}}{escaped})"
    return lambda count: rf"(?:(?:{encoded}){{{count}}}|{plain}{{{count},{most * count}}})"


_RUNS: Dict[str, Run] = {"\\": _run("\\", 4), "%": _run("%", 2), "$": _run("$", 2)}


def patterns(passwords: Iterable[str]) -> Optional[re.Pattern[str]]:
    """One expression for all passwords, the longest first; None when there is none to look for."""
    found = sorted({password for password in passwords if password}, key=len, reverse=True)
    return re.compile("|".join(password_pattern(password) for password in found)) if found else None
