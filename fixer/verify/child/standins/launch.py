"""Scripts that start several processes run here as the only one: one rank, in this process."""

from __future__ import annotations

import functools
import inspect
import multiprocessing.process
import os
from typing import Any

import torch

from . import note

ONE = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1",
       "GROUP_RANK": "0", "NODE_RANK": "0"}  # fmt: skip


def install() -> None:
    """Let ``mp.spawn`` call its function here, and a process group be one process over gloo."""
    processes: Any = torch.multiprocessing

    def spawn(fn: Any, args: Any = (), nprocs: int = 1, *_args: Any, **_more: Any) -> None:
        if nprocs > 1:
            note.say(f"the script starts {nprocs} processes: only the first was run")
        fn(0, *args)

    multiprocessing.process.BaseProcess.start = _start(  # type: ignore[method-assign]
        multiprocessing.process.BaseProcess.start
    )
    processes.spawn = spawn
    group: Any = torch.distributed
    if not group.is_available():
        return
    plain = group.init_process_group

    @functools.wraps(plain)
    def init_process_group(backend: Any = None, init_method: Any = None, *_args: Any, **_more: Any) -> None:
        if group.is_initialized():
            return
        note.say("the script joins a process group: it runs as the only process of it")
        os.environ.update(ONE)
        plain("gloo", store=group.HashStore(), rank=0, world_size=1)

    group.init_process_group = group.distributed_c10d.init_process_group = init_process_group


def launched() -> None:
    """The environment that torchrun gives to the first of one process."""
    note.say("the script wants a launcher: it runs as the only process of its group")
    os.environ.update(ONE)
    os.environ.setdefault("MASTER_PORT", "29500")


class _Ended:
    """What a process that ran here looks like from outside: it has ended well."""

    returncode, pid, sentinel = 0, os.getpid(), 0

    def poll(self, *_args: Any) -> int:
        return 0

    wait = poll

    def close(self) -> None:
        """Nothing is open."""

    terminate = kill = close


def _start(plain: Any) -> Any:
    @functools.wraps(plain)
    def start(process: Any) -> None:
        target = getattr(process, "_target", None)
        if not (inspect.isfunction(target) and _trains(target)):
            plain(process)
            return
        note.say("the script trains in processes of its own: they were run one after the other, in one process")
        process._popen = _Ended()
        process.run()

    return start


def _trains(function: Any) -> bool:
    """Whether a function makes a backward, itself or through a function of its module that it names."""
    try:
        named = [function, *(function.__globals__.get(n) for n in function.__code__.co_names)]
        return any("backward(" in inspect.getsource(f) for f in named if inspect.isfunction(f))
    except (OSError, TypeError):
        return False
