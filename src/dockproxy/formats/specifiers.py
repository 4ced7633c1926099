"""The ``%`` specifiers of unit files.

Source: systemd.unit(5) "Specifiers"; systemd, src/shared/specifier.c (specifier_printf) and src/core/unit-printf.c.
"""

from __future__ import annotations

import posixpath
from typing import Dict, Mapping, Optional

AT_RUN_TIME = frozenset("aAbBcdDHlmMoqrRsvwWyY")
"""Valid letters whose value depends on the running host; left out of the mapping unless the caller knows it."""

STATIC = {
    "C": "/var/cache", "E": "/etc", "L": "/var/log", "S": "/var/lib", "t": "/run", "T": "/tmp", "V": "/var/tmp",  # noqa: S108
    "h": "/root", "u": "root", "U": "0", "g": "root", "G": "0", "i": "", "I": "",
}  # fmt: skip
"""What they are for a service of the system manager that runs as root and is no instance of a template."""


UNKNOWN = "\0"
"""Stands for what only the running host knows; no line of a unit and no argument can hold it."""


def for_unit(name: str, hostname: Optional[str] = None, machine_id: Optional[str] = None) -> Mapping[str, str]:
    """The letters whose value is known for a unit of the system manager."""
    stem = posixpath.splitext(name)[0]
    prefix, _, instance = stem.partition("@")
    known: Dict[str, str] = {**STATIC, "n": name, "N": stem, "p": prefix, "P": prefix.replace("-", "/")}
    known.update({"j": prefix.rpartition("-")[2], "J": prefix.rpartition("-")[2]})
    known.update({"i": instance, "I": instance.replace("-", "/"), "f": "/" + (instance or prefix).replace("-", "/")})
    if hostname:
        known.update({"H": hostname, "l": hostname.partition(".")[0]})
    if machine_id:
        known["m"] = machine_id
    return known


def for_user(known: Mapping[str, str], name: str, uid: int, gid: int, home: str) -> Mapping[str, str]:
    """The letters as a user's own service manager takes them. It is not known what ``%S`` and ``%L`` are, which moved
    to ~/.local/state in systemd 254, nor what the user's group is called."""
    own = {"C": f"{home}/.cache", "E": f"{home}/.config", "t": f"/run/user/{uid}", "h": home, "u": name, "U": str(uid),
           "G": str(gid)}  # fmt: skip
    return {letter: text for letter, text in {**known, **own}.items() if letter not in "SLg"}


def for_manager(hostname: Optional[str] = None, machine_id: Optional[str] = None) -> Mapping[str, str]:
    """The letters whose value is known in the manager's own configuration (systemd-system.conf(5), "Specifiers")."""
    of_host = for_unit("", hostname, machine_id)
    return {letter: of_host[letter] for letter in "HlmTV" if letter in of_host}


def expand(text: str, known: Mapping[str, str]) -> Optional[str]:
    """Expand every specifier, to ``UNKNOWN`` where it is not known here. None: a letter or digit is no specifier, and
    systemd drops the whole setting; ``%`` before anything else, or at the end, stays."""
    if "%" not in text:
        return text
    result = []
    position = 0
    while position < len(text):
        character = text[position]
        following = text[position + 1 : position + 2]
        if character != "%" or not following:
            result.append(character)
            position += 1
            continue
        position += 2
        if following == "%":
            result.append("%")
        elif following in known:
            result.append(known[following])
        elif following in AT_RUN_TIME or following in STATIC:
            result.append(UNKNOWN)
        elif following.isascii() and following.isalnum():
            return None
        else:
            result.append("%" + following)
    return "".join(result)
