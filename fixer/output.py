"""What a command prints, into a file instead: whole, or not at all."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout

from fixer.findings import Problem
from fixer.sources.files import reason


class _Text(io.TextIOWrapper):
    """Standard output as commands use it (text, and bytes through ``buffer``), kept in memory."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="\n")


def into_file(path: str | None, work: Callable[[], int]) -> int:
    """Run ``work``, whose standard output goes to the file ``path`` (None: where it went). Returns its status, or 2."""
    if path is None:
        return work()
    kept = _Text()
    with redirect_stdout(kept):
        status = work()
    kept.flush()
    held = kept.buffer
    assert isinstance(held, io.BytesIO)
    problem = _write(path, held.getvalue())
    if problem is None:
        return status
    print(f"error: {problem.path}: {problem.message}", file=sys.stderr)
    return 2


def _write(path: str, content: bytes) -> Problem | None:
    from fixer.sources.files import replace_file

    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe, a terminal: there is nothing to replace
            with open(path, "wb") as stream:
                stream.write(content)
        else:
            replace_file(path, content)
    except OSError as error:
        text = reason(error) if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)) else ""
        return Problem(path, text or f"cannot be written: {(error.strerror or str(error)).lower()}")
    return None
