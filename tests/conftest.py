"""What every test shares: the marker for real components, and the canary that no output may hold."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, Generator, List, Tuple

import pluggy
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.harness import engines

settings.register_profile("few", max_examples=10)
"""For an interpreter that is asked only whether it runs all code; tests with another number go by this one, too."""

CANARY = "C4NARY"
"""The password that tests plant; seeing it in any output is a failure."""

REPO = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-real", action="store_true", help="a missing real component fails instead of skipping")
    parser.addoption("--record", action="store_true", help="write vectors, cases and README anew")


def pytest_configure(config: pytest.Config) -> None:
    # Tests send these, and a background job, or one of nohup, starts with them ignored.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    config.addinivalue_line("markers", "real(*programs, root=False): needs these real programs, and root")
    config.addinivalue_line("markers", "shows_canary: prints the canary on purpose")


BOOTED = re.compile(r"tests/(e2e/|oracles/test_(systemd|environment_d|user_manager|snap))")
"""The tests that need booted hosts."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Tests that share what takes long to make, booted hosts and built programs, run in one process; the others where
    there is room."""

    def _split_scope(self, nodeid: str) -> str:
        if BOOTED.match(nodeid):
            return "hosts"
        return nodeid.partition("::")[0] if re.match(r"tests/(oracles/|contract/test_pyz)", nodeid) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Scheduling(config, log)


def missing(mark: pytest.Mark) -> List[str]:
    """What a test needs and this machine lacks."""
    lacking = [name for name in mark.args if not found(name)]
    return lacking + (["root"] if mark.kwargs.get("root") and os.geteuid() != 0 else [])


UNPACKED = {
    "openrc-run": "openrc/sbin/openrc-run",
    "snap": "snapd/usr/bin/snap",
    "moby-init": "moby-init/sysvinit-redhat/docker",
    "busybox": "busybox/usr/bin/busybox",
    "LWP": "lwp/usr/share/perl5",
    "proxy-from-env": "proxy-from-env/usr/share/nodejs/proxy-from-env",
}
"""What .ci/packages does not install."""


def found(program: str) -> bool:
    if program == "python3.9":
        return subprocess.run([REPO / "tools" / "python39"], capture_output=True).returncode == 0
    if program.startswith("python:"):
        return find_spec(program.partition(":")[2]) is not None
    if program in UNPACKED:
        return (engines.CACHE / UNPACKED[program]).exists()
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("real"):
        lacking = missing(mark)
        if lacking and item.config.getoption("--require-real"):
            pytest.fail(f"missing: {', '.join(lacking)}", pytrace=False)
        if lacking:
            pytest.skip(f"missing: {', '.join(lacking)}")
        item.user_properties.append(("real", True))


def passed(config: pytest.Config) -> List[pytest.TestReport]:
    """What passed, also in other processes; empty in those."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found: List[pytest.TestReport] = reporter.stats.get("passed", []) if reporter else []
    return found


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    is_main = not hasattr(config, "workerinput")
    is_asked = is_main and session.testscollected and exitstatus == 0 and config.getoption("--require-real")
    if is_asked and not any("real" in dict(report.user_properties) for report in passed(config)):
        session.exitstatus = 1
        print("\n--require-real: no test with a real component was executed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Not in tests/oracles/conftest.py, which the process that tells it does not load where others run the tests.
    questions: Dict[Tuple[str, str], int] = {}
    for report in passed(terminalreporter.config):
        path = report.nodeid.partition("::")[0]
        if path.startswith("tests/oracles/"):
            said: Dict[str, Any] = dict(report.user_properties)
            asked = path, said.get("program", "")
            questions[asked] = questions.get(asked, 0) + said.get("questions", 1)
    if questions:
        terminalreporter.section("oracles: questions without a disagreement")
    for (path, program), count in sorted(questions.items()):
        terminalreporter.write_line(f"{count:>7}  {path}  {program}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """Fail a test whose captured output holds the canary; what it captures itself, Command and SystemdHost check."""
    report = (yield).get_result()
    shown = [name for name, text in report.sections if CANARY in text]
    if report.passed and shown and not item.get_closest_marker("shows_canary"):
        report.outcome = "failed"
        report.longrepr = f"the canary password stands in {', '.join(shown)}"
