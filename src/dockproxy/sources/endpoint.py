"""Which daemon the docker CLI of a user talks to, and under which name it looks up that daemon's proxies.

Source: docker/cli, cli/command/cli.go (getServerHost), opts/hosts.go (ParseHost), cli/context/store.
"""

from __future__ import annotations

import posixpath
from typing import Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import json_text
from dockproxy.host import File, Host, User

DEFAULT = "unix:///var/run/docker.sock"
DEFAULT_CONTEXT = "default"
NOTHING = "the default"
"""What chose an endpoint where nothing did."""

SSH_HOST = "http://docker.example.com"
"""What the CLI calls every daemon behind ssh:// (docker/cli, cli/connhelper/connhelper.go)."""


class Client(NamedTuple):
    """A user of the docker CLI. ``config_dir`` holds ``config.json``; ``environ`` is the user's environment, ``host``
    and ``context`` are what ``-H`` and ``--context`` name."""

    user: str
    uid: int
    gid: int
    config_dir: str
    environ: Mapping[str, str]
    host: str = ""
    context: str = ""

    @property
    def config_file(self) -> str:
        """The CLI's configuration file."""
        return posixpath.join(self.config_dir, "config.json")

    @property
    def as_user(self) -> User:
        """Whose rights the user's files are changed with, and whose CLI is asked."""
        return User(self.user, self.uid, self.gid, posixpath.dirname(self.config_dir))


class Endpoint(NamedTuple):
    """A daemon as the CLI names it, and what chose it. ``socket`` is None when it is no socket of this host."""

    daemon_host: str
    chosen_by: str
    address: str = ""
    """What was given, without a user: the CLI has another name for every ssh:// host."""
    options: Tuple[str, ...] = ()
    """The options with which the CLI reaches it."""

    @property
    def socket(self) -> Optional[str]:
        """The path of the unix socket."""
        return self.daemon_host[len("unix://") :] if self.daemon_host.startswith("unix://") else None


def current(host: Host, client: Client) -> Endpoint:
    """``--context``, else ``-H``, else DOCKER_HOST, else DOCKER_CONTEXT, else the current context of config.json, else
    the default socket. The context ``default`` is what would be used without any."""
    if client.context not in ("", DEFAULT_CONTEXT):
        return _of_context(host, client, client.context, "--context")
    for value, chosen_by in ((client.host, "-H"), (client.environ.get("DOCKER_HOST", ""), "DOCKER_HOST")):
        if value:
            return Endpoint(_normalised(value), chosen_by, _without_user(value), ("--host", value))
    stored = _text(host, client.config_file, "currentContext")
    names = (
        (client.context, "--context"),
        (client.environ.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"),
        (stored, f"currentContext in {client.config_file}"),
    )
    name, chosen_by = next(((name, by) for name, by in names if name), (DEFAULT_CONTEXT, NOTHING))
    if name != DEFAULT_CONTEXT:
        return _of_context(host, client, name, chosen_by)
    return Endpoint(DEFAULT, chosen_by)


def _of_context(host: Host, client: Client, name: str, chosen_by: str) -> Endpoint:
    import hashlib

    folder = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    path = posixpath.join(client.config_dir, "contexts", "meta", folder, "meta.json")
    stored = _text(host, path, "Endpoints", "docker", "Host")
    if not stored:
        return Endpoint("", f"context {name} ({chosen_by}), which does not exist")
    daemon_host = SSH_HOST if stored.startswith("ssh://") else stored
    options = ("--config", client.config_dir, "--context", name)
    return Endpoint(daemon_host, f"context {name} ({chosen_by})", _without_user(stored), options)


def _without_user(address: str) -> str:
    scheme, separator, rest = address.strip().partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def _normalised(value: str) -> str:
    value = value.strip()
    if value.startswith("ssh://"):
        return SSH_HOST
    if "://" not in value:
        value = "tcp://" + value
    if value == "unix://":
        return DEFAULT
    if value.startswith("tcp://"):
        address, slash, path = value[len("tcp://") :].partition("/")
        if not address.rpartition("]")[2].count(":"):
            value = f"tcp://{address or 'localhost'}:2375{slash}{path}"
    return value


def _text(host: Host, path: str, *keys: str) -> str:
    file = host.read(path)
    if not isinstance(file, File):
        return ""
    try:
        node = json_text.decode(file.data, plain=True).get(*keys)
    except json_text.JSONTextError:
        return ""
    # No name of a host or of a file can hold a NUL.
    return str(node.value) if node is not None and node.kind == "string" and "\0" not in node.value else ""
