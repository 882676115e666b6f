"""Per scheduler: where its steps stand, and the verdicts on when it moves."""

from __future__ import annotations

from fixer.protocol.events import Kind
from fixer.protocol.invariants import Verdict, schedulers_follow_steps
from fixer.reading.paths import TooManyPaths, paths
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Located, locate
from fixer.reading.updates import emit_of
from fixer.reading.values import Ident
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
    known = reading.cache.get("schedulers")
    if known is None:
        known = reading.cache["schedulers"] = _schedulers(reading)
    return known  # type: ignore[return-value]


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
        wanted = {id(p.emit) for p in [*one.moves, *one.steps, *one.unread]}
        try:
            walked = paths(one.entry.tree, lambda emit, wanted=wanted: id(emit) in wanted)  # type: ignore[misc]
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
    if move.emit.facts.get("told") or not move.loops:
        return None
    loop = move.loops[-1]
    order = {id(p.emit): n for n, p in enumerate(locate(one.entry.tree))}
    for step in one.steps:
        if loop in step.loops and order[id(step.emit)] > order[id(move.emit)]:
            return Early(one, move, step)
    return None
