"""The files that a plan for a daemon may edit, and the ones that are not this engine's alone."""

from __future__ import annotations

import posixpath
from typing import Mapping, Optional

from dockproxy.changes import drop_in
from dockproxy.formats import unit_file
from dockproxy.host import Host
from dockproxy.model import FileKind, Origin
from dockproxy.planner.draft import Draft
from dockproxy.planner.sharing import Readers
from dockproxy.sources import systemd_unit
from dockproxy.sources.installation import Installation

SOURCED = (FileKind.ENV_FILE, FileKind.SHELL_FILE)
"""The kinds of files that a script may source."""

NOT_OURS = ("/run/", "/usr/", "/lib/")
"""Where files are that programs and packages write, but for /usr/local."""


class Places:
    """Where a plan for one engine may write."""

    def __init__(self, host: Host, installation: Installation) -> None:
        self._host, self._installation = host, installation
        self._readers = Readers(host, installation)

    def draft(self) -> Draft:
        """A new draft, of files that belong to the engine's user."""
        return Draft(self._host, self._installation.user)

    @property
    def own(self) -> Mapping[str, FileKind]:
        """What this tool creates for an engine, and deletes when it becomes empty."""
        i = self._installation
        return {i.drop_in: FileKind.UNIT, i.late_drop_in: FileKind.UNIT, i.env_file: FileKind.ENV_FILE}

    def tidy(self, draft: Draft) -> None:
        """Leave no empty file or section of our own, and no line that names an empty file. What stands in the place of
        one and is no file stays."""
        own = {path: kind for path, kind in self.own.items() if draft.is_place(path)}
        env_file = self._installation.env_file
        is_blank = env_file in own and not draft.text(env_file).strip()
        for path, kind in own.items():
            text = draft.text(path)
            if kind is FileKind.UNIT and (draft.edits(path) or (is_blank and text)):
                text = drop_in.remove_environment_file(text, env_file) if is_blank else text
                draft.write_text(path, unit_file.prune(text), kind)
        names = systemd_unit.drop_ins(draft.overlay(), self._installation)
        for path, kind in own.items():
            # Without it another drop-in of its name would come into force.
            hides = len(names.get(posixpath.basename(path), ())) > 1
            if draft.edits(path) and not hides and not draft.text(path).strip():
                draft.delete(path, kind)

    def is_editable(self, origin: Origin) -> bool:
        """Whether the deciding file is the administrator's, or the engine's own user's, and read by this engine
        alone."""
        if origin.path is None or origin.source not in ("systemd-environment", "systemd-env-file"):
            return False
        real, user = self._host.realpath(origin.path), self._installation.user
        drop_ins = self._host.realpath(self._installation.drop_in_dir)
        is_ours = real == drop_ins[: -len(".d")] or posixpath.dirname(real) == drop_ins
        if origin.source == "systemd-env-file" and user is None:
            is_ours = real.startswith("/usr/local/") or not real.startswith(NOT_OURS)
        elif origin.source == "systemd-env-file" and user is not None:
            is_ours = real.startswith(f"{self._host.realpath(user.home).rstrip('/')}/")
        kind = FileKind.ENV_FILE if origin.source == "systemd-env-file" else FileKind.UNIT
        return is_ours and self.other_reader(real, kind) is None

    def other_reader(self, path: str, kind: Optional[FileKind]) -> Optional[str]:
        """Who reads a file beside the engine; None where it is alone. A daemon.json or a unit that a script names it
        only looks at."""
        found = self._readers.other_than_engine(path)
        return found or (self._readers.script(path) if kind in SOURCED else None)
