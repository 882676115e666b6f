"""Starts the child server in the user's interpreter and runs scripts through it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from fixer.verify.relay import Relay

if TYPE_CHECKING:
    from fixer.verify.sandbox import Sandbox

BOOTSTRAP = Path(__file__).with_name("child") / "bootstrap.py"
START_S = 120.0
GRACE_S = 5.0
WATCH_S = 0.25
_SECRET = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL")


class CannotStart(Exception):
    """The interpreter cannot be used: the message says why and what to do."""


def settled(device: str = "auto") -> dict[str, str]:
    """The variables that every run has: one thread per library, and for the device "cpu" no GPU in sight."""
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
    return {**dict.fromkeys(threads, "1"), **fixed, **({"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {})}


def environment(device: str = "auto") -> dict[str, str]:
    """The environment of the child outside a sandbox: the user's, without secrets, and what is settled."""
    kept = {k: v for k, v in os.environ.items() if not any(s in k.upper() for s in _SECRET)}
    kept.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return {**kept, **settled(device)}


class Server:
    """A running child server. Use it as a context manager; leaving it ends every process that it started.

    ``sandbox``: a prepared sandbox (``fixer.verify.sandbox.Sandbox``) to run in.
    """

    def __init__(self, python: str | None = None, device: str = "auto", sandbox: Sandbox | None = None) -> None:
        self.python = python or sys.executable
        self.sandbox = sandbox
        self._command = sandbox.command if sandbox else [self.python, str(BOOTSTRAP)]
        self._environment = sandbox.environment if sandbox else environment(device)
        # What bubblewrap and the interpreter say of themselves. Of what scripts print, nothing comes here.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # closed by close()
        self._numbers = itertools.count(1)
        self._start()

    def _start(self) -> None:
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=self._environment
            )
        except OSError as error:
            self._errors.close()
            raise CannotStart(f"{self._command[0]} cannot be started: {error.strerror}") from None
        self._buffer = b""
        self._about: dict[str, Any] | None = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> str | None:
        """The folder in which those of the runs must lie for the server to see them; None: anywhere."""
        return None if self.sandbox is None else str(self.sandbox.given)

    def about(self) -> Mapping[str, Any]:
        """What the interpreter has: ``ready`` (torch's version), ``cuda``, ``python``. Waits for torch's import."""
        if self._about is None:
            answer, _ = self._answer(time.monotonic() + START_S)
            if answer is None or "ready" not in answer:
                raise CannotStart(self._why_not(answer or {}))
            self._about = answer
        return self._about

    def run(self, specs: Iterable[Mapping[str, Any]]) -> None:
        """Run scripts side by side and return when all have ended.

        A spec has the keys of ``child.run.run``, and ``trace`` and ``output``: the files to which that is written.
        """
        if self._process.poll() is not None:
            self._stop()
            self._start()
        self.about()
        limits: dict[int, float] = {}
        relays: dict[int, Relay] = {}
        with contextlib.ExitStack() as stack:
            for spec in specs:
                number = next(self._numbers)
                order = dict(spec)
                relay = stack.enter_context(Relay(Path(order.pop("trace")), Path(order.pop("output"))))
                relays[number] = relay
                limits[number] = time.monotonic() + float(spec["wall_s"]) + GRACE_S
                order.update(id=number, key=relay.key.hex())
                self._order(self.sandbox.order(order) if self.sandbox else order)
            killed: set[int] = set()
            while limits:
                fatal = self._serve(relays, limits, killed)
                if fatal is not None:
                    self._stop()
                    for number in limits:
                        relays[number].end(fatal)
                    return

    def _serve(self, relays: dict[int, Relay], limits: dict[int, float], killed: set[int]) -> str | None:
        """Take one answer and end the runs whose time is up. Returns why no run can go on, if that is so."""
        until = min(limits.values())
        answer, data = self._answer(min(until, time.monotonic() + WATCH_S) if self.sandbox else until)
        if answer is not None:
            number = answer.get("id")
            if number in limits and "of" in answer:
                relays[number].take(answer["of"], data)
                if relays[number].forged and number not in killed:
                    limits[number] = 0.0
            elif number in limits:
                relays[number].end(_how(answer.get("rc", 0)))
                del limits[number]
        elif self._process.poll() is not None:
            return "the process that runs it was ended"
        if self.sandbox is not None and self.sandbox.too_big(self._process.pid):
            return "it used more memory than the sandbox allows"
        for number, limit in list(limits.items()):
            if limit <= time.monotonic():
                if number in killed:
                    return "it could not be ended alone when its time was up"
                killed.add(number)
                relays[number].end("")
                self._order({"kill": number})
                limits[number] = time.monotonic() + GRACE_S
        return None

    def close(self) -> None:
        """End the server and, through it, all that it started."""
        self._stop()
        self._errors.close()

    def _stop(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            # While it imports torch it does not listen, and has started nothing yet.
            self._process.wait(0.0 if self._about is None else GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        # If it has ended, that is seen when its answer is waited for.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def _answer(self, limit: float) -> tuple[dict[str, Any] | None, bytes]:
        """The next answer of the server with the bytes that follow it; None at its end or when ``limit`` (monotonic
        seconds) passes."""
        while True:
            head, found, rest = self._buffer.partition(b"\n")
            if found:
                answer = cast("dict[str, Any]", json.loads(head))
                size = int(answer.get("bytes", 0))
                if len(rest) >= size:
                    self._buffer = rest[size:]
                    return answer, rest[:size]
            if not self._read(limit):
                return None, b""

    def _read(self, limit: float) -> bool:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, limit - time.monotonic()))
        chunk = os.read(self._process.stdout.fileno(), 65536) if ready else b""
        if ready and not chunk:
            self._process.wait()
        self._buffer += chunk
        return bool(chunk)

    def _why_not(self, answer: Mapping[str, Any]) -> str:
        if "error" in answer:
            return f"{self.python}: {answer['error']}; name an interpreter that has torch with --python"
        self._errors.seek(0)
        said = self._errors.read(65536).decode("utf-8", "replace").strip().splitlines()
        if self.sandbox is not None and self._process.poll() is not None:
            return self.sandbox.why(said)
        last = f": {said[-1]}" if said else ""
        return f"{self.python} ended without an answer{last}; name an interpreter that has torch with --python"


def _how(status: int) -> str:
    """How a run ended that did not say so itself, from its exit status."""
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return f"it left the interpreter by itself (exit status {status})"
