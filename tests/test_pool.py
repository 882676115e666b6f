"""The process pool: nothing of the code that is checked may run in its workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixer import pool


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 cannot leave the working directory out")
def test_a_new_worker_imports_nothing_from_the_working_directory(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    (here / "multiprocessing.py").write_text("open('ran', 'w').close()\n")
    with pool._pool(1, "spawn") as workers:
        assert workers.submit(os.getcwd).result() == str(here)
    assert not (here / "ran").exists()


PARENT = """
import os, time
from fixer import pool

if __name__ == "__main__":
    workers = pool._pool(2, {start!r})
    print(*{{workers.submit(os.getpid).result() for _ in range(2)}}, flush=True)
    workers.submit(time.sleep, 600)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for Unix")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_end_with_the_process_that_started_them(here: Path, start: str) -> None:
    (here / "parent.py").write_text(PARENT.format(start=start))
    with subprocess.Popen([sys.executable, "parent.py"], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
        assert workers
        # They hold the other end of the pipe, too.
        assert parent.stdout.read() == ""
