"""The plan for a user's docker CLI: what new containers and builds are given."""

from __future__ import annotations

from typing import Dict, Mapping, Optional

from dockproxy.changes import client_config as change
from dockproxy.changes.json_file import decoded
from dockproxy.formats import json_text
from dockproxy.host import Host
from dockproxy.model import CONTAINER_VARIABLES, FileKind, Missing, Plan, Refusal, Value, reveal
from dockproxy.planner.draft import PRIVATE, Draft
from dockproxy.resolve import precedence
from dockproxy.secret import ProxyURL
from dockproxy.sources import client_config
from dockproxy.sources.endpoint import Client

NOTE = "only new containers and builds are affected; existing containers keep what they were created with"


def plan_client(
    host: Host,
    client: Client,
    daemon_host: str,
    intent: Mapping[str, Optional[Value]],
    *,
    entry: Optional[str] = None,
    allow_credentials: bool = False,
    force: bool = False,
) -> Plan:
    """Plan that new containers of ``client`` get ``intent`` (None: nothing) from the entry that the CLI looks up.

    ``entry`` names another one. Raises Refusal.
    """
    for value in intent.values():
        if isinstance(value, ProxyURL) and value.has_credentials and not allow_credentials:
            raise Refusal(
                "a password for containers ends in every container's environment, in docker inspect and in build "
                "provenance; use a proxy that asks for none, or --allow-container-credentials"
            )
    daemon_host = entry or daemon_host
    path = client.config_file
    draft = Draft(host, client.as_user)
    document = decoded(draft.data(path), path, plain=True)
    used = client_config.entry_key(document, daemon_host)
    key = entry or used or "default"
    before = precedence.container(client_config.read(host, path, daemon_host))
    desired: Dict[str, Optional[Value]] = {v: before[v].value for v in CONTAINER_VARIABLES}
    desired.update(intent)
    # An entry is used whole, never merged with `default`: a new one takes over what was in force.
    values = intent if used == key else {v: value for v, value in desired.items() if value is not None or v in intent}
    start = draft.data(path) or (draft.blank(path) if any(values.values()) else b"")
    data = change.edit(start, path, key, values)
    root = json_text.decode(data, plain=True).root
    is_new = host.read(path) is Missing.ABSENT
    if (root is None or not root.members) and change.is_made(draft.data(path), path, key):
        if data != draft.data(path):
            draft.delete(path, FileKind.CLIENT_CONFIG)
    else:
        holds_password = any(isinstance(v, ProxyURL) and v.has_credentials for v in intent.values())
        draft.write(path, data, FileKind.CLIENT_CONFIG, PRIVATE if is_new or holds_password else None)
    after = precedence.container(client_config.read(draft.overlay(), path, daemon_host))
    for variable in CONTAINER_VARIABLES:
        value = desired[variable]
        if after[variable].text != (reveal(value) if value is not None else ""):
            raise Refusal(f"{path}: {variable} would not be what was asked for; correct the file first")
    draft.refuse_managed(force)
    changes = draft.changes()
    user = f"uid {client.user}" if client.user.isdigit() else client.user
    used_by = f'the docker CLI of {user} looks up "{key}" in {path}'
    says = "says so already" if any(value is not None for value in intent.values()) else "sets none of them"
    reason = used_by if changes else f"{used_by}, which {says}"
    return Plan(changes, (), reason, (NOTE,), effective=after)
