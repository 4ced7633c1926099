"""An entry of the engine's no-proxy list does not do what it looks like.

An entry is a host, a domain, an address or a network, ``*.`` in front of a domain included; there are no other
patterns. A blank, a quote or a URL is taken literally and matches nothing. ``*`` switches every proxy off.

Mend: ``dockproxy set --remove-no-proxy ENTRY --add-no-proxy ENTRY`` replaces one by what is meant.

Source: golang.org/x/net/http/httpproxy, Config.NoProxy; what decides for a target is held by tests/vectors."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import NO, Finding, Severity
from dockproxy.noproxy import entries
from dockproxy.rules.facts import Facts, at
from dockproxy.secret.masking import masked_list

CODE = "DP209"
NAME = "no-proxy-entry"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such entry, where there is a proxy that it is meant for."""
    setting = facts.effective[NO].setting
    has_proxy = any(e.setting is not None for v, e in facts.effective.items() if v != NO)
    # What a container makes of the list is its programs' matter.
    if facts.consumer == "daemon" and setting is not None and has_proxy:
        for entry, why in entries.useless(str(setting.value), facts.dialect):
            # Behind what may be a password nothing of a list is shown.
            word = repr(entry) if entry in masked_list(str(setting.value)) else "an entry"
            yield Finding(CODE, NAME, SEVERITY, f"{at(setting.origin)}: {word}: {why}", setting.origin)
