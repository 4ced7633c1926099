"""A proxy URL cannot be parsed by Go, which then connects directly and says nothing; or it tries the text once more
behind another ``http://``, finds the host ``http``, and every request fails.

Usual causes: a ``%`` in the password that is not followed by two hexadecimal digits, quotes inside the value, a
leading blank, a port that is no number, a blank in the user, ``http://http://``.

Mend: write the URL as ``http://proxy.example.com:3128``; ``dockproxy set --proxy-user NAME --proxy-password-stdin``
encodes what a password needs.

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
    """Report each effective proxy that Go drops, or looks for under a wrong name."""
    for effective in facts.effective.values():
        setting = effective.setting
        if setting is not None and isinstance(setting.value, ProxyURL) and setting.value.unusable is not None:
            proxy, place, why = setting.value.go, at(setting.origin), setting.value.unusable
            then = f"takes {proxy.host} for the proxy's host" if proxy is not None else "silently connects directly"
            message = f"{place} is no URL to Go ({why}), so the engine {then}"
            yield Finding(CODE, NAME, SEVERITY, message, setting.origin)
