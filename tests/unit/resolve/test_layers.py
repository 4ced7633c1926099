"""From the files to the engine: what each layer holds, and the first one that differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

from dockproxy.resolve import layers
from dockproxy.resolve.daemon import view
from tests.unit.trees import DAEMON_JSON, DROP_IN, PID, docker_files, drop_in, info, live, tree

PROXY, OLD = "http://proxy.corp:3128", "http://old.corp:1"
FILES = {f"{DROP_IN}/p.conf": drop_in(f"Environment=HTTPS_PROXY={PROXY}")}


def seen(
    root: Path,
    reported: str,
    started: Any,
    loaded: Optional[Dict[str, str]],
    files: Any = FILES,
    manager: Any = "not-checked",
) -> Tuple[List[Tuple[str, Optional[str], bool]], Optional[str]]:
    unit = {"MainPID": str(PID), "NeedDaemonReload": "no", **(loaded or {})}
    answers = {"unit docker.service": unit, f"environment {PID}": started, "manager-environment": manager}
    host = live(root, docker_files(files), info(https=reported), answers=answers)
    found = layers.of_daemon(host, view(host))
    return [tuple(layer) for layer in found["https-proxy"]], layers.first_that_differs(found)  # type: ignore[misc]


def test_all_layers_agree(tmp_path: Path) -> None:
    found, differs = seen(tmp_path, PROXY, {"HTTPS_PROXY": PROXY}, {"Environment": f"HTTPS_PROXY={PROXY}"}, manager={})
    assert found == [(name, PROXY, False) for name in ("files", "manager", "process", "engine")]
    assert differs is None


@pytest.mark.parametrize(
    ("reported", "started", "loaded", "differs"),
    [
        (OLD, {"HTTPS_PROXY": OLD}, OLD, "manager"),
        (OLD, {"https_proxy": OLD}, PROXY, "process"),
        (OLD, {"HTTPS_PROXY": PROXY}, PROXY, "engine"),
        ("", {}, PROXY, "process"),
        (OLD, "permission", PROXY, "engine"),
    ],
)
def test_the_first_that_differs(reported: str, started: Any, loaded: str, differs: str, tmp_path: Path) -> None:
    found = seen(tmp_path, reported, started, {"Environment": f'"HTTPS_PROXY={loaded}"'}, manager={})
    assert found[1] == differs


def test_a_layer_that_cannot_be_looked_at_is_not_known(tmp_path: Path) -> None:
    found, differs = seen(tmp_path, PROXY, "permission", None)
    assert [(name, text) for name, text, _ in found] == [
        ("files", PROXY),
        ("manager", None),
        ("process", None),
        ("engine", PROXY),
    ]
    assert differs is None


def test_what_daemon_json_says_stands_in_no_environment(tmp_path: Path) -> None:
    files = {DAEMON_JSON: {"proxies": {"https-proxy": PROXY}}}
    loaded = {"Environment": ""}
    assert seen(tmp_path, PROXY, {}, loaded, files, {})[1] is None
    assert seen(tmp_path / "2", OLD, {}, loaded, files, {})[1] == "engine"


def test_systemd_reads_environment_files_anew_and_takes_away_at_last(tmp_path: Path) -> None:
    loaded = {
        "Environment": "HTTPS_PROXY=http://a:1",
        "EnvironmentFiles": "/etc/a.env (ignore_errors=no)\n/etc/none.env (ignore_errors=yes)",
        "UnsetEnvironment": 'NO_PROXY "HTTP_PROXY=http://other:1" X=1',
    }
    files = {
        f"{DROP_IN}/p.conf": drop_in("EnvironmentFile=/etc/a.env"),
        "/etc/a.env": f"HTTPS_PROXY={PROXY}\nNO_PROXY=.gone\n",
    }
    unit = {"MainPID": str(PID), **loaded}
    answers = {"unit docker.service": unit, "manager-environment": {"HTTP_PROXY": "http://m:1", "X": "1"}}
    host = live(tmp_path, docker_files(files), info(), answers=answers)
    found = layers.of_daemon(host, view(host))
    assert {variable: each[1].text for variable, each in found.items()} == {
        "http-proxy": "http://m:1",
        "https-proxy": PROXY,
        "no-proxy": "",
    }


def test_where_no_service_manager_starts_it_there_is_no_such_layer(tmp_path: Path) -> None:
    processes = [{"pid": PID, "argv": ["dockerd"], "started": 5.0}]
    answers = {"processes dockerd": processes, f"environment {PID}": {"HTTPS_PROXY": PROXY}}
    host = live(tmp_path, {"/usr/bin/dockerd": ""}, info(https=PROXY), answers=answers)
    found = layers.of_daemon(host, view(host))
    assert [layer.name for layer in found["https-proxy"]] == ["files", "process", "engine"]


def test_an_engine_that_does_not_run_has_only_files(tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files(FILES))
    assert layers.of_daemon(host, view(host)) == {}


@pytest.mark.parametrize(("of_init", "known"), [({"HTTPS_PROXY": PROXY}, PROXY), ({}, ""), ("permission", None)])
def test_what_is_handed_on_is_of_the_manager_too(of_init: Any, known: Optional[str], tmp_path: Path) -> None:
    unit = {"MainPID": str(PID), "NeedDaemonReload": "no", "Environment": "", "PassEnvironment": "HTTPS_PROXY"}
    answers = {"unit docker.service": unit, "environment 1": of_init, "manager-environment": {}}
    files = {f"{DROP_IN}/p.conf": drop_in("PassEnvironment=HTTPS_PROXY")}
    host = live(tmp_path, docker_files(files), info(https=PROXY), answers=answers)
    (manager,) = [layer for layer in layers.of_daemon(host, view(host))["https-proxy"] if layer.name == "manager"]
    assert manager.text == known
