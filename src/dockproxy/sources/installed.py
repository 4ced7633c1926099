"""Which version of a program a host has: as the program says, else as the package database does."""

from __future__ import annotations

import re
from typing import Optional, Sequence

from dockproxy.host import Host
from dockproxy.model import Missing, Version

DPKG_STATUS = "/var/lib/dpkg/status"


def exists(host: Host, path: str) -> bool:
    """Whether a file of that name is seen there, readable or not."""
    folder, _, name = path.rpartition("/")
    names = host.list(folder)
    return not isinstance(names, Missing) and name in names


def version(host: Host, programs: Sequence[str], packages: Sequence[str]) -> Optional[Version]:
    """The version of the first program that is there, None where nothing tells it."""
    for program in programs:
        if exists(host, program):
            text = host.program_version(program)
            found = None if isinstance(text, Missing) else re.search(r"version ([^\s,]+)", text)
            if found:
                return Version.parse(found.group(1))
    return _packaged(host, packages)


def _packaged(host: Host, packages: Sequence[str]) -> Optional[Version]:
    file = host.read(DPKG_STATUS)
    if isinstance(file, Missing):
        return None
    for paragraph in file.data.decode("utf-8", "replace").split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in paragraph.split("\n") if ": " in line and not line.startswith(" ")
        )
        if fields.get("Package") in packages and fields.get("Status", "").endswith(" installed"):
            return Version.parse(fields.get("Version", ""))
    return None
