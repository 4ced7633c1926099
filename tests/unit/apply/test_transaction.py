"""All or nothing, with a service manager and an engine that do as told. tests/e2e does it with the real ones."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional
from urllib.parse import quote

import pytest

from dockproxy.apply import engine, files, transaction
from dockproxy.host import BundleHost, Response
from dockproxy.model import Change, Effective, Missing, Origin, Plan, Refusal, Result, Setting
from dockproxy.report.plan import result_document, result_text
from dockproxy.resolve.daemon import view
from dockproxy.secret import ProxyURL
from dockproxy.sources.engine import SWARM_TASK
from dockproxy.sources.installation import SYSTEM, Installation
from tests.unit.trees import (
    DAEMON_JSON,
    DEBIAN_SCRIPT,
    DROP_IN,
    PID,
    SOCKET,
    Content,
    docker_files,
    drop_in,
    grow,
    info,
    live,
)

PROXY = "http://proxy.corp:3128"
AFTER = b'{"proxies": {"https-proxy": "http://proxy.corp:3128"}}'
DESIRED = {"http-proxy": "", "https-proxy": PROXY, "no-proxy": ""}


class Machine:
    """Stands for systemctl: it says what fails, and after a restart the engine reports what it was told to."""

    def __init__(self, host: BundleHost, reports: Any) -> None:
        self.host, self.reports = host, reports
        self.calls: List[str] = []
        self.failing: Dict[str, Callable[[], Optional[BaseException]]] = {}

    def __call__(self, installation: Installation, *words: str, **options: Any) -> None:
        self.calls.append(" ".join(words))
        for command, failure in self.failing.items():
            error = failure() if " ".join(words).startswith(command) else None
            if error is not None:
                raise error
        if words[0] == "restart":
            answers = self.host._answers
            assert isinstance(answers, dict)
            report = {"status": 200, "server": "Docker", "body": self.reports}
            answers[f"GET {SOCKET} /info"] = report if self.reports else "absent"


def times(count: int, error: BaseException) -> Callable[[], Optional[BaseException]]:
    """Fail that many times."""
    left = [error] * count
    return lambda: left.pop() if left else None


@pytest.fixture
def host(tmp_path: Path) -> BundleHost:
    return live(tmp_path, docker_files({DAEMON_JSON: "{}"}), info(), started=4102444800.0)


@pytest.fixture
def machine(host: BundleHost, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(host, info(https=PROXY))
    monkeypatch.setattr(engine, "_systemctl", made)
    monkeypatch.setattr(engine, "_reset_failed", lambda installation: made.calls.append("reset-failed"))
    monkeypatch.setattr(engine, "POLL", 0.001)
    return made


def plan(host: BundleHost, *steps: str, after: bytes = AFTER) -> Plan:
    owner = (os.geteuid(), os.getegid())
    change = Change(DAEMON_JSON, b"{}", after, 0o600, 0o644, owner)
    return Plan((change,), steps or ("daemon-reload", "restart"), "because", (), DESIRED)


def carry_out(host: BundleHost, made: Plan, **options: Any) -> Result:
    return transaction.carry_out(host, view(host), made, transaction.Options(timeout=0.05, **options))


def content(host: BundleHost) -> bytes:
    return (Path(host.root) / DAEMON_JSON[1:]).read_bytes()


def outcomes(result: Result) -> List[str]:
    return [f"{s.step} {s.outcome}" for s in result.steps]


def test_applied(host: BundleHost, machine: Machine) -> None:
    result = carry_out(host, plan(host))
    assert (result.outcome, result.reason) == ("applied", "because")
    assert outcomes(result) == ["daemon-reload ok", "restart ok", "ready ok", "verify ok"]
    assert machine.calls == ["daemon-reload", "reset-failed", "restart docker.service"]
    assert content(host) == AFTER
    assert result.downtime_ms is not None


def test_without_a_restart_it_is_pending(host: BundleHost, machine: Machine) -> None:
    result = carry_out(host, plan(host, "daemon-reload"))
    assert result.outcome == "pending"
    assert "systemctl restart docker" in result.reason
    assert outcomes(result) == ["daemon-reload ok"]
    assert machine.calls == ["daemon-reload"]
    again = carry_out(host, Plan((), (), "the files already say so", (), DESIRED))
    assert again.outcome == "pending", "nothing is left to write, and still nothing is in force"


def test_a_stopped_engine_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = live(tmp_path, docker_files({DAEMON_JSON: "{}"}), None)
    made = Machine(host, None)
    monkeypatch.setattr(engine, "_systemctl", made)
    result = carry_out(host, plan(host, "daemon-reload"))
    assert (result.outcome, result.reason) == ("pending", "the engine does not run; it will use this at its next start")


def test_nothing_to_do(tmp_path: Path, machine: Machine) -> None:
    host = live(tmp_path / "2", docker_files({DAEMON_JSON: AFTER}), info(https=PROXY))
    result = carry_out(host, Plan((), (), "the files already say so", (), DESIRED))
    assert (result.outcome, result.reason, machine.calls) == ("unchanged", "the files already say so", [])


@pytest.mark.parametrize("status", [200, 404])
def test_an_image_is_asked_for_also_where_nothing_is_to_do(status: int, tmp_path: Path, machine: Machine) -> None:
    answer = {"status": status, "server": "Docker", "body": {"message": "manifest unknown"}}
    asked = {f"GET {SOCKET} /distribution/a/json": answer}
    host = live(tmp_path / "2", docker_files({DAEMON_JSON: AFTER}), info(https=PROXY), answers=asked)
    result = carry_out(host, Plan((), (), "the files already say so", (), DESIRED), verify="a")
    said = "the files already say so"
    expected = (
        (said, "ok") if status == 200 else (f"{said}, but the engine cannot resolve a: manifest unknown", "failed")
    )
    assert (result.outcome, result.reason, outcomes(result)) == ("unchanged", expected[0], [f"verify {expected[1]}"])
    assert machine.calls == []


@pytest.mark.parametrize("fails", [False, True])
def test_containers_that_do_not_come_back_are_named(fails: bool, host: BundleHost, machine: Machine) -> None:
    def running(*names: str) -> Dict[str, Any]:
        return {"status": 200, "server": "Docker", "body": [{"Names": [f"/{name}"]} for name in names]}

    answers = host._answers
    assert isinstance(answers, dict)
    answers[f"GET {SOCKET} /containers/json"] = running("db", "web", "task", "gone")

    def stop() -> Optional[BaseException]:
        states = {"db": "exited", "web": "running", "task": "exited"}
        answers[f"GET {SOCKET} /containers/json?all=1"] = {
            **running(),
            "body": [
                {"Names": [f"/{n}"], "State": s, "Labels": {SWARM_TASK: "x"} if n == "task" else None}
                for n, s in states.items()
            ],
        }
        return engine.StepFailed("no") if fails and machine.calls.count("restart docker.service") == 1 else None

    machine.failing["restart"] = stop
    result = carry_out(host, plan(host))
    assert (result.outcome, result.stopped) == ("rolled-back" if fails else "applied", ("db",))
    assert result_text(result).splitlines()[-1] == "  docker start db"
    assert result_document(result)["stopped"] == ["db"]


def test_a_client_file_needs_no_engine(host: BundleHost, machine: Machine) -> None:
    made = Plan(plan(host).changes, (), "entry default")
    result = transaction.carry_out(host, None, made, transaction.Options())
    assert (result.outcome, machine.calls, content(host)) == ("applied", [], AFTER)


def test_an_engine_that_has_it_already_is_not_pending(host: BundleHost, machine: Machine) -> None:
    client = Change("/root/.docker/config.json", None, b"{}", owner=(os.geteuid(), os.getegid()))
    result = carry_out(host, Plan((client,), (), "entry default", desired=DESIRED))
    assert (result.outcome, machine.calls) == ("applied", [])


def rolled_back(host: BundleHost, result: Result) -> bool:
    return result.outcome == "rolled-back" and content(host) == b"{}"


def test_a_failed_restart_takes_everything_back(host: BundleHost, machine: Machine) -> None:
    machine.failing["restart"] = times(1, engine.StepFailed("the job failed"))
    result = carry_out(host, plan(host))
    assert rolled_back(host, result)
    assert result.reason == "the job failed"
    assert outcomes(result) == [
        "daemon-reload ok",
        "restart failed",
        "rollback-daemon-reload ok",
        "rollback-restart ok",
        "rollback-ready ok",
    ]


def test_a_failed_reload_takes_everything_back_without_a_restart(host: BundleHost, machine: Machine) -> None:
    machine.failing["daemon-reload"] = times(1, engine.StepFailed("no"))
    assert rolled_back(host, carry_out(host, plan(host)))
    assert "restart docker.service" not in machine.calls


def test_an_engine_that_reports_something_else_takes_everything_back(host: BundleHost, machine: Machine) -> None:
    machine.reports = info(https="http://other:1")
    result = carry_out(host, plan(host))
    assert rolled_back(host, result)
    assert "is not what was intended" in result.reason


def test_files_that_say_something_else_take_everything_back(host: BundleHost, machine: Machine) -> None:
    result = carry_out(host, plan(host, after=b'{"debug": true}'))
    assert rolled_back(host, result)
    assert "https-proxy is not what was intended" in result.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 200, "server": "", "body": {}}, None),
        ({"status": 500, "server": "", "body": {"message": "no route"}}, "cannot resolve r.corp/a: no route"),
        ({"status": 502, "server": "", "body": None}, "cannot resolve r.corp/a: HTTP 502"),
        ("absent", "nobody listens on its socket"),
    ],
)
def test_the_engine_resolves_the_image_itself(
    answer: Any, reason: Optional[str], host: BundleHost, machine: Machine
) -> None:
    host._answers[f"GET {SOCKET} /distribution/r.corp/a/json"] = answer  # type: ignore[index]
    result = carry_out(host, plan(host), verify="r.corp/a")
    assert (result.outcome == "applied") == (reason is None)
    assert reason is None or (rolled_back(host, result) and reason in result.reason)


def test_an_engine_that_never_answers_is_given_up(host: BundleHost, machine: Machine) -> None:
    machine.reports = None
    result = carry_out(host, plan(host))
    assert result.outcome == "incomplete"
    assert "did not answer" in result.reason
    assert content(host) == b"{}"
    assert "the files are as before" in result.reason


def test_an_engine_that_did_not_run_before_need_not_come_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = live(tmp_path, docker_files({DAEMON_JSON: "{}"}), None)
    made = Machine(host, None)
    monkeypatch.setattr(engine, "_systemctl", made)
    monkeypatch.setattr(engine, "_reset_failed", lambda installation: None)
    made.failing["restart docker"] = times(2, engine.StepFailed("the job failed"))
    result = carry_out(host, plan(host))
    assert rolled_back(host, result)
    assert made.calls == [
        "daemon-reload",
        "restart docker.service",
        "daemon-reload",
        "restart --no-block docker.service",
    ]
    assert outcomes(result)[-1] == "rollback-restart ok"


def test_a_rollback_that_fails_says_what_is_left(
    host: BundleHost, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.failing["restart"] = times(1, engine.StepFailed("the job failed"))

    failure = OSError(30, "Read-only file system", DAEMON_JSON)
    monkeypatch.setattr(files, "undo", lambda *words: [failure])
    result = carry_out(host, plan(host))
    assert result.outcome == "incomplete"
    assert result.reason == (
        f"the job failed; the rollback failed: {DAEMON_JSON}: Read-only file system; not restored: {DAEMON_JSON}"
    )
    assert outcomes(result)[-1] == "rollback-ready ok", "the engine runs all the same"


def test_an_interruption_takes_everything_back(host: BundleHost, machine: Machine) -> None:
    machine.failing["restart"] = times(1, KeyboardInterrupt())
    result = carry_out(host, plan(host))
    assert rolled_back(host, result)
    assert (result.interrupted, result.reason) == (True, "interrupted")


def test_a_second_interruption_does_not_disturb_the_way_back(host: BundleHost, machine: Machine) -> None:
    def interrupt(line: str = "") -> Optional[BaseException]:
        os.kill(os.getpid(), signal.SIGTERM)
        return None

    machine.failing["restart"] = interrupt
    machine.failing["daemon-reload"] = lambda: interrupt() if "restart docker.service" in machine.calls else None
    before = signal.getsignal(signal.SIGTERM)
    result = transaction.carry_out(
        host,
        view(host),
        plan(host),
        transaction.Options(timeout=0.05),
        lambda line: interrupt() if "rolling back" in line else None,  # type: ignore[arg-type]
    )
    assert rolled_back(host, result)
    assert result.interrupted
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_nobody_thought_of_takes_everything_back(host: BundleHost, machine: Machine) -> None:
    machine.failing["restart"] = times(1, ZeroDivisionError("oops"))
    result = carry_out(host, plan(host))
    assert rolled_back(host, result)
    assert result.reason == "internal error: ZeroDivisionError: oops"


def test_a_write_that_fails_takes_the_others_back(host: BundleHost, machine: Machine) -> None:
    made = plan(host)
    stale = Change("/etc/other", b"seen", b"x", 0o644, 0o644, made.changes[0].owner)
    grow(Path(host.root), {"/etc/other": "changed meanwhile"})
    result = carry_out(host, Plan((*made.changes, stale), made.steps, "because", (), DESIRED))
    assert rolled_back(host, result)
    assert "/etc/other: the file was changed by somebody else" in result.reason
    assert machine.calls == []


def test_what_cannot_be_written_is_refused_before_anything_is_touched(
    host: BundleHost, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(root: str, change: Change) -> None:
        raise Refusal("no")

    monkeypatch.setattr(files, "refuse_unwritable", refuse)
    with pytest.raises(Refusal):
        carry_out(host, plan(host))
    assert content(host) == b"{}"


def test_an_engine_started_by_hand_is_validated_and_left_to_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["/usr/bin/dockerd", "--data-root", "/srv/docker data"]
    host = live(
        tmp_path,
        {"/usr/bin/dockerd": "", DAEMON_JSON: "{}"},
        info(),
        answers={"processes dockerd": [{"pid": PID, "argv": argv}], f"environment {PID}": {}},
    )
    seen: List[Any] = []
    monkeypatch.setattr(engine, "validate", lambda installation, argv: seen.append(list(argv)))
    result = carry_out(host, plan(host, "validate"))
    assert result.outcome == "pending"
    assert result.reason.endswith("/usr/bin/dockerd --data-root '/srv/docker data'")
    assert seen == [argv]
    assert content(host) == AFTER
    assert "is shown as" not in result.reason

    def refuse(installation: Any, argv: Any) -> None:
        raise engine.StepFailed("dockerd --validate: no")

    monkeypatch.setattr(engine, "validate", refuse)
    (tmp_path / DAEMON_JSON[1:]).write_bytes(b"{}")
    assert rolled_back(host, carry_out(host, plan(host, "validate")))


def test_the_command_line_of_an_engine_started_by_hand_is_shown_without_secrets(tmp_path: Path) -> None:
    argv = ["/usr/bin/dockerd", "--log-opt", "splunk-token=C4NARY", "--http-proxy=http://u:C4NARY@p:1", "-D"]
    answers = {"processes dockerd": [{"pid": PID, "argv": argv}], f"environment {PID}": {}}
    host = live(tmp_path, {"/usr/bin/dockerd": "", DAEMON_JSON: "{}"}, info(), answers=answers)
    result = transaction.carry_out(host, view(host), replace(plan(host), steps=()), transaction.Options())
    assert result.reason == (
        "restart dockerd yourself, as it was started (a secret is shown as ***): "
        "/usr/bin/dockerd --log-opt 'splunk-token=***' '--http-proxy=http://***:***@p:1' -D"
    )


PASSWORD = "C4NARY@%/x"
SPELLINGS = [PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD, safe="").replace("%", "%%"), json.dumps(PASSWORD)]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("is_old", [False, True])
def test_no_program_that_repeats_a_password_is_quoted_with_it(
    spelling: str, is_old: bool, host: BundleHost, machine: Machine
) -> None:
    url = ProxyURL("http://p:1").with_credentials("u", PASSWORD)
    if is_old:
        grow(
            Path(host.root),
            {f"{DROP_IN}/p.conf": drop_in(f'Environment="HTTP_PROXY={url.reveal()}"'.replace("%", "%%"))},
        )
    effective = {"http-proxy": Effective("http-proxy", Setting("http-proxy", url, Origin("daemon-json")))}
    made = replace(plan(host), effective={} if is_old else effective)
    told: List[str] = []
    machine.failing["restart"] = times(2, engine.StepFailed(f"the job says {spelling}!"))
    result = transaction.carry_out(host, view(host), made, transaction.Options(), told.append)
    assert result.outcome == "incomplete"
    assert result.reason.count("the job says") == result.reason.count("***") == 2
    assert not [line for line in [result.reason, *told] if "C4NARY" in line]


def test_what_dockerd_and_a_registry_say_is_quoted_without_the_password(
    host: BundleHost, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ProxyURL("http://p:1").with_credentials("u", PASSWORD)
    effective = {"https-proxy": Effective("https-proxy", Setting("https-proxy", url, Origin("daemon-json")))}
    host._answers[f"GET {SOCKET} /distribution/a/json"] = {"status": 500, "server": "", "body": {"message": PASSWORD}}  # type: ignore[index]
    result = carry_out(host, replace(plan(host), effective=effective), verify="a")
    assert result.reason == "the engine cannot resolve a: ***"
    dockerd = tmp_path / "stub" / "dockerd"
    grow(tmp_path, {"stub/dockerd": f"#!/bin/sh\necho 'bad {PASSWORD}' >&2; exit 1\n"})
    dockerd.chmod(0o755)
    answers = {"processes dockerd": [{"pid": PID, "argv": [str(dockerd)]}], f"environment {PID}": {}}
    by_hand = live(tmp_path / "2", {"/usr/bin/dockerd": "", DAEMON_JSON: "{}"}, info(), answers=answers)
    result = carry_out(by_hand, replace(plan(by_hand), steps=("validate",), effective=effective))
    assert result.reason == "dockerd --validate: bad ***"


SYSV: Dict[str, Content] = {
    "/etc/rc0.d/": "",
    "/etc/init.d/docker": DEBIAN_SCRIPT,
    "/usr/bin/dockerd": "",
    DAEMON_JSON: "{}",
}


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A host whose engine an init script restarts, the host itself in ``host``."""
    made = Machine(live(tmp_path, SYSV, info(), started=4102444800.0), info(https=PROXY))
    monkeypatch.setattr(engine, "_script", lambda argv, *rest: made(SYSTEM, argv[-1], argv[0]))
    monkeypatch.setattr(engine, "POLL", 0.001)
    return made


def test_an_init_script_restarts_the_engine_and_is_verified(scripted: Machine) -> None:
    result = carry_out(scripted.host, plan(scripted.host, "restart"))
    assert (result.outcome, result.reason) == ("applied", "because")
    assert outcomes(result) == ["restart ok", "ready ok", "verify ok"]
    assert scripted.calls == ["restart service"]


def test_an_init_script_that_fails_takes_everything_back(scripted: Machine) -> None:
    scripted.failing["restart"] = times(1, engine.StepFailed("the script failed"))
    result = carry_out(scripted.host, plan(scripted.host, "restart"))
    assert rolled_back(scripted.host, result)
    assert outcomes(result) == ["restart failed", "rollback-restart ok", "rollback-ready ok"]


def test_what_a_script_cannot_restart_it_starts_on_the_way_back(scripted: Machine) -> None:
    scripted.failing["restart"] = times(2, engine.StepFailed("nothing runs"))
    result = carry_out(scripted.host, plan(scripted.host, "restart"))
    assert rolled_back(scripted.host, result)
    assert scripted.calls == ["restart service", "restart service", "start service"]


def test_a_dockerd_that_goes_away_again_is_not_waited_for(scripted: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = view(scripted.host)
    scripted.reports = None
    scripted.host._answers["processes dockerd"] = []  # type: ignore[index]
    monkeypatch.setattr(engine, "GONE_AFTER", 0.01)
    result = transaction.carry_out(scripted.host, before, plan(scripted.host, "restart"), transaction.Options(60.0))
    assert result.reason.startswith("dockerd does not run any more; see its log in /var/log")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (info(), "the engine must still be restarted: service docker restart"),
        (None, "the engine does not run; it will use this at its next start"),
    ],
)
def test_without_a_restart_the_scripts_command_is_told(body: Any, reason: str, tmp_path: Path) -> None:
    host = live(tmp_path, SYSV, body)
    result = carry_out(host, Plan(plan(host).changes, (), "because", (), DESIRED))
    assert (result.outcome, result.reason) == ("pending", reason)


def test_waiting_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: List[Any] = [Missing.ABSENT, Missing.ABSENT, Response(200, "", {})]

    class Slow:
        def engine_get(self, socket: str, path: str) -> Any:
            return answers.pop(0)

    monkeypatch.setattr(engine, "POLL", 0.0)
    monkeypatch.setattr(engine, "ANNOUNCE_EVERY", 0.0)
    told: List[str] = []
    engine.wait_until_ready(Slow(), SYSTEM, "systemd", 60.0, told.append)  # type: ignore[arg-type]
    assert told == ["waiting for the engine (0 s)"] * 2
