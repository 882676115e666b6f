"""A limit on the time that one file may take, whatever it contains."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 10.0
"""For checking and repairing one file; the slowest real training script known took a fraction of a second."""


class TooSlow(BaseException):
    """The time is up. Not an Exception, so that no handler on the way takes it for a failure of its own."""


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TooSlow in the body after ``seconds`` of work.

    The processor's time counts, so that a busy machine gives no file up; the clock's time does if it is six times as
    much (something waits). Without effect where there are no alarm signals (Windows) and outside of the main thread,
    which alone gets them.
    """
    work, clock = time.process_time(), time.monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        if time.process_time() - work >= seconds or time.monotonic() - clock >= 6 * seconds:
            raise TooSlow

    try:
        before = signal.signal(signal.SIGALRM, stop)
    except (AttributeError, ValueError):
        yield
        return
    # Again and again: there may be work left, and an exception may come where it cannot go on (a callback from C).
    signal.setitimer(signal.ITIMER_REAL, seconds, min(seconds, 0.5))
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # if it went off on the way here, before it was stopped
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
