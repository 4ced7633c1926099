"""Hosts with SysV or OpenRC: only what is exported reaches dockerd. tests/oracles asks the shells."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import pytest

from dockproxy.model import DAEMON_VARIABLES, Missing, Refusal, Version
from dockproxy.planner import plan_unset
from dockproxy.resolve.daemon import view
from dockproxy.sources import daemon, init_script
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, grow, tree

DEFAULTS = "/etc/default/docker"


def files(path: str, text: str, marker: str = "/etc/rc0.d/") -> Dict[str, Content]:
    return {marker: "", "/usr/sbin/dockerd": "", path: text}


@pytest.mark.parametrize(
    ("path", "marker", "source"),
    [
        (DEFAULTS, "/etc/rc0.d/", "sysv-defaults"),
        ("/etc/sysconfig/docker", "/etc/rc0.d/", "sysv-defaults"),
        ("/etc/conf.d/docker", "/etc/runlevels/", "openrc-conf"),
    ],
)
def test_what_is_exported_is_in_force_at_its_line(path: str, marker: str, source: str, tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(path, "# c\nexport HTTPS_PROXY=http://p:1\n", marker)))
    setting = seen.effective["https-proxy"].setting
    assert setting is not None
    assert (setting.origin.source, str(setting.origin), str(setting.value)) == (source, f"{path}:2", "http://p:1")


def test_without_export_it_is_a_defect(tmp_path: Path) -> None:
    seen = view(tree(tmp_path, files(DEFAULTS, "HTTPS_PROXY=http://u:C4NARY@p:1\n")))
    assert seen.effective["https-proxy"].setting is None
    (defect,) = seen.sources.reading.defects
    assert defect.message.startswith(f"{DEFAULTS}:1: HTTPS_PROXY is not exported")
    assert "C4NARY" not in defect.message


@pytest.mark.parametrize("text", ["export HTTPS_PROXY=$P\n", "if x; then export HTTPS_PROXY=a; fi\n", ". /etc/proxy\n"])
def test_what_only_a_shell_could_tell_is_unread(text: str, tmp_path: Path) -> None:
    reading = view(tree(tmp_path, files(DEFAULTS, text))).sources.reading
    assert reading.settings == ()
    assert ("sysv-defaults", DEFAULTS, Missing.UNPARSABLE) in [tuple(u) for u in reading.unread]


def test_flags_from_the_options(tmp_path: Path) -> None:
    text = 'DOCKER_OPTS="--debug --no-proxy=.corp --config-file=/x.json"\n'
    host = tree(tmp_path, {**files(DEFAULTS, text), "/x.json": "{}"})
    found = daemon.read(host, SYSTEM, "sysv", Version.parse("28.5"))
    assert [(s.name, s.value, str(s.origin)) for s in found.reading.settings] == [
        ("--no-proxy", ".corp", f"{DEFAULTS}:1")
    ]
    assert found.config_file == "/x.json"
    unknown = daemon.read(tree(tmp_path / "2", files(DEFAULTS, "DOCKER_OPTS=$X\n")), SYSTEM, "sysv", None)
    assert [u.source for u in unknown.reading.unread] == ["dockerd-flag"]


def test_absent_and_unreadable(tmp_path: Path) -> None:
    assert init_script.read(tree(tmp_path, {"/etc/rc0.d/": ""}), "sysv")[1] is None
    grow(tmp_path, files(DEFAULTS, ""))
    reading, command = init_script.read(Unreadable(str(tmp_path), DEFAULTS), "sysv")
    assert [(u.path, u.reason) for u in reading.unread] == [(DEFAULTS, Missing.PERMISSION)]
    assert command is None


def test_unset_leaves_the_file_to_its_owner(tmp_path: Path) -> None:
    host = tree(tmp_path, files(DEFAULTS, "export NO_PROXY=x\n"))
    with pytest.raises(Refusal, match=f"{DEFAULTS}:1: the init script sources this file"):
        plan_unset(host, view(host), DAEMON_VARIABLES)
