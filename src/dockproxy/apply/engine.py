"""The engine's steps: ``daemon-reload``, ``restart``, and waiting until it answers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import BinaryIO, Callable, List, Optional, Sequence

from dockproxy.host import Host, Response, become, systemctl
from dockproxy.model import Missing
from dockproxy.sources import init
from dockproxy.sources.engine import NAME
from dockproxy.sources.installation import Installation

Progress = Callable[[str], None]
"""Called with one line of narration."""

POLL = 0.05
"""Seconds between two looks at a step that is under way."""

ANNOUNCE_EVERY = 5.0
"""Seconds between two lines of progress."""


GONE_AFTER = 10.0
"""Seconds without any dockerd after which one that no service manager watches counts as failed."""

VALIDATE_TIMEOUT = RESET_TIMEOUT = 30.0
"""Seconds."""

NO_ANSWER = {
    Missing.ABSENT: "nobody listens on its socket",
    Missing.PERMISSION: "no permission to use its socket",
    Missing.UNPARSABLE: "its answer is not HTTP",
}
"""Why an engine says nothing, where that is not the time."""


class StepFailed(Exception):
    """A step did not end as it must; the sentence says how and where to look."""


def daemon_reload(installation: Installation) -> None:
    """Have systemd read its units again."""
    _systemctl(installation, "daemon-reload")


def restart(installation: Installation, init_name: str, timeout: float, progress: Progress) -> None:
    """Restart the service and wait for that, ``timeout`` seconds at most. Raises StepFailed."""
    if init_name == "systemd":
        _reset_failed(installation)
        _systemctl(installation, "restart", installation.unit, timeout=timeout, progress=progress)
    else:
        _script(init.RESTARTS[init_name], init.log(init_name, installation), timeout, progress)


def bring_back(installation: Installation, init_name: str, timeout: float, progress: Progress) -> None:
    """Restart the service, or start it where it did not survive. Raises StepFailed."""
    try:
        restart(installation, init_name, timeout, progress)
    except StepFailed:
        if init_name not in init.STARTS:
            raise
        _script(init.STARTS[init_name], init.log(init_name, installation), timeout, progress)


def try_again(installation: Installation, init_name: str) -> None:
    """Have the service started as it would be by itself, whatever comes of it."""
    if init_name == "systemd":
        _reset_failed(installation)
        _systemctl(installation, "restart", "--no-block", installation.unit)
    else:
        with contextlib.suppress(StepFailed):
            bring_back(installation, init_name, 90.0, lambda line: None)


def validate(installation: Installation, argv: Sequence[str]) -> None:
    """Have dockerd (23.0 and newer) check its configuration with the flags of ``argv``. Raises StepFailed."""
    command = [*become(installation.user), *argv, "--validate"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=VALIDATE_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepFailed(f"dockerd --validate: {error}") from None
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise StepFailed(f"dockerd --validate: {message or 'no reason given'}")


def wait_until_ready(
    host: Host, installation: Installation, init_name: str, timeout: float, progress: Progress
) -> None:
    """Wait until the engine answers ``/info``. Raises StepFailed."""
    socket, log = installation.socket, init.log(init_name, installation)
    start = last = alive = time.monotonic()
    while True:
        answer = host.engine_get(socket, "/info")
        if isinstance(answer, Response) and answer.status == 200:
            return
        now = time.monotonic()
        # An init script goes away before dockerd knows whether it can start; systemd's job does not.
        alive = now if init_name == "systemd" or host.processes(NAME) else alive
        if now - alive > GONE_AFTER:
            raise StepFailed(f"dockerd does not run any more; see {log}")
        if now - start > timeout:
            raise StepFailed(f"the engine did not answer on {socket} within {timeout:.0f} s; see {log}")
        if now - last > ANNOUNCE_EVERY:
            last = now
            progress(f"waiting for the engine ({now - start:.0f} s)")
        time.sleep(POLL)


def resolve_image(host: Host, socket: str, image: str, timeout: float) -> Optional[str]:
    """Have the engine itself resolve an image at its registry; None when it can, else what it answered."""
    from urllib.parse import quote

    # moby, api/server/router/distribution: the engine asks the registry for the manifest and stores nothing.
    answer = host.engine_get(socket, f"/distribution/{quote(image, safe='/:@')}/json", timeout)
    if not isinstance(answer, Response):
        return NO_ANSWER.get(answer, f"no answer within {timeout:.0f} s")
    if answer.status == 200:
        return None
    return str((answer.body or {}).get("message", f"HTTP {answer.status}"))


def _reset_failed(installation: Installation) -> None:
    """An earlier failed start must not count against the next one (StartLimitBurst=)."""
    command = [*systemctl(installation.user), "reset-failed", installation.unit, "docker.socket"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=RESET_TIMEOUT)


def _systemctl(
    installation: Installation, *words: str, timeout: float = 90.0, progress: Optional[Progress] = None
) -> None:
    _run((*systemctl(installation.user), *words), init.log("systemd", installation), timeout, progress)


def _script(argv: Sequence[str], log: str, timeout: float, progress: Progress) -> None:
    """Run an init script's command."""
    # No pipe: the daemon that a script leaves behind may hold it open. Where the reason stands, each script decides.
    with open(os.memfd_create("output"), "w+b") as output:
        _run(argv, log, timeout, progress, output)


def _run(
    argv: Sequence[str], log: str, timeout: float, progress: Optional[Progress], output: Optional[BinaryIO] = None
) -> None:
    """Run a command; the reason of a failure is the first line of its errors, or the last one of its ``output``."""
    start = time.monotonic()
    what = " ".join(argv)
    errors: Optional[bytes] = None
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=output or subprocess.DEVNULL, stderr=output or subprocess.PIPE
    )
    try:
        while True:
            left = timeout - (time.monotonic() - start)
            if left <= 0:
                raise StepFailed(f"{what} did not end within {timeout:.0f} s; see {log}")
            try:
                errors = process.communicate(timeout=min(ANNOUNCE_EVERY, left))[1]
            except subprocess.TimeoutExpired:
                if progress:
                    progress(f"{what} is still under way ({time.monotonic() - start:.0f} s)")
            else:
                break
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode != 0:
        reason = _lines(errors)[0] if output is None else _lines(_read(output))[-1]
        raise StepFailed(f"{what} failed: {reason or 'no reason given'}; see {log}")


def _read(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read()


def _lines(said: Optional[bytes]) -> List[str]:
    return [line.strip(" *") for line in (said or b"").decode("utf-8", "replace").strip().split("\n")]
