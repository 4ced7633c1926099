"""The files that a plan for a daemon may edit, and the ones that are not this engine's alone."""

from __future__ import annotations

import posixpath
from typing import List, Mapping

from dockproxy.changes import drop_in
from dockproxy.formats import unit_file
from dockproxy.host import File, Host
from dockproxy.model import FileKind, Missing, Origin
from dockproxy.planner.draft import Draft
from dockproxy.sources import systemd_unit
from dockproxy.sources.installation import Installation


def own(installation: Installation) -> Mapping[str, FileKind]:
    """What this tool creates for an engine, and deletes when it becomes empty."""
    return {
        installation.drop_in: FileKind.UNIT,
        installation.late_drop_in: FileKind.UNIT,
        installation.env_file: FileKind.ENV_FILE,
    }


def tidy(draft: Draft, installation: Installation) -> None:
    """Leave no empty file or section of our own, and no line that names an empty file."""
    is_blank = not draft.text(installation.env_file).strip()
    for path in (installation.drop_in, installation.late_drop_in):
        text = draft.text(path)
        if draft.edits(path) or (is_blank and text):
            text = drop_in.remove_environment_file(text, installation.env_file) if is_blank else text
            draft.write_text(path, unit_file.prune(text), FileKind.UNIT)
    for path, kind in own(installation).items():
        if draft.edits(path) and not draft.text(path).strip():
            draft.delete(path, kind)


def is_editable(host: Host, installation: Installation, origin: Origin) -> bool:
    """Whether the deciding file is the administrator's, or the engine's own user's, and read by this engine alone."""
    if origin.path is None or origin.source not in ("systemd-environment", "systemd-env-file"):
        return False
    real = host.realpath(origin.path)
    if not real.startswith("/etc/" if installation.user is None else f"{installation.user.home.rstrip('/')}/"):
        return False
    if origin.source == "systemd-environment":
        service = installation.drop_in_dir[: -len(".d")]
        return real == service or real.startswith(f"{service}.d/")
    return not other_readers(host, installation, origin.path)


def other_readers(host: Host, installation: Installation, path: str) -> List[str]:
    """The other units that name an environment file."""
    found = []
    for folder in systemd_unit.unit_dirs(host, installation):
        for name in _names(host, folder):
            if name in (installation.unit, f"{installation.unit}.d"):
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
