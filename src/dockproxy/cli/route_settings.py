"""``dockproxy route``: whose settings decide about what is asked."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Mapping, NamedTuple, Optional

from dockproxy.cli import output
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, Effective, Origin, Setting, environment_names, value_of
from dockproxy.resolve.engines import unclear
from dockproxy.resolve.targets import Target
from dockproxy.secret import go_url
from dockproxy.sources import engine as engine_source
from dockproxy.sources.registries import Registries
from dockproxy.survey import Consumer, Report

COMMAND_LINE = "command-line"
"""Where a value of a "what if" comes from."""


class Settings(NamedTuple):
    """What a consumer uses. ``go`` is the dialect of the Go that decides by it, None where that is not known."""

    consumer: str
    effective: Mapping[str, Effective]
    go: Optional[str]

    @property
    def own(self) -> str:
        """The dialect in which it is decided."""
        return self.go or go_url.ENGINE


class Consumers:
    """Those of a host. ``what_if`` are values in the place of those of the one that ``who`` names; ``is_chosen``: the
    engine was named."""

    def __init__(self, host: Host, report: Report, who: str, what_if: Mapping[str, str], is_chosen: bool) -> None:
        self._host, self._report, self._is_chosen = host, report, is_chosen
        self.who, self._what_if = who, what_if

    @property
    def registries(self) -> Registries:
        """Those that the engine is configured with."""
        return self._report.consumer("daemon").registries

    def of(self, target: Target) -> Settings:
        """The settings that decide about a target: the engine pulls the images, also for builds and the CLI."""
        return self.engine if target.image else self.named

    @cached_property
    def named(self) -> Settings:
        """The settings of the one that was named, with the values of the command line."""
        read = self._of_engine() if self.who == "daemon" else Settings(self.who, self._of_client(), "go")
        given = {v: _of_text(v, text, Origin(COMMAND_LINE, name=f"--{v}")) for v, text in self._what_if.items()}
        return read._replace(effective={**read.effective, **given})

    @cached_property
    def engine(self) -> Settings:
        """The engine's settings."""
        return self.named if self.who == "daemon" else self._of_engine()

    def _of_engine(self) -> Settings:
        engines = [c.engine or "" for c in self._report.consumers if c.consumer == "daemon"]
        if len(engines) > 1 and not self._host.live and not self._is_chosen:
            raise CommandError(unclear(", ".join(engines)), Exit.REFUSED)
        consumer = self._report.consumer("daemon")
        return Settings("daemon", _effective(consumer), self._go(consumer))

    def _of_client(self) -> Mapping[str, Effective]:
        if self.who == "cli":
            return {v: _of_shell(v, os.environ) for v in DAEMON_VARIABLES}
        return _effective(self._report.consumer("container"))

    def _go(self, daemon: Consumer) -> Optional[str]:
        """The dialect of the Go that the engine is built with."""
        found = next((e for e in self._report.engines if e.id == daemon.engine), None)
        version = engine_source.go_version(self._host, found.socket) if found is not None and found.socket else None
        return go_url.dialect_of(version) if version is not None else None


def _effective(consumer: Consumer) -> Mapping[str, Effective]:
    _warn(consumer)
    if consumer.running is not None and consumer.status == "unknown":
        # Nothing of its files is known, but what it says itself is.
        texts = consumer.running.values
        return {v: _of_text(v, texts[v], Origin(engine_source.REPORT_SOURCE)) for v in DAEMON_VARIABLES}
    return consumer.effective


def _warn(consumer: Consumer) -> None:
    if consumer.status == "unknown":
        places = ", ".join(dict.fromkeys(str(u.path or u.source) for u in consumer.unread))
        what = "the engine's own report is used" if consumer.running is not None else "the answer may be wrong"
        output.tell(f"warning: not everything that could decide was read ({places}); {what}")
    elif consumer.status == "will-not-start":
        output.tell("warning: the engine does not start with these settings; dockproxy show says why")
    elif consumer.drift is not None:
        output.tell(f"warning: the running engine still uses other settings; missing step: {consumer.drift}")


def _of_shell(variable: str, environ: Mapping[str, str]) -> Effective:
    name = next((n for n in environment_names(variable) if environ.get(n)), "")
    return _of_text(variable, environ.get(name, ""), Origin("process-environment", name=name))


def _of_text(variable: str, text: str, origin: Origin) -> Effective:
    return Effective(variable, Setting(variable, value_of(variable, text), origin) if text else None)
