"""The repair as a table of lines: what goes, what comes, and a little around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from fixer.diff import CONTEXT, changes
from fixer.report.html.code import Piece, colours
from fixer.report.html.markup import node
from fixer.sources.lines import split_lines

Where = Callable[[int], tuple[int | None, int]]
"""The cell of a notebook (or None) and the line that a reader counts, for a line of the text (from 1)."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts: its lines in colours, and how a reader counts them."""

    lines: list[list[Piece]]
    where: Where

    def number(self, line: int) -> str:
        """The number of a line (from 0), "" for one that the reader does not see."""
        cell, number = self.where(line + 1)
        return str(number) if cell is None else f"{cell}:{number}" if number else ""


def same(line: int) -> tuple[int | None, int]:
    """A reader counts as the text does."""
    return None, line


def diff(old: str, new: str, label: str, where: Where = same, there: Where = same) -> Element:
    """The difference of two texts in unified form, with line numbers and syntax colours."""
    before, after = Side(colours(old), where), Side(colours(new), there)
    groups = _groups(changes(split_lines(old), split_lines(new)))
    rows: list[Element] = []
    for number, group in enumerate(groups):
        if number:
            rows.append(node("tr", node("td", "⋯", colspan="4"), class_="gap"))
        rows.extend(_group(group, before, after))
    head = node("tr", [node("th", text, scope="col") for text in ("old line", "new line", "change", "code")])
    table = node("table", node("thead", head, class_="unseen"), node("tbody", rows), aria_label=label, class_="diff")
    return node("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)


Gap = tuple[int, int, int, int]


def _groups(gaps: list[Gap]) -> list[list[Gap]]:
    groups: list[list[Gap]] = []
    for gap in gaps:
        if groups and gap[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(gap)
        else:
            groups.append([gap])
    return groups


def _group(group: list[Gap], before: Side, after: Side) -> Iterator[Element]:
    at = max(0, group[0][0] - CONTEXT)
    to = group[0][2] - (group[0][0] - at)
    for x0, x1, y0, y1 in group:
        for n in range(at, x0):
            yield _row("", before.number(n), after.number(to + n - at), before.lines[n])
        for n in range(x0, x1):
            yield _row("-", before.number(n), "", before.lines[n])
        for n in range(y0, y1):
            yield _row("+", "", after.number(n), after.lines[n])
        at, to = x1, y1
    last = len(before.lines) - 1 if before.lines and not before.lines[-1] else len(before.lines)
    for n in range(at, min(at + CONTEXT, last)):
        yield _row("", before.number(n), after.number(to + n - at), before.lines[n])


_KINDS = {"-": ("gone", "del"), "+": ("new", "ins"), "": ("", "span")}


def _row(sign: str, old: str, new: str, pieces: list[Piece]) -> Element:
    name, tag = _KINDS[sign]
    if not old and not new:  # the mark between two cells
        return node("tr", node("td", "⋯", colspan="4"), class_="gap")
    return node(
        "tr",
        node("td", old, class_="number"),
        node("td", new, class_="number"),
        node("td", {"-": "−"}.get(sign, sign), class_="sign", aria_label={"-": "removed", "+": "added"}.get(sign)),
        node("td", node(tag, code(pieces)), class_="code"),
        class_=name or None,
    )


def code(pieces: list[Piece]) -> list[object]:
    """A line's pieces as elements."""
    return [node("span", text, class_=name) if name else text for name, text in pieces]
