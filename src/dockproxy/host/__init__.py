"""What can be asked of a host: files, processes, the service manager, the engine's API. Asking changes nothing.

Every answer is the thing itself or a ``Missing`` that says why there is none. ``LocalHost`` is this machine,
``TreeHost`` an offline tree, ``BundleHost`` a tree with recorded answers, ``OverlayHost`` another host with a plan's
files laid over it.
"""

from dockproxy.host.bundle import BundleHost
from dockproxy.host.local import LocalHost, become, systemctl, systemd_group
from dockproxy.host.overlay import OverlayHost
from dockproxy.host.protocol import NULL, File, Host, Kind, Process, Response, User
from dockproxy.host.tree import TreeHost

__all__ = [
    "NULL",
    "BundleHost",
    "File",
    "Host",
    "Kind",
    "LocalHost",
    "OverlayHost",
    "Process",
    "Response",
    "TreeHost",
    "User",
    "become",
    "systemctl",
    "systemd_group",
]
