"""``PassEnvironment=``: what the service manager's own process was started with and hands on to the service."""

from __future__ import annotations

from typing import List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.formats import specifiers, unit_words
from dockproxy.formats.specifiers import UNKNOWN
from dockproxy.host import Host
from dockproxy.model import DAEMON_NAMES, Missing, Origin, Reading, Unread
from dockproxy.sources import manager_conf
from dockproxy.sources.manager_conf import Assignment
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_manager import Block, settings
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="systemd-pass-environment",
    consumer="daemon",
    where="PassEnvironment= of the service, which names variables of the service manager's own process: "
    "ManagerEnvironment= in system.conf, in a container what its runtime gave to init, and what stands on the kernel's "
    "command line",
    effect="another start of the service manager itself",
    evidence="systemd.exec(5), PassEnvironment=; systemd 252 was asked",
    until="28.5",
)

MANAGER_PID = 1


class Passed(NamedTuple):
    """What is handed on. ``unknown`` are the names of which nobody here knows the value."""

    reading: Reading
    assigned: Tuple[Assignment, ...] = ()
    unknown: Tuple[Tuple[str, Origin], ...] = ()


def read(host: Host, unit: Unit, pid: Optional[int] = MANAGER_PID) -> Passed:
    """Read what is handed on; ``pid`` is the service manager, None where it is not known. Of a tree only what
    ``ManagerEnvironment=`` says is known."""
    passed = _names(unit)
    if not passed:
        return Passed(Reading())
    block, written = _of_manager(host, pid)
    values = _known(block, written)
    assigned: Tuple[Assignment, ...] = tuple((name, values[name], origin) for name, origin in passed if name in values)
    unknown = tuple((name, origin) for name, origin in passed if UNKNOWN in name)
    unread = written.unread + tuple(Unread(SPEC.id, o.path, Missing.UNPARSABLE, o.line) for _, o in unknown)
    if isinstance(block, Missing):
        unknown = tuple((name, origin) for name, origin in passed if name not in values)
        paths = dict.fromkeys(origin.path for name, origin in unknown if name in DAEMON_NAMES)
        unread += tuple(Unread(SPEC.id, path, block) for path in paths)
    return Passed(Reading(settings(assigned), unread, written.defects), assigned, unknown)


def known(host: Host) -> Mapping[str, str]:
    """What is known of the environment of the system's service manager."""
    return _known(*_of_manager(host, MANAGER_PID))


def _of_manager(host: Host, pid: Optional[int]) -> Tuple[Block, manager_conf.Written]:
    """The environment of its process, and what it is told to have itself, which does not show there."""
    if pid is None:
        return Missing.NOT_CHECKED, manager_conf.Written()
    return host.process_environment(pid), manager_conf.read(host, SPEC.id, "system.conf", "ManagerEnvironment")


def _known(block: Block, written: manager_conf.Written) -> Mapping[str, str]:
    told = {name: value for name, value, _ in written.assigned}
    return told if isinstance(block, Missing) else {**block, **told}


def _names(unit: Unit) -> List[Tuple[str, Origin]]:
    found = []
    for located in unit.in_force("Service", "PassEnvironment"):
        for word in unit_words.split_words(located.statement.value).words:
            name = specifiers.expand(word.text, unit.specifiers)
            if name is not None:
                found.append((name, Origin(SPEC.id, located.part.path, located.statement.line, name)))
    return found
