"""``dockproxy unset``."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import click

from dockproxy.cli import change, invocation
from dockproxy.cli.errors import CommandError
from dockproxy.model import CONTAINER_VARIABLES, DAEMON_VARIABLES, Plan, Refusal
from dockproxy.planner import plan_client, plan_shell, plan_unset
from dockproxy.resolve.daemon import DaemonView

EXAMPLES = """\b
Examples:
  dockproxy unset                  this engine uses no proxy at all
  dockproxy unset no-proxy         only the list goes
  dockproxy unset --for client     new containers are given none
  dockproxy unset --to defaults    refused where another place sets one, too
"""


@click.command("unset", cls=invocation.Verb, epilog=EXAMPLES)
@click.argument("variables", nargs=-1, metavar="[VARIABLE]...")
@change.to_option(
    "The one place that may change, as of set; refused where another sets something, too. auto takes whatever decides. "
    "shell changes nothing, and prints the lines for a shell that starts dockerd."
)
@change.options
def command(variables: Tuple[str, ...], to: str, **common: Any) -> int:
    """Leave the engine, or new containers, without a proxy: whatever decides is taken away until nothing surfaces.

    Another author's file is shown in the diff before it changes; what packages own or other services share stays, and
    is neutralised for this engine only. A flag of dockerd goes out of ExecStart=, where it stands there itself.

    A VARIABLE is http-proxy, https-proxy, no-proxy, ftp-proxy or all-proxy; HTTP_PROXY and the like are taken, too.
    """
    request = change.Request(**common)
    request.check_place(to)
    variables = tuple(map(invocation.variable_of, variables))
    for variable in variables:
        if variable not in DAEMON_VARIABLES and not request.wants_client:
            raise CommandError(f"{variable} is none of the daemon's variables; for containers, add --for client")
    host = invocation.host_at(request.root)
    try:
        plans: List[Plan] = []
        seen: Optional[DaemonView] = None
        if request.wants_daemon:
            seen = change.the_engine(request, host)
            wanted = [v for v in DAEMON_VARIABLES if v in (variables or DAEMON_VARIABLES)]
            if to == change.SHELL:
                return change.print_lines(request, plan_shell(seen, dict.fromkeys(wanted, "")))
            plans.append(plan_unset(host, seen, wanted, request.force, to))
        if request.wants_client:
            gone = dict.fromkeys(variables or CONTAINER_VARIABLES)
            for client, daemon_host in change.clients(request, host):
                entry = request.client_host
                plans.append(plan_client(host, client, daemon_host, gone, entry=entry, force=request.force))
        return change.carry_out(request, host, seen, plans)
    except Refusal as refusal:
        return change.refused(request, refusal)
