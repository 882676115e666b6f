"""The verdict on an optimizer's life: it lives as long as the parameters that it steps."""

from __future__ import annotations

from fixer.protocol.events import Kind
from fixer.protocol.invariants import Verdict, persistent_optimizer
from fixer.reading.tree import Call, Located, Loop
from fixer.reading.updates import Updated, guarded
from fixer.record import record


@record
class Rebuilt:
    """An optimizer that is built again for the same parameters: the verdict "optimizer in the loop"."""

    updated: Updated
    loops: tuple[Loop, ...]
    """The loops in whose every iteration it is built, innermost first."""
    created: Located
    step: Located
    per_batch: bool
    called: bool
    """It is built in a function that the loop calls."""


def rebuilt(updated: Updated) -> Rebuilt | None:
    """The verdict "optimizer in the loop" for one optimizer."""
    if len(updated.created) != 1:
        return None
    created = updated.created[0]
    parameters = created.emit.parameters
    if not created.loops or not parameters.exact or not parameters.owners:
        return None
    loops: list[Loop] = []
    varying = created.emit.facts.get("varying", frozenset())
    for loop in reversed(created.loops):
        if loop.ident in varying:
            break
        if loop.times == 1 or guarded(created, loop) or not _same(updated, loop):
            break
        weights = [p for p in updated.others if loop in p.loops]
        if any(p.emit.kind is Kind.OPAQUE for p in weights):
            break
        if not [s for s in updated.steps if loop in s.loops]:
            break
        loops.append(loop)
    if not loops:
        return None
    step = next(s for s in updated.steps if loops[0] in s.loops)
    innermost = created.loops[-1]
    work = [p for p in [*updated.steps, *updated.backwards] if innermost in p.loops]
    per_batch = all(p.loops[-1] is innermost for p in work)
    at = created.above.index(innermost)
    called = any(isinstance(a, Call) for a in created.above[at + 1 :])
    return Rebuilt(updated, tuple(loops), created, step, per_batch, called)


def _same(updated: Updated, loop: Loop) -> bool:
    """Whether on every path each iteration of the loop steps the same parameters with a new optimizer object."""
    outcomes = [o for path in updated.paths for o in persistent_optimizer(path) if o.at.facts["site"] == updated.ident]
    mine = [o for o in outcomes if o.carried_by == loop.ident]
    return bool(mine) and all(o.verdict is Verdict.VIOLATED for o in mine)
