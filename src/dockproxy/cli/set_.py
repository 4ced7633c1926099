"""``dockproxy set``."""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import replace
from itertools import chain
from typing import Any, Callable, Dict, List, Optional, Tuple

import click

from dockproxy.cli import change, intent, invocation, output, terminal
from dockproxy.cli.errors import CommandError
from dockproxy.host import Host
from dockproxy.model import HTTP, HTTPS, NO, Plan, Refusal, Value
from dockproxy.noproxy import entries
from dockproxy.planner import guards, plan_client, plan_set, plan_shell, proposal
from dockproxy.planner.proposal import Proposal
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView
from dockproxy.secret import ProxyURL, mask, proxy_fault
from dockproxy.sources import client_config, engine, users

Edits = Tuple[Optional[str], Tuple[str, ...], Tuple[str, ...]]
"""Of the no-proxy list: what replaces it, what is added, what is removed."""

Read = Tuple[Proposal, Optional[str]]
"""What a list needs, and the dialect of Go that reads it; None: many clients do."""

AUTO = "auto"

EXAMPLES = """\b
Examples:
  dockproxy set http://proxy.example.com:3128 --no-proxy .corp,10.0.0.0/8
  dockproxy set --add-no-proxy registry.corp
  dockproxy set --no-proxy auto --dry-run
  dockproxy set http://proxy:3128 --proxy-user alice --proxy-password-stdin
  dockproxy set http://proxy.example.com:3128 --for client
  dockproxy set http://proxy.example.com:3128 --dry-run

Exit codes: 0 done or nothing to do, 1 changes under --check, 2 usage, 3 rolled back, 4 rollback incomplete,
5 privileges, 6 refused and nothing touched.
"""


@click.command("set", cls=invocation.Verb, epilog=EXAMPLES)
@click.argument("url", required=False)
@click.option("--http-proxy", metavar="URL", help="The proxy for http:// targets only.")
@click.option("--https-proxy", metavar="URL", help="The proxy for https:// targets only.")
@click.option(
    "--no-proxy",
    metavar="LIST|auto",
    help="Replace the list of targets that go direct; auto adds what this host needs, each entry with its reason.",
)
@click.option("--add-no-proxy", metavar="LIST", multiple=True, help="Add to the list.")
@click.option("--remove-no-proxy", metavar="LIST", multiple=True, help="Take out of the list.")
@click.option("--from-env", is_flag=True, help="Take the values of the calling shell.")
@click.option("--proxy-user", metavar="NAME", help="User name, encoded for you.")
@click.option(
    "--proxy-password-stdin",
    is_flag=True,
    help="Read the password from standard input; a terminal asks for it and does not show it.",
)
@change.to_option(
    "Where to write: a systemd drop-in, an environment file, daemon.json, an init script's file; auto takes what "
    "decides today. shell changes nothing, and prints the lines for a shell that starts dockerd."
)
@click.option("--no-dial", is_flag=True, help="Do not try the proxy beforehand.")
@click.option("--allow-container-credentials", is_flag=True, help="Give containers a proxy with a password.")
@change.options
def command(
    url: Optional[str],
    http_proxy: Optional[str],
    https_proxy: Optional[str],
    no_proxy: Optional[str],
    add_no_proxy: Tuple[str, ...],
    remove_no_proxy: Tuple[str, ...],
    from_env: bool,
    proxy_user: Optional[str],
    proxy_password_stdin: bool,
    to: str,
    no_dial: bool,
    allow_container_credentials: bool,
    **common: Any,
) -> int:
    """Make a proxy effective: plan, diff, write, restart, compare with the engine's own report, or roll back.

    One URL sets both schemes. What is not named keeps the value it has.
    """
    request = change.Request(**common, stdin_is_spent=proxy_password_stdin)
    if allow_container_credentials and not request.wants_client:
        raise CommandError("--allow-container-credentials is about the client's settings; add --for client")
    request.check_place(to)
    if proxy_password_stdin and url is not None and not re.search(r"://|:\d+\Z", url):
        # Nothing of it is quoted: it may be the password.
        raise CommandError(
            "the word on the command line is no proxy URL such as http://proxy.example.com:3128; with "
            "--proxy-password-stdin the password is read from standard input"
        )
    _refuse_like_auto(no_proxy, add_no_proxy)
    warnings: List[str] = []
    named = _proxies(url, http_proxy, https_proxy, from_env, warnings)
    named = _with_credentials(named, proxy_user, proxy_password_stdin)
    if proxy_user is not None and not proxy_password_stdin:
        warnings.append("no password is given, so none is sent to the proxy; give it with --proxy-password-stdin")
    for text in (no_proxy if no_proxy not in (None, AUTO) else "", *add_no_proxy, str(named.get(NO, ""))):
        intent.warn_of_entries(text, warnings)
    edits = (no_proxy, add_no_proxy, remove_no_proxy)
    if not named and no_proxy is None and not add_no_proxy and not remove_no_proxy:
        raise CommandError(
            "nothing to set; give a proxy URL, such as http://proxy.example.com:3128, or --no-proxy LIST"
        )
    for warning in dict.fromkeys(warnings):
        output.tell(f"warning: {warning}")
    try:
        return _set(request, named, edits, to, no_dial, allow_container_credentials)
    except Refusal as refusal:
        return change.refused(request, refusal)


def _refuse_like_auto(no_proxy: Optional[str], added: Tuple[str, ...]) -> None:
    """A list that would be stored as it is, with ``auto`` for a host."""
    if any(entry.lower() == AUTO for text in added for entry in entries.split(text)):
        raise CommandError("--add-no-proxy: auto is no host; --no-proxy auto adds what this host needs")
    found = [entry.lower() for entry in entries.split(no_proxy or "")]
    if no_proxy == AUTO or AUTO not in found:
        return
    if len(found) > 1:
        raise CommandError("--no-proxy: auto stands alone; add others with --add-no-proxy")
    raise CommandError("--no-proxy: auto is written in lower case and alone; write it like --no-proxy auto")


def _set(
    request: change.Request, named: Dict[str, Value], edits: Edits, to: str, no_dial: bool, allow_credentials: bool
) -> int:
    host = invocation.host_at(request.root)
    plans: List[Plan] = []
    seen: Optional[DaemonView] = None
    if request.wants_daemon:
        seen = change.the_engine(request, host)
        if NO not in named and edits[0] in (None, AUTO) and any(edits):
            guards.refuse_unknown(seen, NO)
        wanted, notes = _with_no_proxy(named, seen.effective[NO].text, edits, _for_daemon(host, seen), _same(request))
        if to == change.SHELL:
            return change.print_lines(request, plan_shell(seen, wanted))
        plan = plan_set(host, seen, wanted, to, request.force)
        plans.append(replace(plan, notes=plan.notes + notes + _too_new(host, seen, named)))
    if request.wants_client:
        for client, daemon_host in change.clients(request, host):
            current = precedence.container(client_config.read(host, client.config_file, daemon_host))[NO].text
            proposed = _for_containers(request, host, daemon_host)
            wanted, notes = _with_no_proxy(named, current, edits, proposed, _same(request, client.user))
            plan = plan_client(
                host, client, daemon_host, wanted, entry=request.client_host,
                allow_credentials=allow_credentials, force=request.force,
            )  # fmt: skip
            plans.append(replace(plan, notes=plan.notes + notes))
    names_proxy = any(isinstance(value, ProxyURL) for value in named.values())

    def preflight() -> None:
        if seen is not None and names_proxy and request.root == "/" and not no_dial:
            _dial(request, seen, plans[0])

    return change.carry_out(request, host, seen, plans, preflight)


def _too_new(host: Host, seen: DaemonView, named: Dict[str, Value]) -> Tuple[str, ...]:
    """That the engine's Go does not know the scheme of a proxy that others do."""
    known = engine.dialect(host, seen.engine) if any("socks5h://" in str(v).lower() for v in named.values()) else None
    faults = {proxy_fault.of(v.reveal(), known) for v in named.values() if isinstance(v, ProxyURL)} if known else ()
    return tuple(f"the engine cannot use this proxy: {fault}" for fault in faults if fault is not None)


def _proxies(
    url: Optional[str], http_proxy: Optional[str], https_proxy: Optional[str], from_env: bool, warnings: List[str]
) -> Dict[str, Value]:
    named: Dict[str, Value] = intent.from_environment(os.environ, warnings) if from_env else {}
    for variable, text in ((HTTP, url), (HTTPS, url), (HTTP, http_proxy), (HTTPS, https_proxy)):
        if text is not None:
            named[variable] = intent.proxy_url(text, warnings)
    return named


def _with_credentials(named: Dict[str, Value], user: Optional[str], from_stdin: bool) -> Dict[str, Value]:
    if user is None:
        if from_stdin:
            raise CommandError("--proxy-password-stdin needs --proxy-user NAME")
        return named
    if not any(isinstance(v, ProxyURL) for v in named.values()):
        raise CommandError("--proxy-user needs a proxy URL beside it")
    if ":" in user:
        # Nothing of it is quoted: what follows the colon is most likely the password.
        raise CommandError(
            "--proxy-user: no user name holds a colon; give the name alone, and the password with "
            "--proxy-password-stdin"
        )
    password = _password() if from_stdin else ""
    return {
        v: value.with_credentials(user, password) if isinstance(value, ProxyURL) else value
        for v, value in named.items()
    }


def _password() -> str:
    try:
        with terminal.nothing_is_changed_yet():
            password = terminal.password() if terminal.stdin_is_one() else _from_stdin()
        password.encode("utf-8")
    except UnicodeError:
        raise CommandError("--proxy-password-stdin: the password is not UTF-8; convert it first") from None
    if "\n" in password:
        raise CommandError("--proxy-password-stdin: standard input holds more than one line; give the password alone")
    if not password or any(ord(c) < 32 or ord(c) == 127 for c in password):
        raise CommandError("--proxy-password-stdin: the password is empty or holds control characters")
    return password


def _from_stdin() -> str:
    text = sys.stdin.buffer.read().decode("utf-8") if sys.stdin is not None else ""
    # One line break at the end is the shell's, not the password's.
    return text.removesuffix("\n").removesuffix("\r")


def _same(request: change.Request, user: Optional[str] = None) -> str:
    """The command that edits the list of the same engine, or of the containers of ``user``."""
    of_client = {"--for": "client", "--users": request.users and user, "--client-host": request.client_host}
    root = request.root if request.root != "/" else None
    places = {"-H": request.host, "--context": request.context, "--engine": request.engine, "--root": root}
    asked = {**(of_client if user is not None else {}), **places}
    return shlex.join(["dockproxy", "set", *chain.from_iterable((o, value) for o, value in asked.items() if value)])


def _with_no_proxy(
    named: Dict[str, Value], current: str, edits: Edits, proposed: Callable[[], Read], same: str
) -> Tuple[Dict[str, Value], Tuple[str, ...]]:
    """The values with the list as edited, and what is to be told of it."""
    current, (whole, added, removed) = str(named.get(NO, current)), edits
    missing: List[str] = []
    edited = intent.no_proxy_list(current, None if whole == AUTO else whole, added, removed, missing)
    if whole != AUTO:
        return named if edited is None else {**named, NO: edited}, tuple(missing)
    found, dialect = proposed()
    # What is taken out of a proposal may not be in the list.
    computed = proposal.apply(current, edited, found.without(removed), dialect, same)
    return {**named, NO: computed.text}, computed.notes


def _for_daemon(host: Host, seen: DaemonView) -> Callable[[], Read]:
    user = seen.installation.user
    client = users.of_user(user) if user is not None else invocation.current_client(host)
    return lambda: (proposal.for_daemon(host, seen, [client.config_file]), engine.dialect(host, seen.engine))


def _for_containers(request: change.Request, host: Host, daemon_host: str) -> Callable[[], Read]:
    def proposed() -> Read:
        seen = change.the_engine(request, host)
        socket = daemon_host[len("unix://") :] if daemon_host.startswith("unix://") else None
        of_daemon, _ = _for_daemon(host, seen)()
        return proposal.for_containers(host, socket, of_daemon), None

    return proposed


def _dial(request: change.Request, seen: DaemonView, plan: Plan) -> None:
    """Try the proxy once before anything is touched. One attempt only: directories lock accounts."""
    from dockproxy import dial
    from dockproxy.planner.verify_target import verify_target

    target = verify_target(request.verify, seen.info, plan.desired)
    if target is None:
        return
    proxy, host, port = target
    output.tell(f"Trying {proxy} with {host}:{port}, {dial.TIMEOUT:.0f} s at most.")
    answer = dial.preflight(proxy, host, port)
    # It quotes the proxy, which may repeat the password.
    sentence = mask(answer.sentence, [proxy])
    if answer.outcome == "refused" and not request.force:
        raise Refusal(f"{sentence} (--no-dial skips this test)")
    if answer.outcome != "ok":
        output.tell(f"warning: {sentence}")
