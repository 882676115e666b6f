"""Imports torch once, then forks one process per run.

Reads one JSON object per line from standard input (see ``run.run``) and answers one per line on standard output:
``{"ready": version}`` first, then ``{"id": ..., "rc": ...}`` as each run ends. ``{"kill": id}`` ends a run and all its
descendants. When the input closes, everything that was started is ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> None:
    """Serve until the input closes."""
    _linux(PR_SET_PDEATHSIG, signal.SIGKILL)
    _linux(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        import torch
    except ImportError as error:
        _say(answers, error=f"torch cannot be imported: {error}")
        return
    from . import run

    torch.set_num_threads(1)
    _say(answers, ready=torch.__version__, cuda=torch.cuda.is_available(), python=sys.version.split()[0])
    _Server(answers, run.run).loop()


def _say(answers: Any, **facts: Any) -> None:
    answers.write(json.dumps(facts) + "\n")
    answers.flush()


def _linux(option: int, value: int) -> None:
    """prctl where there is one: die with the parent, adopt orphans."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class _Server:
    def __init__(self, answers: Any, run: Any) -> None:
        self.answers, self.run = answers, run
        self.children: dict[int, Any] = {}
        self.wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        os.set_blocking(self.wake, False)
        self.wake_end = wake_end
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)

    def loop(self) -> None:
        buffer = b""
        while True:
            ready, _, _ = select.select([0, self.wake], [], [])
            if self.wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wake, 4096)
                self.reap()
            if 0 in ready:
                chunk = os.read(0, 65536)
                if not chunk:
                    break
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))
        for pid in list(self.children):
            _kill_tree(pid)

    def obey(self, order: dict[str, Any]) -> None:
        if "kill" in order:
            for pid, name in self.children.items():
                if name == order["kill"]:
                    _kill_tree(pid)
            return
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.setsid()
            _linux(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.close(self.wake)
            os.close(self.wake_end)
            os.close(self.answers.fileno())
            try:
                self.run(order)
            finally:
                os._exit(70)
        self.children[pid] = order["id"]

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self.children.pop(pid, None)
            if name is not None:
                _kill_tree(pid)
                self.kill_orphans()
                _say(self.answers, id=name, rc=os.waitstatus_to_exitcode(status))

    def kill_orphans(self) -> None:
        """End what a run left behind in a session of its own: this process adopted it."""
        for pid in _descendants(os.getpid(), deep=False):
            if pid not in self.children:
                _kill_tree(pid)


def _kill_tree(pid: int) -> None:
    """End a run, its process group, and (Linux) whatever it left behind in groups of its own."""
    for child in _descendants(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


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
