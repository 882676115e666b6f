"""Imports torch once, then forks one process per run.

Reads one JSON object per line from standard input (see ``run.run``) and answers one per line on standard output:
``{"ready": version}`` first, then ``{"id": ..., "rc": ...}`` as each run ends. ``{"kill": id}`` ends a run and all its
descendants. When the input closes, everything that was started is ended.

What a run traces and prints comes through pipes of its own and is passed on, so that no run can write an answer: an
answer ``{"id": ..., "of": "trace" | "output", "bytes": n}`` is followed by n bytes. A run that traces more than
``TRACE_LIMIT`` bytes is ended; of what it prints, the first ``OUTPUT_LIMIT`` bytes are passed on, the rest is dropped.

The one argument of the program, if there is one, is the JSON of ``confine.confine``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import shutil
import signal
import sys
import time
import traceback
from typing import Any

from . import confine

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TRACE_LIMIT, OUTPUT_LIMIT = 64 * 2**20, 256 * 2**10
CHUNK = 65536
KILL_ROUNDS = 50


def main() -> None:
    """Serve until the input closes, be it because whoever holds the other end was killed."""
    _linux(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits = json.loads(sys.argv[1]) if len(sys.argv) > 1 else None
    if limits is not None:
        confine.confine(limits)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        import torch
    except ImportError as error:
        _say(answers, error=f"torch cannot be imported: {error}")
        return
    from . import run

    torch.set_num_threads(1)
    _say(answers, ready=torch.__version__, cuda=torch.cuda.is_available(), python=sys.version.split()[0])
    _Server(answers, run.run, limits).loop()


def _say(answers: Any, data: bytes = b"", **facts: Any) -> None:
    answers.write(json.dumps(facts).encode() + b"\n" + data)
    answers.flush()


def _linux(option: int, value: int) -> None:
    """prctl where there is one: die with the parent, adopt orphans."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class _Run:
    """A run: its process, and how many bytes of each kind it may still send."""

    def __init__(self, name: Any, pid: int) -> None:
        self.name, self.pid = name, pid
        self.left = {"trace": TRACE_LIMIT, "output": OUTPUT_LIMIT}
        self.pipes: dict[int, str] = {}
        self.scratch: str | None = None


class _Server:
    def __init__(self, answers: Any, run: Any, limits: dict[str, Any] | None) -> None:
        self.answers, self.run, self.limits = answers, run, limits
        self.runs: dict[int, _Run] = {}
        self.selector = selectors.DefaultSelector()
        self.wake, self.wake_end = os.pipe()
        os.set_blocking(self.wake_end, False)
        os.set_blocking(self.wake, False)
        self.selector.register(0, selectors.EVENT_READ)
        self.selector.register(self.wake, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_end, warn_on_full_buffer=False)

    def loop(self) -> None:
        buffer = b""
        open_ = True
        while open_:
            for key, _ in self.selector.select():
                if key.fd == self.wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake, 4096)
                    self.reap()
                elif key.fd == 0:
                    chunk = os.read(0, CHUNK)
                    open_ = bool(chunk)
                    *lines, buffer = (buffer + chunk).split(b"\n")
                    for line in lines:
                        self.obey(json.loads(line))
                elif key.fd in key.data.pipes:
                    self.pass_on(key.data, key.fd)
        for pid in list(self.runs):
            _kill_tree(pid)
        self.kill_orphans(everything=True)

    def obey(self, order: dict[str, Any]) -> None:
        if "kill" in order:
            for pid, run in self.runs.items():
                if run.name == order["kill"]:
                    _kill_tree(pid)
            return
        pipes = {"trace": os.pipe(), "output": os.pipe()}
        pid = os.fork()
        if pid == 0:
            try:
                self.become(order, pipes)
            except BaseException:  # a run that cannot begin says so in its output
                with contextlib.suppress(OSError):
                    os.write(pipes["output"][1], traceback.format_exc().encode())
            finally:
                os._exit(70)
        run = self.runs[pid] = _Run(order["id"], pid)
        run.scratch = confine.scratch(order) if self.limits is not None else None
        for of, (reading, writing) in pipes.items():
            os.close(writing)
            os.set_blocking(reading, False)
            run.pipes[reading] = of
            self.selector.register(reading, selectors.EVENT_READ, run)

    def become(self, order: dict[str, Any], pipes: dict[str, tuple[int, int]]) -> None:
        """Turn this forked process into the run: it keeps nothing of the server but its own two pipes."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        _linux(PR_SET_PDEATHSIG, signal.SIGKILL)
        self.selector.close()
        theirs = [fd for run in self.runs.values() for fd in run.pipes] + [ends[0] for ends in pipes.values()]
        for fd in (self.wake, self.wake_end, self.answers.fileno(), *theirs):
            os.close(fd)
        if self.limits is not None:
            confine.enter(order)
        self.run(order, pipes["trace"][1], pipes["output"][1])

    def pass_on(self, run: _Run, fd: int) -> None:
        """Pass on what a run has written to one of its pipes."""
        try:
            chunk = os.read(fd, CHUNK)
        except BlockingIOError:
            return
        of = run.pipes[fd]
        if not chunk:
            self.close(run, fd)
            return
        sent = chunk[: run.left[of]]
        run.left[of] -= len(sent)
        if sent:
            _say(self.answers, sent, id=run.name, of=of, bytes=len(sent))
        if len(sent) < len(chunk) and of == "trace":
            _kill_tree(run.pid)
            self.close(run, fd)

    def close(self, run: _Run, fd: int) -> None:
        self.selector.unregister(fd)
        os.close(fd)
        del run.pipes[fd]

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            run = self.runs.pop(pid, None)
            if run is not None:
                _kill_tree(pid)
                if not self.runs:
                    # Nothing tells whose they are: while another run goes on, they may be that one's.
                    self.kill_orphans()
                for fd in list(run.pipes):
                    # What it wrote last. A process that it left behind cannot keep this waiting.
                    while fd in run.pipes and _ready(fd):
                        self.pass_on(run, fd)
                    if fd in run.pipes:
                        self.close(run, fd)
                if run.scratch is not None:
                    shutil.rmtree(run.scratch, ignore_errors=True)
                _say(self.answers, id=run.name, rc=os.waitstatus_to_exitcode(status))

    def kill_orphans(self, everything: bool = False) -> None:
        """End what runs left behind in sessions of their own: this process adopted it."""
        for _ in range(KILL_ROUNDS):
            left = [p for p in _descendants(os.getpid(), deep=False) if everything or p not in self.runs]
            for pid in left:
                _kill_tree(pid)
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            if not left:
                return
            time.sleep(0.002)


def _ready(fd: int) -> bool:
    with selectors.DefaultSelector() as one:
        one.register(fd, selectors.EVENT_READ)
        return bool(one.select(0))


def _kill_tree(pid: int) -> None:
    """End a run, its process group, and (Linux) whatever it left behind in groups of its own."""
    # Stopped first, so that nothing forks while it is looked for.
    for signal_ in (signal.SIGSTOP, signal.SIGKILL):
        for child in _descendants(pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal_)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _descendants(pid: int, deep: bool = True) -> list[int]:
    parents: dict[int, list[int]] = {}
    if not os.path.isdir("/proc"):
        return []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                parents.setdefault(parent, []).append(int(name))
    found, open_ = [], [pid]
    while open_:
        children = parents.get(open_.pop(), [])
        found += children
        open_ += children if deep else []
    return found
