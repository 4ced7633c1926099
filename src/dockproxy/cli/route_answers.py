"""``dockproxy route``: its answers, for people or programs."""

from __future__ import annotations

import json
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.cli import output
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.cli.route_settings import Consumers, Settings
from dockproxy.model import NO
from dockproxy.noproxy import DIALECTS, GO, entries
from dockproxy.report import display
from dockproxy.resolve import targets
from dockproxy.resolve.routes import Decided, Router
from dockproxy.resolve.targets import Target


class Form(NamedTuple):
    """``format``: text or json; ``color``: as the option has it."""

    format: str
    color: str

    def write(self, document: Dict[str, Any]) -> None:
        """Write a document for programs."""
        output.write(json.dumps(document, indent=1) + "\n")


class Answers:
    """What is answered under the settings of those who decide. ``dialect``: as which client, None: each as it does."""

    def __init__(self, consumers: Consumers, dialect: Optional[str] = None) -> None:
        self._consumers, self._dialect = consumers, dialect
        self._routers: Dict[Tuple[str, str], Router] = {}

    def read(self, text: str) -> Target:
        """The target that is meant. Raises ValueError."""
        registries, who = self._consumers.registries, self._consumers.who
        target = targets.read(text, registries.mirrors, registries.insecure)
        return targets.by_engine(target, who) if target.image and who != "daemon" else target

    def read_all(self, texts: Sequence[str]) -> Tuple[List[Target], int]:
        """The targets that are meant, and the exit code: of one that is none is told, and the others are answered."""
        found: List[Target] = []
        refused: List[str] = []
        for text in texts:
            try:
                found.append(self.read(text))
            except ValueError as error:
                refused.append(_refusal(text, error))
        if not found:
            raise CommandError("; ".join(refused))
        for sentence in refused:
            output.tell(f"dockproxy: {sentence}")
        return found, Exit.USAGE if refused else Exit.DONE

    def decide(self, target: Target, dialect: Optional[str] = None) -> List[Decided]:
        """Where the requests of a target go; marked where that depends on the engine's Go, which is not known."""
        settings, dialect = self._consumers.of(target), dialect or self._dialect
        decided = self._router(settings, dialect or settings.own).decide(target)
        if dialect is not None or settings.go is not None:
            return decided
        others = [self._router(settings, each).decide(target) for each in settings.possible]
        said = [{(other.route.decision, other.route.proxy) for other in each} for each in zip(decided, *others)]
        return [each._replace(is_disputed=len(found) > 1) for each, found in zip(decided, said)]

    def _router(self, settings: Settings, dialect: str) -> Router:
        key = (settings.consumer, dialect)
        if key not in self._routers:
            self._routers[key] = settings.router(dialect)
        return self._routers[key]


def lint(settings: Settings, form: Form) -> int:
    """What each entry of the list does."""
    from dockproxy.noproxy import lint, which_go
    from dockproxy.report import lint as report
    from dockproxy.report import route, style

    no_proxy = settings.effective[NO].text
    advice, found = lint.each(no_proxy, settings.own), entries.split(no_proxy)
    disputed = which_go.disputed(no_proxy, settings.possible) if settings.go is None else []
    notes = [f"{', '.join(disputed)}: {route.DISPUTED}"] if disputed else []
    if form.format == "json":
        counted = list(output.counted(advice, len(found), "entries looked at"))
        form.write(display.whole({**report.document(counted), "notes": notes}))
    else:
        for block in report.render(advice, style.for_stream(sys.stdout, form.color)):
            if not output.write(block):
                return Exit.DONE
        output.write("" if found else "The no-proxy list is empty.\n")
        output.write("".join(f"\nnote: {display.text(note)}\n" for note in notes))
    return Exit.DONE


def compare(texts: Sequence[str], consumers: Consumers, form: Form) -> int:
    """How every client decides."""
    from dockproxy.report import route, style

    answers = Answers(consumers)
    asked, code = answers.read_all(texts)
    owns = dict.fromkeys(consumers.of(target).own for target in asked)
    # The engine decides about images, somebody else maybe about the rest.
    own = next(iter(owns)) if len(owns) == 1 else "own"
    # The engine's own dialect stands first, and for the others of Go's.
    rows = {own: [answers.decide(target) for target in asked]}
    for dialect in DIALECTS:
        if dialect not in GO:
            rows[dialect] = [answers.decide(target, dialect) for target in asked]
    if all(d.route.reason == "no-variable" for row in rows.values() for decided in row for d in decided):
        output.tell("note: no proxy is set, so that every client connects directly")
    if form.format == "json":
        form.write(route.comparison(asked, rows, own))
    else:
        output.write(route.render_comparison(asked, rows, own, style.for_stream(sys.stdout, form.color)))
    return code


def answer(texts: Sequence[str], answers: Answers, form: Form) -> int:
    """Where each target goes."""
    from dockproxy.report import route, style

    asked, code = answers.read_all(texts)
    decided = [answers.decide(target) for target in asked]
    if form.format == "json":
        form.write(route.document(asked, decided))
    else:
        colours = style.for_stream(sys.stdout, form.color)
        output.write("\n".join(route.render(t, d, colours) for t, d in zip(asked, decided)))
    return code


def stream(answers: Answers, form: Form) -> int:
    """Where each target of standard input goes, as they come."""
    from dockproxy.report import route, style

    colours, is_answered, gap = style.for_stream(sys.stdout, form.color), True, ""
    for text in _lines():
        try:
            target = answers.read(text)
        except ValueError as error:
            is_answered = False
            if form.format == "json":
                output.write(f"{json.dumps(route.refused(text, str(error)))}\n")
            else:
                output.tell(f"dockproxy: {_refusal(text, error)}")
            continue
        decided = answers.decide(target)
        if form.format == "json":
            output.write("".join(f"{json.dumps(route.route(target, each))}\n" for each in decided))
        else:
            output.write(gap + route.render(target, decided, colours))
            gap = "\n"
    return Exit.DONE if is_answered else Exit.USAGE


def _refusal(text: str, error: ValueError) -> str:
    return f"{display.text(display.refused(text)) or repr(text)}: {error}"


def _lines() -> Iterator[str]:
    """The targets of standard input as they come, without blank lines and comments."""
    for raw in sys.stdin.buffer if sys.stdin is not None else ():
        text = raw.decode("utf-8", "surrogateescape").strip()
        if text and not text.startswith("#"):
            yield text
