"""The verdicts on how an optimizer's parameters are updated.

The rules about missing calls, loops and accumulation exclude each other, so they are decided here once, on the same
events, by the decision table of the protocol; each codemod takes its own verdict from the answer. Those on accumulation
and on the optimizer's life, which need nothing of the others, are in ``accumulation`` and ``lifetimes``.
"""

from __future__ import annotations

import ast

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import (
    Outcome,
    Verdict,
    gradients_reach_step,
    steps_apply_fresh_gradients,
)
from fixer.reading.conditions import Test
from fixer.reading.tree import Alloc, Block, Emit, Located, Loop, apart, children, emits, locate
from fixer.reading.updates import Updated, emit_of, guarded, is_batch, kind_of, last_loop, own_guards
from fixer.reading.values import Ident
from fixer.record import record

# zero_grad missing


@record
class Stale:
    """Gradients that a step applies again: the verdict "zero_grad is missing"."""

    updated: Updated
    loop: Loop
    step: Located
    previous: Located
    backward: Located
    """The first backward of the optimizer's own in the window."""
    window: bool
    """The step closes an accumulation window (or a loop that the backward stands in)."""
    guarded: bool
    """The step stands under a test of validity."""
    hoisted: Located | None
    """The zero_grad that runs once per outer iteration only."""
    backwards: int


def stale(updated: Updated) -> Stale | None:
    """The first verdict "zero_grad is missing" for one optimizer."""
    return next(iter(all_stale(updated)), None)


def all_stale(updated: Updated) -> list[Stale]:
    """The verdict "zero_grad is missing" for one optimizer, per step, if every path shows it."""
    answers: list[Stale] = []
    groups: dict[tuple[int, Ident], list[tuple[Outcome, tuple[Event, ...]]]] = {}
    for path in updated.paths:
        for outcome in steps_apply_fresh_gradients(path, updated.ident):
            loop = outcome.carried_by
            if loop is None:
                loop = next((i for i, _ in reversed(outcome.at.iteration)), None)
            groups.setdefault((id(emit_of(outcome.at)), loop), []).append((outcome, path))
    # The innermost loop that carries the fault decides: an outer one may be cleared by a zero_grad per epoch.
    for (_, ident), outcomes in sorted(groups.items(), key=lambda g: -_depth(updated, g[0][1])):
        loop = updated.loops.get(ident)
        if loop is None or loop.times == 1 or ident in updated.fresh:
            continue
        if all(o.verdict is Verdict.VIOLATED for o, _ in outcomes):
            found = _stale_in(updated, loop, outcomes)
            if found is not None and all(f.step.emit is not found.step.emit for f in answers):
                answers.append(found)
    return answers


def _depth(updated: Updated, ident: Ident) -> int:
    for place in [*updated.steps, *updated.backwards]:
        idents = [loop.ident for loop in place.loops]
        if ident in idents:
            return idents.index(ident)
    return -1


def _stale_in(updated: Updated, loop: Loop, outcomes: list[tuple[Outcome, tuple[Event, ...]]]) -> Stale | None:
    outcome, path = outcomes[0]
    step, previous = updated.find(emit_of(outcome.at)), updated.find(emit_of(outcome.because[0]))
    own = _own_backward(path, outcome.at, updated)
    if own is None:
        return None
    backward = updated.find(emit_of(own))
    if loop not in step.loops or loop not in backward.loops:
        return None
    guards = own_guards(step, backward, loop)
    kinds = [kind_of(branch.test, side) for branch, side in guards]
    if any(kind not in (Test.EVERY, Test.VALID) for kind in kinds):
        return None
    if any(loop in p.loops and p.emit.facts.get("edits") for p in updated.others):
        return None
    deeper = len(backward.loops) > len(step.loops)
    hoisted = next((z for z in updated.zeros if _once_outside(z, loop, step, updated)), None)
    if any(loop in z.loops and not apart(z, step, loop) for z in updated.zeros) and hoisted is None:
        return None
    distinct = {id(b.emit) for b in updated.backwards if loop in b.loops}
    return Stale(
        updated,
        loop,
        step,
        previous,
        backward,
        Test.EVERY in kinds or deeper,
        Test.VALID in kinds,
        hoisted,
        len(distinct),
    )


def _once_outside(zero: Located, loop: Loop, step: Located, updated: Updated) -> bool:
    """A zero_grad of this optimizer that stands in an outer loop of ``loop``, not in it."""
    outer = step.loops[: step.loops.index(loop)]
    return loop not in zero.loops and bool(outer) and outer[-1] in zero.loops and zero.emit.subject == updated.ident


def _own_backward(path: tuple[Event, ...], step: Event, updated: Updated) -> Event | None:
    """The first backward since another optimizer stepped: the beginning of what is meant for this step."""
    found: Event | None = None
    shared = False
    mine = {id(p.emit) for p in updated.backwards}
    for event in reversed(path[: path.index(step)]):
        if event.kind is Kind.BACKWARD and id(emit_of(event)) in mine:
            found = event
        elif event.kind is Kind.STEP:
            if found is not None or event.facts["site"] == updated.ident:
                break
            shared = True
    if shared and found is not None and found.parameters.meets(step.parameters) is not True:
        return None
    return found


# step outside the batch loop


@record
class Outside:
    """An update that stands behind the batch loop: the verdict "step outside the batch loop"."""

    updated: Updated
    loop: Loop
    step: Located
    backward: Located
    case: str
    """"erased" (each batch's gradient is emptied), "last loss" or "last batch" (only the last one's is computed)."""


def outside(updated: Updated) -> Outside | None:
    """The first verdict "step outside the batch loop" for one optimizer."""
    return next(iter(all_outside(updated)), None)


def all_outside(updated: Updated) -> list[Outside]:
    """The verdict "step outside the batch loop" for one optimizer, per step."""
    found = (_outside(updated, step) for step in updated.steps)
    return [answer for answer in found if answer is not None]


def _outside(updated: Updated, step: Located) -> Outside | None:
    module = step.emit.module
    statement = module.statement(step.emit.node)
    beside = _before(updated, statement, step)
    loop = beside[-1] if beside else None
    if loop is None or not is_batch(loop) or loop.times == 1 or guarded(step, last_loop(step)):
        return None
    if any(
        p.emit.facts.get("no_sync") or p.emit.kind is Kind.CLIP and p.emit.facts.get("edits") for p in updated.others
    ):
        return None
    stepped = [e for e in emits(loop.body) if e.kind is Kind.STEP]
    if any(e.subject == updated.ident for e in stepped):
        return None
    inside = [b for b in updated.backwards if loop in b.loops]
    after = [b for b in updated.backwards if b.above == step.above]
    if stepped:
        return _beside_another(updated, loop, step, inside, after)
    if inside and not after:
        zeros = [z for z in updated.zeros if loop in z.loops]
        outcomes = [
            o for path in updated.paths for o in gradients_reach_step(path, updated.ident) if o.carried_by == loop.ident
        ]
        erased = bool(outcomes) and all(o.verdict is Verdict.VIOLATED for o in outcomes)
        # The gradient of the last batch goes on to the step: carried by no loop, and it holds.
        if erased and zeros and all(_plain(p, loop) for p in [*zeros, *inside]) and len(inside) == 1:
            return Outside(updated, loop, step, inside[0], "erased")
        return None
    if inside or len(after) != 1:
        return None
    return _after(updated, loop, step, after[0])


def _beside_another(
    updated: Updated, loop: Loop, step: Located, inside: list[Located], after: list[Located]
) -> Outside | None:
    """Another optimizer steps in the loop (a generator's), this one behind it, with a loss computed in the loop.

    The other's backwards may reach this one's parameters, too, if they are emptied before its own.
    """
    if len(after) != 1:
        return None
    theirs = {id(b.emit) for b in inside}
    for path in updated.paths:
        at = next((n for n, e in enumerate(path) if emit_of(e) is after[0].emit), None)
        for event in reversed(path[:at]):
            if event.kind is Kind.ZERO_GRAD:
                break
            if id(emit_of(event)) in theirs:
                return None
    found = _after(updated, loop, step, after[0])
    within = {e.makes for e in emits(loop.body)}
    computed = [
        p.emit.makes
        for p in locate(updated.entry.tree)
        if p.emit.kind in (Kind.FORWARD, Kind.LOSS) and p.emit.makes in {s.site for s in after[0].emit.uses}
    ]
    whole = all(site in within for site in computed)
    return found if found is not None and found.case == "last loss" and whole else None


def _plain(place: Located, loop: Loop) -> bool:
    return place.loops[-1] is loop and not guarded(place, loop)


def _before(updated: Updated, statement: ast.stmt, step: Located) -> list[Loop]:
    """Loops that stand before the statement in the same list of statements, in the same call."""
    module = step.emit.module
    up = module.parent(statement)
    for name in ("body", "orelse", "finalbody"):
        body = getattr(up, name, None)
        if isinstance(body, list) and statement in body:
            nodes = {id(s) for s in body[: body.index(statement)]}
            block = _block_of(updated.entry.tree, step.emit)
            return [n for n in block.nodes if isinstance(n, Loop) and id(n.node) in nodes] if block is not None else []
    return []


def _block_of(block: Block, emit: Emit) -> Block | None:
    for node in block.nodes:
        if node is emit:
            return block
        inner = [node] if isinstance(node, Block) else [] if isinstance(node, (Emit, Alloc)) else children(node)
        for part in inner:
            found = _block_of(part, emit)
            if found is not None:
                return found
    return None


def _after(updated: Updated, loop: Loop, step: Located, backward: Located) -> Outside | None:
    made = {p.emit.makes: p.emit for p in locate(loop.body) if p.emit.makes is not None}
    uses = backward.emit.uses
    fresh = {s.site for s in uses if not s.old and s.site in made}
    if not fresh or any(s.old for s in uses) or backward.emit.facts.get("summed"):
        return None
    # A batch of this very loop must be what the loss is computed from.
    if not any(made[site].kind is Kind.BATCH for site in fresh) and "slices" not in loop.signs:
        return None
    if backward.emit.facts.get("scaled") is True:
        return None
    computed = [site for site in fresh if made[site].kind is not Kind.BATCH]
    if computed:
        return Outside(updated, loop, step, backward, "last loss")
    trains = [p for p in locate(loop.body) if p.emit.kind in (Kind.FORWARD, Kind.LOSS)]
    return None if trains else Outside(updated, loop, step, backward, "last batch")
