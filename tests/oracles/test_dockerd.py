"""Who wins inside dockerd: every combination of flag, daemon.json and environment, asked of real engines."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

import pytest

from dockproxy.host import BundleHost, Process, TreeHost
from dockproxy.model import DAEMON_VARIABLES, Version, environment_names
from dockproxy.resolve import precedence
from dockproxy.resolve.daemon import fatal
from dockproxy.sources import daemon
from dockproxy.sources.installation import SYSTEM
from tests.harness import engines
from tests.harness.dockerd import Dockerd, dockerd
from tests.oracles.conftest import Agreed
from tests.unit.trees import Content, Link, grow

pytestmark = pytest.mark.real("dockerd", root=True)

VALUES = (None, "http://a.corp:1", "http://b.corp:2", "")
"""None: the place does not have it at all."""

Case = Mapping[Tuple[str, str], Optional[str]]
"""Place (flag, json, upper, lower) and variable to value."""

PLACES = ("flag", "json", "upper", "lower")


@pytest.fixture(scope="module", params=engines.SUITES)
def real(request: pytest.FixtureRequest) -> Iterator[Dockerd]:
    if not engines.available()[request.param]:
        pytest.fail(f"the engine of Debian {request.param} is missing; .ci/packages brings it")
    with dockerd(request.param) as made:
        yield made


def start(case: Case) -> Tuple[List[str], Optional[str], Dict[str, str]]:
    """Flags, daemon.json and environment of a case."""
    flags, proxies, environment = [], {}, {}
    for (place, variable), value in case.items():
        if value is None:
            continue
        upper, lower = environment_names(variable)
        if place == "flag":
            flags.append(f"--{variable}={value}")
        elif place == "json":
            proxies[variable] = value
        else:
            environment[upper if place == "upper" else lower] = value
    return flags, json.dumps({"proxies": proxies}) if proxies else None, environment


def computed(case: Case, version: Optional[Version], root: Path) -> Optional[Dict[str, str]]:
    flags, text, environment = start(case)
    if text is not None:
        grow(root, {"/daemon.json": text})
    named = ["--config-file=/daemon.json"] if text is not None else []
    host = BundleHost(str(root), {"environment 7": environment})
    sources = daemon.read(host, SYSTEM, "none", version, Process(7, "dockerd", ("dockerd", *named, *flags)))
    if fatal(sources.reading):
        return None
    return {variable: e.text for variable, e in precedence.daemon(sources.reading).items()}


def disagreements(real: Dockerd, cases: List[Case], tmp_path: Path) -> List[str]:
    wrong = []
    for i, case in enumerate(cases):
        answer = real.ask(*start(case))
        ours = computed(case, real.version, tmp_path / str(i))
        if ours != answer.values:
            wrong.append(f"{start(case)}: dockerd {answer}, ours {ours}")
    return wrong


def test_every_combination_for_one_variable(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    cases: List[Case] = [
        {(place, "https-proxy"): value for place, value in zip(PLACES, values)}
        for values in itertools.product(VALUES, repeat=len(PLACES))
    ]
    wrong = disagreements(real, cases, tmp_path)
    assert not wrong, f"{len(wrong)} of {len(cases)} differ: " + "\n".join(wrong[:5])
    agreed(len(cases))


@pytest.mark.parametrize("content", [Link("/daemon.json"), "folder", Link("/dev/null"), ""])
def test_what_is_no_file(content: Content, real: Dockerd, tmp_path: Path) -> None:
    place = tmp_path / "daemon.json"
    if content == "folder":
        place.mkdir()
    else:
        grow(tmp_path, {"/daemon.json": content})
    answer = real.ask([f"--config-file={place}"], None, {})
    host = TreeHost(str(tmp_path))
    process = Process(7, "dockerd", ("dockerd", "--config-file=/daemon.json"))
    sources = daemon.read(host, SYSTEM, "none", real.version, process)
    assert bool(fatal(sources.reading)) == (answer.values is None), answer


def test_random_mixtures_of_all_variables(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(11)
    values = [*VALUES, None, None, None]
    cases: List[Case] = [
        {(place, variable): rng.choice(values) for place in PLACES for variable in DAEMON_VARIABLES} for _ in range(120)
    ]
    wrong = disagreements(real, cases, tmp_path)
    assert not wrong, f"{len(wrong)} of {len(cases)} differ: " + "\n".join(wrong[:5])
    agreed(len(cases))


@pytest.mark.parametrize(
    "document",
    [
        {"registry-mirrors": ["http://r.corp", "https://r.corp:1/"]},
        {"registry-mirrors": ["r.corp"]},
        {"registry-mirrors": ["http://u@r.corp"]},
        {"registry-mirrors": ["http://r.corp/v2"]},
        {"insecure-registries": ["r.corp", "http://r.corp:5000", "10.0.0.0/8", "fd00::/8", "::1"]},
        {"insecure-registries": ["-r"]},
        {"insecure-registries": ["ftp://r.corp"]},
        {"insecure-registries": ["http://r.corp/"]},
        {"insecure-registries": [None]},
        {"insecure-registries": ["r.corp:65536"]},
        {"insecure-registries": ["10.0.0.0/33"]},
        {"runtimes": {"runc": {"path": "/x"}}},
        {"hosts": ["foo://"]},
        {"hosts": ["unix://a://b"]},
    ],
)
def test_values_that_it_looks_at_when_it_starts(document: Dict[str, object], real: Dockerd, tmp_path: Path) -> None:
    text = json.dumps(document)
    answer = real.ask([], text, {}, listens="hosts" not in document)
    host = TreeHost(str(grow(tmp_path, {"/daemon.json": text})))
    process = Process(7, "dockerd", ("dockerd", "--config-file=/daemon.json"))
    defects = daemon.read(host, SYSTEM, "none", real.version, process).reading.defects
    assert bool(defects) == (answer.values is None), answer
    for defect in defects:
        said = defect.message.partition('dockerd says "')[2].partition('" and does not')[0]
        assert all(part in answer.refusal for part in said.split("…")), answer.refusal
