"""The verdicts on the order of zero_grad, backward, clip and step within one window, per optimizer.

They belong to the same decision table as ``verdicts``: what stands there in a row of its own (an update behind its
loop, gradients that are never emptied) is not judged here again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome, Verdict
from fixer.protocol.orders import (
    clips_reach_step,
    clips_true_gradients,
    one_step_per_gradient,
    steps_apply_true_gradients,
    steps_find_gradients,
)
from fixer.reading.conditions import Test
from fixer.reading.kept import kept
from fixer.reading.paths import TooManyPaths, paths
from fixer.reading.reader import Reading
from fixer.reading.tree import Located, locate
from fixer.reading.updates import Updated, emit_of, kind_of, updates
from fixer.reading.verdicts import all_outside
from fixer.record import record


def _yes(updated: Updated, path: tuple[Event, ...], outcome: Outcome) -> bool:
    return True


Invariant = Callable[[Sequence[Event], Hashable], Iterator[Outcome]]
Sure = Callable[[Updated, tuple[Event, ...], Outcome], bool]


@record
class Misplaced:
    """An event in the wrong place of its window: what every path says of it."""

    updated: Updated
    at: Located
    because: tuple[Located, ...]


def emptied_too_early(reading: Reading) -> list[list[Misplaced]]:
    """The verdict "zero_grad before step", grouped by step; ``because``: backward, zero_grad."""
    return _judged(reading, steps_find_gradients, Kind.STEP)


def clipped_too_late(reading: Reading) -> list[list[Misplaced]]:
    """The verdict "clip after step", grouped by clip; ``because``: the step before it, what empties its result."""
    found = _judged(reading, clips_reach_step, Kind.CLIP)
    late = {one.at.emit.node for group in found for one in group}
    # Behind a zero_grad that stands between backward and step, the clip finds nothing for that reason.
    empty = {id(one.updated) for group in emptied_too_early(reading) for one in group}
    return [g for g in found if all(_clips(one.updated) <= late and id(one.updated) not in empty for one in g)]


def clipped_scaled(reading: Reading) -> list[list[Misplaced]]:
    """The verdict "clip without unscale", grouped by clip; ``because``: the scaled backwards, the scaler's step."""
    return _judged(reading, clips_true_gradients, Kind.CLIP, _scaler_steps)


def stepped_scaled(reading: Reading) -> list[list[Misplaced]]:
    """The verdict "AMP's gradients stepped raw", grouped by step; ``because``: a backward, the scaler's own step."""
    return _judged(reading, steps_apply_true_gradients, Kind.STEP, _step_beside_backward)


def stepped_twice(reading: Reading) -> list[list[Misplaced]]:
    """The verdict "double step", grouped by the second step; ``because``: the first."""
    return _judged(reading, one_step_per_gradient, Kind.STEP)


def _clips(updated: Updated) -> set[ast.AST]:
    """All clipping that may be of the optimizer's parameters."""
    clips = [p.emit for p in updated.others if p.emit.kind is Kind.CLIP]
    return {emit.node for emit in clips if emit.facts.get("bound", "plain") is not None}


def _scaler_steps(updated: Updated, path: tuple[Event, ...], outcome: Outcome) -> bool:
    """Whether the step behind a clip is the scaler's."""
    at = next(n for n, event in enumerate(path) if event is outcome.at)
    step = next((e for e in path[at:] if e.kind is Kind.STEP and e.facts["site"] == updated.ident), None)
    return step is not None and bool(step.facts.get("scaler"))


def _step_beside_backward(updated: Updated, path: tuple[Event, ...], outcome: Outcome) -> bool:
    """Whether a step stands under no test that its backward does not stand under: such tests may exclude each other."""
    step, backward = _find(updated, outcome.at), _find(updated, outcome.because[0])
    if step is None or backward is None:
        return False
    tests = {(id(branch), side) for branch, side in backward.guards()}
    own = [(b, side) for b, side in step.guards() if (id(b), side) not in tests and not b.choice]
    return all(kind_of(branch.test, side) in (Test.EVERY, Test.VALID) for branch, side in own)


def _judged(reading: Reading, invariant: Invariant, kind: Kind, sure: Sure = _yes) -> list[list[Misplaced]]:
    """Events that violate an invariant on every path of every reading of their place, grouped by place.

    ``sure``: what else must be true of a violation.
    """
    return kept(reading, f"orders {invariant.__name__}", lambda: _judge(reading, invariant, kind, sure))


def _judge(reading: Reading, invariant: Invariant, kind: Kind, sure: Sure) -> list[list[Misplaced]]:
    groups: dict[ast.AST, list[Misplaced]] = {}
    fine: set[ast.AST] = set()
    for updated in updates(reading):
        places = {id(p.emit): p for p in _places(updated)}
        # Where no backward reaches an optimizer at all, it is the reading that has lost the way to it.
        if updated.trouble or not updated.backwards or all_outside(updated):
            fine |= {p.emit.node for p in places.values() if p.emit.kind is kind}
            continue
        if not _concerned(updated, invariant):
            continue
        bad: dict[int, Misplaced] = {}
        for path in _paths(reading, updated):
            for outcome in invariant(path, updated.ident):
                place = places.get(id(emit_of(outcome.at)))
                if place is None or id(place.emit) in bad and outcome.verdict is Verdict.VIOLATED and sure is _yes:
                    continue
                if outcome.verdict is not Verdict.VIOLATED or not sure(updated, path, outcome):
                    fine.add(place.emit.node)
                elif id(place.emit) not in bad:
                    because = tuple(p for e in outcome.because if (p := places.get(id(emit_of(e)))) is not None)
                    bad[id(place.emit)] = Misplaced(updated, place, because)
        for found in bad.values():
            if _surely_mine(updated, found.at):
                groups.setdefault(found.at.emit.node, []).append(found)
    return [group for node, group in groups.items() if node not in fine]


def _concerned(updated: Updated, invariant: Invariant) -> bool:
    """Whether an optimizer has the events that an invariant is about at all."""
    if invariant in (clips_true_gradients, steps_apply_true_gradients):
        if not any(p.emit.facts.get("scaler") is not None for p in updated.backwards):
            return False
    if invariant in (clips_true_gradients, clips_reach_step):
        return bool(_clips(updated))
    return True


def _paths(reading: Reading, updated: Updated) -> list[tuple[Event, ...]]:
    return kept(reading, f"order paths {id(updated)}", lambda: all_paths(updated))


def _places(updated: Updated) -> list[Located]:
    return [*updated.zeros, *updated.backwards, *updated.steps, *updated.others]


def _find(updated: Updated, event: Event) -> Located | None:
    emit = emit_of(event)
    return next((p for p in _places(updated) if p.emit is emit), None)


def _surely_mine(updated: Updated, place: Located) -> bool:
    """Whether the event's parameters are the optimizer's: known, or there is but one optimizer they could belong to."""
    if place.emit.kind is Kind.STEP or place.emit.parameters.meets(updated.parameters):
        return True
    steps = [p for p in locate(updated.entry.tree) if p.emit.kind is Kind.STEP]
    return all(p.emit.subject == updated.ident for p in steps)


def all_paths(updated: Updated) -> list[tuple[Event, ...]]:
    """All paths through an optimizer's events, clipping and unscaling among them; none if they are too many."""
    located = list(locate(updated.entry.tree))
    scaled = any(p.emit.facts.get("scaler") is not None for p in updated.backwards)
    if not scaled and not any(p.emit.kind is Kind.CLIP for p in updated.others):
        return updated.paths
    wanted = {id(p.emit) for p in _places(updated) if not p.emit.facts.get("weights")}
    wanted |= {id(p.emit) for p in located if p.emit.kind in (Kind.UNSCALE, Kind.STEP)}
    try:
        return paths(updated.entry.tree, lambda emit: id(emit) in wanted)
    except TooManyPaths:
        return []
