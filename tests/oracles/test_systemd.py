"""Random unit files, drop-ins and environment files: the environment that the real systemd gives a service must be the
one that our sources compute."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Set, Tuple

import pytest

from dockproxy.formats import unit_words
from dockproxy.host import BundleHost, TreeHost
from dockproxy.sources import daemon, systemd_environment, systemd_unit, unit_check
from dockproxy.sources.installation import SYSTEM
from tests.harness.systemd_host import INIT_ENVIRONMENT, SystemdHost
from tests.oracles.conftest import Agreed

pytestmark = pytest.mark.real("systemd-nspawn", "dockerd", root=True)

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1,2,3,4,5,6,7,8").split(",")]
COUNT = 150
NAMED = 300
RECORDED = 400
"""How many questions ``--record`` writes."""

FOLDERS = ("/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system")
# What systemd itself gives every service.
OWN = {
    "PATH", "LANG", "HOME", "LOGNAME", "USER", "SHELL", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID",
    "LC_ALL", "NOTIFY_SOCKET", "container", "container_uuid", "TERM", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY",
}  # fmt: skip

NAMES = ["A", "B", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "_x9"]
BAD_NAMES = ["9A", "a-b", "", "A B", "é", "A\x01"]
PIECES = [
    "x", "y z", "http://u:p@h:3128", "http://u:a%%40b@h:1", "%n", "%%", "%", "%k", "%p", "%H", "%5", "100%", "é",
    "\udcff", "\\t", "\\x41", "\\101", "\\u00e9", "\\U0001F600", "\\q", "\\x00", "\\xc3\\xa9", "\\xff", "\\s", "\\\\",
    "\\\"", "\\'", "'", '"', "\t", "  ", "$X", "${X}", "#", ";", "=", "\x01", "\x7f", "\\n", "`", ",", "\u00a0", "\r",
    "\\400", "\\1", "\\ud800", "\\ufffe", "\\u0000", "\\U0000fffe", "\\U0010ffff", "\\U00110000", "\\xed\\xa0\\x80",
    *(f"%{c}" for c in "aCefgGhiIjJlLmNoPqStTuUVwzZ_-"),
]  # fmt: skip
# What spoils a whole file, so that it is seldom there.
SPOILERS = ["\0", "\ufffe", "\ufdd0", "\U0001ffff", "\udced\udca0\udc80", "\udcc0\udcaf"]
MANAGER = {"A": "of the manager", "NO_PROXY": "", "M": "x"}
"""The manager's own block, which every service gets."""


def value(rng: random.Random) -> str:
    if rng.random() < 0.01:
        return rng.choice(SPOILERS)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 3)))


def word(rng: random.Random) -> str:
    name = rng.choice(NAMES) if rng.random() < 0.9 else rng.choice(BAD_NAMES)
    text = f"{name}={value(rng)}" if rng.random() < 0.95 else name
    style = rng.random()
    if style < 0.3:
        return f'"{text}"'
    if style < 0.4:
        return f"'{text}'"
    if style < 0.5:
        return f'{name}="{value(rng)}"'
    return text


def unit_line(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.62:
        key = rng.choice(["Environment", "Environment", "Environment", " Environment ", "environment", "\tEnvironment"])
        text = f"{key}={rng.choice(['', ' ', '  '])}" + " ".join(word(rng) for _ in range(rng.randint(1, 3)))
    elif kind < 0.68:
        text = "Environment="
    elif kind < 0.74:
        text = "UnsetEnvironment=" + rng.choice(
            ["A", "A B", "A=x", '"A=y z"', "", "HTTPS_PROXY %p", "%k", "9 A", "A=%n", "NO_PROXY=", "M 'A", "\\\\x41"]
        )
    else:
        text = rng.choice(
            ["", "  ", "# Environment=A=1", "; c\\", "# c\\", "[Service]", "[Unit]", "[Service] ", " [Service]",
             "nonsense", "[X-Own]", "  B=2", "A=3 \\", "\\", "Environment=A=1 \\", "Environment=\\",
             "Environment=A=1\\\\",
             "[Broken", "=A", "Environment", "[service]", "[ Service]", "[Service]x", "[]", "[a\x7f]",
             "PassEnvironment=A M", "PassEnvironment=PASSED B", 'PassEnvironment="PASSED" %n B=1', "PassEnvironment=",
             "Environment=A=1 \\\n# c \\\n  B=2"]
        )  # fmt: skip
    return text + (" \\" if rng.random() < 0.08 else "")


def unit_text(rng: random.Random) -> str:
    lines = ["[Service]"] if rng.random() < 0.92 else []
    lines += [unit_line(rng) for _ in range(rng.randint(1, 5))]
    newline = "\r\n" if rng.random() < 0.05 else "\n"
    text = newline.join(lines) + (newline if rng.random() < 0.9 else "")
    return ("\ufeff" if rng.random() < 0.03 else "") + text


def env_text(rng: random.Random) -> str:
    def line() -> str:
        kind = rng.random()
        name = rng.choice(NAMES) if rng.random() < 0.9 else rng.choice(BAD_NAMES)
        if kind < 0.7:
            quote = rng.choice(["", "", "", '"', "'"])
            return rng.choice(["", "", " "]) + name + rng.choice(["=", "=", " = "]) + quote + value(rng) + quote
        return rng.choice(
            ["", "  ", "# A=1", "; A=1", "# c\\", "export A=1", "export\tA=2", "A", "A=1 \\", 'A="x', "A='x", 'B="x\\',
             "=1", "A=x # c", "A='a' \"b\"", "A=a\"b\"", "A=\\", "B=2 \\\n  3"]
        )  # fmt: skip

    newline = "\r\n" if rng.random() < 0.05 else "\n"
    return newline.join(line() for _ in range(rng.randint(1, 5))) + rng.choice(["", "\n", "\n"])


def shared(rng: random.Random) -> Dict[str, Any]:
    """Drop-ins of every service; the ones of a service itself, of the same name, take their place."""
    names = rng.sample(["05-x", "10-a", "20-b", "zzzz"], 2)
    return {f"{rng.choice(FOLDERS)}/service.d/{name}.conf": unit_text(rng) for name in names}


def question(rng: random.Random, name: str) -> Dict[str, Any]:
    """Path to text (a Path: a link to there, None: to /dev/null) of everything that belongs to one service."""
    text = unit_text(rng) if rng.random() < 0.98 else rng.choice([None, ""])
    files: Dict[str, Any] = {f"{rng.choice(FOLDERS[1:] if text is None else FOLDERS)}/{name}": text}
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        folder = rng.choice(FOLDERS)
        drop = f"{folder}/{name}.d/{rng.choice(['10-a', '20-b', '30-c'])}.conf"
        files[drop] = unit_text(rng) if rng.random() < 0.9 else rng.choice([None, ""])
    lines = ["[Service]", "Type=oneshot", "ExecStart=/usr/bin/env -0", f"StandardOutput=truncate:/run/answers/{name}"]
    for i in range(rng.choice([0, 1, 1, 2])):
        path = f"/var/lib/questions/{name}.{i}.env"
        prefix = rng.choice(["", "-"])
        spelt = rng.choice([path, path, path, f"%S/questions/%n.{i}.env", f"/var//lib/questions/./{name}.{i}.env"])
        lines.append(f"EnvironmentFile={prefix}{spelt}")
        if rng.random() < 0.1:
            lines.append("EnvironmentFile=" + rng.choice(["", "", "a.env", "%k", '"/a.env"', "-", "- /a.env"]))
        if prefix == "" or rng.random() < 0.8:
            files[path] = env_text(rng)
    if rng.random() < 0.2:
        lines.append("EnvironmentFile=-" + rng.choice(PATTERNS).format(name))
        found = rng.sample(["b", "a", ".c", "x", "[a]"], rng.randint(0, 3))
        files.update({f"/var/lib/questions/{name}.d/{end}.env": env_text(rng) for end in found})
    files[f"/etc/systemd/system/{name}.d/zzz.conf"] = "\n".join([*lines, ""])
    return files


PATTERNS = [
    "/var/lib/questions/{}.d/*.env",
    "/var/lib/questions/{}.d/[ab].env",
    "/var/lib/questions/{}.d/[^a].env",
    "/var/lib/quest*/{}.d/?.env",
    "/var/lib/questions/{}.d/[!b]*.env",
    "/var/lib/questions/{}.?/.c*",
    "/var/lib/questions/{}.d/\\[a].env",
]
"""Of glob(7), for the environment files of a service."""

Answer = Optional[Dict[str, str]]


FOLDER, FIFO = object(), object()
"""What stands in the place of a file."""

OUTSIDE = "/var/lib/questions/outside"
"""Where files are to which links of the load path lead."""


def named(rng: random.Random, number: int) -> Dict[str, Any]:
    """What belongs to one service, of which the name leads to its file in one of the ways that systemd knows, or to
    none."""
    service, second, third = (f"q{letter}-{number}.service" for letter in "abc")
    files = question(rng, service)
    fragment = next(iter(files))
    text, packaged, own = files.pop(fragment), f"{FOLDERS[0]}/{service}", f"{rng.choice(FOLDERS[1:])}/{service}"
    lower = {packaged: unit_text(rng)} if rng.random() < 0.7 else {}
    at = f"{FOLDERS[0]}/{second}"
    ways: List[Dict[str, Any]] = [
        # Other names of one file.
        {fragment: text, f"{rng.choice(FOLDERS)}/{second}": Path(rng.choice([service, f"./{service}", fragment]))},
        {**lower, own: Path(at), at: text},
        {**lower, own: Path(rng.choice([at, f"/usr/../{at}", f"../../../..{at}"])), at: text, at + ".d/x": Path(own)},
        {packaged: text, f"{FOLDERS[0]}/{second}": Path(third), f"{FOLDERS[1]}/{third}": Path(service)},
        {own: Path(second), f"{FOLDERS[1]}/{second}": Path(third), f"{FOLDERS[0]}/{third}": text},
        # A file of another folder.
        {**lower, own: Path(f"{OUTSIDE}/{service}"), f"{OUTSIDE}/{service}": text},
        {**lower, own: Path(f"{OUTSIDE}/{number}.txt"), f"{OUTSIDE}/{number}.txt": text},
        {
            **lower,
            own: Path(second),
            f"{FOLDERS[2]}/{second}": Path(f"{OUTSIDE}/x{number}"),
            f"{OUTSIDE}/x{number}": text,
        },
        # Nothing.
        {**lower, own: Path(f"{OUTSIDE}/gone")},
        {**lower, own: Path("qgone.service")},
        {**lower, own: Path(second), f"{FOLDERS[2]}/{second}": Path(service)},
        {**lower, own: Path("/dev/null")},
        {**lower, own: Path("/etc")},
        # What systemd passes over.
        {packaged: text, own: Path(service)},
        {packaged: text, own: Path(own)},
        {packaged: text, own: Path("qb@.service")},
        {packaged: text, own: Path("qb.socket")},
        {packaged: text, own: FOLDER},
        {packaged: text, own: FIFO},
    ]
    found = {**files, **rng.choice(ways)}
    for name, letter in ((second, "b"), (third, "c")):
        for folder in rng.sample(FOLDERS, rng.randint(0, 2)):
            # Of two other names of a unit either one may come first.
            ending = rng.choice(["10-a", "20-b", "30-c"]) if letter == "b" else "15-c"
            found[f"{folder}/{name}.d/{ending}.conf"] = unit_text(rng)
    return found


def put(host: SystemdHost, files: Mapping[str, Any]) -> None:
    for path, text in files.items():
        place = host.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if text is FOLDER:
            place.mkdir()
        elif text is FIFO:
            os.mkfifo(place)
        elif text is None or isinstance(text, Path):
            place.symlink_to(text or "/dev/null")
        else:
            place.write_bytes(text.encode("utf-8", "surrogateescape"))


def start(host: SystemdHost, services: List[str]) -> Dict[str, Optional[List[str]]]:
    """Service to what it printed, at every NUL apart; None where it did not start."""
    folder = host.path("/run/answers")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemctl", "start", *services])
    answers: Dict[str, Optional[List[str]]] = {}
    for service in services:
        place = host.path(f"/run/answers/{service}")
        answers[service] = (
            place.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1] if place.exists() else None
        )
    return answers


def ask(host: SystemdHost, services: List[str]) -> Dict[str, Answer]:
    """Service to the environment it got; None where it did not start."""
    found = {}
    for service, printed in start(host, services).items():
        pairs = [line.partition("=") for line in printed or ()]
        found[service] = None if printed is None else {n: v for n, _, v in pairs if n not in OWN}
    return found


SHOWN_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', re.DOTALL)
SHOWN_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
CONTROLS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v"))


def declared(host: SystemdHost, services: List[str]) -> Dict[str, Dict[str, str]]:
    """Service to its property Environment=, as systemctl shows it: quoted where it must be, with C escapes."""
    said = host.run(["systemctl", "show", "--all", "-p", "Environment", *services], check=True).stdout
    found = []
    for line in (line[len("Environment=") :] for line in said.split("\n") if line.startswith("Environment=")):
        words = [unescaped(quoted) if quoted else plain for quoted, plain in SHOWN_WORD.findall(line)]
        found.append(dict(word.split("=", 1) for word in words))
    return dict(zip(services, found))


def unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code, 8)) if len(code) == 3 else CONTROLS.get(code, code)

    return SHOWN_ESCAPE.sub(character, text)


def only_the_host_knows(root: TreeHost, service: str) -> Set[str]:
    """Names whose value holds a specifier such as the boot id, which the reader reports as unread."""
    unit = systemd_unit.load(root, service)
    assert unit is not None
    lines = [located.statement.value for located in unit.in_force("Service", "Environment")]
    return {e.name for line in lines for e in unit_words.parse_environment(line, unit.specifiers) if e.unknown}


def computed(root: TreeHost, service: str, manager: Mapping[str, str]) -> Answer:
    """The environment as our sources have it; None where they say that the service does not start."""
    host = BundleHost(root.root, {"environment 1": INIT_ENVIRONMENT})
    start = daemon.start(host, SYSTEM._replace(unit=service), "systemd", None, manager)
    if any(d.stops for d in start.reading.defects):
        return None
    return {n: v for n, v in start.environment.items() if n not in OWN}


def agrees(root: TreeHost, service: str, answer: Answer, manager: Mapping[str, str]) -> bool:
    """Whether our sources compute what systemd answered."""
    ours = computed(root, service, manager)
    if answer is None or ours is None:
        return answer is ours
    unknown = only_the_host_knows(root, service)
    asked, ours = ({n: v for n, v in found.items() if n not in unknown} for found in (answer, ours))
    return asked == ours


@pytest.fixture
def manager(booted: SystemdHost) -> Iterator[Mapping[str, str]]:
    booted.run(["systemctl", "set-environment", *(f"{n}={v}" for n, v in MANAGER.items())], check=True)
    yield MANAGER
    booted.run(["systemctl", "unset-environment", *MANAGER], check=True)


@pytest.fixture
def units(booted: SystemdHost) -> Iterator[SystemdHost]:
    """The host, of which the questions' units are gone afterwards."""
    yield booted
    for folder in FOLDERS:
        booted.run(["sh", "-c", f"rm -rf {folder}/q* {folder}/service.d {OUTSIDE}"], check=True)


PREFIXES = ("qa-", "qb-")
"""Drop-ins are looked for under the beginning of a name, too. They have names of their own, as of two other names of a
unit either one may come first."""


def test_a_unit_is_what_its_name_leads_to(units: SystemdHost, manager: Mapping[str, str], agreed: Agreed) -> None:
    rng = random.Random(1)
    put(units, {f"{rng.choice(FOLDERS)}/{p}.service.d/17-{p}.conf": unit_text(rng) for p in PREFIXES})
    questions = {f"qa-{i}.service": named(rng, i) for i in range(NAMED)}
    for files in questions.values():
        put(units, files)
    answers, root = ask(units, list(questions)), TreeHost(str(units.path("/")))
    loaded = {service: systemd_unit.load(root, service) for service in questions}
    # Which one of two drop-ins counts may not be known.
    known = {service for service, unit in loaded.items() if unit is None or not unit.unread}
    wrong = [
        f"{service}: {files}\nsystemd: {answers[service]}\nours:    {computed(root, service, manager)}"
        for service, files in questions.items()
        if service in known and not agrees(root, service, answers[service], manager)
    ]
    assert not wrong, f"{len(wrong)} differ, such as\n" + "\n\n".join(wrong[:5])
    assert len(known) > 0.9 * NAMED
    assert sum(a is not None for a in answers.values()) > NAMED / 3, "too few services start"
    assert sum(u is not None and u.lost is not None for u in loaded.values()) > NAMED / 20
    others = [
        p.path for u in loaded.values() if u for p in u.parts if "/qb-" in p.path and "Environment" in p.unit.text
    ]
    assert len(others) > NAMED / 10, "drop-ins of other names say too little"
    agreed(len(known))


STARTS = [
    "ExecStart=", "ExecStart=/bin/true", "ExecStart=/bin/true ; /bin/false", "ExecStart=/bin/true ;",
    'ExecStart=/bin/true "open', "ExecStart=/bin/true \\;", "ExecStart=@/bin/true", "ExecStart=/bin/",
    "ExecStart=-/bin/", 'ExecStart="/bin/true', "ExecStart=true", "ExecStart=a/b", "ExecStart=/bin/true %5",
    "ExecStart=-/bin/true %5 ; /bin/true", "ExecStart=/bin/true %b", "ExecStart=-@/bin/true x ; -/bin/", "Type=oneshot",
    "Type=notify", "Type=nonsense", "Type=", "ExecStart=/bin/true ; ; /bin/true",
]  # fmt: skip
"""What decides whether systemd takes a service."""


def test_what_systemd_refuses_of_a_service(units: SystemdHost, agreed: Agreed) -> None:
    rng = random.Random(5)
    names = [f"qrefused{i}.service" for i in range(NAMED)]
    for name in names:
        lines = ["[Service]", *(rng.choice(STARTS) for _ in range(rng.randint(0, 4)))]
        put(units, {f"/etc/systemd/system/{name}": "\n".join([*lines, ""])})
    units.run(["systemctl", "daemon-reload"], check=True)
    shown = units.run(["systemctl", "show", "--property=LoadState", "--value", *names], check=True).stdout
    states, root = dict(zip(names, shown.split())), TreeHost(str(units.path("/")))
    refused = {
        name: [d.message for unit in [systemd_unit.load(root, name)] if unit for d in unit_check.refused(unit)]
        for name in names
    }
    texts = {name: units.path(f"/etc/systemd/system/{name}").read_text() for name in names}
    wrong = [(texts[n], states[n], refused[n]) for n in names if (states[n] == "bad-setting") != bool(refused[n])]
    assert not wrong, f"{len(wrong)} differ, such as {wrong[:5]}"
    assert set(states.values()) == {"loaded", "bad-setting"}
    agreed(len(names))


@pytest.mark.parametrize("key", ["environment=A=1", "[Unit]\nEnvironment=A=1", "HTTPS_PROXY=x", "Enviroment=A=1"])
def test_what_systemd_ignores_of_a_service(key: str, units: SystemdHost) -> None:
    text = f"[Service]\nType=oneshot\nExecStart=/usr/bin/env -0\n{key}\n[Service]\nEnvironment=B=1\n"
    put(units, {"/etc/systemd/system/qignored.service": text})
    units.run(["systemctl", "daemon-reload"], check=True)
    shown = units.run(["systemctl", "show", "--property=Environment", "--value", "qignored.service"], check=True)
    assert shown.stdout.split() == ["B=1"]


@pytest.mark.parametrize(("links", "is_found"), [(7, True), (8, False)])
def test_how_far_names_are_followed(links: int, is_found: bool, units: SystemdHost) -> None:
    folder, names = "/etc/systemd/system", [f"qhop{i}.service" for i in range(links + 1)]
    put(units, {f"{folder}/{name}": Path(target) for name, target in zip(names, names[1:])})
    units.write(f"{folder}/{names[-1]}", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    units.run(["systemctl", "daemon-reload"], check=True)
    shown = units.run(["systemctl", "show", "--property=LoadState", "--value", names[0]], check=True).stdout
    unit = systemd_unit.load(TreeHost(str(units.path("/"))), names[0])
    assert unit is not None
    assert (shown.strip() == "loaded", unit.lost is None) == (is_found, is_found)


ONLY_THE_HOST_KNOWS: List[Tuple[str, Answer]] = [
    ("EnvironmentFile={0}/{1}.env", {"NO_PROXY": "of the file"}),
    ("EnvironmentFile={0}/%v.env", {"NO_PROXY": "of the file"}),
    ("EnvironmentFile=-{0}/%v.env", {"NO_PROXY": "of the file"}),
    ("EnvironmentFile={0}/%v?env", {"NO_PROXY": "of the file"}),
    ("EnvironmentFile={0}/none-%v.env", None),
    ("EnvironmentFile=-{0}/none-%v.env", {}),
    ("Environment=NO_PROXY={1}\nUnsetEnvironment=NO_PROXY=%v", {}),
    ("Environment=NO_PROXY=x\nUnsetEnvironment=NO_PROXY=%v", {"NO_PROXY": "x"}),
    ("Environment=A={1}\nUnsetEnvironment=A=%v", {}),
    ("Environment=NO_PROXY=x\nUnsetEnvironment=%v", {"NO_PROXY": "x"}),
    ("PassEnvironment=%v PASSED", {"PASSED": "of init"}),
]
"""Lines, with a folder and the kernel's release in place, and what systemd gives the service."""


@pytest.mark.parametrize(("line", "expected"), ONLY_THE_HOST_KNOWS)
def test_a_line_that_only_the_host_understands(line: str, expected: Answer, units: SystemdHost) -> None:
    service, folder = "qonly.service", f"{OUTSIDE}/only"
    release = units.run(["uname", "-r"], check=True).stdout.strip()
    text = f"[Service]\nType=oneshot\nExecStart=/usr/bin/env -0\nStandardOutput=truncate:/run/answers/{service}\n"
    unit_file = text + line.format(folder, release) + "\n"
    put(units, {f"/etc/systemd/system/{service}": unit_file, f"{folder}/{release}.env": "NO_PROXY=of the file\n"})
    assert ask(units, [service]) == {service: expected}
    root = TreeHost(str(units.path("/")))
    reading = daemon.start(root, SYSTEM._replace(unit=service), "systemd", None, {}).reading
    # A is no name that dockerd uses.
    assert bool(reading.unread) == ("%v" in line and "A=%v" not in line)
    assert reading.defects == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_environment_of_a_service_is_the_one_that_systemd_gives(
    seed: int, units: SystemdHost, manager: Mapping[str, str], request: pytest.FixtureRequest, agreed: Agreed
) -> None:
    rng = random.Random(seed)
    everywhere = shared(rng)
    is_recorded = request.config.getoption("--record") and seed == SEEDS[0]
    count = RECORDED if is_recorded else COUNT
    questions = {f"q{seed}-{i}.service": question(rng, f"q{seed}-{i}.service") for i in range(count)}
    for files in (everywhere, *questions.values()):
        put(units, files)
    answers = ask(units, list(questions))
    root = TreeHost(str(units.path("/")))
    wrong = []
    for service, files in questions.items():
        if not agrees(root, service, answers[service], manager):
            shown, ours = json.dumps(files, indent=1), computed(root, service, manager)
            wrong.append(f"{service}: {shown}\nsystemd: {answers[service]}\nours:    {ours}")
    started = [service for service, answer in answers.items() if answer is not None]
    for service, property_ in declared(units, started).items():
        unit = systemd_unit.load(root, service)
        assert unit is not None
        unknown, assigned = only_the_host_knows(root, service), systemd_environment.assignments(unit)
        by_us = {n: v for n, v, _ in assigned if n not in unknown}
        by_systemctl = {n: v for n, v in property_.items() if n not in unknown}
        if by_systemctl != by_us:
            shown = json.dumps(questions[service], indent=1)
            wrong.append(f"{service}: {shown}\nsystemctl: {by_systemctl}\nours:      {by_us}")
    assert not wrong, f"{len(wrong)} of {count} differ; {everywhere}, such as\n" + "\n\n".join(wrong[:5])
    assert sum(bool(a) for a in answers.values()) > count / 2, "too few questions say anything"
    agreed(count)
    if is_recorded:
        head = {"manager": manager, "files": everywhere}
        record(
            units,
            "environment",
            head,
            [{"service": s, "files": f, "environment": answers[s]} for s, f in questions.items()],
        )


def record(host: SystemdHost, name: str, head: Mapping[str, Any], questions: Iterable[Mapping[str, Any]]) -> None:
    """Write the answers for the tests that have no systemd to ask."""
    version = host.run(["systemctl", "--version"], check=True).stdout.split("\n")[0]
    first = {"program": version, "hostname": host.path("/etc/hostname").read_text().strip(), **head}
    (VECTORS / f"systemd_{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (first, *questions)))
