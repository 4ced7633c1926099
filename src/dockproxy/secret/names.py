"""Names behind which a secret may stand that is no proxy's."""

from __future__ import annotations

import re
from typing import List, Sequence

from dockproxy.secret.masking import MASK, mask_userinfo

SOUNDS_SECRET = re.compile(
    # Of dockerd's own names that sound so, these are the path of a file and the name of a plugin.
    "token|secret|passw|auth(?!orization-plugin)|cred|(?<!tls)(?<!tls-)key|sas|dsn|header|env",
    re.IGNORECASE,
)

_AT = re.compile("@|%40")

_ASSIGNMENT = re.compile(rf".*?(?:{SOUNDS_SECRET.pattern})[^=]*=", re.IGNORECASE | re.DOTALL)


def masked_key(key: str) -> str:
    """A key of a JSON object as it may be shown: none that anybody reads has an ``@``, so that one with it may be a
    proxy with its password, however it is spoilt."""
    return MASK if _AT.search(key) else key


def masked_argv(argv: Sequence[str]) -> List[str]:
    """A command line without credentials, and without the values of flags and ``NAME=VALUE`` arguments whose name
    sounds like a secret."""
    shown = []
    for before, word in zip(["", *argv], argv):
        assignment = _ASSIGNMENT.match(word)
        is_value = before.startswith("-") and "=" not in before and SOUNDS_SECRET.search(before)
        shown.append(assignment.group() + MASK if assignment else MASK if is_value else mask_userinfo(word))
    return shown
