"""``dockproxy route``."""

from __future__ import annotations

import json
import os
import sys
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import click

from dockproxy.cli import invocation, output
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import DAEMON_VARIABLES, HTTP, HTTPS, NO, Effective, Origin, Setting, environment_names, value_of
from dockproxy.noproxy import DIALECTS, GO, entries
from dockproxy.report import display
from dockproxy.resolve import targets
from dockproxy.resolve.routes import Decided, Router
from dockproxy.resolve.targets import Target
from dockproxy.secret import go_url
from dockproxy.sources import engine as engine_source
from dockproxy.sources.registries import Registries
from dockproxy.survey import Consumer, Report

EXAMPLES = """\b
Examples:
  dockproxy route alpine                               what a pull touches first
  dockproxy route https://registry.corp:5000/v2/ 10.0.0.7
  dockproxy route ghcr.io/a/b --no-proxy .corp,ghcr.io     what if
  dockproxy route --for container https://api.corp/
  dockproxy route --dialect all https://registry.corp/      which client decides otherwise
  dockproxy route --lint                                   what each entry of the list does
  dockproxy route --stdin --format json < hosts
"""

ALL = "all"
"""In the place of a dialect."""

COMMAND_LINE = "command-line"
"""Where a value of a "what if" comes from."""


@click.command("route", cls=invocation.Verb, epilog=EXAMPLES)
@click.argument("texts", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--for",
    "who",
    type=click.Choice(["daemon", "cli", "container", "build"]),
    default="daemon",
    show_default=True,
    help="Whose settings: the engine's, this shell's docker CLI's, or what the CLI gives to containers and builds.",
)
@click.option("--http-proxy", metavar="URL", help="What if this were http-proxy.")
@click.option("--https-proxy", metavar="URL", help="What if this were https-proxy.")
@click.option("--no-proxy", metavar="LIST", help="What if this were the no-proxy list.")
@click.option(
    "--dialect",
    metavar="ID",
    help="Decide as this client does, such as curl; all: a table of every client, with what differs marked.",
)
@click.option("--lint", is_flag=True, help="Tell of each entry of the list what it does, and to whom something else.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read targets from standard input, one a line.")
@invocation.HOST
@invocation.CONTEXT
@invocation.ENGINE
@invocation.ROOT
@invocation.ENGINE_VERSION
@invocation.FORMAT
@invocation.COLOR
def command(
    texts: Tuple[str, ...],
    who: str,
    http_proxy: Optional[str],
    https_proxy: Optional[str],
    no_proxy: Optional[str],
    dialect: Optional[str],
    lint: bool,
    from_stdin: bool,
    host: str,
    context: str,
    engine: Optional[str],
    root: str,
    engine_version: Optional[str],
    format_: str,
    color: str,
) -> int:
    """Tell for each TARGET whether it goes through the proxy or direct, and what decides that, from which place.

    A TARGET is a URL, a host such as registry.corp:5000, or an image. Of an image the registry, its mirrors and, on
    Docker Hub, the token server are looked at; where the registry redirects to, only a pull can tell.

    What is no target is told of on standard error, and the others are answered. On standard input blank lines and lines
    that begin with # count for nothing; what is no target has in JSON the decision "error".

    Exits 0 whenever it could answer, 2 where a target is none, and 6 where an engine must be named.
    """
    from dockproxy import survey
    from dockproxy.resolve.engines import UnknownEngine, unclear

    if dialect is not None and dialect != ALL and dialect not in DIALECTS:
        raise CommandError(f"--dialect {dialect}: not known; use {ALL} or one of {', '.join(DIALECTS)}")
    if from_stdin and dialect == ALL:
        raise CommandError("--dialect all makes one table of its targets; give them as arguments, without --stdin")
    if lint and (texts or from_stdin or dialect is not None):
        raise CommandError("--lint is about the list itself; leave targets, --stdin and --dialect out")
    if not lint and bool(texts) == from_stdin:
        raise CommandError("give targets, such as alpine or https://registry.corp/, or --stdin and not both")
    machine = invocation.host_at(root)
    client = invocation.chosen(invocation.current_client(machine), host, context)
    try:
        report = survey.inspect(machine, client, invocation.version_of(engine_version), engine)
    except UnknownEngine as error:
        raise CommandError(str(error)) from None
    several = [c.engine or "" for c in report.consumers if c.consumer == "daemon"]
    if who == "daemon" and not machine.live and engine is None and len(several) > 1:
        raise CommandError(unclear(", ".join(several)), Exit.REFUSED)
    effective = _effective(report, who)
    for variable, text in ((HTTP, http_proxy), (HTTPS, https_proxy), (NO, no_proxy)):
        if text is not None:
            effective[variable] = _of_text(variable, text, Origin(COMMAND_LINE, name=f"--{variable}"))
    registries = report.consumer("daemon").registries
    known = _dialect(machine, report) if who == "daemon" else "go"
    own = known or go_url.ENGINE
    if lint:
        return _lint(effective[NO].text, own, format_, color)
    if dialect == ALL:
        return _compare(texts, effective, own, registries, format_, color)
    router = Router(effective, dialect or own)
    every_go = [Router(effective, each) for each in GO] if known is None and dialect is None else []
    if from_stdin:
        return _stream(router, every_go, registries, format_, color)
    return _answer(texts, router, every_go, registries, format_, color)


def _effective(report: Report, who: str) -> Dict[str, Effective]:
    if who == "cli":
        return {v: _of_shell(v, os.environ) for v in DAEMON_VARIABLES}
    consumer = report.consumer("daemon" if who == "daemon" else "container")
    _warn(consumer)
    if consumer.running is not None and consumer.status == "unknown":
        # Nothing of its files is known, but what it says itself is.
        texts = consumer.running.values
        return {v: _of_text(v, texts[v], Origin(engine_source.REPORT_SOURCE)) for v in DAEMON_VARIABLES}
    return dict(consumer.effective)


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


def _dialect(host: Host, report: Report) -> Optional[str]:
    """The one of the Go that the engine is built with; None where that is not known."""
    found = next((e for e in report.engines if e.id == report.consumer("daemon").engine), None)
    version = engine_source.go_version(host, found.socket) if found is not None and found.socket else None
    return go_url.dialect_of(version) if version is not None else None


def _read(text: str, registries: Registries) -> Target:
    return targets.read(text, registries.mirrors, registries.insecure)


def _targets(texts: Sequence[str], registries: Registries) -> Tuple[List[Target], int]:
    """The targets, and the exit code: of one that is none is told, and the others are answered."""
    asked: List[Target] = []
    refused: List[str] = []
    for text in texts:
        try:
            asked.append(_read(text, registries))
        except ValueError as error:
            refused.append(f"{text}: {error}")
    if not asked:
        raise CommandError("; ".join(refused))
    for sentence in refused:
        output.tell(sentence)
    return asked, Exit.USAGE if refused else Exit.DONE


def _lint(no_proxy: str, own: str, format_: str, color: str) -> int:
    from dockproxy.noproxy import lint
    from dockproxy.report import lint as report
    from dockproxy.report import style

    count = len(entries.split(no_proxy))
    advice = list(output.counted(lint.each(no_proxy, own), count, "entries looked at"))
    if format_ == "json":
        output.write(json.dumps(report.document(advice), indent=1) + "\n")
    else:
        output.write(report.render(advice, style.for_stream(sys.stdout, color)))
    return 0


def _compare(
    texts: Sequence[str],
    effective: Dict[str, Effective],
    own: str,
    registries: Registries,
    format_: str,
    color: str,
) -> int:
    from dockproxy.report import route, style

    asked, code = _targets(texts, registries)
    # The engine's own dialect stands first, and for the others of Go's.
    dialects = dict.fromkeys([own, *(d for d in DIALECTS if d not in GO)])
    rows = {dialect: [Router(effective, dialect).decide(target) for target in asked] for dialect in dialects}
    if format_ == "json":
        output.write(json.dumps(route.comparison(asked, rows, own), indent=1) + "\n")
    else:
        output.write(route.render_comparison(asked, rows, own, style.for_stream(sys.stdout, color)))
    return code


def _decide(target: Target, router: Router, every_go: Sequence[Router]) -> List[Decided]:
    """What the router decides; told where it depends on the engine's Go, which is not known."""
    decided = router.decide(target)
    said = [d.route.decision for d in decided]
    if any([d.route.decision for d in other.decide(target)] != said for other in every_go):
        output.tell(
            f"note: {target.text}: an engine that another Go has built decides otherwise; docs/routes.md, Which Go"
        )
    return decided


def _answer(
    texts: Sequence[str], router: Router, every_go: Sequence[Router], registries: Registries, format_: str, color: str
) -> int:
    from dockproxy.report import route, style

    asked, code = _targets(texts, registries)
    decided = [_decide(target, router, every_go) for target in asked]
    if format_ == "json":
        output.write(json.dumps(route.document(asked, decided), indent=1) + "\n")
    else:
        colours = style.for_stream(sys.stdout, color)
        output.write("\n".join(route.render(t, d, colours) for t, d in zip(asked, decided)))
    return code


def _stream(router: Router, every_go: Sequence[Router], registries: Registries, format_: str, color: str) -> int:
    from dockproxy.report import route, style

    colours, is_answered = style.for_stream(sys.stdout, color), True
    for text in _lines():
        try:
            target = _read(text, registries)
        except ValueError as error:
            is_answered = False
            if format_ == "json":
                output.write(f"{json.dumps(route.refused(text, str(error)))}\n")
            else:
                output.tell(f"{display.text(text)}: {error}")
            continue
        decided = _decide(target, router, every_go)
        if format_ == "json":
            output.write("".join(f"{json.dumps(route.route(target, each))}\n" for each in decided))
        else:
            output.write(route.render(target, decided, colours))
    return Exit.DONE if is_answered else Exit.USAGE


def _lines() -> Iterator[str]:
    """The targets of standard input as they come, without blank lines and comments."""
    for raw in sys.stdin.buffer if sys.stdin is not None else ():
        text = raw.decode("utf-8", "surrogateescape").strip()
        if text and not text.startswith("#"):
            yield text
