"""Carry a plan out, compare the engine's own report with the intent, and take everything back when they differ."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, List, Mapping, Optional

from dockproxy.apply import engine, files, interruption
from dockproxy.host import Host
from dockproxy.model import Plan, Result, Step
from dockproxy.resolve.daemon import DaemonView, find_drift, view
from dockproxy.sources import init, init_script


@dataclass(frozen=True)
class Options:
    """How to carry a plan out. ``timeout`` in seconds; ``verify`` is an image that the engine must resolve."""

    timeout: float = 600.0
    verify: Optional[str] = None
    verify_timeout: float = 120.0


@dataclass
class _Run:
    host: Host
    seen: Optional[DaemonView]
    plan: Plan
    options: Options
    progress: engine.Progress
    steps: List[Step] = field(default_factory=list)
    written: files.Written = field(default_factory=files.Written)
    downtime_ms: Optional[int] = None
    reloaded: bool = False
    after: Optional[DaemonView] = None
    """The daemon as it was looked at last, None before that."""

    @property
    def daemon(self) -> DaemonView:
        """The daemon as it was before."""
        assert self.seen is not None, "only a plan for the daemon has steps"
        return self.seen

    def step(self, name: str, act: Callable[[], None]) -> None:
        start = time.monotonic()
        try:
            act()
        except BaseException:
            self.steps.append(Step(name, "failed", _ms(start)))
            raise
        self.steps.append(Step(name, "ok", _ms(start)))


def refuse_unwritable(host: Host, plan: Plan) -> None:
    """Refuse a plan of which a file could not be written."""
    for change in plan.changes:
        files.refuse_unwritable(host.root, change)


def carry_out(
    host: Host, seen: Optional[DaemonView], plan: Plan, options: Options, progress: engine.Progress = lambda line: None
) -> Result:
    """Do it all, or take it all back. ``seen`` is None where the plan is about no daemon. Raises Refusal before
    anything is touched."""
    refuse_unwritable(host, plan)
    run = _Run(host, seen, plan, options, progress)
    with interruption.once() as ignore_signals:
        try:
            return _forward(run)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing may stay half done
            ignore_signals()
            return _back(run, error)


def _forward(run: _Run) -> Result:
    for change in run.plan.changes:
        run.progress(f"{change.action} {change.path}")
        files.write(run.host.root, change, run.written)
    for step in run.plan.steps:
        STEPS[step](run)
    if "restart" in run.plan.steps:
        return _result(run, "applied", run.plan.reason)
    return _without_restart(run)


def _validate(run: _Run) -> None:
    command = run.daemon.sources.command
    assert command is not None, "a validation is planned only where the command line is known"
    run.progress("dockerd --validate")
    run.step("validate", lambda: engine.validate(command.argv))


def _daemon_reload(run: _Run) -> None:
    run.progress("systemctl daemon-reload")
    run.reloaded = True
    run.step("daemon-reload", engine.daemon_reload)


def _restart(run: _Run) -> None:
    run.progress("restarting the engine")
    start = time.monotonic()
    run.step("restart", lambda: engine.restart(run.daemon.init, run.options.timeout, run.progress))
    _wait_until_ready(run, "ready", max(1.0, run.options.timeout - (time.monotonic() - start)))
    run.downtime_ms = _ms(start)
    run.step("verify", lambda: _verify(run))


def _wait_until_ready(run: _Run, name: str, timeout: float) -> None:
    socket, init_name = run.daemon.engine.socket, run.daemon.init
    run.step(name, lambda: engine.wait_until_ready(run.host, socket, timeout, run.progress, init_name))


STEPS: Mapping[str, Callable[[_Run], None]] = {
    "validate": _validate,
    "daemon-reload": _daemon_reload,
    "restart": _restart,
}
"""What a plan's steps do."""


def _without_restart(run: _Run) -> Result:
    seen, did = run.seen, "applied" if run.plan.changes or run.plan.steps else "unchanged"
    if seen is None or not run.host.live:
        return _result(run, did, run.plan.reason)
    now = view(run.host, seen.engine.socket, seen.engine.version)
    drift = find_drift(run.host, now)
    if drift is None and (now.running is not None or did == "unchanged"):
        return _result(run, did, run.plan.reason)
    command = seen.sources.command
    if seen.sources.unit is None and command is not None and seen.init not in init_script.FILES:
        import shlex

        return _result(run, "pending", "restart dockerd yourself, as it was started: " + shlex.join(command.argv))
    if drift is not None:
        restart = " ".join(init.RESTARTS.get(seen.init, ("start", "dockerd", "anew")))
        return _result(run, "pending", f"the engine must still be restarted: {restart}")
    return _result(run, "pending", "the engine does not run; it will use this at its next start")


def _verify(run: _Run) -> None:
    """Compare the engine's own report with the intent; then have it resolve the image, where one was named."""
    socket = run.daemon.engine.socket
    now = run.after = view(run.host, socket, run.daemon.engine.version)
    wrong = [v for v, text in run.plan.desired.items() if now.effective[v].text != text]
    drift = find_drift(run.host, now)
    if wrong or drift is not None:
        names = ", ".join(wrong) or "the engine"
        raise engine.StepFailed(f"after the restart {names} is not what was intended")
    image = run.options.verify
    if image:
        run.progress(f"the engine resolves {image}")
        problem = engine.resolve_image(run.host, socket, image, run.options.verify_timeout)
        if problem is not None:
            raise engine.StepFailed(f"the engine cannot resolve {image}: {problem}")


def _back(run: _Run, error: BaseException) -> Result:
    interrupted = isinstance(error, KeyboardInterrupt)
    reason = "interrupted" if interrupted else _sentence(error)
    run.progress(f"{reason}: rolling back")
    failures: List[Exception] = [*files.undo(run.host.root, run.written)]
    try:
        if run.reloaded:
            run.step("rollback-daemon-reload", engine.daemon_reload)
        if any(s.step == "restart" for s in run.steps):
            _engine_back(run)
    except (engine.StepFailed, OSError) as second:
        failures.append(second)
    if not failures:
        return _result(run, "rolled-back", reason, interrupted)
    left = ", ".join(c.path for c in run.written.changes)
    sentences = "; ".join(_sentence(f) for f in failures)
    files_left = f"not restored: {left}" if left else "the files are as before"
    return _result(run, "incomplete", f"{reason}; the rollback failed: {sentences}; {files_left}", interrupted)


def _engine_back(run: _Run) -> None:
    """Have the engine run with its old settings; one that did not come up with them before may fail again."""
    init_name, timeout = run.daemon.init, run.options.timeout
    if run.daemon.running is None:
        run.step("rollback-restart", lambda: engine.try_again(init_name))
        return
    run.step("rollback-restart", lambda: engine.bring_back(init_name, timeout, run.progress))
    _wait_until_ready(run, "rollback-ready", timeout)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    return str(error) if isinstance(error, engine.StepFailed) else f"internal error: {type(error).__name__}: {error}"


def _result(run: _Run, outcome: str, reason: str, interrupted: bool = False) -> Result:
    if run.seen is not None and outcome == "rolled-back":
        effective = run.seen.effective
    elif run.seen is not None and outcome == "incomplete":
        effective = view(run.host, run.seen.engine.socket, run.seen.engine.version).effective
    else:
        effective = run.after.effective if run.after is not None else run.plan.effective
    return Result(outcome, reason, run.plan, effective, tuple(run.steps), run.downtime_ms, interrupted)


def _ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
