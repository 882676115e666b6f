"""How often a scheduler moves: with each batch, or once per epoch."""

from __future__ import annotations

from fixer.reading.reader import read
from fixer.reading.schedules import off_pace
from fixer.reading.source import Project
from fixer.verify.job import Measure
from fixer.verify.trace import Raw, Trace, innermost_loop

PACE = "a scheduler moves as often as its schedule was made for"


def pace(before: Trace, after: Trace, texts: tuple[str, str], line: int) -> tuple[Measure, Measure]:
    """The moves of the scheduler that moves in ``line`` of the script before, and of its like after.

    What its schedule counts is read from the text that has the bug; no run tells whether 30 are epochs or batches.
    """
    mine = [raw for raw in before.of("sched") if any(path == before.script and n == line for path, n in raw["at"])]
    mine = mine or before.of("sched")
    names = {raw["cls"] for raw in mine}
    theirs = [raw for raw in after.of("sched") if raw["cls"] in names]
    loops = {innermost_loop(raw) for raw in before.of("step")}
    told = next((found for text in texts if (found := _counts_epochs(text)) is not None), None)
    per_batch = told if told is not None else any(innermost_loop(raw) in loops for raw in mine)
    return _measure(mine, loops, per_batch), _measure(theirs, loops, per_batch)


def _counts_epochs(text: str) -> bool | None:
    """Whether a script has a schedule of epochs that moves per batch (False: the inverse; None: neither)."""
    try:
        found = off_pace(read(text, "script.py", Project(read_imports=False)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found[0].per_batch if found else None


def _measure(moves: list[Raw], loops: set[str | None], per_batch: bool) -> Measure:
    with_batches = sum(innermost_loop(raw) in loops for raw in moves)
    bad = with_batches if per_batch else len(moves) - with_batches
    how = "came with a batch, though the schedule counts epochs" if per_batch else "did not come with a batch"
    return Measure(
        bad, len(moves), None, f"{bad} of {len(moves)} moves {how}" if moves else "not exercised in this run"
    )
