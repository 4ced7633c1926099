"""Which files ``EnvironmentFile=`` names: odd spellings, one by one, asked of the real systemd."""

from __future__ import annotations

from typing import Dict, Tuple

import pytest

from dockproxy.host import TreeHost
from tests.harness.systemd_host import SystemdHost
from tests.oracles.test_systemd import Answer, agrees, ask, computed, put

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

FILES = {
    "/var/lib/questions/f/x.env": "A=1\n",
    "/var/lib/questions/f/g/1.env": "A=g1\nG1=1\n",
    "/var/lib/questions/f/g/2.env": "A=g2\nG2=1\n",
    "/var/lib/questions/f/g/.h.env": "H=1\n",
    "/var/lib/questions/f/g2/1.env": "Z=1\n",
    "/var/lib/questions/f/sp ace.env": "S=1\n",
    "/var/lib/questions/f/[b].env": "B=1\n",
    "/var/lib/questions/f/null.env": None,
    "/var/lib/questions/f/m/-.env": "M=minus\n",
    "/var/lib/questions/f/m/a*b.env": "STAR=1\n",
    "/var/lib/questions/f/m/a]b.env": "BRACKET=1\n",
    "/var/lib/questions/f/m/a\tb.env": "TAB=1\n",
    "/var/lib/questions/f/m/\u00e9.env": "E=1\n",
    "/var/lib/questions/f/m/b.env": "LETTER=1\n",
}
LINES = [
    "{}/x.env", "-{}/x.env", "- {}/x.env", '"{}/x.env"', "{}/sp ace.env", "{}/x.env {}/g/1.env", "{}/x.env/",
    "{}/./x.env", "/{}//x.env", "%S/questions/f/x.env", "-%t/questions/f/x.env", "{}/%k", "f/x.env", "~/x.env", "-",
    "{}/none.env", "-{}/none.env", "{}/x.env/none", "-{}/x.env/none", "{}/{{x}}.env", "{}/?.env", "{}/[x].env",
    "{}/g/[!1].env", "-{}/none*.env", "-{}/g", "{}/g", "{}/null.env",
    "{}/g/.*.env", "{}/g/.h*",
    "--{}/x.env", "{}/../f/x.env", "{}/g/*.env", "{}/g*/1.env", "{}/none*.env", "{}/\\x.env", "{}/\\[b].env",
    "{}/g/[^1].env", "{}/[.env",
    "{}/m/[[:punct:]].env", "{}/m/a\\**.env", "{}/m/a[\\]]b.env", "{}/m/a[[:space:]]b.env", "{}/m/a[[:blank:]]b.env",
    "{}/m/?.env", "{}/m/??.env", "{}/m/[]a].env", "{}/m/a[]]b.env", "{}/m/[a-c].env", "-{}/m/[c-a].env", "{}/\\m/?.env",
    "-{}/m/[[:none:]].env", "{}/m/[a\\-z].env", "{}/m/[!]", "{}/m/[!a].env", "{}/m/[[:graph:]]*.env",
]  # fmt: skip
Asked = Dict[str, Tuple[str, Answer]]


@pytest.fixture(scope="module")
def asked(booted: SystemdHost) -> Asked:
    """Line to the service that has it, and what that got."""
    services = {line: f"f{i}.service" for i, line in enumerate(LINES)}
    put(booted, FILES)
    for line, service in services.items():
        text = f"[Service]\nType=oneshot\nExecStart=/usr/bin/env -0\nStandardOutput=truncate:/run/answers/{service}\n"
        put(
            booted,
            {f"/etc/systemd/system/{service}": f"{text}EnvironmentFile={line.format(*['/var/lib/questions/f'] * 2)}\n"},
        )
    answers = ask(booted, list(services.values()))
    return {line: (service, answers[service]) for line, service in services.items()}


@pytest.mark.parametrize("line", LINES)
def test_the_files_that_a_line_names(line: str, asked: Asked, booted: SystemdHost) -> None:
    service, answer = asked[line]
    root = TreeHost(str(booted.path("/")))
    assert agrees(root, service, answer, {}), (answer, computed(root, service, {}))
