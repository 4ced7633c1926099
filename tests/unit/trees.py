"""Trees of files to look at: a dict of path to content, and recorded answers where a host should be alive."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Union

from dockproxy.host import BundleHost, TreeHost

DAEMON_JSON = "/etc/docker/daemon.json"
UNIT_FILE = "/usr/lib/systemd/system/docker.service"
DROP_IN = "/etc/systemd/system/docker.service.d"
SOCKET = "/run/docker.sock"
PID = 812

UNIT = """[Unit]
Description=Docker

[Service]
Type=notify
ExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS
"""

DEBIAN_SCRIPT = """#!/bin/sh
set -e
BASE=docker
DOCKERD=/usr/sbin/dockerd
DOCKER_PIDFILE=/var/run/$BASE.pid
DOCKER_OPTS=
if [ -f /etc/default/$BASE ]; then
	. /etc/default/$BASE
fi
case "$1" in
	start)
		start-stop-daemon --start --background --exec "$DOCKERD" -- -p "$DOCKER_PIDFILE" $DOCKER_OPTS
		;;
esac
"""
RED_HAT_SCRIPT = """#!/bin/sh
prog=docker
exec=/usr/bin/dockerd
[ -e /etc/sysconfig/$prog ] && . /etc/sysconfig/$prog
start() {
	"$unshare" -m -- $exec $other_args >> /var/log/$prog 2>&1 &
}
$1
"""
ALPINE_SCRIPT = """#!/sbin/openrc-run
supervisor=supervise-daemon
command="${DOCKERD_BINARY:-/usr/bin/dockerd}"
command_args="${DOCKER_OPTS}"
if [ -e /etc/profile.d/proxy.sh ]; then
	. /etc/profile.d/proxy.sh
fi
"""
"""Init scripts of the shape of those that distributions ship."""


class Link(str):
    """The content of a path that is a link."""

    __slots__ = ()


Content = Union[str, bytes, Link, Mapping[str, Any]]


def grow(root: Path, files: Mapping[str, Content]) -> Path:
    """Write the files below ``root``; a mapping becomes JSON, a path that ends with / a directory."""
    for path, content in files.items():
        place = root / path.lstrip("/")
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            place.symlink_to(str(content))
        elif isinstance(content, bytes):
            place.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content, indent=4)
            place.write_bytes(text.encode("utf-8", "surrogateescape"))
    return root


def tree(root: Path, files: Mapping[str, Content]) -> TreeHost:
    """An offline host."""
    return TreeHost(str(grow(root, files)))


def docker_files(files: Optional[Mapping[str, Content]] = None, version: str = "28.5.2") -> Dict[str, Content]:
    """A packaged engine under systemd, and the files given."""
    return {
        UNIT_FILE: UNIT,
        "/usr/sbin/dockerd": "",
        "/run/systemd/system/": "",
        "/var/run": Link("../run"),
        "/var/lib/dpkg/status": f"Package: docker.io\nStatus: install ok installed\nVersion: {version}+dfsg1-1\n\n",
        **(files or {}),
    }


def drop_in(*lines: str) -> str:
    """The text of a drop-in for the service."""
    return "\n".join(("[Service]", *lines, ""))


def info(http: str = "", https: str = "", no: str = "", version: str = "28.5.2") -> Dict[str, Any]:
    """What ``GET /info`` says."""
    return {"ServerVersion": version, "HttpProxy": http, "HttpsProxy": https, "NoProxy": no, "DriverStatus": None}


def live(
    root: Path,
    files: Mapping[str, Content],
    body: Any = None,
    started: float = 0.0,
    answers: Optional[Mapping[str, Any]] = None,
) -> BundleHost:
    """A running host: ``body`` is its ``/info`` (None: the engine is down), ``started`` when dockerd did."""
    grow(root, files)
    recorded: Dict[str, Any] = {"manager-environment": {}, "unit docker.service": {"NeedDaemonReload": "no"}}
    if body is None:
        recorded.update({f"GET {SOCKET} /info": "absent", "processes dockerd": []})
    else:
        recorded[f"GET {SOCKET} /info"] = {"status": 200, "server": "Docker", "body": body}
        recorded["processes dockerd"] = [{"pid": PID, "argv": ["/usr/sbin/dockerd"], "started": started}]
        recorded["unit docker.service"] = {"NeedDaemonReload": "no", "MainPID": str(PID)}
    return BundleHost(str(root), {**recorded, **(answers or {})})


def set_changed(root: Path, path: str, when: float) -> None:
    """Give a file an mtime; its ctime is now, whatever one does."""
    os.utime(root / path.lstrip("/"), (when, when))
