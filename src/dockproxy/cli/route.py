"""``dockproxy route``."""

from __future__ import annotations

from typing import Optional, Tuple

import click

from dockproxy.cli import invocation, route_answers
from dockproxy.cli.errors import CommandError
from dockproxy.cli.route_answers import Answers, Form
from dockproxy.cli.route_settings import Consumers, is_named_in_tree
from dockproxy.model import HTTP, HTTPS, NO
from dockproxy.noproxy import DIALECTS

EXAMPLES = """\b
Examples:
  dockproxy route alpine                    what a pull touches first
  dockproxy route https://registry.corp:5000/v2/ 10.0.0.7
  dockproxy route quay.io/a/b --no-proxy .corp,quay.io    what if
  dockproxy route --for container https://api.corp/
  dockproxy route --dialect all api.corp    which client decides otherwise
  dockproxy route --lint                    what each entry of the list does
  dockproxy route --stdin --format json < hosts
"""

ALL = "all"
"""In the place of a dialect."""


@click.command("route", cls=invocation.Verb, epilog=EXAMPLES)
@click.argument("texts", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--for",
    "who",
    type=click.Choice(["daemon", "cli", "container", "build"]),
    default="daemon",
    show_default=True,
    help="Whose settings: the engine's, this shell's docker CLI's, or what the CLI gives to containers and builds. "
    "Images go by the engine's whatever is named here, as the engine pulls them.",
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
    Docker Hub, the token server are looked at; where the registry redirects to, only a pull can tell. The engine pulls
    images, also for builds, whose tokens the docker CLI fetches in most cases.

    What is no target is told of on standard error, and the others are answered. On standard input blank lines and lines
    that begin with # count for nothing; what is no target has in JSON the decision "error".

    Exits 0 whenever it could answer, 2 where a target is none, and 6 where an engine must be named.
    """
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
    report = invocation.inspected(machine, client, engine_version, engine)
    what_if = {HTTP: http_proxy, HTTPS: https_proxy, NO: no_proxy}
    given = {variable: text for variable, text in what_if.items() if text is not None}
    is_chosen = machine.live or engine is not None or is_named_in_tree(machine, client, report)
    consumers, form = Consumers(machine, report, who, given, is_chosen, engine is not None), Form(format_, color)
    if lint:
        return route_answers.lint(consumers.named, form)
    if dialect == ALL:
        return route_answers.compare(texts, consumers, form)
    answers = Answers(consumers, dialect)
    return route_answers.stream(answers, form) if from_stdin else route_answers.answer(texts, answers, form)
