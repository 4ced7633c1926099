"""The environment block that systemd gives every service: ``DefaultEnvironment=`` and ``systemctl set-environment``."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional, Tuple, Union

from dockproxy.host import Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Reading, Setting, Unread, value_of
from dockproxy.sources import environment_generators, manager_conf
from dockproxy.sources.manager_conf import Assignment
from dockproxy.sources.spec import Spec

SPEC = Spec(
    id="systemd-manager",
    consumer="daemon",
    where="DefaultEnvironment= in system.conf and system.conf.d, over /etc, /run, /usr/local/lib and /usr/lib; and "
    "systemctl set-environment, which no file holds: in a tree that does not run there is nothing of it. Programs in "
    "system-environment-generators may add to it; what they print is known of a running host only",
    effect="systemctl daemon-reload, then a restart of the service; after set-environment the restart alone",
    evidence="systemctl(1), set-environment; systemd-system.conf(5), DefaultEnvironment=; systemd 252 was asked",
    until="28.5",
)


Block = Union[Mapping[str, str], Missing]
"""What ``Host.manager_environment`` answers; asked once, as it starts a program."""


class Inherited(NamedTuple):
    """What a service is given before its unit says anything. ``assigned`` are all variables, later ones last."""

    reading: Reading
    assigned: Tuple[Assignment, ...] = ()


def read(host: Host, block: Optional[Block]) -> Inherited:
    """Read the block of a running systemd, and where its files say the same; of a tree (None) what they say."""
    if isinstance(block, Missing):
        return Inherited(Reading(unread=(Unread(SPEC.id, None, block),)))
    if block is None:
        written = written_for_all(host)
        unread = written.unread + environment_generators.unread(host, "system", SPEC.id)
        return Inherited(Reading(settings(written.assigned), unread, written.defects), written.assigned)
    written = written_for_all(host)
    found = located(block, written.assigned)
    # A daemon-reload brings what is new in the files.
    new = tuple(assignment for assignment in written.assigned if assignment[0] not in block)
    return Inherited(found.reading + Reading(settings(new)), (*new, *found.assigned))


def written_for_all(host: Host) -> manager_conf.Written:
    """What the system's manager gives every service, those that start a user's manager among them."""
    return manager_conf.read(host, SPEC.id, "system.conf", "DefaultEnvironment")


def located(block: Mapping[str, str], written: Tuple[Assignment, ...]) -> Inherited:
    """A running manager's block, each variable at the line that says the same."""
    origins = {(name, value): origin for name, value, origin in written}
    assigned = tuple((n, value, origins.get((n, value), Origin(SPEC.id, name=n))) for n, value in block.items())
    return Inherited(Reading(settings(assigned)), assigned)


def settings(assigned: Tuple[Assignment, ...]) -> Tuple[Setting, ...]:
    """The proxy variables among assignments."""
    return tuple(
        Setting(VARIABLE_OF_NAME[name], value_of(VARIABLE_OF_NAME[name], value), origin, order)
        for order, (name, value, origin) in enumerate(assigned)
        if name in VARIABLE_OF_NAME
    )
