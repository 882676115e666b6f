"""``fixer verify --scripts list.txt``: many trainings, side by side here or on a cluster (on Ray, with a GPU each)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from fixer.cluster import run_on
from fixer.pool import cores
from fixer.worker import own_module

_SECONDS = 600.0
"""For one script, on a cluster: two trainings, each of which has a limit of its own."""


def verify_many(
    scripts: Sequence[str],
    arguments: Sequence[str],
    fmt: str = "text",
    jobs: int | None = None,
    backend: str = "local",
    cluster: str | None = None,
    gpus: float = 0,
) -> int:
    """Verify every script and print one line for each (with ``json``: one object a line). Returns the exit status.

    ``arguments``: the options of each ``fixer verify``. 0: all confirmed or nothing to verify; 1: another verdict;
    2: one could not run. Raises NoCluster.
    """
    worst = 0
    for script, answer in zip(scripts, _answers(scripts, arguments, jobs, backend, cluster, gpus), strict=True):
        worst = max(worst, answer.pop("status"))
        if fmt == "json":
            print(json.dumps(answer), flush=True)
        else:
            reason = f": {answer['reason']}" if answer.get("reason") else ""
            print(f"{script}  {answer['verdict']}{reason}", flush=True)
    return worst


def _answers(
    scripts: Sequence[str],
    arguments: Sequence[str],
    jobs: int | None,
    backend: str,
    cluster: str | None,
    gpus: float,
) -> Iterator[dict[str, Any]]:
    work = partial(verify_one, arguments=tuple(arguments))
    if backend != "local":
        yield from run_on(scripts, work, _failed, backend, cluster, jobs, gpus, _SECONDS)
        return
    running: set[subprocess.Popen[str]] = set()
    pool = ThreadPoolExecutor(jobs or max(1, cores() // 2))
    try:
        yield from pool.map(partial(work, running=running), scripts)
    finally:
        # Interrupted: nobody waits for what is still training.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            process.terminate()


def verify_one(
    script: str, arguments: Sequence[str], running: set[subprocess.Popen[str]] | None = None
) -> dict[str, Any]:
    """The answer of ``fixer verify --format json`` for one script, with the command's ``status``.

    Its process is in ``running`` as long as it runs.
    """
    command = own_module("fixer", "verify", "--format", "json", *arguments, script)
    pipe = subprocess.PIPE
    running = set() if running is None else running
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, errors="replace") as process:
        running.add(process)
        try:
            out, told = process.communicate()
        finally:
            running.discard(process)
    try:
        answer = json.loads(out)
    except ValueError:
        said = told.strip().splitlines()
        return _failed(script, said[-1].removeprefix("error: ") if said else "it gave no answer")
    return {**answer, "status": process.returncode}


def _failed(script: str, why: str) -> dict[str, Any]:
    return {"version": 1, "path": script, "verdict": "could-not-run", "reason": why, "status": 2}
