"""Per scheduler: where its steps stand, and the verdicts on when it moves."""

from __future__ import annotations

import ast

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Verdict, schedulers_follow_steps
from fixer.reading.kept import kept
from fixer.reading.numbers import amount
from fixer.reading.paths import TooManyPaths, paths
from fixer.reading.reader import Entry, Reading
from fixer.reading.sizes import batches
from fixer.reading.tree import Located, Loop, locate
from fixer.reading.updates import emit_of, is_batch
from fixer.reading.values import Amount, Ident
from fixer.record import field, mutable, record


@mutable
class Scheduled:
    """One scheduler in one entry point: its own steps and those of its optimizer."""

    entry: Entry
    ident: Ident
    optimizer: Ident
    moves: list[Located] = field(default_factory=list)
    steps: list[Located] = field(default_factory=list)
    unread: list[Located] = field(default_factory=list)


def schedulers(reading: Reading) -> list[Scheduled]:
    """All schedulers that are stepped and whose optimizer is stepped too, per entry point (worked out once)."""
    return kept(reading, "schedulers", lambda: _schedulers(reading))


def _schedulers(reading: Reading) -> list[Scheduled]:
    found: list[Scheduled] = []
    for entry in reading.entries:
        located = [p for p in locate(entry.tree) if p.emit.kind in (Kind.STEP, Kind.SCHEDULER_STEP, Kind.OPAQUE)]
        pairs = dict.fromkeys(
            (p.emit.subject, p.emit.facts["optimizer"])
            for p in located
            if p.emit.kind is Kind.SCHEDULER_STEP and p.emit.facts.get("optimizer") is not None
        )
        for ident, optimizer in pairs:
            one = Scheduled(entry, ident, optimizer)
            for place in located:
                emit = place.emit
                if emit.kind is Kind.STEP and emit.subject == optimizer:
                    one.steps.append(place)
                elif emit.kind is Kind.SCHEDULER_STEP and emit.subject == ident:
                    if emit.facts.get("optimizer") == optimizer:
                        one.moves.append(place)
                elif emit.kind is Kind.OPAQUE and not emit.facts.get("weights"):
                    if optimizer in emit.parameters.owners or not emit.parameters.owners:
                        one.unread.append(place)
            if one.steps:
                found.append(one)
    return found


def _walked(one: Scheduled) -> list[tuple[Event, ...]]:
    """The paths of a scheduler and its optimizer. Raises TooManyPaths."""
    wanted = {id(place.emit) for place in [*one.moves, *one.steps, *one.unread]}
    return paths(one.entry.tree, lambda emit: id(emit) in wanted)


@record
class Early:
    """A scheduler that moves before its optimizer's first step: the verdict "scheduler before optimizer"."""

    of: Scheduled
    move: Located
    step: Located
    """The first step of its optimizer behind it, in the same loop."""


def early(reading: Reading) -> list[Early]:
    """The verdict "scheduler before optimizer", one per scheduler."""
    found = []
    for one in schedulers(reading):
        try:
            walked = _walked(one)
        except TooManyPaths:
            continue
        outcomes = [[o for o in schedulers_follow_steps(path) if emit_of(o.at).subject == one.ident] for path in walked]
        reached = [o for on_path in outcomes for o in on_path]
        if not reached or any(o.verdict is not Verdict.VIOLATED for o in reached):
            continue
        first = {id(emit_of(o.at)): emit_of(o.at) for o in reached}
        if len(first) != 1:
            continue
        move = next(p for p in one.moves if id(p.emit) in first)
        answer = _early(one, move)
        if answer is not None:
            found.append(answer)
    return found


def _early(one: Scheduled, move: Located) -> Early | None:
    # A loop over several schedulers, read once for each of them, is none of its own.
    loop = next((lp for lp in reversed(move.loops) if lp.times != 1), None)
    if move.emit.facts.get("told") or loop is None:
        return None
    order = {id(p.emit): n for n, p in enumerate(locate(one.entry.tree))}
    for step in one.steps:
        if loop in step.loops and order[id(step.emit)] > order[id(move.emit)]:
            return Early(one, move, step)
    return None


# How often a schedule moves, and how long it was made to last


@record
class OffPace:
    """A scheduler that moves per batch though its schedule lasts so many epochs, or the other way round."""

    of: Scheduled
    move: Located
    loop: Loop
    """The batch loop."""
    step: Located
    """The optimizer's step in that loop."""
    per_batch: bool
    """It moves once per batch; else once per epoch."""
    left: float | None = None
    """The share of the rate that is left at the end of the run, if that shows that it moves too often."""


def off_pace(reading: Reading) -> list[OffPace]:
    """The verdict "epoch scheduler per batch" and its inverse, one per scheduler."""
    found = (_off_pace(one) for one in schedulers(reading))
    return [answer for answer in found if answer is not None]


def _off_pace(one: Scheduled) -> OffPace | None:
    if len(one.moves) != 1 or one.moves[0].emit.facts.get("told") or one.unread:
        return None
    move, step = one.moves[0], next((s for s in one.steps if s.loops and is_batch(s.loops[-1])), None)
    lasts = move.emit.facts.get("horizon")
    if step is None or not move.loops:
        return None
    loop = step.loops[-1]
    epochs = step.loops[-2] if len(step.loops) > 1 else None
    if epochs is None or loop.times == 1 or epochs.times == 1 or any(s.loops[-1:] != (loop,) for s in one.steps):
        return None
    if loop in move.loops:
        if move.loops[-1] is not loop or _own_tests(move, step, loop):
            return None
        if isinstance(lasts, Amount) and (_in_epochs(lasts, epochs) or _as_long(move, lasts, loop, epochs)):
            return OffPace(one, move, loop, step, True)
        left = _vanishing(move, lasts, loop, epochs)
        return OffPace(one, move, loop, step, True, left) if left is not None else None
    if not isinstance(lasts, Amount):
        return None
    behind = move.loops[-1] is epochs and not _own_tests(move, step, epochs)
    in_batches = loop.over is not None and lasts.lengths == {loop.over}
    return OffPace(one, move, loop, step, False) if behind and in_batches else None


def _total(epochs: Loop) -> Amount | None:
    """How many epochs there are."""
    if epochs.range is None:
        return None
    return amount(epochs.range.parts[0 if len(epochs.range.parts) == 1 else 1])


def _as_long(move: Located, lasts: Amount, loop: Loop, epochs: Loop) -> bool:
    """Whether the numbers written for a schedule are those of the epochs: the whole run, or milestones within it."""
    total = _total(epochs)
    if total is None or not total.most or not lasts.most or lasts.lengths or lasts.times or batches(loop) == 1:
        return False
    name = move.emit.facts.get("name")
    if name in ("CosineAnnealingLR", "PolynomialLR"):
        return lasts.most == total.most > 2
    return name == "MultiStepLR" and total.most / 2 <= lasts.most < total.most and total.most > 4


def _vanishing(move: Located, lasts: object, loop: Loop, epochs: Loop) -> float | None:
    """What is left of a rate that a decay meant for epochs makes vanish within the run, batch by batch."""
    decay, total, count = move.emit.facts.get("decay"), _total(epochs), batches(loop)
    step = lasts.most if isinstance(lasts, Amount) else 1.0 if move.emit.facts.get("name") == "ExponentialLR" else None
    if not decay or total is None or not total.most or not step or count is None or count < 2:
        return None
    left = decay ** (total.most * count // step)
    return left if left < 1e-6 and decay ** (total.most // step) > 1e-8 else None


def _own_tests(move: Located, step: Located, loop: Loop) -> bool:
    """Whether the move stands under a test in the loop that the step does not stand under."""
    tests = {(id(branch), side) for branch, side in step.guards(loop)}
    own = [b for b, side in move.guards(loop) if (id(b), side) not in tests and not b.choice]
    return len(own) > _asks_for_itself(move, loop)


def _asks_for_itself(move: Located, loop: Loop) -> int:
    """How many tests around a scheduler's step only ask whether there is a scheduler: ``if scheduler is not None``."""
    node = move.emit.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return 0
    name, found = ast.dump(node.func.value), 0
    for up in move.emit.module.ancestors(node):
        if up is loop.node:
            break
        if isinstance(up, ast.If):
            asked = up.test.left if isinstance(up.test, ast.Compare) else up.test
            found += ast.dump(asked) == name
    return found


def _in_epochs(lasts: Amount, loop: Loop) -> bool:
    """Whether a schedule lasts so many steps as the loop has iterations, or a part of them."""
    total = _total(loop)
    if total is None or lasts.lengths or lasts.times:
        return False
    written = {ident for ident in lasts.of if isinstance(ident, tuple) and ident[:1] == ("number",)}
    larger = lasts.most is not None and total.most is not None and lasts.most > total.most
    return bool(lasts.of & total.of) and lasts.of - written <= total.of and not larger
