"""From the text that the engine reads to the lines of the file that GitHub shows, and back."""

from __future__ import annotations

from collections.abc import Sequence

from fixer.sources.jsonspans import Node
from fixer.sources.lines import split_lines
from fixer.sources.notebook import NotebookSource
from fixer.sources.source import Source


def file_lines(raw: bytes) -> list[str]:
    """The lines of a file as git counts them, without their ends; bytes that are no UTF-8 survive."""
    lines = raw.decode("utf-8", "surrogateescape").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


class Places:
    """Where each line of a source's text stands in its file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lines: Sequence[str] = split_lines(source.text)
        self._lone = "\r" in source.text.replace("\r\n", "")

    def line(self, line: int) -> int:
        """The line in the file (as git counts) of a line of the text (as Python counts)."""
        if isinstance(self._source, NotebookSource):
            return self._in_notebook(self._source, line)
        if self._lone:
            return "".join(self._lines[: line - 1]).count("\n") + 1
        return line

    def text_line(self, cell: int, line: int) -> int:
        """The line of the text that stands at ``line`` of ``cell``."""
        lines = range(1, len(self._lines) + 1)
        return next((number for number in lines if self._source.locate(number) == (cell, line)), 1)

    def _in_notebook(self, source: NotebookSource, line: int) -> int:
        number, inside = source.locate(line)
        cell = next(cell for cell in source.cells if cell.number == number)
        at = cell.node.start
        items = cell.node.value
        if isinstance(items, list) and items:
            at = _item(items, inside).start
        return source.document.count("\n", 0, at) + 1


def _item(items: Sequence[Node], line: int) -> Node:
    """The string of a cell's list that holds the cell's ``line`` (from 1); most hold one line each."""
    seen = 1
    for item in items:
        size = len(split_lines(item.value))
        if line < seen + size:
            return item
        seen += size
    return items[-1]
