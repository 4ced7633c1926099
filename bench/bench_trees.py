"""Resolving 10,000 recorded hosts: the time per host beside the time that only reading its files takes, and how both
grow with the number of drop-ins.

The hosts are those of tests/cases, each with more drop-ins, environment files and a daemon.json. Both times of a host
are measured one after the other; they are CPU time, so that what else the machine does is not counted. Prints figures;
nothing asserts on them.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import cases

from dockproxy.host import TreeHost

HOSTS = 10_000
DROP_INS = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 16, 64]
"""How many drop-ins a host is given; most have few."""
GROWTH = [0, 1, 4, 16, 64, 256]
GROWTH_RUNS = 50
FOLDER = "etc/systemd/system/docker.service.d"
DAEMON_JSON = '{\n  "log-driver": "journald",\n  "proxies": {"https-proxy": "http://json.corp.example:3128"}\n}\n'


class Grown(NamedTuple):
    """A case on disk and its files."""

    case: cases.Case
    host: TreeHost
    paths: List[Path]


class Times(NamedTuple):
    """Milliseconds for one host."""

    resolving: float
    reading: float


def grow(name: str, folder: Path) -> Grown:
    case, root = cases.load(name), folder / name
    host = case.grow(root)
    for place in (FOLDER, "etc/docker"):
        (root / place).mkdir(parents=True, exist_ok=True)
    return Grown(case, host, [path for path in root.rglob("*") if path.is_file()])


def additions(rng: random.Random, drop_ins: int) -> Dict[str, str]:
    """The files that make a host differ from its case."""
    made = {"etc/docker/daemon.json": DAEMON_JSON} if rng.random() < 0.5 else {}
    for number in range(drop_ins):
        lines = [
            "# by hand",
            "[Service]",
            f"Environment=HTTPS_PROXY=http://p{number}.corp.example:3128 NO_PROXY=.example",
        ]
        if rng.random() < 0.1:
            made[f"etc/docker/{number}.env"] = f"# site {number}\nhttp_proxy=http://env{number}.corp.example:3128\n"
            lines.append(f"EnvironmentFile=-/etc/docker/{number}.env")
        made[f"{FOLDER}/{number:03}-site.conf"] = "\n".join([*lines, ""])
    return made


def measure(grown: Grown, more: Dict[str, str], runs: int = 1) -> List[Times]:
    """The times of a host, which is the case's own again afterwards."""
    added = {Path(grown.host.root, name): text for name, text in more.items()}
    added = {path: text for path, text in added.items() if path not in grown.paths}
    for path, text in added.items():
        path.write_text(text)
    paths = [*grown.paths, *added]
    times = [
        Times(timed(lambda: grown.case.inspect(grown.host)), timed(lambda: [path.read_bytes() for path in paths]))
        for _ in range(runs)
    ]
    for path in added:
        path.unlink()
    return times


def timed(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000


def many(bases: List[Grown]) -> None:
    rng = random.Random(1)  # the same hosts in every run
    times = [measure(bases[number % len(bases)], additions(rng, rng.choice(DROP_INS)))[0] for number in range(HOSTS)]
    print(f"{HOSTS:,} hosts     median       p99     total")
    for name in Times._fields:
        own = [getattr(t, name) for t in times]
        p99 = statistics.quantiles(own, n=100)[98]
        print(f"{name:<12}{statistics.median(own):8.2f} ms{p99:7.2f} ms{sum(own) / 1000:8.1f} s")
    print(f"median of the ratios {statistics.median(t.resolving / t.reading for t in times):.1f}\n")


def growth(base: Grown) -> None:
    print("drop-ins   resolving     reading   ratio   for each further one")
    first = 0.0
    for count in GROWTH:
        times = measure(base, additions(random.Random(1), count), GROWTH_RUNS)
        mine, limit = (statistics.median(getattr(t, name) for t in times) for name in Times._fields)
        first = first or mine
        each = f"{(mine - first) / count:8.3f} ms" if count else ""
        print(f"{count:8}{mine:9.2f} ms{limit:9.2f} ms{mine / limit:8.1f}{each:>15}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="dockproxy-bench-") as folder:
        bases = [grow(name, Path(folder)) for name in cases.NAMES]
        many(bases)
        growth(next(base for base in bases if base.case.name == "debian-28.5"))


if __name__ == "__main__":
    main()
