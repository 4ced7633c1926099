"""``environment.d`` files: environment files of which the values may refer to variables that stand before them. An
empty value is no assignment: systemd ignores the line.

Source: environment.d(5); systemd, src/basic/env-util.c (replace_env_full).
"""

from __future__ import annotations

import re
import string
from typing import List, Mapping, Tuple

REFERENCE = re.compile(r"\$\{?([A-Za-z0-9_]+)")
NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:+alternative}``; a name that is not known gives
    nothing, ``$$`` a dollar sign, and what is none of these stays."""
    result, at = "", 0
    # systemd counts the braces over the whole text: one that never closed keeps a later form from ending.
    depth = 0
    while True:
        dollar = text.find("$", at)
        following = text[dollar + 1 : dollar + 2] if dollar >= 0 else ""
        if not following:
            return result + text[at:]
        result += text[at:dollar]
        if following == "{":
            depth += 1
            found, at, depth = _braced(text, dollar, depth, variables)
        elif following in NAME_CHARACTERS:
            at = dollar + 1
            while text[at : at + 1] in NAME_CHARACTERS:
                at += 1
            found = variables.get(text[dollar + 1 : at], "")
        else:
            found, at = "$" if following == "$" else "$" + following, dollar + 2
        result += found


def references(text: str) -> List[str]:
    """The names that a value may refer to."""
    return REFERENCE.findall(text)


def _braced(text: str, dollar: int, depth: int, variables: Mapping[str, str]) -> Tuple[str, int, int]:
    """What the ``${`` at ``dollar`` becomes, where the text goes on, and how many braces are open there."""
    end = next((i for i in range(dollar + 2, len(text)) if text[i] in "}:"), len(text))
    name, kind = text[dollar + 2 : end], text[end : end + 2]
    if kind[:1] == "}":
        return variables.get(name, ""), end + 1, depth - 1
    if kind not in (":-", ":+"):
        # No such form: systemd leaves it as it is.
        return text[dollar : end + 2], end + 2, depth
    for i in range(end + 2, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            value, is_default = variables.get(name), kind == ":-"
            if is_default == (value is None):
                value = expand(text[end + 2 : i], variables)
            return value or "", i + 1, 0
    return text[dollar:], len(text), depth
