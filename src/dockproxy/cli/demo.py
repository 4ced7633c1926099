"""``dockproxy demo``."""

from __future__ import annotations

import sys

import click

from dockproxy.cli import invocation
from dockproxy.cli.errors import CommandError, Exit

EXAMPLES = """\b
Examples:
  dockproxy demo
  dockproxy demo --color always | less -R
"""


@click.command("demo", cls=invocation.Verb, epilog=EXAMPLES)
@invocation.COLOR
def command(color: str) -> int:
    """Tell the story on an embedded network: a pull that fails, set, show, a pull through the proxy, unset.

    Needs neither root nor Docker, touches only a temporary directory, exits 1 if a scene does not end as told.
    """
    from dockproxy.demo import story
    from dockproxy.report import style

    try:
        surprises = story.tell(lambda text: click.echo(text, color=True), style.for_stream(sys.stdout, color))
    except ModuleNotFoundError as error:
        raise CommandError(
            f"demo needs the package {error.name}, which is not here; run `make demo` in a checkout", Exit.USAGE
        ) from None
    return Exit.FINDINGS if surprises else Exit.DONE
