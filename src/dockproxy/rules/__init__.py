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
    engine_version_unknown,
    environment_ignored,
    file_not_read,
    file_unparsable,
    https_proxy_unset,
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
    https_proxy_unset,
    engine_version_unknown,
)


def check(facts: Facts) -> List[Finding]:
    """Every finding, in the order of the registry; what is said of several words of a line, once."""
    return list(dict.fromkeys(finding for rule in RULES for finding in rule.check(facts)))


def mend(finding: Finding) -> Optional[str]:
    """How it is mended, in one sentence: its own, else one of its rule's page, what that says of the source at fault
    or of all. None where nothing says it, or the page is not there, as under ``python -OO``."""
    if finding.mend is not None:
        return finding.mend
    pages = [rule.__doc__ or "" for rule in RULES if finding.code == rule.CODE]
    parts = [part.partition(": ") for page in pages for part in page.split("\n\n")]
    texts = {head: text for head, _, text in parts if head.startswith("Mend")}
    source = finding.origin.source if finding.origin is not None else ""
    text = texts.get(f"Mend ({source})", texts.get("Mend"))
    return " ".join(text.split()).replace("``", "`").partition(". ")[0].rstrip(".") if text is not None else None
