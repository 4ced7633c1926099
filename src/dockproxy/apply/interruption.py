"""Ctrl-C, a lost terminal or a polite kill while something is half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from types import FrameType
from typing import Callable, Iterator, Optional

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def once() -> Iterator[Callable[[], None]]:
    """The first of these signals raises KeyboardInterrupt and those that follow are ignored, as all are once the
    yielded function is called: the way back is not disturbed. What the caller ignores, as nohup does, stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [number for number, handler in before.items() if handler in (signal.SIG_DFL, signal.default_int_handler)]

    def ignore() -> None:
        for number in taken:
            signal.signal(number, signal.SIG_IGN)

    def interrupt(number: int, frame: Optional[FrameType]) -> None:
        ignore()
        raise KeyboardInterrupt

    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield ignore
    finally:
        for number in taken:
            signal.signal(number, before[number])
