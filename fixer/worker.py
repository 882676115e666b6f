"""A process that does a chunk of work for a cluster's worker and sends the results back: ``python -m fixer.worker``.

A worker's own process does not do: its tasks run in threads, which cannot be stopped after a time, several share one
working directory, and a file that kills Python would take the worker with it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

_START = (
    "import sys; sys.path[:] = [one for one in sys.path if one]; del sys.argv[0]; "
    "from runpy import run_module; run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)


def own_module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this program, as ``python -m``, in any folder.

    With ``-m`` Python looks in the working directory first, which holds the code to be checked: its ``json.py`` would
    be imported in place of Python's own. (Python 3.10 has no ``-P``, and ``-I`` hides modules that a user installed.)
    """
    return [sys.executable, "-c", _START, name, *arguments]


def in_process(folder: str, work: Callable[[Any], Any], items: Sequence[Any], seconds: float) -> list[Any] | str:
    """``work`` over ``items`` in a process of its own, in the working directory ``folder``; or what became of it.

    This is what runs on the cluster: ``work`` and ``items`` are pickled, and this program is installed there, too.
    """
    order = pickle.dumps((folder, work, list(items)))
    try:
        done = subprocess.run(
            own_module("fixer.worker"), input=order, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "it took too long"
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        return told[-1] if done.returncode > 0 and told else "the process that checked it died (out of memory?)"
    results: list[Any] = pickle.loads(done.stdout)
    return results


def main() -> None:
    """Read the order from standard input, do it, write the results to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get into the results
    folder, work, items = pickle.load(sys.stdin.buffer)
    try:
        os.chdir(folder)
    except OSError as error:
        sys.exit(f"{folder}: {(error.strerror or str(error)).lower()} on the worker; it must see the same files")
    pickle.dump([work(item) for item in items], out)
    out.close()


if __name__ == "__main__":
    main()
