"""``show`` beside the bare interpreter and ``docker info``; ``set`` without its restart beside the restart.

Runs on a real host (systemd as PID 1, the newest engine) that it boots itself; needs root and .ci/packages.
Every figure is a median of whole processes, measured in turn in one run. Prints ratios; nothing asserts on them.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.harness import engines
from tests.harness.network import HOSTS, network
from tests.harness.registry import registries
from tests.harness.squid import squid
from tests.harness.systemd_host import SystemdHost, systemd_host

PYTHON = "/opt/dockproxy-python/bin/python"
RUNS = 15
ENTRY_POINT = "import sys; from dockproxy.cli import main; sys.exit(main())"
"""What pip writes into bin/dockproxy."""

# Runs inside the host: the commands in turn, so that a drift of the machine's speed meets all alike.
DRIVER = """
import json, statistics, subprocess, sys, time
commands, runs = json.loads(sys.argv[1]), int(sys.argv[2])
times = {name: [] for name in commands}
for round in range(runs + 1):
    for name, command in commands.items():
        start = time.perf_counter()
        null = subprocess.DEVNULL
        subprocess.run(command, stdin=null, stdout=null, stderr=null, check=True)
        if round:
            times[name].append((time.perf_counter() - start) * 1000)
print(json.dumps({name: statistics.median(t) for name, t in times.items()}))
"""


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dockproxy-bench-")))
        folder.chmod(0o755)
        net = stack.enter_context(network())
        proxy = stack.enter_context(squid(net, folder / "squid", HOSTS))
        authority = stack.enter_context(registries(net, folder / "registries"))
        host = stack.enter_context(systemd_host(net, engines.SUITES[-1], authority))
        host.dockproxy("set", proxy.url, "--no-proxy", ".corp", "--yes", "--no-dial", check=True)
        commands = {
            "python3 -c pass": [PYTHON, "-c", "pass"],
            "dockproxy show": [PYTHON, "-c", ENTRY_POINT, "show"],
            "docker info": ["docker", "info"],
        }
        environment = {"PYTHONPATH": "/opt/dockproxy/src", "PYTHONPYCACHEPREFIX": "/run/pycache"}
        shown = host.run([PYTHON, "-c", DRIVER, json.dumps(commands), str(RUNS)], check=True, env=environment)
        times = json.loads(shown.stdout)
        for name, ms in times.items():
            print(f"{name:<18}{ms:8.1f} ms")
        show = times["dockproxy show"]
        print(f"show / python3 -c pass  {show / times['python3 -c pass']:6.2f}   (goal: below 8)")
        print(f"show / docker info      {show / times['docker info']:6.2f}")
        bench_set(host)


def bench_set(host: SystemdHost) -> None:
    own, restarts = [], []
    for i in range(7):
        start = time.perf_counter()
        done = host.dockproxy("set", "--no-proxy", f".corp,n{i}", "--yes", "--format", "json", check=True)
        total = (time.perf_counter() - start) * 1000
        steps = {s["step"]: s["ms"] for s in json.loads(done.stdout)["steps"]}
        waited = sum(steps[name] for name in ("validate", "daemon-reload", "restart"))
        own.append(total - waited)
        restarts.append(steps["restart"])
    mine, restart = statistics.median(own), statistics.median(restarts)
    print(f"set without what it waits for {mine:6.1f} ms, the restart {restart:6.1f} ms, ratio {mine / restart:.2f}")


if __name__ == "__main__":
    main()
