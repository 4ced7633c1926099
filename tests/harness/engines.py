"""The engines, named by the Debian suite they come from: the versions of the newer suites move."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Optional

CACHE = Path(
    os.environ.get("DOCKPROXY_TEST_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dockproxy-tests"
)
"""Where .ci/packages unpacks the engines of newer suites."""

SUITES = ("bookworm", "trixie", "unstable")
"""Debian 12 brings 20.10, 13 brings 26.1, unstable 28.5 (2026-11)."""

INSTALLED = "bookworm"
"""The suite whose packages are installed, not unpacked."""


def tree(suite: str) -> Optional[Path]:
    """The unpacked packages of a suite; None for the installed one."""
    return None if suite == INSTALLED else CACHE / "engines" / suite


def available() -> Dict[str, bool]:
    """Suite to whether its dockerd is there."""
    return {s: (tree(s) or Path("/")).joinpath("usr/sbin/dockerd").exists() for s in SUITES}
