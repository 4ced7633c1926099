"""The engines that a host may have beside each other: the system's, the snap's, and one of each user (rootless).

Source: moby, contrib/dockerd-rootless-setuptool.sh and daemon/command/daemon_unix.go (getDefaultDaemonConfigDir),
pkg/homedir/homedir_linux.go (GetConfigHome);
canonical/docker-snap, README and snap/hooks/configure; systemd.unit(5), "Unit File Load Path".
"""

from __future__ import annotations

import posixpath
from typing import List, Mapping, NamedTuple, Optional, Tuple

from dockproxy.host import Host, User
from dockproxy.model import Missing, Unread, number
from dockproxy.sources.installed import exists

SYSTEM_DIRS = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
)
USER_DIRS = (
    "{home}/.config/systemd/user.control",
    "{run}/systemd/user.control",
    "{run}/systemd/transient",
    "{run}/systemd/generator.early",
    "{home}/.config/systemd/user",
    "/etc/xdg/systemd/user",
    "/etc/systemd/user",
    "{run}/systemd/user",
    "/run/systemd/user",
    "{run}/systemd/generator",
    "{home}/.local/share/systemd/user",
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
    "{run}/systemd/generator.late",
)
"""Where the system's and a user's service manager look, the first match of a name wins."""


class Installation(NamedTuple):
    """An engine and where everything of it is. ``user`` is whose service manager starts it, None for the system's;
    ``config_file`` is the file of an environment that says nothing of it."""

    id: str
    unit: str
    config_file: str
    socket: str
    pid_file: str
    user: Optional[User] = None

    @property
    def unit_dirs(self) -> Tuple[str, ...]:
        """The load path of the service manager that starts it."""
        if self.user is None:
            return SYSTEM_DIRS
        run = f"/run/user/{self.user.uid}"
        return tuple(path.format(home=self.user.home.rstrip("/"), run=run) for path in USER_DIRS)

    @property
    def drop_in_dir(self) -> str:
        """The administrator's own drop-ins of its service."""
        units = "/etc/systemd/system" if self.user is None else f"{self.user.home.rstrip('/')}/.config/systemd/user"
        return f"{units}/{self.unit}.d"

    @property
    def drop_in(self) -> str:
        """The drop-in that this tool writes."""
        return f"{self.drop_in_dir}/http-proxy.conf"

    @property
    def late_drop_in(self) -> str:
        """The one that it writes where another would win: it sorts behind the drop-ins that people write."""
        return f"{self.drop_in_dir}/zz-dockproxy.conf"

    @property
    def env_file(self) -> str:
        """An environment file of this engine alone, for what nobody else may read."""
        return posixpath.join(posixpath.dirname(self.config_file), "http-proxy.env")

    def config_file_of(self, environment: Mapping[str, str]) -> str:
        """The file that dockerd reads where no flag names one, in its environment. What is relative there starts at the
        user's home, where systemd starts the services of a user."""
        if self.user is None:
            return self.config_file
        home = environment.get("HOME") or self.user.home
        config = environment.get("XDG_CONFIG_HOME") or posixpath.join(home, ".config")
        return posixpath.normpath(posixpath.join(self.user.home, config, "docker/daemon.json"))

    @property
    def uid(self) -> int:
        """Whose processes it runs as."""
        return 0 if self.user is None else self.user.uid


SYSTEM = Installation("system", "docker.service", "/etc/docker/daemon.json", "/run/docker.sock", "/run/docker.pid")
SNAP_ROOT = "/var/snap/docker"
SNAP_DATA = f"{SNAP_ROOT}/current"
SNAP = Installation(
    "snap",
    "snap.docker.dockerd.service",
    f"{SNAP_DATA}/config/daemon.json",
    "/run/docker.sock",
    f"{SNAP_DATA}/run/docker.pid",
)


def rootless(user: User) -> Installation:
    """The engine of a user."""
    home, run = user.home.rstrip("/"), f"/run/user/{user.uid}"
    config_file = f"{home}/.config/docker/daemon.json"
    return Installation(
        f"rootless:{user.uid}", "docker.service", config_file, f"{run}/docker.sock", f"{run}/docker.pid", user
    )


LINGERING = "/var/lib/systemd/linger"
"""A file for each user whose services run without a login (loginctl(1), enable-linger)."""


def find(host: Host, caller: Optional[str] = None) -> List[Installation]:
    """Every engine of the host. Of the users those are looked at that may have services: who is logged in, who
    lingers, and ``caller``."""
    found = [SYSTEM]
    if any(exists(host, posixpath.join(folder, SNAP.unit)) for folder in SNAP.unit_dirs):
        found.append(SNAP)
    for user in users(host, caller):
        installation = rootless(user)
        if user.uid != 0 and any(exists(host, f"{folder}/{installation.unit}") for folder in installation.unit_dirs):
            found.append(installation)
    return found


def closed(host: Host, caller: Optional[str] = None) -> Tuple[Unread, ...]:
    """Of each user that ``find`` looks at, the first folder that may not be listed, and so may hide an engine."""
    folders = [(user, d) for user in users(host, caller) for d in rootless(user).unit_dirs]
    hidden = {user.uid: d for user, d in reversed(folders) if host.list(d) is Missing.PERMISSION}
    return tuple(Unread(f"rootless:{uid}", folder, Missing.PERMISSION) for uid, folder in sorted(hidden.items()))


def users(host: Host, caller: Optional[str]) -> List[User]:
    """The accounts that may have services: of who is logged in, who lingers, and ``caller``; in a tree all."""
    names = [caller] if caller is not None else []
    lingering, running = host.list(LINGERING), host.list("/run/user")
    names += [] if isinstance(lingering, Missing) else lingering
    found = [host.user(name) for name in names]
    found += [] if isinstance(running, Missing) else [host.user(uid) for uid in map(number, running) if uid is not None]
    if not host.live:
        # An image has nobody logged in; its accounts are few and its homes are all there.
        found += host.users()
    return sorted({user for user in found if user is not None}, key=lambda user: user.uid)
