"""``dockproxy route``: whose settings decide about what is asked."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Mapping, NamedTuple, Optional, Sequence

from dockproxy.cli import output
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, Effective, Engine, Origin, Setting, environment_names, value_of
from dockproxy.noproxy import variables
from dockproxy.resolve.engines import named_in_tree, unclear
from dockproxy.resolve.routes import Router
from dockproxy.resolve.targets import Target
from dockproxy.secret import go_url
from dockproxy.sources import endpoint
from dockproxy.sources import engine as engine_source
from dockproxy.sources.registries import Registries
from dockproxy.survey import Consumer, Report

COMMAND_LINE = "command-line"
"""Where a value of a "what if" comes from."""


class Settings(NamedTuple):
    """What a consumer uses. ``go`` is the dialect of the Go that decides by it, None where that is not known;
    ``possible`` are then those that it may be, the likeliest first. ``shell``: the environment of which ``effective``
    is what Go reads; ``what_if`` are values of the command line, which are in both. ``doubt`` is what weakens every
    answer."""

    consumer: str
    effective: Mapping[str, Effective]
    go: Optional[str]
    possible: Sequence[str] = ()
    shell: Optional[Mapping[str, str]] = None
    what_if: Mapping[str, Effective] = {}
    doubt: Optional[str] = None

    @property
    def own(self) -> str:
        """The dialect in which it is decided."""
        return self.go or self.possible[0]

    def router(self, dialect: str) -> Router:
        """As a client of that dialect decides."""
        if self.shell is None:
            return Router(self.effective, dialect, self.consumer, doubt=self.doubt)
        effective = {**_of_shell(self.shell, dialect), **self.what_if}
        given = {name: e.text for variable, e in self.what_if.items() for name in environment_names(variable)}
        return Router(effective, dialect, self.consumer, {**self.shell, **given})


class Consumers:
    """Those of a host. ``what_if`` are values in the place of those of the one that ``who`` names; ``is_chosen``: it
    is clear which engine is meant; ``is_named``: by its id."""

    def __init__(
        self, host: Host, report: Report, who: str, what_if: Mapping[str, str], is_chosen: bool, is_named: bool
    ) -> None:
        self._host, self._report, self._is_chosen, self._is_named = host, report, is_chosen, is_named
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
        given = {v: _of_text(v, text, Origin(COMMAND_LINE, name=f"--{v}")) for v, text in self._what_if.items()}
        if self.who == "cli":
            effective = {**_of_shell(os.environ, go_url.ENGINE), **given}
            return Settings("cli", effective, go_url.ENGINE, (), os.environ, given)
        if self.who == "daemon":
            read = self._of_engine()
        else:
            consumer = self._containers()
            read = Settings(self.who, consumer.effective, go_url.ENGINE, doubt=_doubt(consumer))
        return read._replace(effective={**read.effective, **given})

    @cached_property
    def engine(self) -> Settings:
        """The engine's settings."""
        return self.named if self.who == "daemon" else self._of_engine()

    def _containers(self) -> Consumer:
        """What the caller gives to containers, or the user of the engine that was named."""
        found = [c for c in self._report.consumers if c.consumer == "container"]
        return found[-1 if self._is_named else 0]

    def _of_engine(self) -> Settings:
        engines = [c.engine or "" for c in self._report.consumers if c.consumer == "daemon"]
        if len(engines) > 1 and not self._is_chosen:
            raise CommandError(unclear(", ".join(engines)), Exit.REFUSED)
        consumer = self._report.consumer("daemon")
        found = next((e for e in self._report.engines if e.id == consumer.engine), None)
        go, possible = engine_source.dialects(self._host, found)
        return Settings("daemon", _effective(consumer), go, possible, doubt=_doubt(consumer, found))


def is_named_in_tree(host: Host, client: endpoint.Client, report: Report) -> bool:
    """Whether the client's context names one of a tree's engines."""
    named = named_in_tree(host, endpoint.current(host, client))
    return sum(each.socket == named for each in report.engines) == 1


def _effective(consumer: Consumer) -> Mapping[str, Effective]:
    if consumer.running is not None and consumer.status == "unknown":
        # Nothing of its files is known, but what it says itself is.
        texts = consumer.running.values
        return {v: _of_text(v, texts[v], Origin(engine_source.REPORT_SOURCE)) for v in DAEMON_VARIABLES}
    return consumer.effective


def _doubt(consumer: Consumer, engine: Optional[Engine] = None) -> Optional[str]:
    """What weakens an answer by its settings; it is also told on standard error."""
    found = None
    if consumer.status == "unknown":
        places = ", ".join(dict.fromkeys(str(u.path or u.source) for u in consumer.unread))
        what = "the engine's own report is used" if consumer.running is not None else "the answer may be wrong"
        found = f"not everything that could decide was read ({places}); {what}"
    elif consumer.status == "will-not-start":
        found = "the engine does not start with these settings; dockproxy show says why"
    elif consumer.drift is not None:
        found = f"the running engine still uses other settings; missing step: {consumer.drift}"
    elif engine is not None and not engine.installed:
        found = "no dockerd was found here"
    if found is not None:
        output.tell(f"warning: {found}")
    return found


def _of_shell(environ: Mapping[str, str], dialect: str) -> Mapping[str, Effective]:
    """What a client finds in a shell: not each reads every name, or the same one first."""
    reads = variables.READS[dialect]
    found = [variables.proxy(reads, scheme, environ) for scheme in ("http", "https")]
    return {
        each.variable: _of_text(each.variable, each.text, Origin("process-environment", name=each.name))
        for each in (*found, variables.no_proxy(reads, environ))
    }


def _of_text(variable: str, text: str, origin: Origin) -> Effective:
    return Effective(variable, Setting(variable, value_of(variable, text), origin) if text else None)
