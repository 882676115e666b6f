"""Writes a page where the user wants it: whole, or not at all."""

from __future__ import annotations

import os
import sys

from fixer.findings import Problem
from fixer.report import layout, text
from fixer.sources.files import replace_file


def write(path: str, page: str) -> Problem | None:
    """Write ``page`` to ``path``, over what was there. What goes wrong is said on standard error, and returned."""
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(None, "it is a folder; name a file")
        replace_file(path, page.encode())
    except OSError as error:
        problem = Problem(path, f"the page cannot be written: {(error.strerror or str(error)).lower()}")
        layout.show([text.problem(problem)], sys.stderr)
        return problem
    return None
