"""Only the proxy for http:// is set, and registries are https://: pulls go direct.

Go's client takes ``HTTPS_PROXY`` for https:// and never falls back to ``HTTP_PROXY``; engines up to 20.10.7, which an
older Go built, did.

Mend: ``dockproxy set`` with the proxy's URL sets both.

Source: golang.org/x/net/http/httpproxy, config.proxyForURL; golang/go, release notes of 1.16.
"""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import HTTP, HTTPS, Finding, Severity
from dockproxy.resolve.daemon import could_decide
from dockproxy.rules.facts import Facts, at
from dockproxy.secret import ProxyURL, go_url

CODE = "DP211"
NAME = "https-proxy-unset"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report an engine that has the one without the other."""
    only, missing = facts.effective[HTTP], facts.effective[HTTPS]
    value = only.value
    is_used = isinstance(value, ProxyURL) and value.unusable is None and only.text
    falls_back = go_url.DIALECTS[facts.dialect].http_for_all
    if facts.consumer != "daemon" or falls_back or could_decide(facts.reading, facts.effective):
        return
    if only.setting is not None and is_used and missing.setting is None:
        message = f"{at(only.setting.origin)}: only {HTTP} is set, and registries are https://, so pulls go direct"
        yield Finding(CODE, NAME, SEVERITY, message, only.setting.origin)
