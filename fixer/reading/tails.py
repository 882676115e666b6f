"""The verdict on what an accumulation window leaves over at the end of an epoch."""

from __future__ import annotations

from fixer.protocol.events import Kind
from fixer.reading.accumulation import leaves_early, unscaled
from fixer.reading.conditions import Atom, Formula, Test
from fixer.reading.reader import Reading
from fixer.reading.sizes import batches
from fixer.reading.tree import Located, Loop, locate
from fixer.reading.updates import Updated, kind_of, own_guards, updates
from fixer.reading.verdicts import outside, stale
from fixer.record import record


@record
class Tail:
    """Batches at the end of an epoch that no step applies: the verdict "dropped accumulation tail"."""

    updated: Updated
    loop: Loop
    step: Located
    backward: Located
    count: str
    """Source text of the number of batches in a window."""
    schedules: tuple[Located, ...]
    """Schedulers that move under the same test as the step."""


def tails(reading: Reading) -> list[Tail]:
    """The verdict "dropped accumulation tail", one per optimizer."""
    found = (_tail(updated) for updated in updates(reading))
    return [answer for answer in found if answer is not None]


def _tail(updated: Updated) -> Tail | None:
    if updated.trouble or len(updated.steps) != 1 or not updated.zeros or not updated.backwards:
        return None
    step, backward = updated.steps[0], updated.backwards[0]
    if not step.loops or any(b.loops != step.loops or b.emit.facts.get("managed") for b in updated.backwards):
        return None
    loop = step.loops[-1]
    guards = own_guards(step, backward, loop)
    every = [_period(branch.test, loop) for branch, side in guards if side and kind_of(branch.test, side) is Test.EVERY]
    if len(guards) != 1 or len(every) != 1 or every[0] is None:
        return None
    # Emptied elsewhere in the epoch: what is left over is thrown away on purpose.
    epochs = step.loops[-2] if len(step.loops) > 1 else None
    if any(loop not in z.loops and (epochs is None or epochs in z.loops) for z in updated.zeros):
        return None
    inside = [z for z in updated.zeros if loop in z.loops]
    if not inside or any(not own_guards(z, backward, loop) for z in inside):
        return None
    if any(p.emit.kind is Kind.OPAQUE or p.emit.facts.get("no_sync") for p in updated.others):
        return None
    if not loop.signs & {"loader", "name"} or "tasks" in loop.signs or leaves_early(loop.node):
        return None
    if _fits(loop, every[0]) or stale(updated) is not None or outside(updated) is not None or unscaled(updated):
        return None
    branch = guards[0][0]
    moves = [
        p
        for p in locate(updated.entry.tree)
        if p.emit.kind is Kind.SCHEDULER_STEP and any(b is branch for b, _ in p.guards())
    ]
    return Tail(updated, loop, step, backward, every[0].count or "", tuple(moves))


def _period(test: Formula, loop: Loop) -> Atom | None:
    """The question "every k-th", if a test asks only this, of a counter that starts anew with the loop."""
    if isinstance(test, Atom) and test.kind is Test.EVERY and test.loops == {loop.ident} and test.phase is not None:
        return test
    return None


def _fits(loop: Loop, every: Atom) -> bool:
    """Whether the windows are known to fill the epoch."""
    text = every.count or ""
    if text.startswith("len("):
        return True
    count = batches(loop) if every.period else None
    return count is not None and every.period is not None and count % every.period == 0
