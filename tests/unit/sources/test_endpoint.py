"""The name under which the docker CLI looks up a daemon; tests/e2e asks the real CLI."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Dict, Optional

import pytest

from dockproxy.sources import endpoint
from tests.unit.trees import Content, tree

DIR = "/home/alice/.docker"


def current(
    root: Path, environ: Dict[str, str], files: Optional[Dict[str, Content]] = None, **chosen: str
) -> endpoint.Endpoint:
    return endpoint.current(tree(root, files or {}), endpoint.Client("alice", 1000, 1000, DIR, environ, **chosen))


def context(name: str, host: str) -> Dict[str, Content]:
    folder = hashlib.sha256(name.encode()).hexdigest()
    return {f"{DIR}/contexts/meta/{folder}/meta.json": {"Name": name, "Endpoints": {"docker": {"Host": host}}}}


def test_the_default_socket(tmp_path: Path) -> None:
    assert current(tmp_path, {}) == endpoint.Endpoint("unix:///var/run/docker.sock", "the default")
    assert current(tmp_path, {}).socket == "/var/run/docker.sock"


@pytest.mark.parametrize(
    ("value", "daemon_host"),
    [
        ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ("unix://", "unix:///var/run/docker.sock"),
        ("tcp://build.corp:2376", "tcp://build.corp:2376"),
        ("tcp://build.corp", "tcp://build.corp:2375"),
        ("tcp://", "tcp://localhost:2375"),
        ("tcp://[2001:db8::1]", "tcp://[2001:db8::1]:2375"),
        ("build.corp:2375", "tcp://build.corp:2375"),
        ("ssh://build.corp", "http://docker.example.com"),
        (" tcp://a:1/base ", "tcp://a:1/base"),
    ],
)
def test_docker_host_as_the_cli_writes_it(value: str, daemon_host: str, tmp_path: Path) -> None:
    assert current(tmp_path, {"DOCKER_HOST": value, "DOCKER_CONTEXT": "other"}).daemon_host == daemon_host


def test_a_context_of_the_environment_beats_the_current_one(tmp_path: Path) -> None:
    files = {**context("far", "tcp://far:2376"), f"{DIR}/config.json": {"currentContext": "near"}}
    found = current(tmp_path, {"DOCKER_CONTEXT": "far"}, files)
    options = ("--config", DIR, "--context", "far")
    assert found == endpoint.Endpoint("tcp://far:2376", "context far (DOCKER_CONTEXT)", "tcp://far:2376", options)
    assert found.socket is None


@pytest.mark.parametrize(("host", "seen"), [("ssh://far", endpoint.SSH_HOST), ("unix:///x.sock", "unix:///x.sock")])
def test_the_current_context(host: str, seen: str, tmp_path: Path) -> None:
    files = {**context("near", host), f"{DIR}/config.json": {"currentContext": "near"}}
    found = current(tmp_path, {}, files)
    assert (found.daemon_host, found.chosen_by) == (seen, f"context near (currentContext in {DIR}/config.json)")


def test_a_context_that_is_gone_is_no_endpoint(tmp_path: Path) -> None:
    found = current(tmp_path, {"DOCKER_CONTEXT": "gone"})
    assert (found.daemon_host, found.socket) == ("", None)
    assert "does not exist" in found.chosen_by


@pytest.mark.parametrize("content", ["{", '{"currentContext": 1}'])
def test_a_configuration_that_names_no_context(content: str, tmp_path: Path) -> None:
    assert current(tmp_path, {}, {f"{DIR}/config.json": content}).chosen_by == "the default"


def test_an_option_beats_the_environment(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://env:1", "DOCKER_CONTEXT": "other"}
    found = current(tmp_path, environ, host="ssh://admin@build")
    assert found == endpoint.Endpoint(endpoint.SSH_HOST, "-H", "ssh://build", ("--host", "ssh://admin@build"))
    found = current(tmp_path, environ, context("far", "tcp://far:2376"), context="far")
    assert (found.daemon_host, found.chosen_by) == ("tcp://far:2376", "context far (--context)")


def test_the_context_default_is_what_would_be_used_without_any(tmp_path: Path) -> None:
    files = {**context("far", "tcp://far:2376"), f"{DIR}/config.json": {"currentContext": "far"}}
    assert current(tmp_path, {}, files, context="default") == endpoint.Endpoint(endpoint.DEFAULT, "--context")
    found = current(tmp_path, {"DOCKER_CONTEXT": "default"}, files)
    assert found == endpoint.Endpoint(endpoint.DEFAULT, "DOCKER_CONTEXT")
    assert current(tmp_path, {"DOCKER_HOST": "tcp://env:1"}, files, context="default").daemon_host == "tcp://env:1"
