"""The file that decides about a proxy holds its password, and others than its owner may read it.

Everybody may, or a group besides the owner's own. The file's folder is not looked at. What ``Environment=`` of a unit
holds is readable by everybody whatever the mode is, by ``systemctl show``; so is a flag of dockerd, in the list of
processes.

Mend: ``dockproxy set`` with that proxy puts the password where only the owner reads it.

Source: systemd.exec(5), Environment=; inode(7)."""

from __future__ import annotations

from typing import Dict, Iterator

from dockproxy.host import File
from dockproxy.model import Finding, Origin, Severity
from dockproxy.rules.facts import Facts
from dockproxy.secret import ProxyURL

CODE = "DP210"
NAME = "password-readable"
SEVERITY = Severity.WARNING

EVERYBODY = {
    "systemd-environment": "`systemctl show` tells it everybody",
    "dockerd-flag": "the list of processes tells it everybody",
}
"""Sources that hide nothing, whatever the mode of the file is."""


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such file once."""
    found: Dict[str, Origin] = {}
    for effective in facts.effective.values():
        setting = effective.setting
        if setting is not None and isinstance(setting.value, ProxyURL) and setting.value.passwords:
            found.setdefault(setting.origin.path or "", setting.origin)
    for path, origin in found.items():
        file = facts.files.get(path)
        how = EVERYBODY.get(origin.source) or (_other_readers(file) if file is not None else "")
        if how:
            yield Finding(CODE, NAME, SEVERITY, f"{origin} holds a password, and {how}", origin)


def _other_readers(file: File) -> str:
    if file.mode & 0o004:
        return f"everybody may read it (mode {file.mode:04o})"
    # A user's own group usually has the user's number.
    is_groups = file.mode & 0o040 and file.gid not in (0, file.uid)
    return f"group {file.gid} may read it (mode {file.mode:04o})" if is_groups else ""
