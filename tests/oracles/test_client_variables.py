"""Which variable wins, which schemes and spellings of a proxy URL count: our table must say what each client does, who
is asked in a network in which two proxies and an origin listen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List

import pytest

from dockproxy import ProxySettings
from dockproxy.secret import go_url
from tests.harness import client_programs, engines
from tests.harness.client_programs import ORIGIN, OTHER, PROGRAMS, PROXY, Question
from tests.oracles.conftest import Agreed
from tests.unit.noproxy.test_variables import VECTORS, goes

HTTP, HTTPS = f"http://{ORIGIN}/", f"https://{ORIGIN}/"
P, PB = f"http://{PROXY}", f"http://{OTHER}"
BOTH = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")

NEWER = {"busybox": "http://u:p ss@"}
"""What the recorded version refuses, and the older one that is asked does not."""


def environments() -> List[Dict[str, str]]:
    """Those under which the others were recorded, and where an empty variable, CGI or the list meets something else."""
    found = [row["environ"] for row in map(json.loads, VECTORS.read_text(encoding="utf-8").splitlines())]
    found += [
        {"HTTPS_PROXY": P, "https_proxy": PB},
        {"HTTPS_PROXY": P, "https_proxy": "", "HTTP_PROXY": P, "http_proxy": ""},
        {"http_proxy": P, "https_proxy": ""},
        {"ALL_PROXY": P, "https_proxy": ""},
        {"ALL_PROXY": P, "all_proxy": PB},
        {"HTTP_PROXY": PB, "http_proxy": P, "REQUEST_METHOD": "GET"},
        {**dict.fromkeys(BOTH, "foo://127.0.0.1:3128")},
        {**dict.fromkeys(BOTH, "http://")},
        {**dict.fromkeys(BOTH, ":")},
        {**dict.fromkeys(BOTH, "foo://127.0.0.1:3128"), "NO_PROXY": ORIGIN, "no_proxy": ORIGIN},
        {**dict.fromkeys(BOTH, "http://u:p/ss@127.0.0.1:3128"), "NO_PROXY": ORIGIN, "no_proxy": ORIGIN},
    ]
    return [json.loads(text) for text in dict.fromkeys(json.dumps(environ, sort_keys=True) for environ in found)]


@pytest.mark.real("unshare", root=True)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.real(*program.needs)) for name, program in PROGRAMS.items()]
)
def test_every_client_goes_where_the_table_says(name: str, agreed: Agreed) -> None:
    program = PROGRAMS[name]
    asked = [Question(environ, url) for environ in environments() for url in (HTTP, HTTPS)]
    asked = [q for q in asked if name not in NEWER or not any(NEWER[name] in text for text in q.environ.values())]
    # It speaks no TLS itself.
    elsewhere = {("https", "direct"): "error"} if name == "busybox" else {}
    wrong = [
        (question.environ, question.url, real, ours)
        for question, real in zip(asked, client_programs.asked(program, asked))
        for ours in [goes(ProxySettings.of_environment(question.environ).route(question.url, program.dialect))]
        if real != elsewhere.get((question.url.partition(":")[0], ours), ours)
    ]
    assert not wrong, f"{len(wrong)} of {len(asked)} differ:\n" + "\n".join(map(str, wrong))
    agreed(len(asked))


COLONS = "http://::1:3128"


@pytest.mark.real("docker", "unshare", root=True)
@pytest.mark.parametrize("suite", engines.SUITES)
def test_the_docker_cli_goes_where_route_for_cli_says(suite: str, agreed: Agreed) -> None:
    program = str((engines.tree(suite) or Path("/")) / "usr/bin/docker")
    cli = client_programs.Program(go_url.ENGINE, [program, "-H", f"tcp://{ORIGIN}:80", "version"])
    asked = [
        Question(environ, HTTP)
        for environ in (
            {"HTTP_PROXY": COLONS},
            {"http_proxy": P},
            {"HTTP_PROXY": P, "http_proxy": PB},
            {"HTTP_PROXY": P, "REQUEST_METHOD": "GET"},
            {"http_proxy": P, "REQUEST_METHOD": "GET"},
            {"HTTPS_PROXY": P},
            {"HTTP_PROXY": P, "NO_PROXY": ORIGIN, "no_proxy": "other"},
            {"HTTP_PROXY": "http://u:%zz@127.0.0.1:3128"},
        )
    ]
    said = client_programs.asked(cli, asked)
    ours = [goes(ProxySettings.of_environment(q.environ).route(q.url, cli.dialect)) for q in asked]
    assert said == ours
    agreed(len(asked))
