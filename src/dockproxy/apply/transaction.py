"""Carry a plan out, compare the engine's own report with the intent, and take everything back when they differ."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Callable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from dockproxy.apply import engine, files, interruption
from dockproxy.host import Host
from dockproxy.model import Plan, Result, Step
from dockproxy.resolve.daemon import DaemonView, find_drift, runs, view
from dockproxy.secret import ProxyURL, mask, names
from dockproxy.secret.masking import MASK
from dockproxy.sources import init
from dockproxy.sources.engine import running_containers, stopped_containers


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
    containers: List[str] = field(default_factory=list)
    """What ran before the restart."""
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
            done = _forward(run)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing may stay half done
            ignore_signals()
            done = _back(run, error)
        ignore_signals()
        return _result(run, done)


class _Done(NamedTuple):
    """How it ended."""

    outcome: str
    reason: str
    interrupted: bool = False


def _forward(run: _Run) -> _Done:
    for change in run.plan.changes:
        run.progress(f"{change.action} {change.path}")
        files.write(run.host.root, change, run.written)
    for step in run.plan.steps:
        STEPS[step](run)
    if "restart" in run.plan.steps:
        return _Done("applied", run.plan.reason)
    return _without_restart(run)


def _validate(run: _Run) -> None:
    command = run.daemon.sources.command
    assert command is not None, "a validation is planned only where the command line is known"
    run.progress("dockerd --validate")
    run.step("validate", lambda: engine.validate(run.daemon.installation, command.argv))


def _daemon_reload(run: _Run) -> None:
    run.progress("systemctl daemon-reload")
    run.reloaded = True
    run.step("daemon-reload", lambda: engine.daemon_reload(run.daemon.installation))


def _restart(run: _Run) -> None:
    run.progress("restarting the engine")
    installation, init_name, timeout = run.daemon.installation, run.daemon.init, run.options.timeout
    run.containers = running_containers(run.host, installation.socket) or []
    with _away(run) as start:
        run.step("restart", lambda: engine.restart(installation, init_name, timeout, run.progress))
        _wait_until_ready(run, "ready", max(1.0, timeout - (time.monotonic() - start)))
    run.step("verify", lambda: _verify(run))


@contextlib.contextmanager
def _away(run: _Run) -> Iterator[float]:
    """Count the time as the engine's absence, also where it ends badly."""
    start = time.monotonic()
    try:
        yield start
    finally:
        run.downtime_ms = (run.downtime_ms or 0) + _ms(start)


def _wait_until_ready(run: _Run, name: str, timeout: float) -> None:
    installation, init_name = run.daemon.installation, run.daemon.init
    run.step(name, lambda: engine.wait_until_ready(run.host, installation, init_name, timeout, run.progress))


STEPS: Mapping[str, Callable[[_Run], None]] = {
    "validate": _validate,
    "daemon-reload": _daemon_reload,
    "restart": _restart,
}
"""What a plan's steps do."""


def _without_restart(run: _Run) -> _Done:
    seen, did = run.seen, "applied" if run.plan.changes or run.plan.steps else "unchanged"
    if seen is None or not run.host.live:
        return _Done(did, run.plan.reason)
    now = view(run.host, seen.installation, seen.engine.version)
    drift = find_drift(run.host, now)
    if drift is None and did == "unchanged":
        return _unchanged(run, now)
    if drift is None and now.running is not None:
        return _Done(did, run.plan.reason)
    command, restart = seen.sources.command, init.restart_command(seen.init, seen.installation)
    if restart is None and command is not None:
        return _Done("pending", _as_it_was_started(command.argv))
    if drift is not None:
        how = f": {restart}" if restart is not None else ", as it was started"
        return _Done("pending", f"the engine must still be restarted{how}")
    return _Done("pending", "the engine does not run; it will use this at its next start")


def _unchanged(run: _Run, now: DaemonView) -> _Done:
    if now.running is not None and run.options.verify:
        try:
            run.step("verify", lambda: _resolve_image(run))
        except engine.StepFailed as error:
            return _Done("unchanged", f"{run.plan.reason}, but {_sentence(run, error)}")
    return _Done("unchanged", run.plan.reason)


def _as_it_was_started(argv: Sequence[str]) -> str:
    import shlex

    shown = names.masked_argv(argv)
    hidden = "" if shown == list(argv) else f" (a secret is shown as {MASK})"
    return f"restart dockerd yourself, as it was started{hidden}: {shlex.join(shown)}"


def _verify(run: _Run) -> None:
    """Compare the engine's own report with the intent; then have it resolve the image, where one was named."""
    now = run.after = view(run.host, run.daemon.installation, run.daemon.engine.version)
    if now.running is None:
        raise engine.StepFailed("after the restart the engine does not say what it uses")
    running = now.running
    wrong = [
        variable
        for variable, text in run.plan.desired.items()
        if now.effective[variable].text != text or not runs(run.host, now.effective[variable], running)
    ]
    if wrong:
        raise engine.StepFailed(f"after the restart {', '.join(wrong)} is not what was intended")
    _resolve_image(run)


def _resolve_image(run: _Run) -> None:
    image = run.options.verify
    if image:
        run.progress(f"asking the engine for {image}")
        problem = engine.resolve_image(run.host, run.daemon.engine.socket, image, run.options.verify_timeout)
        if problem is not None:
            raise engine.StepFailed(f"the engine cannot resolve {image}: {problem}")
        run.progress("it resolves")


def _back(run: _Run, error: BaseException) -> _Done:
    interrupted = isinstance(error, KeyboardInterrupt)
    reason = "interrupted" if interrupted else _sentence(run, error)
    failures: List[Exception] = [*files.undo(run.host.root, run.written)]
    run.progress("rolling back")
    try:
        if run.reloaded:
            run.step("rollback-daemon-reload", lambda: engine.daemon_reload(run.daemon.installation))
        if any(s.step == "restart" for s in run.steps):
            _engine_back(run)
    except Exception as second:  # noqa: BLE001 - the result says what is left to do
        failures.append(second)
    if not failures:
        return _Done("rolled-back", reason, interrupted)
    left = ", ".join(c.path for c in run.written.changes)
    sentences = "; ".join(_sentence(run, f) for f in failures)
    files_left = f"not restored: {left}" if left else "the files are as before"
    return _Done("incomplete", f"{reason}; the rollback failed: {sentences}; {files_left}", interrupted)


def _engine_back(run: _Run) -> None:
    """Have the engine run with its old settings; one that did not come up with them before may fail again."""
    installation, init_name, timeout = run.daemon.installation, run.daemon.init, run.options.timeout
    if run.daemon.running is None:
        run.step("rollback-restart", lambda: engine.try_again(installation, init_name))
        return
    with _away(run):
        run.step("rollback-restart", lambda: engine.bring_back(installation, init_name, timeout, run.progress))
        _wait_until_ready(run, "rollback-ready", timeout)


def _sentence(run: _Run, error: BaseException) -> str:
    """What went wrong. It may quote another program, and that a password of before or after."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    is_known = isinstance(error, engine.StepFailed)
    sentence = str(error) if is_known else f"internal error: {type(error).__name__}: {error}"
    before = [s.value for s in run.seen.sources.reading.settings] if run.seen is not None else []
    values = [*before, *(e.value for e in run.plan.effective.values())]
    return mask(sentence, [v for v in values if isinstance(v, ProxyURL)])


def _result(run: _Run, done: _Done) -> Result:
    if run.seen is not None and done.outcome == "rolled-back":
        effective = run.seen.effective
    elif run.seen is not None and done.outcome == "incomplete":
        effective = view(run.host, run.seen.installation, run.seen.engine.version).effective
    else:
        effective = run.after.effective if run.after is not None else run.plan.effective
    return Result(
        done.outcome,
        done.reason,
        run.plan,
        effective,
        tuple(run.steps),
        run.downtime_ms,
        done.interrupted,
        _stopped(run),
    )


def _stopped(run: _Run) -> Tuple[str, ...]:
    """The containers that ran before a restart, and are still there without running."""
    if not run.containers:
        return ()
    stopped = stopped_containers(run.host, run.daemon.engine.socket)
    return tuple(name for name in run.containers if name in stopped)


def _ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
