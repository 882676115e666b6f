"""Writes a page where the user wants it: whole, or not at all."""

from __future__ import annotations

import os
import sys
import tempfile

from fixer.findings import Problem
from fixer.report import layout, text


def write(path: str, page: str) -> Problem | None:
    """Write ``page`` to ``path``, over what was there. What goes wrong is said on standard error, and returned."""
    target = os.path.realpath(path)
    temporary = ""
    try:
        if os.path.isdir(target):
            raise IsADirectoryError(None, "it is a folder; name a file")
        handle, temporary = tempfile.mkstemp(prefix=".fixer-", suffix=".html", dir=os.path.dirname(target))
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(page)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        problem = Problem(path, f"the page cannot be written: {(error.strerror or str(error)).lower()}")
        layout.show([text.problem(problem)], sys.stderr)
        return problem
    return None
