"""Which values an engine takes; tests/oracles asks the engines."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

import pytest

from dockproxy.model import Version
from dockproxy.sources import daemon, daemon_json, directive_values, directives
from dockproxy.sources.installation import SYSTEM
from tests.unit.trees import DAEMON_JSON, UNIT_FILE, docker_files, drop_in, tree

NEW, OLD = "28.5.2", "20.10.24"


def taken(place: str, name: str, values: List[str], version: Optional[str]) -> List[str]:
    parsed = Version.parse(version) if version else None
    return [v for v in values if directive_values.refusing(place, name, v, (), parsed) is None]


@pytest.mark.parametrize(
    ("name", "version", "good", "bad"),
    [
        ("debug", None, ["true", "T", "0"], ["", "yes", "TRUe"]),
        ("restart", None, ["true"], ["on"]),
        ("mtu", OLD, ["0", "-1", "0x1F", "017", "0o17", "1_0", "0b1", "+5"], ["", "08", "1__0", "1.5", "9" * 20]),
        ("mtu", NEW, ["0", "1500"], ["-1", "-0x1"]),
        ("network-diagnostic-port", NEW, ["0", "65535"], ["65536", "-1", "x"]),
        ("data-root", NEW, ["", "x"], []),
        ("default-shm-size", None, ["64m", "64 MiB", "1.5g", "3"], ["", "m", "3x", "-1m"]),
        ("ip", OLD, ["10.0.0.1"], ["", "x", " ::1", "fe80::1%eth0", "010.0.0.1"]),
        ("ip", NEW, ["10.0.0.1", "", " ::1"], ["x"]),
        ("dns", OLD, ["10.0.0.1", " ::1"], ["", "10.0.0.1,::1"]),
        ("dns", NEW, ["10.0.0.1", "", "'10.0.0.1', ::1"], ["x", "10.0.0.1,"]),
        ("host-gateway-ip", "27.0.0", ["", "10.0.0.1"], ["fe80::1%eth0"]),
        ("host-gateway-ip", NEW, ["10.0.0.1", "fe80::1%eth0"], ["", "x"]),
        ("add-runtime", None, ["a=/a"], ["a", "a=", "=/a", "runc=/a"]),
        ("feature", NEW, ["a", "a=true"], ["", "=true", "a=x"]),
        ("default-ulimit", None, ["nofile=1", "nofile=1:2", "core=5:-1"], ["nofile=2:1", "x=1", "core=-1:5", "core=a"]),
        ("default-address-pool", None, ["base=10.0.0.0/8,size=24"], ["size=x", "a=b"]),
        ("default-network-opt", NEW, ["bridge=a=b"], ["a=b"]),
        ("insecure-registry", None, ["r.corp"], ["-r", "r-"]),
        ("label", None, ["a=b"], ["a", "com.docker.x=y"]),
        ("node-generic-resource", None, ["a=b", "a=3"], ["a", "a=b=c", "a=-1"]),
        ("host", OLD, ["tcp://a/b", "fd://", "unix:///x", ":2375", ""], ["foo://", "unix://a://b", "tcp://a:b"]),
        ("host", NEW, ["tcp://a:1", "a"], ["tcp://a/b", "tcp://a:0", "http://a"]),
    ],
)
def test_values_of_flags(name: str, version: Optional[str], good: List[str], bad: List[str]) -> None:
    assert taken("flag", name, good + bad, version) == good


@pytest.mark.parametrize(
    ("name", "version", "good", "bad"),
    [
        ("ip", None, ["", "10.0.0.1"], ["x", " ::1"]),
        ("dns-search", None, [".", "a.corp.", " corp "], ["", "1.2", "-a", "a_b", "x" * 256]),
        ("fixed-cidr-v6", NEW, ["", "fd00::/64"], ["10.0.0.0/8", "fd00::", "fd00::/129", "::ffff:10.0.0.0/120"]),
        (
            "insecure-registries",
            None,
            ["r.corp", "r.corp:5000", "http://r.corp", "10.0.0.0/8", "fd00::/8", "::1", "[::1]:5000"],
            ["", "ftp://r.corp", "http://r.corp/", "a b", "r.corp:99999", "10.0.0.0/33", "-r"],
        ),
        (
            "registry-mirrors",
            None,
            ["http://r.corp", "https://r.corp/"],
            ["r", "r:1", "http://u@r", "http://r?q", "http://[r"],
        ),
        ("registry-mirrors", OLD, ["http://r.corp"], ["http://r.corp/v2"]),
        ("bridge-accept-fwmark", "29.0.0", ["", "1", "0x10/0xff"], ["x", "1/x", "-1"]),
        ("host-gateway-ips", NEW, ["", "fe80::1%eth0"], ["x"]),
        ("data-root", NEW, ["", "x"], []),
    ],
)
def test_values_of_directives(name: str, version: Optional[str], good: List[str], bad: List[str]) -> None:
    assert taken("file", name, good + bad, version) == good


@pytest.mark.parametrize(
    ("name", "values", "is_taken"),
    [
        ("labels", ["a=1", "a=1"], True),
        ("labels", ["a=1", "b=2", "a=2"], False),
        ("host-gateway-ips", ["10.0.0.1", "::1"], True),
        ("host-gateway-ips", ["10.0.0.1", "10.0.0.2"], False),
        ("host-gateway-ips", ["::1", "::2"], False),
        ("node-generic-resources", ["a=b", "a=c", "b=3"], True),
        ("node-generic-resources", ["a=b", " a =3"], False),
        ("node-generic-resources", ["a=3", "a=b"], False),
    ],
)
def test_values_beside_each_other(name: str, values: List[str], is_taken: bool) -> None:
    failed = directive_values.refusing("file", name, values[-1], values[:-1], Version.parse(NEW))
    assert (failed is None) == is_taken


def test_the_table_knows_its_names() -> None:
    assert set(directive_values.CHECKS) <= set(directives.TYPES)


HUGE = "1" * 5000


@pytest.mark.parametrize(
    "words",
    [
        [f"--mtu={HUGE}"],
        [f"--default-ulimit=nofile={HUGE}:{HUGE}"],
        [f"--max-concurrent-uploads={HUGE}"],
        [f"--insecure-registry=h:{HUGE}"],
        [f"--node-generic-resource=a={HUGE}"],
        ["-H", f"tcp://h:{HUGE}"],
    ],
)
def test_a_number_of_thousands_of_digits_is_only_too_large(words: List[str], tmp_path: Path) -> None:
    files = docker_files({UNIT_FILE: drop_in(f"ExecStart=/usr/sbin/dockerd {' '.join(words)}")})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", Version.parse("28.5.2"))
    assert {d.kind for d in found.reading.defects} <= {"flag-value"}


@pytest.mark.parametrize("text", [f'{{"mtu": {HUGE}}}', f'{{"max-concurrent-downloads": -{HUGE}}}'])
def test_such_a_number_in_the_file_is_refused(text: str, tmp_path: Path) -> None:
    host = tree(tmp_path, {DAEMON_JSON: text})
    assert daemon_json.read(host, DAEMON_JSON, Version.parse("28.5.2")).defects != ()
