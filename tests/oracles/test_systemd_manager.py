"""``DefaultEnvironment=`` of random ``system.conf`` files: the block that the real systemd has must be the one that our
source computes."""

from __future__ import annotations

import json
import random
from typing import Dict, Iterator, List, Optional

import pytest

from dockproxy.formats import specifiers, unit_file, unit_words
from dockproxy.host import BundleHost, TreeHost
from dockproxy.sources import environment_generators, systemd_manager, systemd_pass_environment, systemd_unit
from tests.harness.systemd_host import INIT_ENVIRONMENT, SystemdHost
from tests.oracles.conftest import Agreed
from tests.oracles.test_systemd import OWN, SEEDS, ask, put, unit_text

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

COUNT = 30
FOLDERS = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd")
MAIN = "/etc/systemd/system.conf"


def manager_text(rng: random.Random) -> str:
    """A unit file's text with the manager's section and key in the place of a service's."""
    return unit_text(rng).replace("Service", "Manager").replace("Environment", "DefaultEnvironment")


@pytest.fixture
def clean(booted: SystemdHost) -> Iterator[SystemdHost]:
    text = booted.path(MAIN).read_bytes()
    yield booted
    remove(booted)
    booted.path(MAIN).write_bytes(text)
    booted.run(["systemctl", "daemon-reload"], check=True)


def remove(host: SystemdHost) -> None:
    for folder in FOLDERS:
        host.run(["rm", "-rf", f"{folder}/system.conf.d", *([MAIN] if folder in MAIN else [])], check=True)


def question(rng: random.Random) -> Dict[str, object]:
    """Path to text; None is a link to /dev/null."""
    files: Dict[str, object] = {}
    if rng.random() < 0.4:
        files[MAIN] = manager_text(rng)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(["10-a.conf", "20-b.conf", "30-c.conf", "README"])
        text = manager_text(rng) if rng.random() < 0.9 else rng.choice([None, ""])
        files[f"{rng.choice(FOLDERS)}/system.conf.d/{name}"] = text
    return files


def unknown(root: TreeHost, files: Dict[str, object]) -> List[str]:
    """Names whose value only the running host knows."""
    known = specifiers.for_manager("", "")
    texts = [text for text in files.values() if isinstance(text, str)]
    statements = [s for text in texts for s in unit_file.parse(text).find("Manager", "DefaultEnvironment")]
    return [e.name for s in statements for e in unit_words.parse_environment(s.value, known) if e.unknown]


def block(host: SystemdHost) -> Dict[str, str]:
    """The manager's environment, read again."""
    host.run(["systemctl", "daemon-reload"], check=True)
    shown: Dict[str, str] = json.loads(host.run(["systemctl", "--output=json", "show-environment"], check=True).stdout)
    return {n: v for n, v in shown.items() if n not in OWN}


GENERATORS = "/etc/systemd/system-environment-generators"


def test_a_program_that_adds_to_the_block_is_told_where_the_block_cannot_be_asked(clean: SystemdHost) -> None:
    folder = clean.path(GENERATORS)
    clean.write(f"{GENERATORS}/10-corp", "#!/bin/sh\necho HTTPS_PROXY=http://generated:1\n", 0o755)
    clean.write("/usr/lib/systemd/system-environment-generators/20-masked", "#!/bin/sh\necho NO_PROXY=x\n", 0o755)
    (folder / "20-masked").symlink_to("/dev/null")
    try:
        assert block(clean) == {"HTTPS_PROXY": "http://generated:1"}
        unread = systemd_manager.read(TreeHost(str(clean.path("/"))), None).reading.unread
        assert [u.path for u in unread] == [f"{GENERATORS}/10-corp"]
    finally:
        clean.run(["rm", "-rf", GENERATORS, "/usr/lib/systemd/system-environment-generators/20-masked"])


def test_of_programs_of_one_name_the_first_folder_counts(clean: SystemdHost) -> None:
    paths = [f"{folder}/system-environment-generators/10-corp" for folder in environment_generators.FOLDERS]
    try:
        for path in paths:
            clean.write(path, f"#!/bin/sh\necho NO_PROXY={path}\n", 0o755)
        while paths:
            assert block(clean) == {"NO_PROXY": paths[0]}
            unread = systemd_manager.read(TreeHost(str(clean.path("/"))), None).reading.unread
            assert [u.path for u in unread] == paths[:1]
            clean.path(paths.pop(0)).unlink()
    finally:
        clean.run(["rm", "-f", *paths])


def test_what_the_manager_is_told_to_have_is_passed_on(clean: SystemdHost) -> None:
    clean.write("/etc/systemd/system.conf.d/m.conf", "[Manager]\nManagerEnvironment=NO_PROXY=.told A=1\n")
    put(clean, {"/etc/systemd/system/qpass.service": PASSED})
    try:
        # Only a new start of the manager takes it.
        clean.run(["systemctl", "daemon-reexec"], check=True)
        answers = ask(clean, ["qpass.service"])
        host = BundleHost(str(clean.path("/")), {"environment 1": INIT_ENVIRONMENT})
        unit = systemd_unit.load(host, "qpass.service")
        assert unit is not None
        found = systemd_pass_environment.read(host, unit)
        assert answers["qpass.service"] == {name: value for name, value, _ in found.assigned}
        assert answers["qpass.service"] == {**INIT_ENVIRONMENT, "NO_PROXY": ".told", "A": "1"}
    finally:
        clean.run(["rm", "-f", "/etc/systemd/system/qpass.service", "/etc/systemd/system.conf.d/m.conf"])
        clean.run(["systemctl", "daemon-reexec"], check=True)


PASSED = """[Service]
Type=oneshot
ExecStart=/usr/bin/env -0
StandardOutput=truncate:/run/answers/qpass.service
PassEnvironment=NO_PROXY A PASSED B
"""


def test_a_main_file_outside_etc_is_not_read_by_252(clean: SystemdHost) -> None:
    path = "/run/systemd/system.conf"
    clean.run(["rm", "-f", MAIN], check=True)
    clean.write(path, "[Manager]\nDefaultEnvironment=A=1\n")
    try:
        assert block(clean) == {}
        unread = systemd_manager.read(TreeHost(str(clean.path("/"))), None).reading.unread
        assert [u.path for u in unread] == [path]
    finally:
        clean.run(["rm", "-f", path])


@pytest.mark.parametrize("target", ["m.conf", "/etc", "/nowhere", "/dev/null", None])
def test_what_is_no_file(target: Optional[str], clean: SystemdHost) -> None:
    for name in ("a", "z"):
        clean.write(f"/etc/systemd/system.conf.d/{name}.conf", f"[Manager]\nDefaultEnvironment={name}=1\n")
    place = clean.path("/etc/systemd/system.conf.d/m.conf")
    if target is None:
        place.mkdir()
    else:
        place.symlink_to(target)
    found = systemd_manager.read(TreeHost(str(clean.path("/"))), None)
    assert {name: value for name, value, _ in found.assigned} == block(clean)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_block_is_the_one_that_systemd_has(seed: int, clean: SystemdHost, agreed: Agreed) -> None:
    rng = random.Random(seed)
    root = TreeHost(str(clean.path("/")))
    wrong, said = [], 0
    for _ in range(COUNT):
        files = question(rng)
        remove(clean)
        put(clean, files)
        hidden = unknown(root, files)
        asked = {n: v for n, v in block(clean).items() if n not in hidden}
        ours = {n: v for n, v, _ in systemd_manager.read(root, None).assigned if n not in (*OWN, *hidden)}
        said += bool(asked)
        if asked != ours:
            wrong.append(f"{json.dumps(files, indent=1)}\nsystemd: {asked}\nours:    {ours}")
    assert not wrong, f"{len(wrong)} of {COUNT} differ, such as\n" + "\n\n".join(wrong[:3])
    assert said > COUNT / 5, "too few questions say anything"
    agreed(COUNT)
