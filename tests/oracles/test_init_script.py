"""Debian's own init script with a stand-in for dockerd that prints its environment, in a mount namespace of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.resolve.daemon import view
from tests.unit.trees import tree

pytestmark = pytest.mark.real("unshare", "start-stop-daemon", "service", "dockerd", root=True)

STAND_IN = """#!/bin/sh
/usr/bin/env -0 > /run/environment
printf '%s\\0' "$@" > /run/arguments.new
mv /run/arguments.new /run/arguments
"""

INSIDE = """
set -e
mount --bind "$1/defaults" /etc/default/docker
mount --bind "$1/dockerd" /usr/sbin/dockerd
mount -t tmpfs tmpfs /var/log
mount -t tmpfs tmpfs /run
shift
"$@" >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -e /run/arguments ] && break
    sleep 0.1
done
cat /run/environment
printf '\\0\\0'
cat /run/arguments
"""


def started(folder: Path, defaults: str, shell: Dict[str, str], how: List[str]) -> Tuple[Dict[str, str], List[str]]:
    """The proxy variables and the arguments that dockerd gets."""
    # The script raises limits, which a container's root may not.
    (folder / "defaults").write_text("ulimit() { :; }\n" + defaults)
    (folder / "dockerd").write_text(STAND_IN)
    (folder / "dockerd").chmod(0o755)
    done = subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", INSIDE, "sh", str(folder), *how],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **shell},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    environment, _, arguments = done.stdout.partition("\0\0\0")
    pairs = dict(p.split("=", 1) for p in environment.split("\0") if "=" in p)
    return {n: v for n, v in pairs.items() if n.lower().endswith("_proxy")}, arguments.split("\0")[:-1]


DIRECT, SERVICE = ["/etc/init.d/docker", "start"], ["service", "docker", "start"]
CASES: List[Tuple[str, Optional[Dict[str, str]]]] = [
    ("export HTTPS_PROXY=http://p:1\n", {"HTTPS_PROXY": "http://p:1"}),
    ("HTTPS_PROXY=http://p:1\n", {}),
    ('http_proxy="http://p:1"; export http_proxy\nNO_PROXY=.corp\n', {"http_proxy": "http://p:1"}),
    ("set -a\nNO_PROXY='.a,.b'\n", {"NO_PROXY": ".a,.b"}),
    ("# export HTTPS_PROXY=http://p:1\n", {}),
    ("export HTTPS_PROXY=$(echo http://p:1)\n", None),
]


@pytest.mark.parametrize(("defaults", "expected"), CASES)
@pytest.mark.parametrize("how", [DIRECT, SERVICE], ids=["script", "service"])
def test_what_the_defaults_file_exports_reaches_dockerd(
    defaults: str, expected: Optional[Dict[str, str]], how: List[str], tmp_path: Path
) -> None:
    environment, arguments = started(tmp_path, defaults, {}, how)
    assert arguments[:2] == ["-p", "/var/run/docker.pid"], "the script did not start it"
    seen = view(tree(tmp_path / "host", {"/etc/rc0.d/": "", "/usr/sbin/dockerd": "", "/etc/default/docker": defaults}))
    ours = {s.name: str(s.value) for s in seen.sources.reading.settings}
    if expected is None:
        assert environment == {"HTTPS_PROXY": "http://p:1"}
        assert ours == {}
        assert seen.sources.reading.unread
    else:
        assert environment == ours == expected


def test_the_options_are_dockerds_arguments(tmp_path: Path) -> None:
    text = 'DOCKER_OPTS="--debug --no-proxy=.corp"\n'
    _, arguments = started(tmp_path, text, {}, DIRECT)
    seen = view(tree(tmp_path / "host", {"/etc/rc0.d/": "", "/etc/default/docker": text}))
    assert seen.sources.command is not None
    assert list(seen.sources.command.argv[1:]) == arguments[2:] == ["--debug", "--no-proxy=.corp"]


def test_the_calling_shell_reaches_dockerd_only_without_service(tmp_path: Path) -> None:
    shell = {"HTTPS_PROXY": "http://shell:1"}
    assert started(tmp_path, "", shell, DIRECT)[0] == shell
    assert started(tmp_path, "", shell, SERVICE)[0] == {}
