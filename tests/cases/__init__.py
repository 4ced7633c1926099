"""Hosts as packages lay them out and as people configure them, each with the document that ``show`` makes of it.

A case is a folder. ``case.json`` says in ``what`` who did what, and where that comes from: ``recorded`` files are a
package's own, ``derived`` ones were written after the upstream file and commit that it names, and with a ``base`` the
tree stands on that case's. ``answers.json`` is what a ``BundleHost`` takes; a case without it is an offline tree.
``expected.json`` is written by ``pytest tests/cases --record`` and never by hand.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from dockproxy import survey
from dockproxy.host import BundleHost, TreeHost
from dockproxy.model import Version
from dockproxy.sources.endpoint import Client

FOLDER = Path(__file__).parent
ALICE = Client("alice", 1000, 1000, "/home/alice/.docker", {})
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/case.json"))


class Case(NamedTuple):
    """One case. ``about`` is its ``case.json``."""

    name: str
    about: Mapping[str, Any]

    @property
    def expected(self) -> Path:
        return FOLDER / self.name / "expected.json"

    @property
    def client(self) -> Client:
        """Alice, with what the case says of her."""
        return ALICE._replace(**self.about.get("client", {}))

    @property
    def version(self) -> Optional[Version]:
        """The engine's version where the caller must name it."""
        return Version.parse(self.about.get("engine", ""))

    def grow(self, root: Path) -> TreeHost:
        """The host, written below ``root``."""
        if "base" in self.about:
            load(self.about["base"]).grow(root)
        folder = FOLDER / self.name
        if (folder / "tree").exists():
            shutil.copytree(folder / "tree", root, symlinks=True, copy_function=_replace, dirs_exist_ok=True)
        answers = folder / "answers.json"
        return BundleHost(str(root), json.loads(answers.read_text())) if answers.exists() else TreeHost(str(root))

    def inspect(self, host: TreeHost) -> survey.Report:
        """The report of a host that was grown from it, as if that were the whole machine."""
        return survey.inspect(host, self.client, self.version)._replace(root="/")


def _replace(source: str, target: str) -> None:
    """Copy a file to where the base may have a link, which would be followed."""
    Path(target).unlink(missing_ok=True)
    shutil.copy2(source, target)


def load(name: str) -> Case:
    """A case by its name."""
    about: Dict[str, Any] = json.loads((FOLDER / name / "case.json").read_text())
    return Case(name, about)


def packages() -> List[Case]:
    """The cases that stand on no other."""
    return [case for case in map(load, NAMES) if "base" not in case.about]
