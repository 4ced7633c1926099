"""What ``route`` says is what each real engine then does, as Squid's log shows."""

from __future__ import annotations

import json
from typing import Dict, List

import pytest

from tests.harness.registry import IMAGE, INTERNAL_IMAGE, INTERNAL_NAME, PUBLIC_NAME
from tests.harness.squid import Squid
from tests.harness.systemd_host import SystemdHost

pytestmark = pytest.mark.real("dockerd", "squid", "docker-registry", "systemd-nspawn", root=True)

LISTS = [".corp", "corp", "registry.corp:443", "registry.corp:5000", "*.corp,x", ".registry.corp", "10.0.0.0/8", "x, *"]


def routes(host: SystemdHost, *words: str) -> List[Dict[str, str]]:
    said = host.dockproxy("route", *words, "--format", "json", check=True).stdout
    found: List[Dict[str, str]] = json.loads(said)["routes"]
    return found


def test_the_engine_goes_where_route_says(host: SystemdHost, proxy: Squid) -> None:
    seen = set()
    for text in LISTS:
        host.dockproxy("set", proxy.url, "--no-proxy", text, "--yes", "--no-dial", check=True)
        proxy.forget()
        (said,) = routes(host, INTERNAL_IMAGE)
        host.pull(INTERNAL_IMAGE)
        assert (said["decision"] == "proxy") == bool(proxy.connects(INTERNAL_NAME)), (text, said)
        seen.add(said["decision"])
    assert seen == {"proxy", "direct"}


def test_route_needs_no_root_and_names_the_line(newest: SystemdHost, proxy: Squid) -> None:
    newest.dockproxy("set", proxy.url, "--no-proxy", ".corp", "--yes", "--no-dial", check=True)
    done = newest.dockproxy("route", INTERNAL_IMAGE, IMAGE, check=True, user="nobody", group="docker")
    path = "/etc/systemd/system/docker.service.d/http-proxy.conf"
    said = " ".join(done.stdout.split())
    assert f"the entry .corp of the no-proxy list matches, at {path}:4" in said
    assert f"through {proxy.url}, set at {path}:3" in said
    assert PUBLIC_NAME in said
    assert done.stderr == ""
