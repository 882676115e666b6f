"""The process that reads and rewrites for the language server, so that this one can always answer.

A document that takes too long, or brings the process down, costs that process and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import struct
import sys
from importlib import import_module
from typing import BinaryIO

from fixer.lsp.jobs import Answer, Job, do
from fixer.worker import own_module

STARTING = 60.0
"""Seconds that the process may take to start, on a machine that is busy with other work."""

_LENGTH = struct.Struct("!I")
_READY = b"r"


class Failed(Exception):
    """The worker did not answer: it took too long, or died."""


class Worker:
    """One process, started when it is first needed, that does one job at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._busy = asyncio.Lock()

    async def ask(self, job: Job, seconds: float) -> Answer:
        """The answer to a job. Raises Failed after ``seconds``. A caller that gives up ends the process."""
        async with self._busy:
            try:
                # Starting does not count: a document is given its own time.
                await asyncio.wait_for(self._start(), STARTING)
                return await asyncio.wait_for(self._ask(job), seconds)
            except (asyncio.TimeoutError, asyncio.IncompleteReadError, OSError) as error:
                await self.stop()
                late = isinstance(error, asyncio.TimeoutError)
                raise Failed(f"given up after {seconds:g} s" if late else "the process that read it died") from None
            except asyncio.CancelledError:
                # The answer would come when nobody waits for it.
                self._kill()
                raise

    async def _start(self) -> None:
        if self._process is None or self._process.returncode is not None:
            command = own_module("fixer.lsp.worker")
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
            assert self._process.stdout is not None
            await self._process.stdout.readexactly(len(_READY))

    async def _ask(self, job: Job) -> Answer:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        process.stdin.write(_packed(job))
        await process.stdin.drain()
        (size,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        answer: Answer = pickle.loads(await process.stdout.readexactly(size))
        return answer

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process = None

    async def stop(self) -> None:
        """End the process."""
        process = self._process
        self._kill()
        if process is not None:
            await process.wait()


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Do jobs until there are no more."""
    # All that a job needs is imported before it comes.
    from codemods._registry import rules

    for name in ("fixer.engine", "fixer.reading.reader"):
        import_module(name)
    rules()
    answers.write(_READY)
    answers.flush()
    while True:
        head = jobs.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        job: Job = pickle.loads(jobs.read(*_LENGTH.unpack(head)))
        answers.write(_packed(do(job)))
        answers.flush()


def _packed(thing: object) -> bytes:
    data = pickle.dumps(thing)
    return _LENGTH.pack(len(data)) + data


if __name__ == "__main__":
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not end up among the answers
    with contextlib.suppress(KeyboardInterrupt):
        serve(sys.stdin.buffer, answers)
