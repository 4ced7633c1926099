"""The engine's steps: ``daemon-reload``, ``restart``, and waiting until it answers."""

from __future__ import annotations

import subprocess
import time
from typing import Callable, Optional, Sequence

from dockproxy.host import Host, Response, systemctl
from dockproxy.sources.installation import Installation

Progress = Callable[[str], None]
"""Called with one line of narration."""

POLL = 0.05
"""Seconds between two looks at a step that is under way."""

ANNOUNCE_EVERY = 5.0
"""Seconds between two lines of progress."""


VALIDATE_TIMEOUT = 30.0
"""Seconds."""


class StepFailed(Exception):
    """A step did not end as it must; the sentence says how and where to look."""


def daemon_reload(installation: Installation) -> None:
    """Have systemd read its units again."""
    _systemctl(installation, "daemon-reload")


def restart(installation: Installation, timeout: float, progress: Progress) -> None:
    """Restart the service and wait for the job, ``timeout`` seconds at most. Raises StepFailed."""
    _reset_failed(installation)
    _systemctl(installation, "restart", installation.unit, timeout=timeout, progress=progress)


def try_again(installation: Installation) -> None:
    """Have systemd start the service as it would by itself, whatever comes of it."""
    _reset_failed(installation)
    _systemctl(installation, "restart", "--no-block", installation.unit)


def validate(argv: Sequence[str]) -> None:
    """Have dockerd (23.0 and newer) check its configuration with the flags of ``argv``. Raises StepFailed."""
    command = [*argv, "--validate"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=VALIDATE_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepFailed(f"dockerd --validate: {error}") from None
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise StepFailed(f"dockerd --validate: {message or 'no reason given'}")


def wait_until_ready(host: Host, installation: Installation, timeout: float, progress: Progress) -> None:
    """Wait until the engine answers ``/info``. Raises StepFailed."""
    socket = installation.socket
    start = last = time.monotonic()
    while True:
        answer = host.engine_get(socket, "/info")
        if isinstance(answer, Response) and answer.status == 200:
            return
        now = time.monotonic()
        if now - start > timeout:
            journal = _journal(installation)
            raise StepFailed(f"the engine did not answer on {socket} within {timeout:.0f} s; see {journal}")
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
        return f"no answer within {timeout:.0f} s"
    if answer.status == 200:
        return None
    return str((answer.body or {}).get("message", f"HTTP {answer.status}"))


def _reset_failed(installation: Installation) -> None:
    """An earlier failed start must not count against the next one (StartLimitBurst=)."""
    command = [*systemctl(installation.user), "reset-failed", installation.unit, "docker.socket"]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _journal(installation: Installation) -> str:
    return f"journalctl {'--user ' if installation.user else ''}-u {installation.unit}"


def _systemctl(
    installation: Installation, *words: str, timeout: float = 90.0, progress: Optional[Progress] = None
) -> None:
    start = time.monotonic()
    what = f"systemctl {' '.join(words)}"
    errors = b""
    process = subprocess.Popen(
        [*systemctl(installation.user), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while True:
            left = timeout - (time.monotonic() - start)
            if left <= 0:
                raise StepFailed(f"{what} did not end within {timeout:.0f} s; see {_journal(installation)}")
            try:
                errors = process.communicate(timeout=min(ANNOUNCE_EVERY, left))[1]
            except subprocess.TimeoutExpired:
                if progress:
                    progress(f"{what} is still under way ({time.monotonic() - start:.0f} s)")
            else:
                break
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode != 0:
        message = errors.decode("utf-8", "replace").strip().split("\n")[0]
        raise StepFailed(f"{what} failed: {message or 'no reason given'}; see {_journal(installation)}")
