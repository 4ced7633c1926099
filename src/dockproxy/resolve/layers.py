"""The four layers between a file and what the engine does, and the first one that differs.

Files, the service manager's loaded unit, the process as it was started, and the engine's own report.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, NamedTuple, Optional

from dockproxy.formats import env_file, unit_words
from dockproxy.host import File, Host
from dockproxy.model import Missing, Origin, Removal, environment_names
from dockproxy.resolve.daemon import ENVIRONMENT_SOURCES, DaemonView, runs
from dockproxy.sources import systemd_env_file, systemd_pass_environment
from dockproxy.sources.systemd_pass_environment import MANAGER_PID

FILES, MANAGER, PROCESS, ENGINE = "files", "manager", "process", "engine"


class Layer(NamedTuple):
    """What a layer holds of one variable. ``text`` is in clear, None where it is not known; ``differs`` from the files.
    The engine masks the credentials in its report."""

    name: str
    text: Optional[str]
    differs: bool


Layers = Mapping[str, List[Layer]]
"""Variable to its layers, from the files to the engine."""


def of_daemon(host: Host, seen: DaemonView) -> Layers:
    """Look at every layer of a daemon; where none runs there are only files."""
    if seen.running is None:
        return {}
    loaded, started = _loaded(host, seen), _started(host, seen)
    return {variable: _layers(host, seen, variable, loaded, started) for variable in seen.effective}


def _layers(
    host: Host,
    seen: DaemonView,
    variable: str,
    loaded: Optional[Mapping[str, str]],
    started: Optional[Mapping[str, str]],
) -> List[Layer]:
    effective = seen.effective[variable]
    assert seen.running is not None, "only a daemon that runs has more than files"
    # dockerd writes what its own configuration says over its environment: that says nothing then.
    is_environments = effective.setting is None or effective.setting.origin.source in ENVIRONMENT_SOURCES
    texts = {MANAGER: _text(variable, loaded), PROCESS: _text(variable, started)}
    if seen.sources.unit is None:
        del texts[MANAGER]
    between = [Layer(n, t, is_environments and t not in (None, effective.text)) for n, t in texts.items()]
    reported = Layer(ENGINE, seen.running.values[variable], not runs(host, effective, seen.running))
    return [Layer(FILES, effective.text, False), *between, reported]


def first_that_differs(layers: Layers, variable: Optional[str] = None) -> Optional[str]:
    """The name of the layer at which the way from the files to the engine ends, of all variables or of one."""
    names = [layer.name for v, each in layers.items() for layer in each if layer.differs and variable in (None, v)]
    return next((name for name in (MANAGER, PROCESS, ENGINE) if name in names), None)


def _text(variable: str, environment: Optional[Mapping[str, str]]) -> Optional[str]:
    if environment is None:
        return None
    return next((environment[name] for name in environment_names(variable) if environment.get(name)), "")


def _started(host: Host, seen: DaemonView) -> Optional[Mapping[str, str]]:
    block = host.process_environment(seen.process.pid) if seen.process is not None else Missing.NOT_CHECKED
    return None if isinstance(block, Missing) else block


def _loaded(host: Host, seen: DaemonView) -> Optional[Mapping[str, str]]:
    """What systemd would give the service now, without another daemon-reload; it reads the environment files anew at
    each start."""
    unit, user = seen.installation.unit, seen.installation.user
    known = host.unit_properties(unit, ["Environment", "PassEnvironment", "EnvironmentFiles", "UnsetEnvironment"], user)
    if isinstance(known, Missing) or "Environment" not in known or not isinstance(seen.manager, Mapping):
        return None
    environment: Dict[str, str] = dict(seen.manager)
    passed = known.get("PassEnvironment", "").split()
    if passed and (user is not None or isinstance(host.process_environment(MANAGER_PID), Missing)):
        return None
    of_manager = systemd_pass_environment.known(host) if passed else {}
    environment.update((name, of_manager[name]) for name in passed if name in of_manager)
    for word in unit_words.split_words(known["Environment"]).words:
        name, _, value = word.text.partition("=")
        environment[name] = value
    for line in known.get("EnvironmentFiles", "").split("\n"):
        for path in systemd_env_file.paths(host, line.rpartition(" (ignore_errors=")[0]):
            file = host.read(path)
            if isinstance(file, File):
                text = file.text
                environment.update((a.name, a.value) for a in env_file.parse(text).assignments)
    for word in unit_words.split_words(known.get("UnsetEnvironment", "")).words:
        removal = Removal.of_word(word.text, Origin(MANAGER))
        if removal.takes(removal.name, environment.get(removal.name)):
            environment.pop(removal.name, None)
    return environment
