"""The environment block that systemd gives every service: ``DefaultEnvironment=`` and ``systemctl set-environment``."""

from __future__ import annotations

from typing import Mapping

from dockproxy.host import Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="systemd-manager",
    consumer="daemon",
    where="DefaultEnvironment= in system.conf, systemctl set-environment",
    effect="a restart of the service",
    evidence="systemctl(1), set-environment; systemd-system.conf(5), DefaultEnvironment=",
)


def environment(host: Host) -> Mapping[str, str]:
    """The manager's block, empty where it cannot be asked."""
    block = host.manager_environment()
    return {} if isinstance(block, Missing) else block


def read(host: Host) -> Reading:
    """Read the proxy variables of the block. An offline tree has no manager, so nothing there is unread."""
    if host.manager_environment() is Missing.NOT_CHECKED:
        return Reading(unread=(Unread(SPEC.id, None, Missing.NOT_CHECKED),) if host.live else ())
    return Reading(
        tuple(
            Setting(VARIABLE_OF_NAME[name], value_of(VARIABLE_OF_NAME[name], value), Origin(SPEC.id, name=name))
            for name, value in environment(host).items()
            if name in VARIABLE_OF_NAME
        )
    )
