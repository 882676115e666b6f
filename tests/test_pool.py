"""The process pool: nothing of the code that is checked may run in its workers."""

from __future__ import annotations

import os
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
