"""The file that decides about a proxy holds its password, and others than its owner may read it.

Everybody may, or a group besides the owner's own. The file's folder is not looked at. What ``Environment=`` of a unit
holds is readable by everybody whatever the mode is, by ``systemctl show``.

Mend: ``chmod 600`` the file; ``dockproxy set`` puts a password where only the owner reads it.

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


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such file once."""
    found: Dict[str, Origin] = {}
    for effective in facts.effective.values():
        setting = effective.setting
        if setting is not None and isinstance(setting.value, ProxyURL) and setting.value.passwords:
            found.setdefault(setting.origin.path or "", setting.origin)
    for path, origin in found.items():
        file = facts.files.get(path)
        who = _other_readers(file) if file is not None else ""
        if file is not None and who:
            message = f"{origin} holds a password, and {who} may read it (mode {file.mode:04o})"
            yield Finding(CODE, NAME, SEVERITY, message, origin)


def _other_readers(file: File) -> str:
    if file.mode & 0o004:
        return "everybody"
    # A user's own group usually has the user's number.
    return f"group {file.gid}" if file.mode & 0o040 and file.gid not in (0, file.uid) else ""
