"""Whose docker CLI is meant: the user who calls, or others of the host."""

from __future__ import annotations

import os
import posixpath
from typing import List, Mapping, Optional

from dockproxy.host import Host, User
from dockproxy.model import Missing
from dockproxy.sources.endpoint import Client

CHOOSING = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")
"""What was given to sudo on purpose, as sudo itself drops it; the rest of the environment is root's."""


def caller(host: Host, environ: Mapping[str, str], uid: int, gid: int) -> Client:
    """The user who calls, by the calling process's environment and numbers; under sudo the user behind it."""
    behind = host.user(environ.get("SUDO_USER", "")) if uid == 0 else None
    if behind is not None and behind.uid != 0:
        user, environ = behind, {name: environ[name] for name in CHOOSING if name in environ}
    else:
        user = host.user(uid) or User(str(uid), uid, gid, "/root" if uid == 0 else "/")
        # HOME is what the CLI looks at; an offline tree has the user's file, but not the user's shell.
        user = user._replace(home=(environ.get("HOME") if host.live else None) or user.home)
    client = of_user(user)
    # A relative folder is one of the shell's own.
    start = os.getcwd() if host.live else "/"
    config_dir = posixpath.join(start, environ.get("DOCKER_CONFIG") or client.config_dir)
    return client._replace(config_dir=config_dir, environ=environ if host.live else {})


def of_user(user: User) -> Client:
    """A user with the default place of the configuration."""
    return Client(user.name, user.uid, user.gid, posixpath.join(user.home, ".docker"), {})


def named(host: Host, name: str) -> Optional[Client]:
    """A user by name."""
    user = host.user(name)
    return of_user(user) if user is not None else None


def with_configuration(host: Host) -> List[Client]:
    """Every user whose home holds a ``.docker/config.json``; accounts that share a home count once."""
    clients = {client.config_file: client for client in map(of_user, reversed(host.users()))}
    return [client for path, client in reversed(clients.items()) if host.read(path) is not Missing.ABSENT]
