"""The engine rejects a directive of daemon.json, or a flag, so that it does not start.

It does not know the name, in this version or at all, or the value is of another type: ``"debug": "true"`` is text, and
the values of ``log-opts`` must be text. Names count in their exact case. Of an object that is no value itself, such as
``{"foo": {"debug": true}}``, only the names inside are checked.

Or it does not take the value: ``"log-level": "verbose"``, a mirror without ``https://``, a label without ``=``.

On the command line every word must belong to a flag, and every flag that takes a value must have one: ``--debug true``
stops the engine, as does ``--https-proxy $PROXY`` where that variable is not set. ``${PROXY}`` is an empty word then.

Of an engine whose version is not known, or newer than 29.7, a name that dockproxy does not know is not reported.

Mend: ``dockerd --validate`` (23.0 and newer) checks daemon.json without touching the engine.

Mend (dockerd-flag): ``dockerd --help`` lists the flags.

Source: moby, daemon/config/config.go, configValuesSet, findConfigurationConflicts and Validate, at every release from
20.10.0 to 29.7.2; github.com/spf13/pflag, flag.go; engines 20.10, 26.1 and 28.5 were asked."""

from __future__ import annotations

from typing import Iterator

from dockproxy.model import Finding, Severity
from dockproxy.rules.facts import Facts, of_defects

CODE = "DP106"
NAME = "directive-rejected"
SEVERITY = Severity.ERROR
KINDS = (
    "directive-unknown",
    "directive-mistyped",
    "directive-value",
    "flag-unknown",
    "flag-value",
    "flag-syntax",
)


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such place."""
    return of_defects(facts, KINDS, CODE, NAME, SEVERITY)
