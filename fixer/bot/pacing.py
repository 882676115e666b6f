"""How fast the bot may talk to GitHub: one write a second, and silence after a rate limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

INTERVAL = 1.0
"""Seconds between two writes of one installation (docs.github.com: at least one)."""


class Pacer(Protocol):
    """Says how long to wait. ``who`` is the installation, whose limits are its own."""

    def write(self, who: str) -> float:
        """Reserve the next place for a write: the seconds until then."""

    def read(self, who: str) -> float:
        """The seconds until something may be read."""

    def block(self, who: str, seconds: float) -> None:
        """Nothing at all for so many seconds: GitHub said so."""


class LocalPacer:
    """For one process."""

    def __init__(self, interval: float = INTERVAL, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval, self._clock = interval, clock
        self._next: dict[str, float] = {}
        self._blocked: dict[str, float] = {}
        self._lock = threading.Lock()

    def write(self, who: str) -> float:
        with self._lock:
            now = self._clock()
            at = max(now, self._next.get(who, now), self._blocked.get(who, now))
            self._next[who] = at + self._interval
            return at - now

    def read(self, who: str) -> float:
        with self._lock:
            return max(0.0, self._blocked.get(who, 0.0) - self._clock())

    def block(self, who: str, seconds: float) -> None:
        with self._lock:
            self._blocked[who] = max(self._blocked.get(who, 0.0), self._clock() + seconds)
