"""Which of a host's engines is meant."""

from __future__ import annotations

from typing import List, Optional, Tuple

from dockproxy.host import Host, User
from dockproxy.model import Missing, Version
from dockproxy.resolve.daemon import DaemonView, other_view, view
from dockproxy.sources import endpoint, engine, installation, installed, users
from dockproxy.sources.endpoint import Client, Endpoint
from dockproxy.sources.installation import SYSTEM, Installation


class UnknownEngine(Exception):
    """No engine is what was named: one sentence."""


def current(host: Host, client: Client) -> Endpoint:
    """Which daemon the client talks to. Raises UnknownEngine where the context that it is given does not exist."""
    found = endpoint.current(host, client)
    if client.context and not found.daemon_host:
        where = f"no docker context {client.context} in {client.config_dir}"
        raise UnknownEngine(f"{where}; `docker context ls` lists those that exist")
    return found


def ids(seen: List[DaemonView]) -> str:
    """The ids for use inside a sentence."""
    return ", ".join(s.engine.id for s in seen)


def unclear(ids_: str) -> str:
    """What is said where one of several engines must be named."""
    return f"this host has several engines ({ids_}); choose one with --engine"


def unknown(engine_id: Optional[str], ids_: str) -> str:
    """What is said where none is what was named."""
    return f"no engine {engine_id} on this host; there is {ids_}"


def all_of(host: Host, caller: Optional[str] = None, version: Optional[Version] = None) -> List[DaemonView]:
    """Every engine of the host; the system's is left out where only others are installed."""
    seen = [view(host, each, version) for each in installation.find(host, caller)]
    there = [s for s in seen if s.engine.installed or s.installation.id != SYSTEM.id] or seen
    return [s._replace(is_one_of_several=len(there) > 1) for s in there]


def with_id(seen: List[DaemonView], engine_id: str) -> List[DaemonView]:
    """The engine of that id. Raises UnknownEngine."""
    found = [s for s in seen if s.engine.id == engine_id]
    if not found:
        raise UnknownEngine(unknown(engine_id, ids(seen)))
    return found


def named_in_tree(host: Host, current: Endpoint) -> Optional[str]:
    """The socket that an option or the client's context names. Nobody talks to a tree: that it would be the usual one
    without them chooses none of its engines."""
    if current.socket is None or current.chosen_by == endpoint.NOTHING:
        return None
    return SYSTEM.socket if current.daemon_host == endpoint.DEFAULT else host.realpath(current.socket)


def client_of(host: Host, rootless: Installation, user: User, caller: Client) -> Tuple[Client, str]:
    """The docker CLI of a rootless engine's user, and the engine as that CLI writes it."""
    client = caller if caller.uid == user.uid else users.of_user(user)
    current, socket = endpoint.current(host, client), host.realpath(rootless.socket)
    is_its = current.socket is not None and host.realpath(current.socket) == socket
    return client, current.daemon_host if is_its else f"unix://{rootless.socket}"


def behind(host: Host, socket: str, seen: List[DaemonView], version: Optional[Version] = None) -> List[DaemonView]:
    """The engine that listens on a socket; several where that is unclear, as none of them runs."""
    real = host.realpath(socket)
    found = [s for s in seen if s.installation.socket == real]
    if len(found) > 1:
        found = [s for s in found if s.process is not None] or found
    if found:
        return found
    if not host.live:
        # Nobody listens there; the usual socket is the system's, also where a tree lacks the link /var/run.
        return [s for s in seen if s.installation.id == SYSTEM.id] or seen[:1]
    # A dockerd of root that somebody started with another socket is the system's, started by hand.
    by_hand = view(host, SYSTEM._replace(socket=socket), version)
    if by_hand.process is None and not isinstance(by_hand.info, Missing) and by_hand.engine.id != engine.PODMAN:
        return [other_view(host, by_hand.installation._replace(id=real), by_hand.info, by_hand.init)]
    return [by_hand]


def all_with_first(host: Host, socket: str, seen: List[DaemonView], version: Optional[Version]) -> List[DaemonView]:
    """Every engine, the one behind a socket before all others, each under an id of its own."""
    first = behind(host, socket, seen, version)
    others = [s for s in seen if s not in first]
    same = next((s for s in others if s.engine.id == first[0].engine.id), None)
    if same is None:
        return first + others
    found, real = first[0], host.realpath(socket)
    if found.process is None:
        # A stopped service was not asked: its socket would start it.
        is_open = found.state in engine.STOPPED and installed.exists(host, real)
        info = Missing.NOT_CHECKED if is_open else found.info
        return [other_view(host, found.installation._replace(id=real), info, found.init), *others]
    if same.process is None and same.init == found.init:
        # The same one, at another socket than the usual.
        return [found, *(s for s in others if s is not same)]
    return [found._replace(engine=found.engine._replace(id=f"unix://{real}")), *others]
