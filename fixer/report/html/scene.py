"""What a picture of a finding shows: the events of one path through its loops, in order, and what the gradients hold.

The path is one of those that the rules themselves judge, so the picture is of what was read, not a drawing made up
afterwards. Where none can be had (another rule's package, a reading that gave up), the steps of the finding are shown
without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fixer.findings import Finding, Shown
from fixer.protocol.events import Event, Kind, Parameters
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


@dataclass(frozen=True, slots=True)
class Layer:
    """One backward's share of what the gradients hold. ``old``: a step has applied it already."""

    name: str
    old: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """One iteration of a loop: its number (from 1, or 0 if it is not known), where the loop stands, and its text."""

    loop: Hashable
    number: int
    where: str
    text: str
    what: str
    """What an iteration is called: "batch", "epoch", or "round" where that is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event. ``where``: its line as the reader of the file counts. ``badges``: the numbers (from 1) of the
    finding's steps that speak of it.

    ``holds`` is what the gradients hold afterwards; ``says`` what happens to them; ``bad``: that is the bug.
    ``memory``: how many steps the optimizer remembers afterwards (None: not drawn).
    """

    event: str
    where: str
    code: str
    boxes: tuple[Box, ...] = ()
    badges: tuple[int, ...] = ()
    path: str | None = None
    mine: bool = True
    holds: tuple[Layer, ...] = ()
    says: str = ""
    bad: bool = False
    memory: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """The rows of one picture, from top to bottom. ``whole``: they come from a path that was read."""

    rows: tuple[Row, ...]
    whole: bool = True


class Scenes:
    """The pictures of one source's findings: the source is read once, when the first is asked for."""

    def __init__(self, text: str, path: str, where: Callable[[int], str] = str) -> None:
        """``where`` tells how the reader of the file names a line of ``text``."""
        self._text = text
        self._path = path
        self._where = where
        self._paths: dict[frozenset[Kind], list[list[Event]]] = {}
        self._loops: dict[Hashable, tuple[str, str, str]] = {}
        self._outer: set[Hashable] = set()
        self._trees: list[Block] | None = None

    def of(self, finding: Finding) -> Scene:
        """The picture of one finding, whose lines count in this source's text."""
        for kinds in (_DRAWN, _UPDATES):
            for events in self._read_paths(kinds):
                rows = self._rows(events, finding)
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
        told = _tell([(events[n], row) for n, row in zip(shown, rows, strict=True)], events, subject, finding)
        for number, step in missing:
            place = next((n for n, row in enumerate(told) if row.badges and min(row.badges) > number), len(told))
            near = told[min(place, len(told) - 1)]
            told.insert(place, self._plain(number, step, near.boxes, near.holds, near.memory))
        return told

    def _row(self, event: Event, badges: tuple[int, ...], subject: Hashable) -> Row:
        boxes = tuple(self._box(loop, number) for loop, number in event.iteration)
        path = None if event.place.path == self._path else event.place.path
        mine = event.kind not in (Kind.STEP, Kind.CREATED) or subject is None or _same(event.subject, subject)
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


def _tell(rows: Sequence[tuple[Event, Row]], events: Sequence[Event], subject: Hashable, finding: Finding) -> list[Row]:
    """The rows with what the gradients of the optimizer hold after each, and what happens to them."""
    mine = next(
        (event.parameters for event, _ in rows if event.kind is Kind.STEP and _same(event.subject, subject)),
        Parameters(exact=False),
    )
    about = {step.event for step in finding.path_shown}
    memorable = Kind.CREATED.value in about
    # A script can have several bugs; each picture points at its own.
    gradients = not memorable and bool(about & {"backward", "step", "zero_grad", "batch"})
    names = {event.makes: _named(row) for event, row in rows if event.kind is Kind.LOSS}
    reached = frozenset[Hashable]().union(*(e.uses for e in events if e.kind is Kind.BACKWARD))
    trained = {id(e.facts.get("emit")) for e in events if e.kind is Kind.LOSS and e.makes in reached}
    holds: tuple[Layer, ...] = ()
    memory: int | None = None
    used = False
    told = []
    for event, row in rows:
        says, bad = "", False
        if event.kind is Kind.BACKWARD and event.parameters.meets(mine) is not False:
            bad = any(layer.old for layer in holds)
            says = "adds its gradient to the old one" if bad else "adds its gradient" if holds else "makes the gradient"
            losses = [names[made] for made in names if made in event.uses]
            holds = (*holds, Layer(_listed(losses) if losses else _named(row)))
            used = False
        elif event.kind is Kind.ZERO_GRAD and _empties(event, mine, subject):
            bad = bool(holds) and not used and any(not layer.old for layer in holds)
            says = "throws it away before any step" if bad else "empties the gradients" if holds else ""
            holds = ()
        elif event.kind is Kind.STEP and row.mine:
            bad = any(layer.old for layer in holds) or len(set(holds)) > 1 and bool(row.badges)
            says = _applied(holds)
            holds = tuple(replace(layer, old=True) for layer in holds)
            used = True
            memory = None if memory is None else memory + 1
        elif event.kind is Kind.LOSS and event.makes not in reached and id(event.facts.get("emit")) in trained:
            says, bad = "its gradient is never computed", True
        bad = bad and gradients
        if event.kind is Kind.CREATED and row.mine and memorable:
            bad = memory is not None
            says = "forgets everything" if bad else "has no memory yet"
            memory = 0
        told.append(replace(row, holds=holds, says=says, bad=bad, memory=memory))
    return told


def _empties(event: Event, mine: Parameters, subject: Hashable) -> bool:
    return _same(event.subject, subject) or event.parameters.covers(mine) is not False


def _applied(holds: tuple[Layer, ...]) -> str:
    if not holds:
        return "applies the gradients"
    old = [layer.name for layer in holds if layer.old]
    new = [layer.name for layer in holds if not layer.old]
    if old and new:
        return f"applies {_listed(new)}, and {_listed(old)} again"
    if old:
        return f"applies {_listed(old)} again"
    return f"applies {'the sum of ' if len(set(new)) > 1 else ''}{_listed(new)}"


def _listed(names: Sequence[str]) -> str:
    """``batch 1``, ``batches 1 and 2``, ``batches 1 to 4``."""
    words = [name.rpartition(" ") for name in dict.fromkeys(names)]
    if len(words) == 1 or len({word[0] for word in words}) > 1:
        return " and ".join(dict.fromkeys(names))
    kind = words[0][0]
    plural = f"{kind}es" if kind.endswith("ch") else f"{kind}s"
    numbers = [word[2] for word in words]
    return f"{plural} {numbers[0]} {'and' if len(numbers) == 2 else 'to'} {numbers[-1]}"


def _named(row: Row) -> str:
    box = row.boxes[-1] if row.boxes else None
    return f"{box.what} {box.number}" if box is not None else "the loss"


def _same(one: Hashable, other: Hashable) -> bool:
    """Whether two subjects are made at the same place: an optimizer that is built anew keeps its row."""
    return _site(one) == _site(other)


def _site(subject: Hashable) -> Hashable:
    """Where a subject is made: on a path, each object is its site and a count."""
    if isinstance(subject, tuple) and len(subject) == 2 and isinstance(subject[1], int):
        site: Hashable = subject[0]
        return site
    return subject


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
