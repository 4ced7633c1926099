"""What ``set`` and ``unset`` have in common: plan shown, agreed to, carried out, reported."""

from __future__ import annotations

import functools
import gc
import json
import operator
import os
import sys
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, TextIO, Tuple, TypeVar

import click

from dockproxy.apply import transaction
from dockproxy.cli import invocation, output, terminal
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import Plan, Refusal, Version
from dockproxy.planner import destination, notice
from dockproxy.report import display, style
from dockproxy.report import plan as report
from dockproxy.resolve import engines, targets
from dockproxy.resolve.daemon import DaemonView
from dockproxy.sources import endpoint, init, installation, users

F = TypeVar("F", bound=Callable[..., Any])

ROOTLESS = "rootless:"
"""How the id of a user's engine begins."""

SHELL = "shell"
"""What ``--to`` takes beside places: nothing is changed."""

EXIT_OF_OUTCOME = {
    "unchanged": Exit.DONE,
    "applied": Exit.DONE,
    "pending": Exit.DONE,
    "rolled-back": Exit.ROLLED_BACK,
    "incomplete": Exit.INCOMPLETE,
}

OPTIONS = (
    click.option("--for", "for_", type=click.Choice(["daemon", "client", "all"]), default="daemon", show_default=True,
                 help="client: what containers and builds are given."),
    click.option("--users", metavar="A,B|all",
                 help="Whose client settings; by default the user who calls, or whose rootless engine --engine names."),
    click.option("--client-host", metavar="KEY", help="The entry of config.json to edit, such as default."),
    click.option("--dry-run", is_flag=True, help="Print the plan and change nothing."),
    click.option("--check", is_flag=True, help="The same, and exit 1 when something would change."),
    click.option("--yes", "-y", is_flag=True, help="Do not ask."),
    click.option("--no-restart", is_flag=True, help="Write, but leave the restart to you."),
    click.option("--timeout", type=click.FloatRange(min=1), default=600.0, metavar="SECONDS", show_default=True,
                 help="How long a restart may take."),
    click.option("--verify", metavar="IMAGE", help="After the restart the engine must be able to resolve this image."),
    click.option("--force", is_flag=True, help="Lift the refusals that say so."),
    invocation.HOST,
    invocation.CONTEXT,
    invocation.ENGINE,
    invocation.ROOT,
    invocation.ENGINE_VERSION,
    invocation.FORMAT,
    invocation.COLOR,
)  # fmt: skip


def options(function: F) -> F:
    """The options of both verbs."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def to_option(help_: str) -> Callable[[F], F]:
    """``--to``."""
    return click.option(
        "--to",
        type=click.Choice([*destination.TARGETS, SHELL]),
        metavar="[auto|systemd|env-file|daemon-json|defaults|openrc|shell]",
        default=destination.AUTO,
        show_default=True,
        help=help_,
    )


@dataclass(frozen=True)
class Request:
    """The common options as given."""

    for_: str
    users: Optional[str]
    client_host: Optional[str]
    dry_run: bool
    check: bool
    yes: bool
    no_restart: bool
    timeout: float
    verify: Optional[str]
    force: bool
    host: str
    context: str
    engine: Optional[str]
    root: str
    engine_version: Optional[str]
    format_: str
    color: str
    stdin_is_spent: bool = False
    """Standard input holds the password, and so no answer."""

    def __post_init__(self) -> None:
        for option, value in (("--users", self.users), ("--client-host", self.client_host)):
            if value is not None and not self.wants_client:
                raise CommandError(f"{option} is about the client's settings; add --for client, or leave it out")
        if self.verify is not None:
            try:
                targets.image(self.verify)
            except ValueError as error:
                raise CommandError(f"--verify {self.verify}: {error}") from None

    def check_place(self, to: str) -> None:
        """Refuse a place that is none for what is asked."""
        if to != destination.AUTO and not self.wants_daemon:
            raise CommandError("--to says where the daemon's settings stand; leave it out with --for client")
        if to == SHELL and self.wants_client:
            raise CommandError("--to shell prints lines and changes nothing; the client's need a call of their own")

    @property
    def wants_daemon(self) -> bool:
        """Whether the daemon is meant."""
        return self.for_ in ("daemon", "all")

    @property
    def wants_client(self) -> bool:
        """Whether containers and builds are meant."""
        return self.for_ in ("client", "all")

    @property
    def writes(self) -> bool:
        """Whether anything may change."""
        return not (self.dry_run or self.check)


def clients(request: Request, host: Host) -> List[Tuple[endpoint.Client, str]]:
    """Whose client settings are meant, each with the daemon's host as their CLI writes it."""
    if request.engine is not None and not request.wants_daemon:
        _check_engine(request, host)
    if request.users is None and (request.engine or "").startswith(ROOTLESS):
        return [_of_engine(request, host)]
    if request.users is None:
        found = [invocation.current_client(host)]
    elif request.users == "all":
        found = users.with_configuration(host)
    else:
        found = [invocation.named_client(host, name) for name in dict.fromkeys(request.users.split(","))]
    if not found:
        raise CommandError("--users all: no user of this host has a .docker/config.json; name the users", Exit.REFUSED)
    chosen = [invocation.chosen(client, request.host, request.context) for client in found]
    for client in chosen:
        if os.environ.get("SUDO_USER") and client.uid != 0:
            output.tell(f"note: this edits {client.config_file}; `sudo docker` reads root's instead")
    # Of two names for one file one is enough.
    chosen = list({host.realpath(client.config_file): client for client in reversed(chosen)}.values())[::-1]
    return [(client, request.client_host or _current(host, client).daemon_host) for client in chosen]


def _check_engine(request: Request, host: Host) -> installation.Installation:
    """The engine that ``--engine`` names, where nothing else of it is looked at."""
    found = installation.find(host, invocation.current_client(host).user)
    named = next((i for i in found if i.id == request.engine), None)
    if named is None:
        raise CommandError(engines.unknown(request.engine, ", ".join(i.id for i in found)))
    return named


def _of_engine(request: Request, host: Host) -> Tuple[endpoint.Client, str]:
    """The client of the user whose engine ``--engine`` names."""
    caller = invocation.current_client(host)
    each = _check_engine(request, host)
    user = each.user
    assert user is not None, "its id begins as those of users do"
    client, daemon_host = engines.client_of(host, each, user, caller)
    return client, request.client_host or daemon_host


def the_engine(request: Request, host: Host) -> DaemonView:
    """The engine of this host that is meant: the one of ``--engine``, else the one behind the current endpoint; refused
    when that is another machine's."""
    version = invocation.version_of(request.engine_version)
    found = _engine(request, host, version)
    invocation.check_version(version, found.engine)
    return found


def _engine(request: Request, host: Host, version: Optional[Version]) -> DaemonView:
    client = invocation.chosen(invocation.current_client(host), request.host, request.context)
    seen = engines.all_of(host, client.user, version)
    if request.engine is not None:
        try:
            (found,) = engines.with_id(seen, request.engine)
        except engines.UnknownEngine as error:
            raise CommandError(str(error)) from None
        return found
    current = _current(host, client)
    # What a tree's own client talks to does not matter, what an option names does.
    is_elsewhere = current.socket is None and (host.live or bool(request.host or request.context))
    if not host.live and not is_elsewhere:
        named = engines.named_in_tree(host, current)
        candidates = [s for s in seen if s.installation.socket == named] or seen
    elif current.socket is not None:
        candidates = engines.behind(host, current.socket, seen, version)
    else:
        raise Refusal(
            f"docker talks to {current.address or 'nothing'} ({current.chosen_by}), which is not on this host; "
            "run dockproxy on that host, or choose an engine of this one with -H, --context default or --engine"
        )
    if len(candidates) > 1:
        raise Refusal(engines.unclear(engines.ids(seen)))
    return candidates[0]


def _current(host: Host, client: endpoint.Client) -> endpoint.Endpoint:
    try:
        return engines.current(host, client)
    except engines.UnknownEngine as error:
        raise CommandError(str(error)) from None


def carry_out(
    request: Request,
    host: Host,
    seen: Optional[DaemonView],
    plans: List[Plan],
    preflight: Callable[[], None] = lambda: None,
) -> int:
    """Show the plans as one, try the proxy, ask, carry them out, report. Returns the exit code."""
    gc.enable()  # from here on it may wait for minutes
    plan = functools.reduce(operator.add, plans)
    if request.no_restart and seen is not None and "restart" in plan.steps:
        steps = tuple(step for step in plan.steps if step == "daemon-reload" or (step == "validate" and plan.changes))
        command = init.restart_command(seen.init, seen.installation)
        plan = replace(plan, steps=steps, notes=(*plan.notes, f"the restart is left to you: {command}"))
    if seen is not None and "restart" in plan.steps:
        notice.refuse_last_manager(host, seen, request.force)
        plan = replace(plan, notes=(*plan.notes, *notice.restart_notice(host, seen)))
    pending = bool(plan.changes or plan.steps)
    as_json = request.format_ == "json"
    if request.verify and "restart" not in plan.steps and (pending or request.root != "/"):
        output.tell(f"warning: nothing is restarted, so {request.verify} is not verified")
    if not request.writes:
        output.write(_json(report.plan_document(plan)) if as_json else _plan_text(request, plan, seen, sys.stdout))
        return Exit.FINDINGS if request.check and pending else Exit.DONE
    if pending:
        transaction.refuse_unwritable(host, plan)
        output.narrate(_plan_text(request, plan, seen, sys.stderr))
        with terminal.nothing_is_changed_yet():
            _agree(request, preflight)
    options = transaction.Options(request.timeout, request.verify)
    result = transaction.carry_out(host, seen, plan, options, _narrate)
    said = _json(report.result_document(result)) if as_json else report.result_text(result, output.width(sys.stdout))
    output.write(said)
    if result.interrupted:
        return Exit.INTERRUPTED
    is_unverified = result.outcome == "unchanged" and any(step.outcome == "failed" for step in result.steps)
    return Exit.FINDINGS if is_unverified else EXIT_OF_OUTCOME[result.outcome]


def _agree(request: Request, preflight: Callable[[], None]) -> None:
    if request.yes:
        preflight()
        return
    with terminal.to_ask_on(request.stdin_is_spent) as place:
        if place is None:
            raise Refusal("nothing was changed: there is no terminal to ask on; use --yes to agree beforehand")
        preflight()
        if not terminal.agreed(place, "Go on?"):
            raise Refusal("nothing was changed: not agreed to")


def print_lines(request: Request, plan: Plan) -> int:
    """Print a plan that changes nothing: its notes are what was asked for."""
    as_json = request.format_ == "json"
    output.write(
        _json(report.plan_document(plan)) if as_json else "".join(f"{display.text(line)}\n" for line in plan.notes)
    )
    return Exit.DONE


def _plan_text(request: Request, plan: Plan, seen: Optional[DaemonView], stream: TextIO) -> str:
    engine = seen.engine.id if seen is not None and seen.is_one_of_several else ""
    colours, width = style.for_stream(stream, request.color), output.width(stream)
    return report.plan_text(plan, colours, request.root, engine, width)


def _json(document: Dict[str, Any]) -> str:
    return json.dumps(document, indent=1) + "\n"


def _narrate(line: str) -> None:
    output.tell(f"  {line}")


def refused(request: Request, refusal: Refusal) -> int:
    """Report a refusal: the sentence on stderr, the document on stdout where JSON is asked for."""
    if request.format_ == "json":
        output.write(_json(report.refusal_document(refusal)))
    raise CommandError(str(refusal), Exit.PRIVILEGES if refusal.privileges else Exit.REFUSED)
