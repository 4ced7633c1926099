"""Every case gives the document that was recorded; together they use every source."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from dockproxy.report import show_json, show_text
from dockproxy.sources import SPECS
from tests import cases
from tests.conftest import CANARY
from tests.harness import engines


@pytest.mark.parametrize("name", cases.NAMES)
def test_the_document_is_the_one_that_was_recorded(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = cases.load(name)
    report = case.inspect(case.grow(tmp_path))
    document = show_json.document(report)
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    assert CANARY not in text + show_text.render(report)
    if request.config.getoption("--record"):
        case.expected.write_text(text)
    assert document == json.loads(case.expected.read_text())
    for problem in (p for consumer in report.consumers for p in consumer.problems):
        assert problem.origin is None or (problem.origin.path or "") in problem.message


def origins(node: Any) -> Iterator[str]:
    """Every source that something in a document comes from."""
    if isinstance(node, dict):
        yield from [node["origin"]["source"]] if node.get("origin") else []
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from origins(child)


def test_every_source_is_an_origin_in_some_case() -> None:
    seen = {source for name in cases.NAMES for source in origins(json.loads(cases.load(name).expected.read_text()))}
    assert {spec.id for spec in SPECS} - seen == set()


@pytest.mark.parametrize("case", cases.packages(), ids=lambda case: str(case.name))
def test_a_package_names_the_files_that_it_comes_from(case: cases.Case) -> None:
    keys = {"recorded": {"package", "version", "suite", "engine", "files"}, "derived": {"repository", "file", "commit"}}
    assert case.about["from"]
    assert [set(source) for source in case.about["from"]] == [keys[case.about["kind"]]] * len(case.about["from"])


RECORDED = [case for case in cases.packages() if case.about["kind"] == "recorded"]


@pytest.mark.real("dockerd")
@pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case.name))
def test_what_was_recorded_is_what_the_package_holds(
    case: cases.Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (package,) = case.about["from"]
    tree = engines.tree(package["suite"]) or Path("/")
    said = subprocess.run([tree / "usr/sbin/dockerd", "--version"], stdout=subprocess.PIPE, text=True).stdout
    if f"version {package['engine']}," not in said:
        pytest.skip(f"{package['suite']} has moved on: {said.strip()}")
    case.grow(tmp_path)
    for path in package["files"]:
        assert (tmp_path / path[1:]).read_bytes() == (tree / path[1:]).read_bytes(), path
