"""The file that decides about a proxy holds its password, and others than its owner may read it.

Everybody may, or a group besides the owner's own. The file's folder is not looked at. What ``Environment=`` of a unit
holds is readable by everybody whatever the mode is, by ``systemctl show``; of a rootless engine's unit that is only for
its user and root, as nobody else reaches a user's service manager. A flag of dockerd is readable by everybody in the
list of processes.

Mend: ``dockproxy set URL --proxy-user NAME --proxy-password-stdin`` with that proxy puts the password where only the
owner reads it.

Mend (dockerd-flag): take the flag away, and run ``dockproxy set URL --proxy-user NAME --proxy-password-stdin`` with
that proxy, which puts the password where only the owner reads it.

Mend (client-config): ``dockproxy set URL --for client --allow-container-credentials --proxy-user NAME
--proxy-password-stdin`` with that proxy lets only the owner read the file.

Source: systemd.exec(5), Environment=; pam_systemd(8), $XDG_RUNTIME_DIR; inode(7)."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

from dockproxy.model import Finding, Origin, Severity
from dockproxy.resolve import exposure
from dockproxy.rules.facts import Facts
from dockproxy.secret import ProxyURL

CODE = "DP210"
NAME = "password-readable"
SEVERITY = Severity.WARNING


def check(facts: Facts) -> Iterator[Finding]:
    """Report each such file once, for each way to read it."""
    found: Dict[Tuple[str, str], Origin] = {}
    for effective in facts.effective.values():
        setting = effective.setting
        if setting is not None and isinstance(setting.value, ProxyURL) and setting.value.passwords:
            found.setdefault((setting.origin.path or "", setting.origin.source), setting.origin)
    for (path, _), origin in found.items():
        how = exposure.readers(origin.source, facts.files.get(path), facts.is_users)
        if how:
            yield Finding(CODE, NAME, SEVERITY, f"{origin} holds a password, and {how}", origin)
