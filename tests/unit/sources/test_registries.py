"""Mirrors and insecure registries, as the engine says or as it is configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import pytest

from dockproxy.resolve.daemon import view
from dockproxy.sources import registries
from tests.unit.trees import DAEMON_JSON, UNIT_FILE, Content, docker_files, drop_in, info, live, tree


def read(host: Any) -> registries.Registries:
    seen = view(host)
    return registries.read(host, seen.sources, seen.info)


def test_a_tree_says_it_in_daemon_json_and_in_flags(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        DAEMON_JSON: {"registry-mirrors": ["https://a", 1], "insecure-registries": ["10.0.0.0/8"]},
        UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --registry-mirror https://b --insecure-registry=r:5000"),
    }
    assert read(tree(tmp_path, docker_files(files))) == registries.Registries(
        ("https://b", "https://a"), ("r:5000", "10.0.0.0/8")
    )


@pytest.mark.parametrize("text", ["{,}", "[]", "", '{"registry-mirrors": "https://a"}'])
def test_what_is_no_list_says_nothing(text: str, tmp_path: Path) -> None:
    assert read(tree(tmp_path, docker_files({DAEMON_JSON: text}))) == registries.Registries()


def test_nothing_is_configured(tmp_path: Path) -> None:
    assert read(tree(tmp_path, {})) == registries.Registries()


def test_a_running_engine_is_asked(tmp_path: Path) -> None:
    config = {
        "Mirrors": ["https://m/", 7],
        "InsecureRegistryCIDRs": ["127.0.0.0/8"],
        "IndexConfigs": {"docker.io": {"Secure": True}, "r:5000": {"Secure": False}, "x": None},
    }
    host = live(tmp_path, docker_files({DAEMON_JSON: {}}), {**info(), "RegistryConfig": config})
    assert read(host) == registries.Registries(("https://m/",), ("r:5000", "127.0.0.0/8"))
    broken = live(tmp_path / "2", docker_files(), {**info(), "RegistryConfig": []})
    assert read(broken) == registries.Registries()
