"""Starts the child server in the user's interpreter and runs scripts through it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

BOOTSTRAP = Path(__file__).with_name("child") / "bootstrap.py"
START_S = 120.0
GRACE_S = 5.0
_SECRET = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL")


class CannotStart(Exception):
    """The interpreter cannot be used: the message says why and what to do."""


def environment(device: str = "auto") -> dict[str, str]:
    """The environment of the child: the user's, without secrets, with one thread per library, and for the device "cpu"
    without any GPU in sight."""
    kept = {k: v for k, v in os.environ.items() if not any(s in k.upper() for s in _SECRET)}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
        kept[name] = "1"
    kept.update(PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTORCH_NVML_BASED_CUDA_CHECK="1")
    if device == "cpu":
        kept["CUDA_VISIBLE_DEVICES"] = ""
    kept.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return kept


class Server:
    """A running child server. Use it as a context manager; leaving it ends every process that it started."""

    def __init__(self, python: str | None = None, device: str = "auto") -> None:
        self.python = python or sys.executable
        try:
            self._process = subprocess.Popen(
                [self.python, str(BOOTSTRAP)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(device),
            )
        except OSError as error:
            raise CannotStart(f"{self.python} cannot be started: {error.strerror}") from None
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._about: dict[str, Any] | None = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def about(self) -> Mapping[str, Any]:
        """What the interpreter has: ``ready`` (torch's version), ``cuda``, ``python``. Waits for torch's import."""
        if self._about is None:
            answer = self._answer(time.monotonic() + START_S)
            if answer is None or "ready" not in answer:
                why = (answer or {}).get("error", "it ended without an answer")
                raise CannotStart(f"{self.python}: {why}; name an interpreter that has torch with --python")
            self._about = answer
        return self._about

    def run(self, specs: Iterable[Mapping[str, Any]]) -> None:
        """Run scripts side by side and return when all have ended; see ``child.run.run`` for a spec's keys."""
        self.about()
        waiting: dict[int, float] = {}
        for spec in specs:
            number = next(self._numbers)
            waiting[number] = time.monotonic() + float(spec["wall_s"]) + GRACE_S
            self._order({"id": number, **spec})
        while waiting:
            answer = self._answer(min(waiting.values()))
            if answer is None:
                if self._process.poll() is not None:
                    raise CannotStart(f"{self.python} ended while a script was running")
                for number, limit in waiting.items():
                    if limit <= time.monotonic():
                        self._order({"kill": number})
                        waiting[number] = time.monotonic() + GRACE_S
            else:
                waiting.pop(answer.get("id", 0), None)

    def close(self) -> None:
        """End the server and, through it, all that it started."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise CannotStart(f"{self.python} ended while a script was running") from None

    def _answer(self, limit: float) -> dict[str, Any] | None:
        """The next line of the server; None at its end or when ``limit`` (monotonic seconds) passes."""
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            left = limit - time.monotonic()
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, left))
            if not ready:
                return None
            chunk = os.read(self._process.stdout.fileno(), 65536)
            if not chunk:
                self._process.wait()
                return None
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return cast("dict[str, Any]", json.loads(line))
