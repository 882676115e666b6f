"""The one shape that every kind of file takes for the engine.

A new kind is a class with these members, and a line in ``read``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from fixer.findings import Finding, NotChecked
from fixer.sources.python import decode
from fixer.sources.syntax import check_syntax

NOTEBOOK = ".ipynb"


class Source(Protocol):
    """A file as Python text, and back."""

    @property
    def raw(self) -> bytes:
        """The bytes as they were read."""

    @property
    def text(self) -> str:
        """All its Python, as one text for the engine; line ends as they are."""

    def with_text(self, new: str) -> bytes:
        """The bytes of the file with ``new`` as its text. Raises Unusable if they cannot be written exactly."""

    def locate(self, line: int) -> tuple[int | None, int]:
        """Where a reader of the file finds a line of ``text``: the cell of a notebook (or None), and the line."""


def read(path: str, raw: bytes) -> Source:
    """The source in ``raw``, of the kind that the name of ``path`` says. Raises Unusable if it cannot be read."""
    if path.endswith(NOTEBOOK):
        from fixer.sources.notebook import read_notebook

        return read_notebook(raw)
    return decode(raw)


def check_readable(path: str, raw: bytes) -> None:
    """Raise Unusable, with line and reason, if ``raw`` is broken (for a notebook: its JSON; cells may be anything)."""
    source = read(path, raw)
    if not path.endswith(NOTEBOOK):
        check_syntax(source.text)


def placed(source: Source, path: str, finding: Finding) -> Finding:
    """A finding in the text of ``source`` (the file ``path``), with cells and lines as a reader of the file counts."""
    if finding.path != path:
        return finding
    cell, line = source.locate(finding.span.line)
    if cell is None:
        return finding
    span = replace(finding.span, line=line, end_line=line + finding.span.end_line - finding.span.line)
    steps = []
    for step in finding.path_shown:
        if step.path is None or step.path == path:
            other, line = source.locate(step.line)
            step = replace(step, line=line, note=step.note if other == cell else f"[cell {other}] {step.note}")
        steps.append(step)
    return replace(finding, span=span, cell=cell, path_shown=tuple(steps))


def placed_note(source: Source, note: NotChecked) -> NotChecked:
    """The same for what was not checked."""
    cell, line = source.locate(note.line)
    return note if cell is None else replace(note, path=f"{note.path}:cell {cell}", line=line)
