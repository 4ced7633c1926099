"""Random files for a user's own service manager: the block that it really has must be the one that our source computes
of a tree."""

from __future__ import annotations

import json
import random
from typing import Any, Dict, Iterator

import pytest

from dockproxy.host import TreeHost
from dockproxy.sources import user_environment
from tests.harness.rootless import HOME, USER, Managed, managed
from tests.harness.systemd_host import SystemdHost
from tests.oracles.conftest import Agreed
from tests.oracles.test_systemd import OWN, put

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

COUNT = 60
# What a login and the manager itself add.
SESSION = {*OWN, "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_DATA_DIRS", "MANAGERPID", "MEMORY_PRESSURE_WATCH"}
NAMES = ["A", "B", "HTTPS_PROXY", "https_proxy", "NO_PROXY"]
VALUES = ["x", "", "http://u:p%%40w@h:3128", "%H", "of.{place}", "%%", "'q u'"]
EXPANDED = ["x", "", "$A", "${NO_PROXY:-none}", "${B}-${A}", "of.environment.d", "$USER", "${HOME}$LOGNAME"]
EXPANDED += ["$XDG_RUNTIME_DIR", "$NONE"]
PAM_VALUES = ["=of.pam", "='q'", "=", "", "=$A"]
PAM_STACK = """session optional pam_keyinit.so force revoke
@include common-account
{include} with-env
session optional pam_systemd.so
"""
FALLBACK = "session [default=1] pam_permit.so\nsession requisite pam_deny.so\n"
PAM_LINES = [
    "session required pam_env.so",
    "-session optional /lib/x86_64-linux-gnu/security/pam_env.so readenv=1 envfile=/etc/q.environment",
    "session required pam_env.so readenv=0",
    f"{FALLBACK}session required pam_env.so envfile=/etc/q.environment",
    "auth required pam_env.so envfile=/etc/q.environment\nauth required pam_permit.so",
]
GENERATOR = "/etc/systemd/user-environment-generators/30-systemd-environment-d-generator"
PLACES = {
    "system.conf": ["/etc/systemd/system.conf.d/50-q.conf", "/run/systemd/system.conf.d/60-q.conf"],
    "service": [
        "/etc/systemd/system/user@.service.d/50-q.conf",
        "/run/systemd/system/user@{uid}.service.d/60-q.conf",
        "/etc/systemd/system/service.d/40-q.conf",
    ],
    "user.conf": [
        f"{HOME}/.config/systemd/user.conf",
        "/etc/systemd/user.conf.d/50-q.conf",
        "/run/systemd/user.conf.d/60-q.conf",
        f"{HOME}/.config/systemd/user.conf.d/55-q.conf",
    ],
    "environment.d": [f"{HOME}/.config/environment.d/50-q.conf", "/etc/environment.d/60-q.conf"],
}
KEYS = {"system.conf": ["DefaultEnvironment", "ManagerEnvironment"], "service": ["Environment", "UnsetEnvironment"]}


def text(rng: random.Random, kind: str) -> str:
    if kind == "environment.d":
        lines = [f"{rng.choice(NAMES)}={rng.choice(EXPANDED)}" for _ in range(rng.randint(1, 3))]
        lines += rng.choice([[], [], ["export A=1"], ["9=1"]])
        return "\n".join(lines) + "\n"
    section = "Service" if kind == "service" else "Manager"
    lines = [f"[{section}]"]
    for _ in range(rng.randint(1, 3)):
        key = rng.choice(KEYS.get(kind, ["DefaultEnvironment", "ManagerEnvironment"]))
        word = f'"{rng.choice(NAMES)}={rng.choice(VALUES).format(place=kind)}"'
        lines.append(f"{key}={word if rng.random() < 0.95 else ''}")
    return "\n".join(lines) + "\n"


def of_pam(rng: random.Random) -> Dict[str, Any]:
    """A stack of the service with pam_env somewhere, and the file that this reads."""
    lines = "".join(f"{rng.choice(NAMES)}{rng.choice(PAM_VALUES)}\n" for _ in range(rng.randint(1, 4)))
    return {
        "/etc/pam.d/systemd-user": PAM_STACK.format(
            include=rng.choice(["@include", "session substack", "session include"])
        ),
        "/etc/pam.d/with-env": rng.choice(PAM_LINES) + "\n",
        "/etc/q.environment": lines,
    }


@pytest.fixture
def user(booted: SystemdHost) -> Iterator[Managed]:
    with managed(booted) as made:
        yield made


def block(user: Managed) -> Dict[str, str]:
    """What the manager gives every service."""
    shown: Dict[str, str] = json.loads(user.run("systemctl", "--user", "--output=json", "show-environment").stdout)
    return {n: v for n, v in shown.items() if n not in SESSION}


def test_the_block_is_the_one_that_a_users_manager_has(user: Managed, booted: SystemdHost, agreed: Agreed) -> None:
    rng = random.Random(1)
    root = TreeHost(str(booted.path("/")))
    account = root.user(USER)
    assert account is not None
    wrong, said = [], 0
    for _ in range(COUNT):
        files: Dict[str, Any] = {
            path.format(uid=user.uid): text(rng, kind)
            for kind, paths in PLACES.items()
            for path in paths
            if rng.random() < 0.5
        }
        files.update(of_pam(rng) if rng.random() < 0.6 else {})
        files.update({GENERATOR: rng.choice([None, "no program"])} if rng.random() < 0.2 else {})
        put(booted, files)
        booted.run(["chown", "--recursive", f"{USER}:", HOME], check=True)
        booted.run(["systemctl", "daemon-reload"], check=True)
        user.restart()
        asked, found = block(user), user_environment.read(root, account, None)
        ours = {n: v for n, v, _ in found.assigned if n not in SESSION}
        said += bool(asked)
        if asked != ours:
            wrong.append(f"{json.dumps(files, indent=1)}\nsystemd: {asked}\nours:    {ours}")
        assert found.reading.unread == ()
        booted.run(["rm", "-rf", *files], check=True)
    assert not wrong, f"{len(wrong)} of {COUNT} differ, such as\n" + "\n\n".join(wrong[:3])
    assert said > COUNT / 2, "too few questions say anything"
    agreed(COUNT)
