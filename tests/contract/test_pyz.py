"""dockproxy.pyz: one file, pure Python, the same bytes every time, and it runs on a bare Python 3.9."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict, Optional

import pytest
from tests.unit.trees import docker_files, grow

REPO = Path(__file__).resolve().parents[2]
BUILDER = REPO / "tools" / "build_pyz.py"
MAIN = REPO / "tools" / "pyz_main.py"
CANARY = "C4NARY"

NOT_IN_PYZ = ("dockproxy.demo", "dockproxy.fleet", "dockproxy.__main__")
"""What needs more than the archive holds."""


def build(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BUILDER), *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def run(python: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run without site-packages and without the environment, so that only the archive can answer."""
    command = [python, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")


def python39() -> str:
    return subprocess.run([REPO / "tools" / "python39"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("dist") / "dockproxy.pyz"
    done = build("--output", output)
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(params=["this", pytest.param("3.9", marks=pytest.mark.real("python3.9"))])
def python(request: pytest.FixtureRequest) -> str:
    return sys.executable if request.param == "this" else python39()


# The real archive


def test_it_is_executable_and_finds_a_python_by_itself(pyz: Path) -> None:
    assert pyz.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert os.access(pyz, os.X_OK)


def test_the_same_input_gives_the_same_bytes(pyz: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(REPO / "src", moved)
    for path in moved.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    again = tmp_path / "again.pyz"
    assert build("--source", moved, "--output", again).returncode == 0
    assert again.read_bytes() == pyz.read_bytes()


def test_it_holds_the_licence_of_everything_in_it(pyz: Path) -> None:
    names = zipfile.ZipFile(pyz).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert len(packages) >= 7
    for package in packages:
        assert any(name.startswith(package) and "LICEN" in name.upper() for name in names), package
    assert not [name for name in names if "__pycache__" in name or name.endswith("/RECORD")]


def test_help_and_version(pyz: Path, python: str) -> None:
    import dockproxy

    shown = run(python, pyz, "--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"dockproxy {dockproxy.__version__}\n", "")
    helped = run(python, pyz, "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "show" in helped.stdout


def test_show_reads_an_offline_tree(pyz: Path, python: str, tmp_path: Path) -> None:
    (tmp_path / "etc/docker").mkdir(parents=True)
    proxy = f"http://user:{CANARY}@proxy.example:3128"
    (tmp_path / "etc/docker/daemon.json").write_text(json.dumps({"proxies": {"https-proxy": proxy}}))
    done = run(python, pyz, "show", "--root", tmp_path, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == "dockproxy.show/1"
    assert "proxy.example:3128" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_every_module_in_it_can_be_imported(pyz: Path, python: str) -> None:
    files = [Path(name) for name in zipfile.ZipFile(pyz).namelist() if name.startswith("dockproxy/")]
    code = [path for path in files if path.suffix == ".py"]
    places = [path.parent if path.stem == "__init__" else path.with_suffix("") for path in code]
    names = [".".join(place.parts) for place in places]
    ours = [name for name in names if not name.startswith(NOT_IN_PYZ)]
    assert "dockproxy.cli" in ours
    others = ["click", "h11", "rich.console", "rich.markdown", "rich.syntax", "rich.table", "socksio"]
    script = (
        "import importlib, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    try:\n"
        "        place = importlib.import_module(name).__file__\n"
        "        assert place.startswith(sys.argv[1] + '/'), place\n"
        "    except BaseException as error:\n"
        "        print(name, repr(error))\n"
    )
    done = run(python, "-c", script, pyz, *ours, *others)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_starts_without_what_it_does_not_need(pyz: Path, python: str) -> None:
    done = run(python, "-X", "importtime", pyz, "--version")
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "click" in imported
    assert imported & {"rich", "pygments", "h11", "asyncio", "ssl", "http.client", "dockproxy.survey"} == set()


def test_every_verb_of_it_works_on_a_host_without_anything_else(pyz: Path, python: str, tmp_path: Path) -> None:
    root = ["--root", str(grow(tmp_path / "host", docker_files()))]
    drop_in = tmp_path / "host/etc/systemd/system/docker.service.d/http-proxy.conf"
    done = run(python, pyz, "set", "http://proxy.corp:3128", "--no-proxy", ".corp", "--yes", *root)
    assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
    assert "HTTPS_PROXY=http://proxy.corp:3128" in drop_in.read_text()
    done = run(python, pyz, "show", "--format", "json", *root)
    assert json.loads(done.stdout)["consumers"][0]["status"] == "ok", done.stderr
    assert "http-proxy.conf:3" in run(python, pyz, "show", *root).stdout
    done = run(python, pyz, "unset", "--yes", *root)
    assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
    assert not drop_in.exists()
    assert "Usage: dockproxy" in run(python, pyz, "--help").stdout


# A Python that is too old


def old_python(version: str) -> Optional[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for python in (*root.glob(f"versions/{version}.*/bin/python{version}"), shutil.which(f"python{version}")):
        # A pyenv shim is there even when nothing stands behind it.
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return str(python)
    return None


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7", "3.8"])
def test_an_old_python_gets_one_sentence(version: str, pyz: Path) -> None:
    python = old_python(version)
    if not python:
        pytest.skip(f"no Python {version} on this machine")
    # Without -I, which is new in Python 3.4.
    done = subprocess.run([python, pyz, "show"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"dockproxy: needs Python 3.9 or later and this is {version} (")
    assert done.stderr.endswith(f"as in: python3.9 {pyz}\n")
    assert done.stderr.count("\n") == 1


def test_the_sentence_for_an_old_python_comes_before_any_import() -> None:
    code = "import runpy, sys; sys.version_info = (3, 8, 1); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = run(sys.executable, "-c", code, MAIN)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dockproxy: needs Python 3.9 or later and this is 3.8 (")


# What the builder refuses


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A source tree with a package of our name that imports nothing."""
    (tmp_path / "src/dockproxy").mkdir(parents=True)
    (tmp_path / "src/dockproxy/__init__.py").touch()
    (tmp_path / "src/dockproxy/data.json").write_text("{}")
    (tmp_path / "src/dockproxy/cli.py").write_text(
        "import pkgutil, sys\n"
        "def main():\n"
        "    print(sys.argv[1:], pkgutil.get_data('dockproxy', 'data.json'))\n"
        "    return 6\n"
    )
    (tmp_path / "wheels").mkdir()
    return tmp_path


def add_wheel(stub: Path, name: str, files: Dict[str, str]) -> None:
    with zipfile.ZipFile(stub / "wheels" / name, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)


def build_stub(stub: Path) -> subprocess.CompletedProcess[str]:
    return build("--source", stub / "src", "--wheels", stub / "wheels", "--output", stub / "out" / "d.pyz")


def test_the_archive_passes_arguments_data_and_exit_code(stub: Path) -> None:
    add_wheel(stub, "a-1-py2.py3-none-any.whl", {"a.py": "", "a-1.data/scripts/a": "", "a-1.dist-info/RECORD": ""})
    assert build_stub(stub).returncode == 0
    done = run(sys.executable, stub / "out" / "d.pyz", "route", "x")
    assert (done.returncode, done.stdout) == (6, "['route', 'x'] b'{}'\n")
    names = zipfile.ZipFile(stub / "out" / "d.pyz").namelist()
    assert names == ["__main__.py", "a.py", "dockproxy/__init__.py", "dockproxy/cli.py", "dockproxy/data.json"]


@pytest.mark.parametrize("name", ["a.so", "a.abi3.so", "a/libz.so.1", "a.pyd", "a.DLL", "a.dylib"])
def test_a_compiled_file_ends_the_build(stub: Path, name: str) -> None:
    add_wheel(stub, "a-1-py3-none-any.whl", {name: "ELF"})
    done = build_stub(stub)
    assert done.returncode == 2
    assert done.stderr == f"build_pyz: {name}: a compiled file; dockproxy.pyz may only hold pure Python\n"


@pytest.mark.parametrize("name", ["a-1-cp39-abi3-linux_x86_64.whl", "a-1-py3-none-linux_x86_64.whl", "a-1.tar.gz"])
def test_a_package_that_is_not_pure_ends_the_build(stub: Path, name: str) -> None:
    add_wheel(stub, name, {"a.py": ""})
    done = build_stub(stub)
    assert done.returncode == 2
    assert done.stderr.startswith(f"build_pyz: {name}: not a py3-none-any wheel")


def test_two_packages_that_bring_one_file_end_the_build(stub: Path) -> None:
    add_wheel(stub, "a-1-py3-none-any.whl", {"same.py": "1", "differs.py": "1"})
    add_wheel(stub, "b-1-py3-none-any.whl", {"same.py": "1", "differs.py": "2"})
    done = build_stub(stub)
    assert done.returncode == 2
    assert done.stderr.startswith("build_pyz: differs.py: two packages bring this file")


def test_a_failed_build_leaves_what_was_there(stub: Path) -> None:
    assert build_stub(stub).returncode == 0
    before = (stub / "out" / "d.pyz").read_bytes()
    (stub / "wheels" / "a-1-py3-none-any.whl").write_text("no zip file")
    done = build_stub(stub)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (stub / "out").iterdir()] == ["d.pyz"]
    assert (stub / "out" / "d.pyz").read_bytes() == before


def test_a_changed_dependency_ends_the_build(stub: Path) -> None:
    """The pin is a hash: pip refuses a file with other content, and the builder then has nothing to pack."""
    shutil.copytree(REPO / "tools", stub / "tools")
    pins = stub / "tools" / "pyz-requirements.txt"
    pins.write_text("".join(line[:-5] + "0000\n" for line in pins.read_text().splitlines() if line.startswith("h11")))
    command = [sys.executable, str(stub / "tools" / "build_pyz.py"), "--source", str(stub / "src")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"build_pyz: {pins}: pip could not fetch")
    assert "HASHES" in done.stderr
    assert not (stub / "dist").exists()
