"""Where a text holds credentials, found by looking at it and not by parsing: malformed URLs leak through parsers.

Rule: better too much than too little. A password may hold ``/ # ? % @`` and blanks, all of which end a URL's authority
for a parser, so the last ``@`` decides.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, Iterable, List, Optional, Tuple

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


def masked_url(raw: str) -> str:
    """One URL with its credentials shown as ``***:***@`` and what cannot be printed shown escaped."""
    span = userinfo_span(raw)
    return visible(raw if span is None else raw[: span[0]] + MASKED_USERINFO + raw[span[1] :])


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
_DIGEST = re.compile(r"@sha(?:256|384|512):")


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
            position = end
    return "".join(out) + line[position:]


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
    return _TOKEN.sub(lambda token: _mask_token(token.group()), line)


def _mask_token(token: str) -> str:
    """``user:password@host`` without a scheme, which Go takes as a proxy; not ``image:tag@sha256:…``."""
    end = token.rfind("@") + 1
    if _DIGEST.match(token, end - 1) or _AUTHORITY.search(token, 0, end):
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
