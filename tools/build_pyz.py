"""Builds dockproxy.pyz: the package and its pure-Python dependencies in one file that a bare Python 3.9 runs.

The same input gives the same bytes: dependencies are pinned by hash, entries are sorted and carry one fixed time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

HERE = Path(__file__).resolve().parent
SHEBANG = b"#!/usr/bin/env python3\n"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold."""

COMPILED = re.compile(r"\.(so|pyd|dll|dylib|a|o|exe)(\.[0-9.]+)?$", re.IGNORECASE)
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")

Entry = Tuple[str, bytes]


class BuildError(Exception):
    """What stops the build, in one sentence."""


def download(requirements: Path, cache: Path) -> Path:
    """Return a directory with the pinned wheels; pip checks their hashes, and that nothing they need is missing.

    ``--implementation``, ``--abi`` and ``--platform`` leave pip only wheels that hold no compiled code.
    """
    wheels = cache / hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    if wheels.is_dir():
        return wheels
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch) / "wheels"
        command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-input"]
        command += ["--require-hashes", "--only-binary=:all:", "--python-version=3.9"]
        command += ["--implementation=py", "--abi=none", "--platform=any", "-d", str(fresh), "-r", str(requirements)]
        if subprocess.run(command, check=False).returncode:
            raise BuildError(f"{requirements}: pip could not fetch these packages; its message is above")
        try:
            fresh.rename(wheels)
        except OSError:
            # Another build was quicker; its wheels have the same hashes.
            if not wheels.is_dir():
                raise
    return wheels


def wheel_entries(wheel: Path) -> Iterator[Entry]:
    """Yield what a wheel installs, with its licences, without scripts and the installer's own records."""
    if not wheel.name.endswith("py3-none-any.whl"):
        raise BuildError(f"{wheel.name}: not a py3-none-any wheel; dockproxy.pyz may only hold pure Python")
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            if info.is_dir() or path.parts[0].endswith(".data"):
                continue
            if path.parts[0].endswith(".dist-info") and path.name in INSTALLER_FILES:
                continue
            yield info.filename, archive.read(info)


def source_entries(source: Path) -> Iterator[Entry]:
    """Yield every file of the package in ``source``, code and data."""
    for path in (source / "dockproxy").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(source).as_posix(), path.read_bytes()


def collect(entries: Iterable[Entry]) -> Dict[str, bytes]:
    """Put the entries together; two files of one name, or a compiled one, end the build."""
    files: Dict[str, bytes] = {}
    for name, content in entries:
        if COMPILED.search(name):
            raise BuildError(f"{name}: a compiled file; dockproxy.pyz may only hold pure Python")
        if files.setdefault(name, content) != content:
            raise BuildError(f"{name}: two packages bring this file, with different content")
    return files


def write(files: Dict[str, bytes], output: Path) -> None:
    """Write the archive in one step, so that no half of it is ever seen."""
    output.parent.mkdir(parents=True, exist_ok=True)
    scratch = output.with_name(f"{output.name}.{os.getpid()}")
    try:
        with scratch.open("wb") as stream:
            stream.write(SHEBANG)
            with zipfile.ZipFile(stream, "w") as archive:
                for name in sorted(files):
                    info = zipfile.ZipInfo(name, EPOCH)
                    info.create_system = 3
                    info.external_attr = 0o100644 << 16
                    archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 9)
        scratch.chmod(0o755)
        scratch.replace(output)
    finally:
        scratch.unlink(missing_ok=True)


def build(source: Path, wheels: Path, output: Path) -> None:
    """Build ``output`` from the package in ``source`` and every wheel in ``wheels``."""
    entries: List[Entry] = [("__main__.py", (HERE / "pyz_main.py").read_bytes())]
    entries += source_entries(source)
    for wheel in sorted(wheels.iterdir()):
        entries += wheel_entries(wheel)
    write(collect(entries), output)


def main(argv: Optional[List[str]] = None) -> int:
    """Return 0, or 2 after one sentence that says what is wrong."""
    parser = argparse.ArgumentParser(description="Build dockproxy.pyz.")
    parser.add_argument("--output", type=Path, default=HERE.parent / "dist" / "dockproxy.pyz")
    parser.add_argument("--source", type=Path, default=HERE.parent / "src", help="the directory that holds dockproxy/")
    parser.add_argument("--wheels", type=Path, help="use these wheels as they are, fetch nothing")
    parser.add_argument("--cache", type=Path, default=HERE.parent / ".cache" / "wheels")
    options = parser.parse_args(argv)
    try:
        wheels = options.wheels or download(HERE / "pyz-requirements.txt", options.cache)
        build(options.source, wheels, options.output)
    except (BuildError, OSError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"build_pyz: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
