"""The files that a plan for a daemon may edit, and the ones that are not this engine's alone."""

from __future__ import annotations

import posixpath

from dockproxy.changes import drop_in
from dockproxy.formats import unit_file
from dockproxy.model import Origin
from dockproxy.planner.draft import Draft
from dockproxy.sources import systemd_unit
from dockproxy.sources.engine import UNIT

UNIT_FILE = f"/etc/systemd/system/{UNIT}"
DROP_IN_DIR = f"{UNIT_FILE}.d"
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


def is_editable(draft: Draft, origin: Origin) -> bool:
    """Whether the deciding file is the administrator's, below /etc, and read by this engine alone."""
    if origin.path is None or origin.source not in ("systemd-environment", "systemd-env-file"):
        return False
    real = draft.overlay().realpath(origin.path)
    is_ours = real == UNIT_FILE or posixpath.dirname(real) == DROP_IN_DIR
    if origin.source == "systemd-env-file":
        is_ours = real.startswith("/etc/")
    return is_ours and draft.readers.other_than_engine(real) is None
