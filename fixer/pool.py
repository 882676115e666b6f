"""Many files at once: a process pool whose results come in order, and which outlives a dying worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fixer.findings import Problem
from fixer.run import Options, Result, run_file
from fixer.sources.collect import STDIN, Target

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# Below this a pool costs more than it gives: it takes some 50 ms to start.
_WORTH_A_POOL = 32
_CHUNK = 16

Work = Callable[[Target], Result]


class NoCluster(Exception):
    """A cluster that cannot be used; the text says why, in one line."""


def cores() -> int:
    """The number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_files(
    targets: Sequence[Target],
    options: Options,
    jobs: int | None = None,
    backend: str = "local",
    cluster: str | None = None,
) -> Iterator[Result]:
    """The results of ``targets``, in their order. ``jobs`` is the number of processes (None: one per core).

    ``backend`` and ``cluster``: as ``fixer.cluster.run_on``, which raises NoCluster.
    """
    work = partial(run_file, options=options)
    if backend == "local" or any(target.path == STDIN for target in targets):
        yield from run_many(targets, work, jobs)
        return
    from fixer.cluster import run_on

    yield from run_on(targets, work, _undone, backend, cluster, jobs)


def _undone(target: Target, why: str) -> Result:
    return Result(target.path, problems=(Problem(target.path, f"{why}; check it alone"),))


def run_many(targets: Sequence[Target], work: Work, jobs: int | None = None) -> Iterator[Result]:
    """``work`` over ``targets`` in order. A file whose worker dies, alone and twice, gives a Problem."""
    jobs = jobs or (cores() if len(targets) >= _WORTH_A_POOL else 1)
    if jobs == 1 or len(targets) < 2 or any(target.path == STDIN for target in targets):
        yield from map(work, targets)
        return
    chunk = max(1, min(_CHUNK, -(-len(targets) // jobs)))
    chunks = [list(targets[at : at + chunk]) for at in range(0, len(targets), chunk)]
    yield from _pooled(chunks, work, jobs)


def _pooled(chunks: list[list[Target]], work: Work, jobs: int) -> Iterator[Result]:
    from concurrent.futures.process import BrokenProcessPool

    pool = _pool(min(jobs, len(chunks)))
    try:
        futures: list[Future[list[Result]]] = [pool.submit(_each, work, chunk) for chunk in chunks]
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                yield from future.result()
            except BrokenProcessPool:
                # The dead worker took down every chunk that was not done; which file killed it shows when each
                # chunk, and then each of its files, has a process to itself.
                yield from _alone(chunk, work)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _alone(targets: list[Target], work: Work) -> Iterator[Result]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _pool(1, "spawn") as pool:
            done = pool.submit(_each, work, targets).result()
    except BrokenProcessPool:
        if len(targets) > 1:
            for target in targets:
                yield from _alone([target], work)
            return
        path = targets[0].path
        done = [
            Result(path, problems=(Problem(path, "the process that checked it died (out of memory?); check it alone"),))
        ]
    yield from done


def _each(work: Work, targets: list[Target]) -> list[Result]:
    return [work(target) for target in targets]


def _pool(processes: int, start: str | None = None) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # The first pool may fork: there is one thread so far, and every worker is spared the imports. Later ones must
    # not: the first one's threads may still be ending.
    start = start or ("fork" if sys.platform == "linux" else "spawn")
    if start == "spawn":
        # A new interpreter looks for its modules in the working directory first, which holds the code to be checked:
        # nothing of that may run. (Python 3.10 does not know this variable.)
        os.environ.setdefault("PYTHONSAFEPATH", "1")
    return ProcessPoolExecutor(processes, mp_context=get_context(start), initializer=_begin)


def _begin() -> None:
    """Let Ctrl-C, which reaches every process of a terminal's job, end a worker at once and without a traceback.

    A worker also ends when the process that gave it work has gone, however it went: it would wait for ever.
    """
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
