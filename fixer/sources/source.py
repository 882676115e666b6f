"""The one shape that every kind of file takes for the engine.

A new kind is a class with these members, and a line in ``read``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Protocol

from fixer.findings import Finding, NotChecked
from fixer.sources.python import decode
from fixer.sources.syntax import check_syntax

NOTEBOOK = ".ipynb"
MARKDOWN = (".md", ".qmd")
"""Markdown and Quarto."""

_LINE = re.compile(r"(?<!\.py, )\bline (\d+)")


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

    def indent(self, line: int) -> int:
        """The characters that stand before a line of ``text`` in the file (a block in a list is indented)."""


def read(path: str, raw: bytes) -> Source:
    """The source in ``raw``, of the kind that the name of ``path`` says. Raises Unusable if it cannot be read."""
    if path.endswith(NOTEBOOK):
        from fixer.sources.notebook import read_notebook

        return read_notebook(raw)
    if path.endswith(MARKDOWN):
        from fixer.sources.markdown import read_markdown

        return read_markdown(raw)
    return decode(raw)


def is_script(path: str) -> bool:
    """Whether a file is a script that Python runs as it is, and no document with code in it."""
    return not path.endswith((NOTEBOOK, *MARKDOWN))


def check_readable(path: str, raw: bytes) -> None:
    """Raise Unusable, with line and reason, if ``raw`` is broken (the cells of a document may be anything)."""
    source = read(path, raw)
    if is_script(path):
        check_syntax(source.text)


def placed(source: Source, path: str, finding: Finding) -> Finding:
    """A finding in the text of ``source`` (the file ``path``), with cells and lines as a reader of the file counts."""
    if finding.path != path or is_script(path):
        return finding
    span = finding.span
    cell, line = source.locate(span.line)
    place = replace(
        span,
        line=line,
        column=span.column + source.indent(span.line),
        end_line=line + span.end_line - span.line,
        end_column=span.end_column + source.indent(span.end_line),
    )
    steps = []
    for step in finding.path_shown:
        if step.path is None or step.path == path:
            other, line = source.locate(step.line)
            note = _told(source, step.note, other)
            step = replace(step, line=line, note=note if other == cell else f"[cell {other}] {note}")
        steps.append(step)
    fix = finding.fix
    fix = replace(fix, summary=_told(source, fix.summary, cell), reason=_told(source, fix.reason, cell))
    message = _told(source, finding.message, cell)
    return replace(finding, span=place, cell=cell, path_shown=tuple(steps), message=message, fix=fix)


def _told(source: Source, words: str, cell: int | None) -> str:
    """A sentence about a place in ``cell`` whose lines are those of the text, with lines as a reader counts.

    A line of another file is told with that file's name before it, and stays.
    """

    def where(found: re.Match[str]) -> str:
        other, line = source.locate(int(found[1]))
        return f"line {line}" if other == cell else f"line {line} of cell {other}"

    return _LINE.sub(where, words)


def placed_note(source: Source, note: NotChecked) -> NotChecked:
    """The same for what was not checked."""
    cell, line = source.locate(note.line)
    why = _told(source, note.why, cell)
    return replace(note, path=note.path if cell is None else f"{note.path}:cell {cell}", line=line, why=why)


def left_out(source: Source, path: str) -> tuple[NotChecked, ...]:
    """The blocks of a Markdown file that were not read, and why."""
    blocks: tuple[tuple[int, str], ...] = getattr(source, "left_out", ())
    return tuple(NotChecked(path, line, "the block", why) for line, why in blocks)


def shown_text(source: Source, path: str) -> str:
    """The text in which the lines of placed findings count: of Markdown, the whole file."""
    text: str = getattr(source, "document") if path.endswith(MARKDOWN) else source.text  # noqa: B009
    return text
