"""International host names as Go turns them into ASCII: golang.org/x/net/idna, its profile Lookup (UTS #46, not
transitional, with STD3 rules), on the Unicode that this Python knows.

Go 1.24 and older make ``ss`` of U+1E9E, and Go knows which Arabic letters join around a zero-width non-joiner; neither
is followed here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import List, Optional

KEPT = "\u00df\u03c2\u200c\u200d"
"""The deviations: transitional processing would map ß and ς, and drop the joiners."""

IGNORED = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0100-\U000e01ef]"
)
"""Mapped to nothing."""

CAPITAL_SHARP_S = "\u1e9e"

SYMBOLS = re.compile("[\u2ff0-\u2fff\ufffc\ufffd]")
"""Symbols that are in no name: ideographic description, replacement."""

FORBIDDEN = "\x7f"
"""Stands for what is not allowed, such as a character that holds a full stop; no valid label has it."""

DOTS = "\u3002\uff0e\uff61"
"""Other full stops."""

LETTERS_DIGITS_HYPHEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
VIRAMA = 9
"""The combining class after which a joiner may stand (RFC 5892, appendix A)."""


LONGEST = 1024
"""Longer texts are no names, and stay: the time for punycode grows with the square of their length."""


def to_ascii(host: str) -> str:
    """The name in ASCII; one that cannot be converted stays, as Go leaves it."""
    if host.isascii() or len(host) > LONGEST:
        return host
    name = lookup(host)
    return host if name is None else name


def lookup(host: str) -> Optional[str]:
    """idna.Lookup.ToASCII; None where it fails."""
    from unicodedata import bidirectional

    labels, given = _mapped(host).split("."), host
    plain: List[str] = []
    for label in labels:
        decoded = _decoded(label)
        if decoded is None:
            return None
        plain.append(decoded)
        given += decoded if decoded != label else ""
    # Mapped symbols such as U+2135 do not make a name bidirectional.
    is_bidi = any(bidirectional(c) in ("R", "AL", "AN") for c in given)
    if not all(_is_valid(label) and not (is_bidi and not _follows_bidi_rule(label)) for label in plain):
        return None
    return ".".join(_encoded(label) for label in plain)


def _mapped(host: str) -> str:
    from unicodedata import normalize

    return normalize("NFC", "".join(map(_mapped_character, host)))


@lru_cache(maxsize=4096)
def _mapped_character(c: str) -> str:
    from unicodedata import normalize

    if c in KEPT:
        return c
    if IGNORED.match(c):
        return ""
    if c == CAPITAL_SHARP_S:
        return "\u00df"
    mapped = normalize("NFKC", normalize("NFKC", c).casefold())
    return "." if c in DOTS else FORBIDDEN if SYMBOLS.match(c) or set(mapped) & set(f".{DOTS}") - {c} else mapped


def _decoded(label: str) -> Optional[str]:
    from encodings.punycode import insertion_sort

    if not label.startswith("xn--"):
        return label
    # Go takes any letters for basic ones.
    basic, hyphen, extended = label[4:].rpartition("-")
    if not extended.isascii() or (hyphen and not basic):
        return None
    try:
        # Typeshed says bytes, but it works on text.
        decoded = str(insertion_sort(basic, extended.upper(), "strict"))  # type: ignore[arg-type]
    except (UnicodeError, ValueError):
        return None
    # What is encoded must be as mapping would have left it.
    return decoded if not decoded or (not decoded.isascii() and _mapped(decoded) == decoded) else None


def _encoded(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _is_valid(label: str) -> bool:
    from unicodedata import category, combining

    if not label:
        return True
    # Go counts bytes.
    is_reserved = label.encode("utf-8", "surrogatepass")[2:4] == b"--"
    if is_reserved or label[0] == "-" or label[-1] == "-" or category(label[0]).startswith("M"):
        return False
    for i, c in enumerate(label):
        if c.isascii():
            if c not in LETTERS_DIGITS_HYPHEN:
                return False
        elif c in "\u200c\u200d":
            if i == 0 or combining(label[i - 1]) != VIRAMA:
                return False
        elif category(c) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp"):
            return False
    return True


def _follows_bidi_rule(label: str) -> bool:
    """RFC 5893, section 2."""
    from unicodedata import bidirectional

    kinds = [bidirectional(c) for c in label]
    if not kinds:
        return True
    while kinds[-1] == "NSM" and len(kinds) > 1:
        kinds.pop()
    neutral = {"ES", "CS", "ET", "ON", "BN", "NSM", "EN"}
    if kinds[0] in ("R", "AL"):
        is_mixed = "EN" in kinds and "AN" in kinds
        return kinds[-1] in ("R", "AL", "EN", "AN") and set(kinds) <= {"R", "AL", "AN", *neutral} and not is_mixed
    return kinds[0] == "L" and kinds[-1] in ("L", "EN") and set(kinds) <= {"L", *neutral}
