"""Make Docker work behind a proxy, and prove it.

The public names are imported on first use, so that ``import dockproxy`` costs nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "inspect"]


def inspect(root: str = "/") -> Any:
    """Look at a host, or at the offline tree in ``root``; the object that ``show --format json`` serialises."""
    from dockproxy import survey
    from dockproxy.host import LocalHost, TreeHost

    return survey.inspect(LocalHost() if root == "/" else TreeHost(root))
