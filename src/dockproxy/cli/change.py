"""What ``set`` and ``unset`` have in common: plan shown, agreed to, carried out, reported."""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import sys
from dataclasses import dataclass
from typing import Any, Callable, List, Optional, TypeVar

import click

from dockproxy.apply import transaction
from dockproxy.cli import invocation, output
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import Plan, Refusal
from dockproxy.planner import notice
from dockproxy.report import plan as report
from dockproxy.report import style
from dockproxy.resolve.daemon import DaemonView, view
from dockproxy.sources import endpoint, engine

F = TypeVar("F", bound=Callable[..., Any])

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
    click.option("--users", metavar="A,B|all", help="Whose client settings; by default the user who calls."),
    click.option("--client-host", metavar="KEY", help="The entry of config.json to edit, such as default."),
    click.option("--dry-run", is_flag=True, help="Print the plan and change nothing."),
    click.option("--check", is_flag=True, help="The same, and exit 1 when something would change."),
    click.option("--yes", "-y", is_flag=True, help="Do not ask."),
    click.option("--no-restart", is_flag=True, help="Write, but leave the restart to you."),
    click.option("--timeout", type=click.FloatRange(min=1), default=600.0, metavar="SECONDS", show_default=True,
                 help="How long a restart may take."),
    click.option("--verify", metavar="IMAGE", help="After the restart the engine must be able to resolve this image."),
    click.option("--force", is_flag=True, help="Lift the refusals that say so."),
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
    root: str
    engine_version: Optional[str]
    format_: str
    color: str

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


def clients(request: Request, host: Host) -> List[endpoint.Client]:
    """Whose client settings are meant."""
    if request.users is None:
        return [invocation.current_client(host)]
    if request.users == "all":
        found = invocation.all_clients()
        if not found:
            raise CommandError(
                "--users all: no user of this host has a .docker/config.json; name the users", Exit.REFUSED
            )
        return found
    return [invocation.client_of(name) for name in request.users.split(",")]


def local_socket(host: Host, root: str) -> str:
    """The socket of this host's engine; refused when the current endpoint is another machine's."""
    if root != "/":
        return engine.SOCKET
    current = endpoint.current(host, invocation.current_client(host))
    if current.socket is None:
        raise Refusal(
            f"docker talks to {current.address or 'nothing'} ({current.chosen_by}), which is not on this host; "
            "run dockproxy on that host, or unset DOCKER_HOST and choose the default context"
        )
    return current.socket


def carry_out(request: Request, host: Host, seen: Optional[DaemonView], plans: List[Plan]) -> int:
    """Show the plans, ask, carry them out one after the other, report. Returns the exit code."""
    gc.enable()  # from here on it may wait for minutes
    say = _narrator()
    as_json = request.format_ == "json"
    pending = any(p.changes or p.steps for p in plans)
    if not request.writes:
        for plan in plans:
            if as_json:
                output.write(json.dumps(report.plan_document(plan), indent=1) + "\n")
            else:
                text = report.plan_text(plan, style.for_stream(sys.stdout, request.color), request.root)
                output.write(text)
        return Exit.FINDINGS if request.check and pending else Exit.DONE
    if pending:
        for plan in plans:
            if plan.changes or plan.steps:
                text = report.plan_text(plan, style.for_stream(sys.stderr, request.color), request.root)
                click.echo(text, err=True, nl=False, color=True)
        _restart_notice(request, host, seen, plans, say)
        _agree(request)
    if request.verify and not any("restart" in p.steps for p in plans):
        say(f"warning: nothing is restarted, so {request.verify} is not verified")
    code = Exit.DONE
    settings = transaction.Options(not request.no_restart, request.timeout, request.verify)
    _interrupt_on_hangup()
    for plan in plans:
        daemon = seen if seen is not None else view(host)
        result = transaction.carry_out(host, daemon, plan, settings, say)
        if as_json:
            output.write(json.dumps(report.result_document(result), indent=1) + "\n")
        else:
            output.write(report.result_text(result))
        code = max(code, Exit.INTERRUPTED if result.interrupted else EXIT_OF_OUTCOME[result.outcome])
        if code:
            break
    return code


def _interrupt_on_hangup() -> None:
    """A lost terminal or a polite kill rolls back like Ctrl-C; nohup's choice to ignore stays."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _restart_notice(
    request: Request, host: Host, seen: Optional[DaemonView], plans: List[Plan], say: Callable[[str], None]
) -> None:
    if seen is None or request.no_restart or not any("restart" in p.steps for p in plans):
        return
    notice.refuse_last_manager(host, seen.engine.socket, seen.info, request.force)
    for line in notice.restart_notice(host, seen.engine.socket, seen.info):
        say(f"restart: {line}")


def _agree(request: Request) -> None:
    if request.yes:
        return
    if not sys.stdin.isatty():
        raise Refusal("nothing was changed: there is no terminal to ask on; use --yes to agree beforehand")
    if not click.confirm("Go on?", err=True):
        raise Refusal("nothing was changed: not agreed to")


def _narrator() -> Callable[[str], None]:
    from dockproxy.secret import mask

    def say(line: str) -> None:
        # A terminal that is gone must not end a rollback.
        with contextlib.suppress(OSError):
            click.echo(f"  {mask(line)}", err=True)

    return say


def refused(request: Request, refusal: Refusal) -> int:
    """Report a refusal: the sentence on stderr, the document on stdout where JSON is asked for."""
    if request.format_ == "json":
        output.write(json.dumps(report.refusal_document(refusal), indent=1) + "\n")
    raise CommandError(str(refusal), Exit.PRIVILEGES if refusal.privileges else Exit.REFUSED)
