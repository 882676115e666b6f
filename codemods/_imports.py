"""How a source names a library, and the edit that imports it where it does not."""

from __future__ import annotations

import ast

from codemods._claim import Edit, InsertBefore
from fixer.reading.source import Module


def imported(module: Module, library: str) -> tuple[str, list[Edit]]:
    """The name under which the top of a source has ``library``; and the edits that give it one, if it has none."""
    bound: str | None = None
    first: ast.stmt | None = None
    for part in module.tree.body:
        if isinstance(part, ast.Import):
            for alias in part.names:
                if alias.name == library:
                    bound = alias.asname or library
                elif alias.name.startswith(f"{library}.") and alias.asname is None:
                    bound = library
        future = isinstance(part, ast.ImportFrom) and part.module == "__future__"
        if isinstance(part, (ast.Import, ast.ImportFrom)) and not future:
            first = first or part
    if bound is not None:
        return bound, []
    anchor = first or next(iter(_behind_docstring(module.tree.body)), None)
    return library, [InsertBefore(module.place(anchor), f"import {library}")] if anchor is not None else []


def _behind_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    return [part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
