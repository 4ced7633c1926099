"""The real docker CLI is asked, before it connects, which words are names of images, and of what in its ``config.json``
it warns."""

from __future__ import annotations

import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List

import pytest

from dockproxy.formats import image_reference
from dockproxy.host import TreeHost
from dockproxy.sources import client_config
from tests.harness import engines

pytestmark = pytest.mark.real("docker")

HEX = "0123456789abcdef" * 8
PARTS = {
    "domain": ["", "docker.io/", "index.docker.io/", "localhost/", "ghcr.io/", "r.corp:5000/", "[::1]:5000/", "Upper/",
               "a..b/", "-a.b/", "a_b.c/", "http://x/", "r.corp:/", "[::g]/", "a.b:x/", "team/", "TEAM.corp/"],
    "path": ["alpine", "a/b", "a__b", "a___b", "a.-b", "a--b", "UPPER", "", "a/", "/a", "a b", HEX[:64],
             "a/" * 128 + "a", "café"],
    "tag": ["", ":1", ":v1.2-rc_3", ":", ":-a", ":" + "t" * 128, ":" + "t" * 129, ":a/b"],
    "digest": ["", f"@sha256:{HEX[:64]}", f"@sha256:{HEX[:63]}", f"@sha512:{HEX}", f"@md5:{HEX[:32]}", "@", "@sha256:",
               f"@SHA256:{HEX[:64]}", f"@sha256:{HEX[:64].upper()}"],
}  # fmt: skip


def references(count: int) -> List[str]:
    random.seed(28)
    plain = [part for parts in PARTS.values() for part in parts if part]
    return plain + ["".join(random.choice(parts) for parts in PARTS.values()) for _ in range(count)]


def is_taken(text: str) -> bool:
    try:
        image_reference.parse(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("suite", engines.SUITES)
def test_what_is_a_reference_agrees_with_the_cli(suite: str) -> None:
    program = str((engines.tree(suite) or Path("/")) / "usr/bin/docker")

    def cli_takes(text: str) -> bool:
        command = [program, "--host=unix:///nonexistent", "pull", "--", text]
        said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr
        return "onnect to the Docker daemon" in said

    asked = references(300)
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(asked, pool.map(cli_takes, asked)))
    assert {text: is_taken(text) for text in asked} == answers
    assert 10 < sum(answers.values()) < len(answers) - 10


CONFIGURATIONS = (
    '{"proxies": {"http-proxy": "http://p:1"}}',
    '{"proxies": {"httpProxy": "http://p:1"}}',
    '{"proxies": {"httpProxy": null}}',
    '{"proxies": {"default": {"http-proxy": "http://p:1", "HTTP_PROXY": "http://p:1"}}}',
    '{"proxies": {"default": {"httpProxy": 5}}}',
    '{"proxies": {"tcp://other:2375": {"httpProxy": 5}}}',
    '{"proxies": {"tcp://other:2375": [], "default": {"httpProxy": "http://p:1"}}}',
    '{"proxies": {"default": {"HTTPProxy": true, "no-proxy": true}}}',
    '{"proxies": []}',
    '{"proxies": {"default": {"httpProxy": "http://p:1"}}}',
    "[]",
)


@pytest.mark.parametrize("suite", engines.SUITES)
@pytest.mark.parametrize("content", CONFIGURATIONS)
def test_what_the_cli_warns_of_is_reported(content: str, suite: str, tmp_path: Path) -> None:
    program = str((engines.tree(suite) or Path("/")) / "usr/bin/docker")
    tmp_path.joinpath("config.json").write_text(content)
    command = [program, f"--config={tmp_path}", "--host=unix:///nonexistent", "ps"]
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr
    read = client_config.read(TreeHost(str(tmp_path)), "/config.json", "unix:///nonexistent")
    kinds = {defect.kind for defect in read.defects}
    assert ("WARNING: Error" in said) == bool(kinds & {"client-value-ignored", "client-config-invalid"}), said
