"""Where a run writes its trace: lines on one pipe, each sealed with a key that the script is not told.

A line is ``JSON TAB number TAB seal``. The reader (``fixer.verify.relay``) accepts a line only with the right seal, and
each number once: what a script prints, or writes to a descriptor that it found open, is no trace. The key lives in this
process, so a script that searches its own interpreter's memory can still find it: see ``fixer.verify.sandbox``.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
from collections.abc import Callable
from typing import Any

_write = os.write
HELD = 64
"""Records that are held back before they are written together."""


class Sink:
    """Collects lines and writes them to the descriptor ``fd``. ``key``: what the seals are made with."""

    def __init__(self, fd: int, key: bytes) -> None:
        self._fd = fd
        self._records: list[dict[str, Any]] = []
        self._writing = threading.Lock()
        self._writer = 0
        self._due: Callable[[], None] | None = None
        self._seals(key, "")
        # A process that the script forks tells its own part, in numbers of its own.
        os.register_at_fork(before=self.flush, after_in_child=lambda: self._forked(key))

    def _seals(self, key: bytes, part: str) -> None:
        keyed, numbers = hashlib.blake2b(key=key, digest_size=8), itertools.count()

        def seal(record: dict[str, Any]) -> bytes:
            line = f"{_encode(record)}\t{part}{next(numbers)}".encode()
            made = keyed.copy()
            made.update(line)
            return line + b"\t" + made.hexdigest().encode() + b"\n"

        self._seal = seal

    def _forked(self, key: bytes) -> None:
        self._records.clear()
        self._writing = threading.Lock()
        self._seals(key, f"{os.getpid()}.")

    def write(self, record: dict[str, Any]) -> None:
        """Take one record; it becomes a line when many are written together, which costs the training least."""
        self._records.append(record)
        if len(self._records) >= HELD:
            self.flush()

    def flush(self, wait: float = 0.0) -> None:
        """Write what is held. Another thread that is writing already is waited for at most ``wait`` seconds."""
        if not (self._writing.acquire(timeout=wait) if wait else self._writing.acquire(blocking=False)):
            return
        try:
            self._writer = threading.get_ident()
            while self._records:
                taken = self._records[:HELD]
                del self._records[: len(taken)]
                _write_all(self._fd, b"".join([self._seal(record) for record in taken]))
        except OSError:
            self._records.clear()  # nobody reads any more: this run is about to be ended
        finally:
            self._writer = 0
            self._writing.release()
        if self._due is not None:
            self._due()

    def delays(self, call: Callable[[], None]) -> bool:
        """Whether this thread is in the middle of a write (a signal came): then ``call`` follows it."""
        if self._writer != threading.get_ident():
            return False
        self._due = call
        return True


def _plain(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)[:200]


_encode = json.JSONEncoder(default=_plain).encode


def _write_all(fd: int, data: Any) -> None:
    view = memoryview(data)
    while view:
        view = view[_write(fd, view) :]
