"""A limit on the time that one file may take, whatever it contains."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 10.0
"""For checking and repairing one file; the slowest real training script known took a fraction of a second."""


class TooSlow(BaseException):
    """The time is up. Not an Exception, so that no handler on the way takes it for a failure of its own."""


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TooSlow in the body after ``seconds``.

    Without effect where there are no alarm signals (Windows) and outside of the main thread, which alone gets them.
    """
    try:
        before = signal.signal(signal.SIGALRM, _stop)
    except (AttributeError, ValueError):
        yield
        return
    # Again and again: the first may come where an exception cannot go on (a finalizer, a callback from C).
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # if it went off on the way here, before it was stopped
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooSlow
