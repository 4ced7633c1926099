"""Make Docker work behind a proxy, and prove it.

The public names are imported on first use, so that ``import dockproxy`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dockproxy.noproxy.settings import ProxySettings
    from dockproxy.survey import Report

__version__ = "0.1.0"
__all__ = ["ProxySettings", "__version__", "inspect"]


def __getattr__(name: str) -> Any:
    if name == "ProxySettings":
        from dockproxy.noproxy.settings import ProxySettings

        return ProxySettings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def inspect(root: str = "/") -> Report:
    """Look at a host, or at the offline tree in ``root``; the object that ``show --format json`` serialises."""
    import os

    from dockproxy import survey
    from dockproxy.host import LocalHost, TreeHost
    from dockproxy.sources import users

    host = LocalHost() if root == "/" else TreeHost(root)
    return survey.inspect(host, users.caller(host, os.environ, os.geteuid(), os.getegid()))
