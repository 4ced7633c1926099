"""What pam_env gives a service that systemd starts with ``PAMName=``, as it does a user's manager: it counts above what
the unit sets. Debian's stack for that has no pam_env, Arch's and openSUSE's have.

Source: pam.conf(5), pam_env(8); linux-pam, libpam/pam_handlers.c; systemd, src/core/execute.c (setup_pam). Debian 12's
were asked (tests/oracles/test_user_manager.py).
"""

from __future__ import annotations

import posixpath
import re
from typing import Iterator, List, NamedTuple, Optional, Sequence, Union

from dockproxy.formats import pam_env
from dockproxy.host import File, Host
from dockproxy.model import VARIABLE_OF_NAME, Missing, Origin, Unread

FOLDERS = ("/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d")
"""Where a stack is, the first one counts; what a stack includes Debian 12 looks for only in the first."""

OTHER = "other"
"""The stack of a service that has no lines of a type."""

TYPES = ("auth", "session")
"""The stacks that systemd runs and pam_env takes part in: pam_setcred(3) and pam_open_session(3)."""

MAX_DEPTH = 32
"""How deep libpam follows includes."""

ENV_FILE, CONF_FILE = "/etc/environment", "/etc/security/pam_env.conf"

LINE = re.compile(r"-?(\w+)\s+(\[(?:\\.|[^\]\\])*\]|\S+)\s+(\S+)\s*(.*)")
STEERING = re.compile(r"sufficient\Z|\[.*=\s*(?:\d|done|die|reset)")
FALLBACK = ("[default=1]", "pam_permit.so")
"""How Debian's stacks step over the refusal that stands next: they always do, and go on behind it."""


class Variable(NamedTuple):
    """A variable that the service is given; ``value`` is None where it is taken away."""

    name: str
    value: Optional[str]
    origin: Origin


class Step(NamedTuple):
    """A line of a stack. ``steers``: what follows is run or not as this one ends."""

    module: str
    options: Sequence[str]
    steers: bool
    path: str
    line: int


def read(host: Host, service: str, source: str) -> List[Union[Variable, Unread]]:
    """The variables in their order, and what is not known. ``source`` is the one that reports it."""
    found: List[Union[Variable, Unread]] = []
    for kind in TYPES:
        stack = list(_stack(host, service, kind, source)) or list(_stack(host, OTHER, kind, source))
        is_sure = True
        for step in stack:
            if isinstance(step, Unread):
                found.append(step)
            elif posixpath.basename(step.module) == "pam_env.so":
                found += _given(host, step, source) if is_sure else [_not_checked(step, source)]
            else:
                is_sure = is_sure and not step.steers
    return found


def _stack(host: Host, name: str, kind: str, source: str, depth: int = 0) -> Iterator[Union[Step, Unread]]:
    """The lines of one type, those of included files among them."""
    paths = [posixpath.join(folder, name) for folder in FOLDERS]
    path, file = next(
        ((p, f) for p in paths for f in [host.read(p)] if f is not Missing.ABSENT), (name, Missing.ABSENT)
    )
    if isinstance(file, File):
        for text, number in pam_env.lines(file.text):
            found = LINE.match(text.strip())
            included = text.split()[1] if text.split()[:1] == ["@include"] and len(text.split()) > 1 else None
            if found is not None and found[1].lower() == kind:
                control, module = found[2].lower(), found[3]
                steers = STEERING.match(control) is not None and (control, module) != FALLBACK
                included = module if control in ("include", "substack") else None
                if included is None:
                    yield Step(module, found[4].split(), steers, path, number)
            if included is not None and depth < MAX_DEPTH:
                yield from _stack(host, included, kind, source, depth + 1)
    elif file is not Missing.ABSENT:
        yield Unread(source, path, file)


def _given(host: Host, step: Step, source: str) -> Iterator[Union[Variable, Unread]]:
    """What one line with pam_env gives. Its file of rules is only looked through: what a rule makes of other variables
    is not known."""
    options = {name: value for name, _, value in (word.partition("=") for word in step.options)}
    rules = options.get("conffile", CONF_FILE)
    file = host.read(rules)
    for text, number in pam_env.lines(file.text) if isinstance(file, File) else ():
        if text.split()[0] in VARIABLE_OF_NAME:
            yield Unread(source, rules, Missing.UNPARSABLE, number)
    if isinstance(file, Missing) and file is not Missing.ABSENT:
        yield Unread(source, rules, file)
    if options.get("readenv") != "0":
        path = options.get("envfile", ENV_FILE)
        file = host.read(path)
        for name, found in pam_env.parse(file.text).items() if isinstance(file, File) else ():
            yield Variable(name, found.value, Origin(source, path, found.line, name))
        if isinstance(file, Missing) and file is not Missing.ABSENT:
            yield Unread(source, path, file)
    if options.get("user_readenv", "0") != "0":
        yield _not_checked(step, source)


def _not_checked(step: Step, source: str) -> Unread:
    return Unread(source, step.path, Missing.NOT_CHECKED, step.line)
