"""A proxy URL cannot be parsed by Go, which then connects directly and says nothing.

Usual causes: a ``%`` in the password that is not followed by two hexadecimal digits, quotes inside the value, a
leading blank.

Mend: encode the password (``dockproxy set --proxy-user NAME --proxy-password-stdin`` does it).

Source: golang.org/x/net/http/httpproxy, config.init; engine 28.5 was asked.
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, at
from dockproxy.secret import ProxyURL

CODE = "DP203"
NAME = "proxy-url-unusable"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each effective proxy that Go drops."""
    for effective in facts.effective.values():
        setting = effective.setting
        why = setting.value.unusable if setting is not None and isinstance(setting.value, ProxyURL) else None
        if setting is not None and why is not None:
            message = f"{at(setting.origin)} is no URL to Go ({why}), so the engine silently connects directly"
            yield Finding(CODE, NAME, SEVERITY, message, setting.origin)
