"""Writes the trace: one JSON object per line, each with the user's line and the loop iteration it belongs to."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from . import loops
from .sink import Sink

# Kept from before the script: it may put functions of its own in their place.
_exit = os._exit
STACK_LIMIT = 6
EVENT_LIMIT = 20_000


class Recorder:
    """Collects events of one run and writes them to ``sink``.

    ``root`` is the folder whose files are the user's: only their frames give lines. ``steps`` is the number of
    optimizer steps after which the run ends, ``wall_s`` the seconds after which it ends anyway.
    """

    def __init__(self, sink: Sink, root: str, steps: int) -> None:
        self.sink = sink
        self.root = root.rstrip(os.sep) + os.sep
        self.steps = steps
        self.count = 0
        self.began = time.monotonic()
        self.step_counts: dict[Any, int] = {}
        self.sets: dict[tuple[int, ...], int] = {}
        self.streams: list[Any] = []
        self.finished = False
        self.cut = False
        self._paths: dict[str, str | None] = {}
        self.process = os.getpid()

    def relative(self, filename: str) -> str | None:
        """The path inside the user's project, or None for a file that is not the user's."""
        known = self._paths.get(filename, "")
        if known != "":
            return known
        path = os.path.abspath(filename)
        inside = not filename.startswith("<") and path.startswith(self.root) and "site-packages" not in path
        answer = path[len(self.root) :].replace(os.sep, "/") if inside else None
        self._paths[filename] = answer
        return answer

    def where(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """The user's lines on the stack, innermost first, and the loops that are running, outermost first."""
        lines: list[list[Any]] = []
        frames = set()
        frame: Any = sys._getframe(2)
        while frame is not None:
            frames.add(id(frame))
            if len(lines) < STACK_LIMIT:
                path = self.relative(frame.f_code.co_filename)
                if path is not None:
                    lines.append([path, frame.f_lineno])
            frame = frame.f_back
        return lines, loops.running(frames)

    def emit(self, kind: str, **facts: Any) -> int:
        """Write one event; returns its number."""
        if self.process != os.getpid():
            return 0  # a process that the script has forked: its events would be mixed into this trace
        self.count += 1
        if self.count > EVENT_LIMIT:
            self.finish("budget", why="events")
        lines, iteration = self.where()
        record = {"k": kind, "t": self.count, "at": lines, "it": iteration}
        record.update(facts)
        self.sink.write(record)
        return self.count

    def set_id(self, members: list[int]) -> int:
        """The number of a set of parameters, written out the first time it is seen."""
        key = tuple(sorted(members))
        number = self.sets.get(key)
        if number is None:
            number = self.sets[key] = len(self.sets)
            if self.process == os.getpid():
                self.sink.write({"k": "set", "id": number, "members": list(key)})
        return number

    def stepped(self, role: Any) -> None:
        """Count one optimizer step of ``role`` and end the run when the budget is used."""
        self.step_counts[role] = self.step_counts.get(role, 0) + 1
        most, least = max(self.step_counts.values()), min(self.step_counts.values())
        # Alternating optimizers: wait for the slower one, within reason.
        total = sum(self.step_counts.values())
        if most >= self.steps and least >= min(4, self.steps) or total >= 5 * self.steps:
            self.finish("budget", why="steps")

    def finish(self, status: str, **facts: Any) -> None:
        """Write the last line and end the process at once: no ``except:`` of the script can stop this."""
        if self.sink.delays(lambda: self.finish(status, **facts)):
            return  # a signal came in the middle of a write: as soon as that is done
        try:
            if not self.finished and self.process == os.getpid():
                self.finished = True
                lines, _ = self.where()
                facts.setdefault("at", lines)
                seconds = round(time.monotonic() - self.began, 3)
                shared = {"cut": self.cut, "seconds": seconds, "cuda": self.cuda()}
                self.sink.write({"k": "exit", "status": status, **shared, **facts})
                self.sink.flush(1.0)
            for stream in self.streams:
                stream.flush()
        finally:
            _exit(0)

    @staticmethod
    def cuda() -> bool:
        """Whether the run used a GPU: its results are then equal only within rounding."""
        torch = sys.modules.get("torch")
        return bool(torch is not None and torch.cuda.is_initialized())
