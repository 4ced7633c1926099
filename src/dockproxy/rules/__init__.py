"""The rules, one module each, and the one registry of their codes."""

from __future__ import annotations

from typing import Iterator, List, Optional, Protocol, Tuple

from dockproxy.model import Finding, Severity
from dockproxy.rules import (
    client_key_ignored,
    client_value_ignored,
    configuration_conflict,
    directive_rejected,
    empty_value,
    environment_ignored,
    file_not_read,
    file_unparsable,
    login_environment,
    no_proxy_entry,
    password_readable,
    proxies_rejected,
    proxy_key_misplaced,
    proxy_url_unusable,
    required_file_missing,
    service_masked,
)
from dockproxy.rules.facts import Facts


class Rule(Protocol):
    """What every module of this package offers besides its docstring, which is its page."""

    CODE: str
    NAME: str
    SEVERITY: Severity

    def check(self, facts: Facts) -> Iterator[Finding]:
        """Yield what is wrong."""


RULES: Tuple[Rule, ...] = (
    file_unparsable,
    configuration_conflict,
    proxies_rejected,
    required_file_missing,
    service_masked,
    directive_rejected,
    proxy_key_misplaced,
    environment_ignored,
    proxy_url_unusable,
    client_key_ignored,
    client_value_ignored,
    empty_value,
    file_not_read,
    login_environment,
    no_proxy_entry,
    password_readable,
)


def check(facts: Facts) -> List[Finding]:
    """Every finding, in the order of the registry; what is said of several words of a line, once."""
    return list(dict.fromkeys(finding for rule in RULES for finding in rule.check(facts)))


def mend(code: str) -> Optional[str]:
    """How what a rule reports is mended, in one sentence of its page. None where it says nothing, or is not there, as
    under ``python -OO``."""
    pages = [rule.__doc__ or "" for rule in RULES if code == rule.CODE]
    texts = [part[len("Mend: ") :] for page in pages for part in page.split("\n\n") if part.startswith("Mend: ")]
    return " ".join(texts[0].split()).replace("``", "`").partition(". ")[0].rstrip(".") if texts else None
