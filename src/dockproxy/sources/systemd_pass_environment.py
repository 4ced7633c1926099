"""``PassEnvironment=``: what the service manager's own process was started with and hands on to the service."""

from __future__ import annotations

from typing import List, Optional, Tuple

from dockproxy.formats import unit_words
from dockproxy.host import Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Reading, Unread
from dockproxy.sources.manager_conf import Assignment
from dockproxy.sources.spec import Spec
from dockproxy.sources.systemd_manager import Inherited, settings
from dockproxy.sources.systemd_unit import Unit

SPEC = Spec(
    id="systemd-pass-environment",
    consumer="daemon",
    where="PassEnvironment= of the service, which names variables of the service manager's own process: in a container "
    "what its runtime gave to init, else what stands on the kernel's command line",
    effect="another start of the service manager itself",
    evidence="systemd.exec(5), PassEnvironment=; systemd 252 was asked",
    until="28.5",
)

MANAGER_PID = 1


def read(host: Host, unit: Unit, pid: Optional[int] = MANAGER_PID) -> Inherited:
    """Read what is handed on; ``pid`` is the service manager, None where it is not known. A file names only the
    variables, so that in a tree their values are not known."""
    names = _names(unit)
    if not names:
        return Inherited(Reading())
    block = host.process_environment(pid) if pid is not None else Missing.NOT_CHECKED
    if isinstance(block, Missing):
        unread = tuple(Unread(SPEC.id, origin.path, block) for name, origin in names if name in VARIABLE_OF_NAME)
        return Inherited(Reading(unread=tuple(dict.fromkeys(unread))))
    assigned: Tuple[Assignment, ...] = tuple((name, block[name], origin) for name, origin in names if name in block)
    return Inherited(Reading(settings(assigned)), assigned)


def _names(unit: Unit) -> List[Tuple[str, Origin]]:
    found = []
    for located in unit.in_force("Service", "PassEnvironment"):
        for word in unit_words.split_words(located.statement.value).words:
            name = unit_words.expand(word.text, unit.specifiers)
            if name is not None:
                found.append((name, Origin(SPEC.id, located.part.path, located.statement.line, name)))
    return found
