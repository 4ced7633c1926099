"""What the project promises about itself: its layers, its packages, its make targets, its files."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Set, Tuple

import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPO = Path(__file__).resolve().parents[2]
PACKAGE = REPO / "src" / "dockproxy"

EDGES = {
    "cli": {"click", "rich"},
    "report": {"rich"},
    "dial": {"socksio"},
    "trace": {"h11", "socksio"},
    "fleet": {"rich", "ansible", "ansible_runner"},
    "demo": {"rich", "h11", "trustme", "cryptography"},
    "formats": {"tomlkit", "ruamel"},
}
"""The layers that may use packages of others, and which. All the rest is the standard library."""

LAZY = {"tomlkit", "ruamel", "rich", "trustme", "cryptography", "ansible", "ansible_runner"}
"""Packages that are imported inside functions only, so that what does not need them starts without them."""


def settings() -> Dict[str, Any]:
    found: Dict[str, Any] = tomllib.loads((REPO / "pyproject.toml").read_text())
    return found


def layers() -> List[str]:
    (contract,) = settings()["tool"]["importlinter"]["contracts"]
    return [re.sub(r"[()]", "", name).strip() for row in contract["layers"] for name in row.split("|")]


def environment(**changes: str) -> Dict[str, str]:
    """This environment without what an outer make hands to an inner one."""
    return {**{k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS")}, **changes}


def run(*command: str, cwd: Path = REPO, env: Mapping[str, str] = environment()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def modules() -> Iterator[Tuple[Path, str, ast.Module]]:
    """Every module with the layer it belongs to."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, path.relative_to(PACKAGE).parts[0].split(".")[0], ast.parse(path.read_text(), str(path))


# The layers


def test_every_module_belongs_to_a_layer() -> None:
    on_disk = {p.stem for p in PACKAGE.glob("*.py")} | {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert on_disk - {"__init__", "__main__"} <= set(layers())


@pytest.fixture
def small_package(tmp_path: Path) -> Path:
    """A package of our name with one empty module per layer, under our import contract."""
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    (tmp_path / "dockproxy").mkdir()
    for name in ["__init__", "__main__", *layers()]:
        (tmp_path / "dockproxy" / f"{name}.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("module", "code", "complaint"),
    [
        ("cli", "import dockproxy.secret, dockproxy.fleet, dockproxy.survey", None),
        ("utils", "", "dockproxy.utils"),
        ("secret", "import dockproxy.model", "dockproxy.secret -> dockproxy.model"),
        ("host", "from dockproxy import dial", "dockproxy.host -> dockproxy.dial"),
        ("apply", "def f():\n    import dockproxy.trace", "dockproxy.apply -> dockproxy.trace"),
    ],
)
def test_the_import_contract_holds_and_bites(small_package: Path, module: str, code: str, complaint: Any) -> None:
    (small_package / "dockproxy" / f"{module}.py").write_text(code)
    linter = Path(sys.executable).with_name("lint-imports")
    env = environment(PYTHONPATH=str(small_package), COLUMNS="200")
    done = run(str(linter), "--no-cache", cwd=small_package, env=env)
    assert (done.returncode == 0) == (complaint is None), done.stdout
    assert complaint is None or complaint in done.stdout


def imports(tree: ast.AST) -> Iterator[Tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names is new in Python 3.10")
def test_packages_of_others_are_used_at_the_edges_only() -> None:
    wrong = []
    for path, layer, tree in modules():
        for node, name in imports(tree):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names | {"dockproxy"} and top not in EDGES.get(layer, set()):
                wrong.append(f"{path}:{node.lineno}: {name}")
    assert not wrong


def test_what_is_seldom_needed_is_imported_where_it_is_used() -> None:
    wrong = []
    for path, layer, tree in modules():
        inside: Set[ast.AST] = set()
        for node in ast.walk(tree):
            typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            if typing_only or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside.update(ast.walk(node))
        if layer not in ("demo", "fleet"):
            eager = ((node, name) for node, name in imports(tree) if node not in inside)
            wrong += [f"{path}:{node.lineno}: {name}" for node, name in eager if name.split(".")[0] in LAZY]
    assert not wrong


def test_the_public_api_costs_nothing_until_used_and_none_of_us_goes_through_it() -> None:
    code = "import sys, dockproxy; print(sorted(name for name in sys.modules if name.startswith('dockproxy')))"
    assert run(sys.executable, "-c", code).stdout == "['dockproxy']\n"
    allowed = {*layers(), "__version__"}
    for path, _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "dockproxy" and path.name != "__init__.py":
                assert {alias.name for alias in node.names} <= allowed, f"{path}:{node.lineno}"


# The package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built in a copy, since setuptools leaves a build directory behind and would reuse it."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(REPO / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (REPO / name).exists():
            shutil.copy(REPO / name, tree)
    options = ["-q", "--no-build-isolation", "--no-deps", "--no-index"]
    done = run(sys.executable, "-m", "pip", "wheel", *options, ".", cwd=tree)
    assert done.returncode == 0, done.stdout
    (path,) = tree.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    ours = {p.relative_to(PACKAGE.parent).as_posix() for p in PACKAGE.rglob("*") if p.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    assert "dockproxy/py.typed" in ours
    assert ours - set(wheel.namelist()) == set()


def test_the_wheel_says_what_we_are(wheel: zipfile.ZipFile) -> None:
    import dockproxy

    names = {name.split("/", 1)[-1]: name for name in wheel.namelist() if ".dist-info/" in name}
    about = Parser().parsestr(wheel.read(names["METADATA"]).decode())
    assert about["Version"] == dockproxy.__version__
    assert about["Requires-Python"] == ">=3.9"
    assert about["License-Expression"] == "Apache-2.0"
    assert wheel.read(names["licenses/LICENSE"]) == (REPO / "LICENSE").read_bytes()
    assert "dockproxy = dockproxy.cli:main" in wheel.read(names["entry_points.txt"]).decode()


def test_the_command_prints_the_version_of_the_package() -> None:
    import dockproxy

    done = run(sys.executable, "-m", "dockproxy", "--version")
    assert (done.returncode, done.stdout) == (0, f"dockproxy {dockproxy.__version__}\n")


def test_the_pinned_dependencies_of_the_pyz_are_those_of_the_package() -> None:
    lines = (REPO / "tools" / "pyz-requirements.txt").read_text().splitlines()
    pinned = dict(line.split(" ")[0].split("==") for line in lines if not line.startswith("#"))
    for text in settings()["project"]["dependencies"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[wanted.name]), wanted


def test_the_changelog_has_a_place_for_what_comes_next_and_for_each_release() -> None:
    import dockproxy

    headings = re.findall(r"^## \[(.+?)\]", (REPO / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert len(headings) == 1 or headings[1] == dockproxy.__version__


# make


def test_make_without_a_target_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (REPO / "Makefile").read_text(), re.MULTILINE)
    assert phony
    targets = phony[1].split()
    assert {"demo", "test", "lint", "coverage", "pyz", "bench", "clean", "help"} <= set(targets)
    for listing in (run("make").stdout, run("make", "help").stdout):
        assert sorted(line.split()[1] for line in listing.splitlines()) == sorted(targets)


def test_the_layers_that_must_be_covered_are_layers() -> None:
    config = (REPO / "tests" / "pure.coveragerc").read_text()
    pure = set(re.findall(r"^    src/dockproxy/(\w+)(?:/\*|\.py)$", config, re.MULTILINE))
    assert pure == {"changes", "formats", "model", "noproxy", "planner", "resolve", "rules", "secret", "sources"}
    assert pure <= set(layers())


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    shutil.copy(REPO / "Makefile", tmp_path)
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    shutil.copytree(REPO / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (None, "apt install python3-venv"),
        ("ensurepip", "apt install python3-venv"),
        ("version_info", "needs Python 3.9 or later"),
    ],
    ids=["no Python", "no ensurepip", "too old"],
)
def test_make_names_what_a_bare_machine_lacks_and_stops(bare_checkout: Path, python: Any, sentence: str) -> None:
    interpreter = bare_checkout / "python"
    if python:
        # Fails for code that names the missing thing, as the real interpreter would.
        interpreter.write_text(f'#!/bin/sh\ncase "$2" in *{python}*) exit 1;; esac\n')
        interpreter.chmod(0o755)
    done = run("make", "demo", f"PYTHON={interpreter}", cwd=bare_checkout)
    assert done.returncode == 2
    assert sentence in done.stdout.splitlines()[0]
    assert not (bare_checkout / ".venv").exists()


def test_a_step_shows_its_output_only_when_it_fails() -> None:
    quiet = run("tools/step", "a title", "sh", "-c", "echo noise")
    assert quiet.returncode == 0
    assert re.fullmatch(r"a title +ok +\d+ s\n", quiet.stdout)
    failed = run("tools/step", "a title", "sh", "-c", "echo noise; exit 7")
    assert failed.returncode == 7
    assert failed.stdout.endswith("noise\n")
    hinted = run("env", "HINT=try this", "tools/step", "a title", "sh", "-c", "echo noise; exit 7")
    assert (hinted.returncode, hinted.stdout.endswith("noise\nhint: try this\n")) == (7, True)


@pytest.mark.parametrize("failing", ["none", "packages", "test"])
def test_ci_installs_then_requires_every_real_component(tmp_path: Path, failing: str) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(REPO / ".ci" / "run", tmp_path / ".ci")
    packages = "cat; echo installed; exit 4" if failing == "packages" else "cat; echo installed"
    (tmp_path / ".ci" / "packages").write_text(f"{packages}\n")
    recipe = "cat; echo tested with $(ARGS)" + ("; exit 5" if failing == "test" else "")
    (tmp_path / "Makefile").write_text(f"test:\n\t@{recipe}\n")
    done = run("sh", "-c", f"cd / && exec bash {tmp_path}/.ci/run <&-")
    assert (done.returncode == 0) == (failing == "none"), done.stdout
    told = done.stdout.splitlines()
    assert told[0] == "installed"
    if failing == "packages":
        assert len(told) == 1
    else:
        assert re.fullmatch(r"the real components are there +ok +\d+ s", told[1])
        assert told[2] == "tested with --require-real"


@pytest.mark.real("python3.9")
def test_the_unit_tests_pass_under_python_3_9() -> None:
    done = run("make", "test-3.9")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE)


def test_make_demo_works_on_a_fresh_clone(tmp_path: Path) -> None:
    cloned = run("git", "clone", "-q", str(REPO), str(tmp_path / "clone"))
    if cloned.returncode:
        pytest.skip("not a git checkout")
    done = run("env", f"HOME={tmp_path}", "NO_COLOR=1", "make", "demo", cwd=tmp_path / "clone")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("Every file of the host is as before.\n")


# The files


def test_no_file_names_a_place_on_the_machine_of_its_author() -> None:
    # In two parts, so that this file does not find itself. root's own configuration is a place that Docker reads.
    private = re.compile("/wor" + r"k/|/roo" + r"t/(?!\.docker|\.config)")
    listed = run("git", "ls-files", "-z")
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = REPO / name
        if path.is_file() and not path.is_symlink():
            lines = path.read_text(errors="replace").splitlines()
            found += [f"{name}:{number}" for number, line in enumerate(lines, 1) if private.search(line)]
    assert not found
