"""The file that an init script sources, as a place to write to and to take out of."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional

from dockproxy.changes import shell_file
from dockproxy.host import Host
from dockproxy.model import FileKind, Refusal, Setting, Value, environment_names
from dockproxy.planner.draft import Draft
from dockproxy.planner.places import Places
from dockproxy.resolve.daemon import DaemonView
from dockproxy.sources import init, init_files, systemd_env_file


class Target(NamedTuple):
    """A file and the source that reads it: a shell file, or systemd's environment file of the same name."""

    source: str
    path: str


def target(host: Host, places: Places, seen: DaemonView, source: str) -> Target:
    """The file that ``--to`` means by the source of an init script. Raises Refusal where nothing reads it."""
    own = init_files.find(host, seen.init).own
    if own is not None and own.spec.id == source:
        return Target(source, own.path)
    paths = [s.path for files in init_files.FILES.values() for s in files if s.spec.id == source]
    unit = seen.sources.unit
    named = {n.path for n in systemd_env_file.named(host, unit)} if unit is not None else set()
    path = next((p for p in paths if p in named), None)
    if path is None:
        why = "no init script here sources it"
        if unit is not None:
            why = f"{seen.installation.unit} does not name it as EnvironmentFile="
        elif init.detect(host) == "none":
            why = "no init system runs here"
        raise Refusal(f"nothing reads {' or '.join(paths)} on this host: {why}; use --to auto")
    other = places.other_reader(path, FileKind.ENV_FILE)
    if other is not None:
        raise Refusal(f"{path}: {other} would read it too; use --to auto")
    return Target(systemd_env_file.SPEC.id, path)


def write(draft: Draft, path: str, values: Mapping[str, Optional[Value]], mode: Optional[int] = None) -> None:
    """Draft that the script exports the values, None to take them out."""
    draft.write_text(path, shell_file.edit(draft.text(path), path, values), FileKind.SHELL_FILE, mode)


def take_away(seen: DaemonView, draft: Draft, setting: Setting) -> None:
    """Draft that the script does not export a setting. What others read too stays, and is taken away behind it."""
    files = init_files.find(draft.overlay(), seen.init)
    own, path = files.own, setting.origin.path or ""
    assert own is not None, "only an init script's files have such a setting"
    if path in {s.path for s in files.sourced if s.options is not None}:
        write(draft, path, {setting.variable: None})
        # An empty one is likely what `set` made; where the script ends without it, it stays.
        if not draft.data(path) and path not in files.required:
            draft.delete(path, FileKind.SHELL_FILE)
        return
    # A file may be sourced once more.
    backwards = [s.path for s in reversed(files.sourced)]
    if backwards.index(path) < backwards.index(own.path):
        raise Refusal(
            f"{setting.origin}: the init script sources this file behind {own.path}, and others read it too; "
            f"take {setting.name} out of it yourself"
        )
    names = environment_names(setting.variable)
    draft.write_text(own.path, shell_file.unset(draft.text(own.path), own.path, names), FileKind.SHELL_FILE)
