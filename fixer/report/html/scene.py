"""What a picture of a finding shows: the events of one path through its loops, in order, and what the gradients hold.

The path is one of those that the rules themselves judge, so the picture is of what was read, not a drawing made up
afterwards. Where none can be had (another rule's package, a reading that gave up), the steps of the finding are shown
without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fixer.findings import Finding, Shown
from fixer.protocol.events import Event, Kind
from fixer.report.html.gradients import same, tell
from fixer.report.html.rows import Box, Layer, Row, Scene
from fixer.sources.lines import split_lines

if TYPE_CHECKING:
    from fixer.reading.tree import Block

MOST_ROWS = 26
"""Longer paths are shortened in their middle."""

_DRAWN = frozenset(
    {Kind.BATCH, Kind.CREATED, Kind.ZERO_GRAD, Kind.FORWARD, Kind.LOSS, Kind.BACKWARD, Kind.UNSCALE, Kind.CLIP,
     Kind.STEP, Kind.SCHEDULER_STEP}
)  # fmt: skip
_UPDATES = _DRAWN - {Kind.FORWARD, Kind.LOSS, Kind.UNSCALE, Kind.CLIP, Kind.SCHEDULER_STEP}


class Scenes:
    """The pictures of one source's findings: the source is read once, when the first is asked for."""

    def __init__(self, text: str, path: str, where: Callable[[int], str] = str) -> None:
        """``where`` tells how the reader of the file names a line of ``text``."""
        self._text = text
        self._path = path
        self._where = where
        self._paths: dict[frozenset[Kind], list[list[Event]]] = {}
        self._loops: dict[Hashable, tuple[str, str, str]] = {}
        self._spans: dict[Hashable, tuple[int, int]] = {}
        self._outer: set[Hashable] = set()
        self._trees: list[Block] | None = None

    def of(self, finding: Finding) -> Scene:
        """The picture of one finding, whose lines count in this source's text."""
        for kinds in (_DRAWN, _UPDATES):
            for events in self._read_paths(kinds):
                rows = self._rows(events, finding)
                if rows is not None:
                    return Scene(tuple(_shortened(rows)))
        for events in self._read_paths(_DRAWN):
            rows = self._among(events, finding)
            if rows is not None:
                return Scene(tuple(_shortened(rows)))
        return Scene(tuple(self._steps(finding)), whole=False)

    def _read_paths(self, kinds: frozenset[Kind]) -> list[list[Event]]:
        """The paths through some kinds of events, one list for each way the tests of the program can go."""
        if kinds not in self._paths:
            self._paths[kinds] = found = []
            from fixer.reading.paths import TooManyPaths, paths
            from fixer.reading.tree import locate

            for tree in self._read():
                for place in locate(tree):
                    for loop in place.loops:
                        if loop.module.path == self._path:
                            self._spans[loop.ident] = (loop.line, getattr(loop.node, "end_lineno", 0) or 0)
                        self._loops[loop.ident] = (
                            self._where(loop.line) if loop.module.path == self._path else str(loop.line),
                            _header(loop.node, loop.module.text),
                            _called(loop.signs),
                        )
                try:
                    found += [list(events) for events in paths(tree, lambda emit: emit.kind in kinds)]
                except TooManyPaths:
                    continue
        return self._paths[kinds]

    def _read(self) -> list[Block]:
        """The event trees of the source's entry points."""
        if self._trees is None:
            from fixer.reading.reader import read

            try:
                self._trees = [entry.tree for entry in read(self._text, self._path).entries]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._trees = []
        return self._trees

    def _rows(self, events: list[Event], finding: Finding) -> list[Row] | None:
        """The part of a path that shows the finding, as rows; None if it does not."""
        matched = _match(events, finding.path_shown, self._path)
        if not matched:
            return None
        self._outer = {loop for event in events for loop, _ in event.iteration[:-1]}
        spoken = {number for numbers in matched.values() for number in numbers}
        missing = [(n, step) for n, step in enumerate(finding.path_shown, 1) if n not in spoken]
        if 2 * len(missing) > len(finding.path_shown):
            return None
        last = max(matched)
        # The iteration that the last step stands in is shown to its end.
        while last + 1 < len(events) and events[last + 1].iteration == events[last].iteration:
            last += 1
        subject = next(
            (events[n].subject for n in sorted(matched) if events[n].kind in (Kind.STEP, Kind.CREATED)), None
        )
        shown = [n for n in range(last + 1) if _worth_showing(events, n, matched)]
        rows = [self._row(events[n], matched.get(n, ()), subject) for n in shown]
        told = tell([(events[n], row) for n, row in zip(shown, rows, strict=True)], events, subject, finding)
        for number, step in missing:
            place = next((n for n, row in enumerate(told) if row.badges and min(row.badges) > number), len(told))
            near = told[min(place, len(told) - 1)]
            told.insert(place, self._plain(number, step, near.boxes, near.holds, near.memory))
        return told

    def _among(self, events: list[Event], finding: Finding) -> list[Row] | None:
        """The steps of a finding, which are no events themselves, among those of the loop that they stand in."""
        places: list[tuple[int, Shown]] = []
        at, line = 0, 0
        for step in finding.path_shown:
            if step.path is not None:
                return None
            if places and step.line <= line:  # the next iteration
                here = events[at].iteration
                at = next((n for n in range(at, len(events)) if events[n].iteration != here), len(events))
            found = self._behind(events, at, step.line)
            if found is None:
                return None
            at, line = found, step.line
            places.append((found, step))
        last = at
        while last + 1 < len(events) and events[last + 1].iteration == events[last].iteration:
            last += 1
        self._outer = {loop for event in events for loop, _ in event.iteration[:-1]}
        shown = [n for n in range(last + 1) if _worth_showing(events, n, ())]
        rows = [self._row(events[n], (), None) for n in shown]
        told = tell([(events[n], row) for n, row in zip(shown, rows, strict=True)], events, None, finding)
        for number in range(len(places), 0, -1):
            place, step = places[number - 1]
            behind = sum(n <= place for n in shown)
            near = told[behind - 1]
            boxes = tuple(self._box(loop, count) for loop, count in events[place].iteration)
            told.insert(behind, self._plain(number, step, boxes, near.holds, near.memory))
        return told

    def _behind(self, events: list[Event], start: int, line: int) -> int | None:
        """The event that a line stands right behind, in the first iteration from ``start`` of the loop around it."""
        around = sorted((span, loop) for loop, span in self._spans.items() if span[0] <= line <= span[1])
        if not around:
            return None
        (first, end), innermost = around[-1]
        found: int | None = None
        for n in range(start, len(events)):
            event = events[n]
            if not event.iteration or event.iteration[-1][0] != innermost:
                continue
            if found is not None and event.iteration != events[found].iteration:
                break
            if event.place.path == self._path and first <= event.place.line <= min(line, end):
                found = n
        return found

    def _row(self, event: Event, badges: tuple[int, ...], subject: Hashable) -> Row:
        boxes = tuple(self._box(loop, number) for loop, number in event.iteration)
        path = None if event.place.path == self._path else event.place.path
        mine = event.kind not in (Kind.STEP, Kind.CREATED) or subject is None or same(event.subject, subject)
        where = str(event.place.line) if path else self._where(event.place.line)
        return Row(event.kind.value, where, self._code(event), boxes, badges, path, mine)

    def _box(self, loop: Hashable, number: int) -> Box:
        where, text, what = self._loops.get(loop, ("", "", "round"))
        if loop in self._outer or what == "round":
            what = "epoch" if "epoch" in text else "round"
        return Box(loop, number + 1, where, text, what)

    def _code(self, event: Event) -> str:
        emit = event.facts.get("emit")
        text = getattr(getattr(emit, "module", None), "text", None)
        return _line(text if isinstance(text, str) else self._text, event.place.line)

    def _plain(
        self, number: int, step: Shown, boxes: tuple[Box, ...], holds: tuple[Layer, ...], memory: int | None
    ) -> Row:
        code = _line(self._text, step.line) if step.path is None else ""
        where = self._where(step.line) if step.path is None else str(step.line)
        return Row(step.event, where, code, boxes, (number,), step.path, holds=holds, memory=memory)

    def _steps(self, finding: Finding) -> list[Row]:
        """The steps of a finding as rows, in the loops that stand around its line."""
        try:
            tree = ast.parse(self._text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            tree = ast.Module([], [])
        loops = [n for n in ast.walk(tree) if isinstance(n, (ast.For, ast.AsyncFor, ast.While))]
        rows = []
        for number, step in enumerate(finding.path_shown, 1):
            around = [n for n in loops if step.path is None and n.lineno < step.line <= (n.end_lineno or n.lineno)]
            boxes = tuple(
                Box(id(n), 0, self._where(n.lineno), _header(n, self._text), "loop")
                for n in sorted(around, key=lambda n: n.lineno)
            )
            rows.append(self._plain(number, step, boxes, (), None))
        return rows


def _match(events: Sequence[Event], steps: Sequence[Shown], path: str) -> dict[int, tuple[int, ...]]:
    """The events that a finding's steps speak of, in order: numbers of steps by the place of the event."""
    found: dict[int, tuple[int, ...]] = {}
    at = 0
    for number, step in enumerate(steps, 1):
        for place in range(at, len(events)):
            event = events[place]
            if event.place.path == (step.path or path) and _speaks_of(step, event):
                found[place] = (*found.get(place, ()), number)
                at = place + 1
                break
    return found


def _speaks_of(step: Shown, event: Event) -> bool:
    if step.event == event.kind.value:
        return event.place.line <= step.line <= max(event.place.line, event.place.end_line)
    return False


def _worth_showing(events: Sequence[Event], place: int, matched: Iterable[int]) -> bool:
    """Whether an event gets a row: of the many forwards inside one model, only the call of the model."""
    event = events[place]
    if place in matched:
        return True
    if event.kind is not Kind.FORWARD:
        return True
    before = events[place - 1] if place else None
    inner = before is not None and before.kind is Kind.FORWARD and before.iteration == event.iteration
    after = events[place + 1] if place + 1 < len(events) else None
    said = after is not None and after.kind is Kind.LOSS and after.place.line == event.place.line
    return not inner and not said


def _shortened(rows: list[Row]) -> list[Row]:
    """At most MOST_ROWS rows: those between, without a badge, give way to one that counts them."""
    if len(rows) <= MOST_ROWS:
        return rows
    spoken = [n for n, row in enumerate(rows) if row.badges]
    keep = set(spoken)
    for distance in range(1, len(rows)):
        for n in spoken:
            for near in (n - distance, n + distance):
                if 0 <= near < len(rows) and len(keep) < MOST_ROWS:
                    keep.add(near)
    short: list[Row] = []
    for n, row in enumerate(rows):
        if n in keep:
            short.append(row)
        elif short and short[-1].left_out:
            short[-1] = replace(row, left_out=short[-1].left_out + 1, badges=(), says="", bad=False)
        else:
            short.append(replace(row, left_out=1, badges=(), says="", bad=False))
    return short


def _line(text: str, line: int) -> str:
    lines = split_lines(text)
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _header(code: ast.AST, text: str) -> str:
    """The first line of a loop, as it is written."""
    written = _line(text, getattr(code, "lineno", 0)).partition("#")[0].rstrip(" :")
    return written if written.startswith(("for ", "while ", "async ")) else ast.unparse(code).partition("\n")[0]


def _called(signs: Iterable[str]) -> str:
    return "batch" if {"loader", "name", "generator", "slices", "draws"} & set(signs) else "round"
