"""The files that a plan for a daemon may edit, and the ones that are not this engine's alone."""

from __future__ import annotations

import posixpath
from typing import List

from dockproxy.changes import drop_in
from dockproxy.formats import unit_file
from dockproxy.host import File, Host
from dockproxy.model import Missing, Origin
from dockproxy.planner.draft import Draft
from dockproxy.sources import systemd_unit
from dockproxy.sources.engine import UNIT

DROP_IN_DIR = f"/etc/systemd/system/{UNIT}.d"
DROP_IN = f"{DROP_IN_DIR}/http-proxy.conf"
LATE_DROP_IN = f"{DROP_IN_DIR}/zz-dockproxy.conf"
"""Sorts behind the drop-ins that people write."""
ENV_FILE = "/etc/docker/http-proxy.env"
OWN = (DROP_IN, LATE_DROP_IN, ENV_FILE)
"""What this tool creates, and deletes when it becomes empty."""


def tidy(draft: Draft) -> None:
    """Leave no empty file or section of our own, and no line that names an empty file. What stands in the place of one
    and is no file stays."""
    own = [path for path in OWN if draft.is_place(path)]
    is_blank = ENV_FILE in own and not draft.text(ENV_FILE).strip()
    for path in own:
        text = draft.text(path)
        if path != ENV_FILE and (draft.edits(path) or (is_blank and text)):
            text = drop_in.remove_environment_file(text, ENV_FILE) if is_blank else text
            draft.write_text(path, unit_file.prune(text))
    names = systemd_unit.same_names(draft.overlay(), UNIT)
    for path in own:
        # Without it another drop-in of its name would come into force.
        hides = len(names.get(posixpath.basename(path), ())) > 1
        if draft.edits(path) and not hides and not draft.text(path).strip():
            draft.delete(path)


def is_editable(host: Host, origin: Origin) -> bool:
    """Whether the deciding file is the administrator's, below /etc, and read by this engine alone."""
    if origin.path is None or origin.source not in ("systemd-environment", "systemd-env-file"):
        return False
    real = host.realpath(origin.path)
    if not real.startswith("/etc/"):
        return False
    if origin.source == "systemd-environment":
        return real.startswith((f"/etc/systemd/system/{UNIT}.d/", f"/etc/systemd/system/{UNIT}"))
    return not other_readers(host, origin.path)


def other_readers(host: Host, path: str) -> List[str]:
    """The other units that name an environment file."""
    found = []
    for folder in systemd_unit.unit_dirs(host):
        for name in _names(host, folder):
            if name in (UNIT, f"{UNIT}.d"):
                continue
            files = [name] if name.endswith(".service") else []
            if name.endswith(".service.d"):
                files = [f"{name}/{n}" for n in _names(host, posixpath.join(folder, name)) if n.endswith(".conf")]
            for file_name in files:
                file = host.read(posixpath.join(folder, file_name))
                if isinstance(file, File) and _names_file(file.data, path):
                    found.append(name)
    return sorted(set(found))


def _names_file(data: bytes, path: str) -> bool:
    wanted = path.encode("utf-8", "surrogateescape")
    return any(line.startswith(b"EnvironmentFile=") and wanted in line for line in data.splitlines())


def _names(host: Host, folder: str) -> List[str]:
    names = host.list(folder)
    return [] if isinstance(names, Missing) else list(names)
