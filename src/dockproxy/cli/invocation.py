"""Who calls, on which host: the options that every verb shares."""

from __future__ import annotations

import os
import pwd
from typing import Any, Callable, List, Mapping, Optional, TypeVar

import click

from dockproxy.cli.errors import CommandError, Exit
from dockproxy.host import Host, LocalHost, TreeHost
from dockproxy.model import Version
from dockproxy.sources.endpoint import Client

F = TypeVar("F", bound=Callable[..., Any])

ROOT = click.option("--root", metavar="DIR", default="/", help="Look at an offline tree instead of this host.")
FORMAT = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
COLOR = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
HOST = click.option("-H", "--host", metavar="ADDRESS", default="", help="The engine, as docker -H names it.")
CONTEXT = click.option("-c", "--context", metavar="NAME", default="", help="The engine of this docker context.")
ENGINE_VERSION = click.option("--engine-version", metavar="X.Y", help="The engine's version, where it cannot be read.")


def host_at(root: str) -> Host:
    """The host that ``--root`` names."""
    if root == "/":
        return LocalHost()
    if not os.path.isdir(root):
        raise CommandError(f"--root {root}: no such directory; give the directory of a host's tree", Exit.USAGE)
    return TreeHost(root)


def version_of(text: Optional[str]) -> Optional[Version]:
    """The version that ``--engine-version`` names."""
    if text is None:
        return None
    version = Version.parse(text)
    if version is None:
        raise CommandError(f"--engine-version {text}: not a version; write it like 28.5.2", Exit.USAGE)
    return version


def chosen(client: Client, docker_host: str, context: str) -> Client:
    """The client with what ``-H`` and ``--context`` name."""
    if docker_host and context:
        raise CommandError("-H and --context name two engines; give one of them", Exit.USAGE)
    return client._replace(host=docker_host, context=context)


def current_client(host: Host, environ: Mapping[str, str] = os.environ) -> Client:
    """The user who calls; under sudo the user behind it, whose environment is not root's."""
    sudo_user = environ.get("SUDO_USER", "")
    if os.geteuid() == 0 and sudo_user and sudo_user != "root":
        # What chooses the daemon was given to sudo on purpose; the rest of the environment is root's.
        kept = {name: environ[name] for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if name in environ}
        return client_of(sudo_user)._replace(environ=kept if host.live else {})
    entry = _passwd_of_uid(os.geteuid())
    # An offline tree has the user's file, but not the user's shell.
    home = (environ.get("HOME") if host.live else None) or (entry.pw_dir if entry else "/")
    config_dir = environ.get("DOCKER_CONFIG") or os.path.join(home, ".docker")
    config_dir = os.path.join(os.getcwd() if host.live else "/", config_dir)
    name = entry.pw_name if entry else str(os.geteuid())
    return Client(name, os.geteuid(), os.getegid(), config_dir, environ if host.live else {})


def client_of(user: str) -> Client:
    """A user by name, with the default place of the configuration."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise CommandError(f"user {user}: not known on this host", Exit.USAGE) from None
    return Client(user, entry.pw_uid, entry.pw_gid, os.path.join(entry.pw_dir, ".docker"), {})


def all_clients() -> List[Client]:
    """Every user whose home holds a ``.docker/config.json``."""
    clients = []
    for entry in pwd.getpwall():
        path = os.path.join(entry.pw_dir, ".docker")
        if os.path.isfile(os.path.join(path, "config.json")):
            clients.append(Client(entry.pw_name, entry.pw_uid, entry.pw_gid, path, {}))
    return clients


def _passwd_of_uid(uid: int) -> Optional[pwd.struct_passwd]:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None
