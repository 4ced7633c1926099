"""The environment block that systemd gives every service: ``DefaultEnvironment=`` and ``systemctl set-environment``."""

from __future__ import annotations

from typing import Mapping, Union

from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="systemd-manager",
    consumer="daemon",
    where="DefaultEnvironment= in system.conf, systemctl set-environment",
    effect="a restart of the service",
    evidence="systemctl(1), set-environment; systemd-system.conf(5), DefaultEnvironment=",
)


Block = Union[Mapping[str, str], Missing]
"""What ``Host.manager_environment`` answers; asked once, as it starts a program."""


def read(block: Block) -> Reading:
    """Read the proxy variables of the block."""
    if isinstance(block, Missing):
        return Reading(unread=(Unread(SPEC.id, None, block),))
    return Reading(
        tuple(
            Setting(VARIABLE_OF_NAME[name], value_of(VARIABLE_OF_NAME[name], value), Origin(SPEC.id, name=name))
            for name, value in block.items()
            if name in VARIABLE_OF_NAME
        )
    )
