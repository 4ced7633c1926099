"""``dockproxy set``."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, Optional, Tuple

import click

from dockproxy.cli import change, intent, invocation
from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host
from dockproxy.model import HTTP, HTTPS, NO, Plan, Refusal, Value
from dockproxy.planner import plan_client, plan_set
from dockproxy.planner.daemon_set import TARGETS
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import DaemonView, view
from dockproxy.secret import ProxyURL, mask
from dockproxy.sources import client_config, endpoint

EXAMPLES = """\b
Examples:
  dockproxy set http://proxy.example.com:3128 --no-proxy .corp,10.0.0.0/8
  dockproxy set --add-no-proxy registry.corp
  dockproxy set http://proxy.example.com:3128 --proxy-user alice --proxy-password-stdin < file
  dockproxy set http://proxy.example.com:3128 --for client
  dockproxy set http://proxy.example.com:3128 --dry-run

\b
Exit codes: 0 done or nothing to do, 1 changes under --check, 2 usage, 3 rolled back,
4 rollback incomplete, 5 privileges, 6 refused and nothing touched.
"""


@click.command("set", epilog=EXAMPLES)
@click.argument("url", required=False)
@click.option("--http-proxy", metavar="URL", help="The proxy for http:// targets only.")
@click.option("--https-proxy", metavar="URL", help="The proxy for https:// targets only.")
@click.option("--no-proxy", metavar="LIST", help="Replace the list of targets that go direct.")
@click.option("--add-no-proxy", metavar="LIST", multiple=True, help="Add to the list.")
@click.option("--remove-no-proxy", metavar="LIST", multiple=True, help="Take out of the list.")
@click.option("--from-env", is_flag=True, help="Take the values of the calling shell.")
@click.option("--proxy-user", metavar="NAME", help="User name, encoded for you.")
@click.option("--proxy-password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--to",
    type=click.Choice(list(TARGETS)),
    default="auto",
    show_default=True,
    help="Where to write: a systemd drop-in, an environment file, daemon.json; auto takes what decides today.",
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
    request = change.Request(**common)
    warnings: List[str] = []
    named = _proxies(url, http_proxy, https_proxy, from_env, warnings)
    named = _with_credentials(named, proxy_user, proxy_password_stdin)
    if proxy_user is not None and not proxy_password_stdin:
        warnings.append("no password is given, so none is sent to the proxy; give it with --proxy-password-stdin")
    for text in (no_proxy or "", *add_no_proxy, str(named.get(NO, ""))):
        intent.warn_of_entries(text, warnings)
    if to != "auto" and not request.wants_daemon:
        raise CommandError("--to says where the daemon's settings go; leave it out with --for client", Exit.USAGE)
    edits = (no_proxy, add_no_proxy, remove_no_proxy)
    if not named and no_proxy is None and not add_no_proxy and not remove_no_proxy:
        raise CommandError(
            "nothing to set; give a proxy URL, such as http://proxy.example.com:3128, or --no-proxy LIST", Exit.USAGE
        )
    for warning in dict.fromkeys(warnings):
        click.echo(f"warning: {mask(warning)}", err=True)
    host = invocation.host_at(request.root)
    try:
        plans: List[Plan] = []
        seen: Optional[DaemonView] = None
        if request.wants_daemon:
            seen = view(host, change.local_socket(request, host), invocation.version_of(request.engine_version))
            wanted = _with_no_proxy(named, seen.effective[NO].text, edits)
            plans.append(plan_set(host, seen, wanted, to, request.force))
            _dial(request, seen, wanted, no_dial)
        if request.wants_client:
            plans += [
                _client_plan(host, c, named, edits, request, allow_container_credentials)
                for c in change.clients(request, host)
            ]
        return change.carry_out(request, host, seen, plans)
    except Refusal as refusal:
        return change.refused(request, refusal)


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
            raise CommandError("--proxy-password-stdin needs --proxy-user NAME", Exit.USAGE)
        return named
    if not any(isinstance(v, ProxyURL) for v in named.values()):
        raise CommandError("--proxy-user needs a proxy URL beside it", Exit.USAGE)
    password = ""
    if from_stdin:
        try:
            password = sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError:
            raise CommandError(
                "--proxy-password-stdin: the password is not UTF-8; convert it first", Exit.USAGE
            ) from None
        # One line break at the end is the shell's, not the password's.
        password = password.removesuffix("\n")
        password = password.removesuffix("\r")
        if not password or any(ord(c) < 32 or ord(c) == 127 for c in password):
            raise CommandError("--proxy-password-stdin: the password is empty or holds control characters", Exit.USAGE)
    return {
        v: value.with_credentials(user, password) if isinstance(value, ProxyURL) else value
        for v, value in named.items()
    }


def _with_no_proxy(
    named: Dict[str, Value], current: str, edits: Tuple[Optional[str], Tuple[str, ...], Tuple[str, ...]]
) -> Dict[str, Value]:
    text = intent.no_proxy_list(str(named.get(NO, current)), *edits)
    return named if text is None else {**named, NO: text}


def _client_plan(
    host: Host,
    client: endpoint.Client,
    named: Dict[str, Value],
    edits: Tuple[Optional[str], Tuple[str, ...], Tuple[str, ...]],
    request: change.Request,
    allow_credentials: bool,
) -> Plan:
    daemon_host = request.client_host or endpoint.current(host, client).daemon_host
    current = precedence.container(client_config.read(host, client.config_file, daemon_host))[NO].text
    if os.environ.get("SUDO_USER") and client.uid != 0:
        click.echo(f"note: this edits {client.config_file}; `sudo docker` reads root's instead", err=True)
    return plan_client(
        host, client, daemon_host, _with_no_proxy(named, current, edits),
        entry=request.client_host, allow_credentials=allow_credentials, force=request.force,
    )  # fmt: skip


def _dial(request: change.Request, seen: DaemonView, wanted: Dict[str, Value], no_dial: bool) -> None:
    """Try the proxy once before anything is touched. One attempt only: directories lock accounts."""
    if no_dial or not request.writes or request.root != "/":
        return
    value = wanted.get(HTTPS) or wanted.get(HTTP)
    if not isinstance(value, ProxyURL):
        return
    from dockproxy import dial
    from dockproxy.planner.verify_target import verify_target

    host, port = verify_target(request.verify, seen.info)
    click.echo(f"  trying {value} with {host}:{port}", err=True)
    answer = dial.preflight(value, host, port)
    if answer.outcome == "refused" and not request.force:
        raise Refusal(f"{answer.sentence} (--no-dial skips this test)", liftable=True)
    if answer.outcome != "ok":
        click.echo(f"warning: {mask(answer.sentence)}", err=True)
