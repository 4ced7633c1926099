"""Who beside its owner reads a password where it stands.

Source: systemd.exec(5), Environment=; pam_systemd(8), $XDG_RUNTIME_DIR; inode(7)."""

from __future__ import annotations

from typing import Optional

from dockproxy.host import File, Host
from dockproxy.model import Setting
from dockproxy.secret import ProxyURL

EVERYBODY = {
    "systemd-environment": "`systemctl show` tells it to everybody",
    "dockerd-flag": "the list of processes tells it to everybody",
}
"""Sources that hide nothing, whatever the mode of the file is."""


def told(host: Host, setting: Optional[Setting], is_users: bool = False) -> str:
    """Who reads the password of a setting on a host; empty where it holds none, or only its owner reads it.
    ``is_users``: a user's own service manager starts the engine."""
    if setting is None or not isinstance(setting.value, ProxyURL) or not setting.value.passwords:
        return ""
    path = setting.origin.path
    file = host.read(path) if path is not None else None
    return readers(setting.origin.source, file if isinstance(file, File) else None, is_users)


def left(host: Host, setting: Optional[Setting], is_users: bool = False) -> str:
    """The same of one that stays in its file and does not decide any more: of a flag no process is told then."""
    if setting is not None and setting.origin.source == "dockerd-flag":
        setting = setting._replace(origin=setting.origin._replace(source=""))
    return told(host, setting, is_users)


def readers(source: str, file: Optional[File], is_users: bool = False) -> str:
    """Who reads what stands in a file of that source. A user's own service manager tells nobody else."""
    is_told = not (is_users and source == "systemd-environment")
    return (EVERYBODY.get(source) if is_told else None) or (_by_mode(file) if file is not None else "")


def _by_mode(file: File) -> str:
    if file.mode & 0o004:
        return f"everybody may read it (mode {file.mode:04o})"
    # A user's own group usually has the user's number.
    is_groups = file.mode & 0o040 and file.gid not in (0, file.uid)
    return f"group {file.gid} may read it (mode {file.mode:04o})" if is_groups else ""
