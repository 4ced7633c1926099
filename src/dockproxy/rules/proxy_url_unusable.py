"""A proxy URL cannot be used. Go cannot parse it, then connects directly and says nothing; or it tries the text once
more behind another ``http://``, finds a host such as ``http``, and every request fails.

Usual causes: quotes inside the value, or one pair of quotes around several assignments; a ``%`` in the password that is
not followed by two hexadecimal digits; a blank before it; a port that is no number or out of range; ``http:proxy``,
``http//proxy``, ``http://http://``; a scheme that Go does not dial, such as ``socks4://``, or of a Go before 1.23
``socks5h://``, which Debian's 20.10 is built with.

Mend: write the URL as ``http://proxy.example.com:3128``; ``dockproxy set --proxy-user NAME --proxy-password-stdin``
encodes what a password needs.

Source: golang.org/x/net/http/httpproxy, config.init; net/http, Transport.Proxy; engine 28.5 was asked.
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, at
from dockproxy.secret import ProxyURL, proxy_fault

CODE = "DP203"
NAME = "proxy-url-unusable"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each effective proxy that Go drops, or looks for under a wrong name."""
    for effective in facts.effective.values():
        setting = effective.setting
        if setting is not None and isinstance(setting.value, ProxyURL):
            why = proxy_fault.of(setting.value.reveal(), facts.dialect)
            if why is not None:
                then = setting.value.consequence(facts.dialect)
                message = f"{at(setting.origin)} is no proxy that Go can use ({why}), so the engine {then}"
                yield Finding(CODE, NAME, SEVERITY, message, setting.origin)
