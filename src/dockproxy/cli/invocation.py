"""Who calls, on which host: the options that every verb shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, List, Optional, TypeVar

import click

from dockproxy.cli.errors import CommandError
from dockproxy.host import Host, LocalHost, TreeHost
from dockproxy.model import CONTAINER_VARIABLES, Engine, Version
from dockproxy.sources import users
from dockproxy.sources.endpoint import Client

if TYPE_CHECKING:
    from dockproxy.survey import Report

F = TypeVar("F", bound=Callable[..., Any])

ROOT = click.option("--root", metavar="DIR", default="/", help="Work on an offline tree instead of this host.")
FORMAT = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
COLOR = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
HOST = click.option("-H", "--host", metavar="ADDRESS", default="", help="The engine, as docker -H names it.")
CONTEXT = click.option("-c", "--context", metavar="NAME", default="", help="The engine of this docker context.")
ENGINE = click.option("--engine", metavar="ID", help="Which engine of this host: system, snap or rootless:UID.")
ENGINE_VERSION = click.option("--engine-version", metavar="X.Y", help="The engine's version, where it cannot be read.")

SCHEMES = ("unix", "tcp", "ssh", "fd", "npipe")
"""What the docker CLI takes before ``://`` (docker/cli, opts/hosts.go, parseDockerDaemonHost; 26.1 was asked)."""


def host_at(root: str) -> Host:
    """The host that ``--root`` names."""
    if root == "/":
        return LocalHost()
    if not os.path.isdir(root):
        raise CommandError(f"--root {root}: no such directory; give the directory of a host's tree")
    return TreeHost(root)


class Verb(click.Command):
    """A command that does not repeat an argument it has no use for: it may be a password."""

    def parse_args(self, ctx: click.Context, args: List[str]) -> List[str]:
        self._refuse_swallowed(ctx, args)
        ctx.allow_extra_args = True
        if super().parse_args(ctx, args) and not ctx.resilient_parsing:
            raise click.UsageError(
                "there is an argument too many; it is not repeated here, as it may be a password"
                + ("; --proxy-password-stdin takes none" if ctx.params.get("proxy_password_stdin") else ""),
                ctx,
            )
        return []

    def _refuse_swallowed(self, ctx: click.Context, args: List[str]) -> None:
        """An option takes the next word whatever it is: of `--no-proxy $EMPTY --dry-run` nothing would stay dry."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        with_value = {name for o in options if not o.is_flag for name in o.opts}
        words = args[: args.index("--") + 1] if "--" in args else args
        for word, behind in zip(words, words[1:]):
            if word in with_value and behind.startswith("-"):
                raise click.UsageError(
                    f"{word}: its value is missing before the next option; one that begins with - is given behind a =",
                    ctx,
                )


def variable_of(text: str) -> str:
    """The variable that is meant, also where it is spelt as in the environment."""
    name = text.lower().replace("_", "-")
    if name not in CONTAINER_VARIABLES:
        raise CommandError(f"{text}: no such variable; use one of {', '.join(CONTAINER_VARIABLES)}")
    return name


def version_of(text: Optional[str]) -> Optional[Version]:
    """The version that ``--engine-version`` names."""
    if text is None:
        return None
    version = Version.parse(text)
    if version is None:
        raise CommandError(f"--engine-version {text}: not a version; write it like 28.5.2")
    return version


def check_version(given: Optional[Version], engine: Engine) -> None:
    """Refuse another version than the one that is known."""
    known = engine.version if engine.version_from is not None else None
    if given is not None and known is not None and not given.agrees(known):
        raise CommandError(
            f"--engine-version {given.text}: engine {engine.id} is {known.text}, as {engine.version_from} says; leave "
            "the option out, or name another engine with --engine"
        )


def inspected(
    host: Host, client: Client, engine_version: Optional[str], engine_id: Optional[str], layered: bool = False
) -> Report:
    """All that ``show`` and ``route`` answer from."""
    from dockproxy import survey
    from dockproxy.resolve.engines import UnknownEngine

    version = version_of(engine_version)
    try:
        report = survey.inspect(host, client, version, engine_id, layered)
    except UnknownEngine as error:
        raise CommandError(str(error)) from None
    check_version(version, report.engines[0])
    return report


def chosen(client: Client, docker_host: str, context: str) -> Client:
    """The client with what ``-H`` and ``--context`` name."""
    if docker_host and context:
        raise CommandError("-H and --context name two engines; give one of them")
    scheme, separator, _ = docker_host.strip().partition("://")
    if separator and scheme not in SCHEMES:
        raise CommandError(f"-H {docker_host}: docker takes no such address; use one of {', '.join(SCHEMES)}://")
    return client._replace(host=docker_host, context=context)


def current_client(host: Host) -> Client:
    """The user who calls."""
    return users.caller(host, os.environ, os.geteuid(), os.getegid())


def named_client(host: Host, name: str) -> Client:
    """A user by name."""
    client = users.named(host, name)
    if client is None:
        where = "on this host" if host.root == "/" else f"in {host.root}"
        raise CommandError(f"user {name}: not known {where}")
    return client
