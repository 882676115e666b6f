"""A Jupyter notebook: its code cells, in order, as one Python text; repaired cells go back in place.

Only the ``source`` of cells that change is rewritten. Outputs, metadata, ids, execution counts and the formatting of
the JSON stay byte for byte as they are.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass

from fixer.sources.jsonspans import Node, parse
from fixer.sources.lines import split_lines
from fixer.sources.magics import Hidden, hide, show
from fixer.sources.marks import divided, has_mark, marked
from fixer.sources.python import Unusable


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its number (from 1, all cells counted), text, place in the JSON, and the line of its mark."""

    number: int
    source: str
    node: Node
    line: int


@dataclass(frozen=True, slots=True)
class NotebookSource:
    """A notebook: its bytes, and the text of all its Python cells with a mark before each."""

    raw: bytes
    text: str
    document: str
    cells: tuple[Cell, ...]
    hidden: tuple[Hidden, ...]
    bom: bytes = b""

    def with_text(self, new: str) -> bytes:
        """The bytes of the notebook with ``new`` divided among its cells.

        Raises Unusable if the marks between the cells are no longer what they were.
        """
        out: list[str] = []
        at = 0
        for cell, text in zip(self.cells, divided(new, [cell.number for cell in self.cells]), strict=True):
            source = show(text.removesuffix("\n"), self.hidden)
            if source != cell.source:
                out += [self.document[at : cell.node.start], _encoded(self.document, cell.node, source)]
                at = cell.node.end
        return self.bom + "".join([*out, self.document[at:]]).encode()

    def locate(self, line: int) -> tuple[int | None, int]:
        """The cell of a line of ``text``, and the line in that cell (both from 1)."""
        cell = self.cells[max(0, bisect_right([cell.line for cell in self.cells], line) - 1)]
        return cell.number, line - cell.line

    def indent(self, line: int) -> int:
        """The characters that stand before a line of ``text`` in its cell: none."""
        return 0


def read_notebook(raw: bytes) -> NotebookSource:
    """Read the bytes of a notebook (format 4). Cells that are no Python are left out.

    Raises Unusable if it is no JSON, no notebook, of an older format, or of another language.
    """
    bom = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    try:
        document = raw[len(bom) :].decode()
        top = parse(document).value
    except UnicodeDecodeError:
        raise Unusable("the notebook is not UTF-8; save it again with Jupyter") from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise Unusable(f"the notebook is no valid JSON ({error}); restore it", line) from None
    cells = _code_cells(top)
    hidden: list[Hidden] = []
    kept: list[Cell] = []
    text: list[str] = []
    line = 1
    for number, node in cells:
        source = _source(node)
        python = None if source is None else hide(source, hidden)
        if source is None or python is None or has_mark(source):
            continue
        kept.append(Cell(number, source, node, line))
        # An own line end behind every cell: most have none, and one that has keeps it.
        text.append(marked(number, python) + "\n")
        line += len(split_lines(text[-1]))
    return NotebookSource(raw, "".join(text), document, tuple(kept), tuple(hidden), bom)


def _code_cells(top: object) -> list[tuple[int, Node]]:
    """The number and the source of each code cell."""
    if not isinstance(top, dict) or "cells" not in top or not isinstance(top["cells"].value, list):
        older = isinstance(top, dict) and "worksheets" in top
        why = "the notebook is of an old format; open and save it with Jupyter" if older else "this is no notebook"
        raise Unusable(why)
    language = _get(top, "metadata", "language_info", "name") or _get(top, "metadata", "kernelspec", "language")
    if language is not None and language not in ("python", "ipython"):
        raise Unusable(f"the notebook's language is {language}, not Python")
    found = []
    for number, node in enumerate(top["cells"].value, 1):
        cell = node.value
        if isinstance(cell, dict) and "source" in cell and _get(cell, "cell_type") == "code":
            found.append((number, cell["source"]))
    return found


def _get(members: dict[str, Node], *keys: str) -> object:
    value: object = members
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key].value
    return value


def _source(node: Node) -> str | None:
    """A cell's text, which the JSON holds as one string or as a list of lines."""
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, list) and all(isinstance(item.value, str) for item in node.value):
        return "".join(item.value for item in node.value)
    return None


def _encoded(document: str, node: Node, source: str) -> str:
    """``source`` as the JSON at ``node`` writes its own: a string or a list, spaced and escaped alike."""
    old = document[node.start : node.end]
    ascii_only = old.isascii() and ("\\u" in old or document.isascii())
    if isinstance(node.value, str):
        return json.dumps(source, ensure_ascii=ascii_only)
    items: list[Node] = node.value
    # Lines that stay keep their own spelling, down to the escapes.
    spelt = {item.value: document[item.start : item.end] for item in items}
    lines = [spelt.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in split_lines(source)]
    head = document[node.start : items[0].start]
    tail = document[items[-1].end : node.end]
    between = document[items[0].end : items[1].start] if len(items) > 1 else "," + head[1:]
    return head + between.join(lines) + tail if lines else "[]"
