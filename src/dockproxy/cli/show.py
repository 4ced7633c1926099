"""``dockproxy show``."""

from __future__ import annotations

import sys
from typing import Optional

import click

from dockproxy.cli import invocation, output

EXAMPLES = """\b
Examples:
  dockproxy show                     every consumer of this host
  dockproxy show https-proxy         one variable
  dockproxy show --root /mnt/image   a host that does not run
  dockproxy show -H ssh://build      what an engine elsewhere reports
  dockproxy show --format json
"""


@click.command("show", cls=invocation.Verb, epilog=EXAMPLES)
@click.argument("variable", required=False, metavar="[VARIABLE]")
@invocation.HOST
@invocation.CONTEXT
@invocation.ENGINE
@invocation.ROOT
@invocation.ENGINE_VERSION
@invocation.FORMAT
@invocation.COLOR
def command(
    variable: Optional[str],
    host: str,
    context: str,
    engine: Optional[str],
    root: str,
    engine_version: Optional[str],
    format_: str,
    color: str,
) -> int:
    """Show what each consumer uses, each value with its origin, what lost and why, and what is missing until it runs.

    With a VARIABLE its whole story: also the proof of each rule, and what every layer holds, from the files over
    systemd and the process to the engine's own report.

    A VARIABLE is http-proxy, https-proxy, no-proxy, ftp-proxy or all-proxy; HTTP_PROXY and the like are taken, too.

    Needs no root; what could not be read is named. Exits 0 whenever it could answer.
    """
    variable = None if variable is None else invocation.variable_of(variable)
    machine = invocation.host_at(root)
    client = invocation.chosen(invocation.current_client(machine), host, context)
    report = invocation.inspected(machine, client, engine_version, engine, layered=variable is not None)
    if format_ == "json":
        import json

        from dockproxy.report import show_json

        output.write(json.dumps(show_json.document(report, variable), indent=1) + "\n")
    else:
        from dockproxy.report import show_text, style

        output.write(show_text.render(report, variable, style.for_stream(sys.stdout, color)))
    return 0
