"""Per optimizer: where the events of its update stand, and all paths through them (judged in ``verdicts``)."""

from __future__ import annotations

from fixer.protocol.events import Event, Kind, Parameters
from fixer.reading.conditions import Any as AnyOf
from fixer.reading.conditions import Atom, Formula, Not, Test
from fixer.reading.kept import kept
from fixer.reading.paths import TooManyPaths, paths
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Block, Branch, Emit, Located, Loop, allocated, locate
from fixer.reading.values import Ident
from fixer.record import field, mutable

BATCH_SIGNS = frozenset({"loader", "name", "generator", "slices", "draws"})
"""Signs on a loop that make it a loop over batches."""
_PROTOCOL = frozenset({Kind.CREATED, Kind.ZERO_GRAD, Kind.BACKWARD, Kind.STEP, Kind.OPAQUE, Kind.CLIP})


@mutable
class Updated:
    """One optimizer in one entry point: where its events stand, and all paths through them."""

    entry: Entry
    ident: Ident
    created: list[Located] = field(default_factory=list)
    zeros: list[Located] = field(default_factory=list)
    backwards: list[Located] = field(default_factory=list)
    steps: list[Located] = field(default_factory=list)
    others: list[Located] = field(default_factory=list)
    paths: list[tuple[Event, ...]] = field(default_factory=list)
    loops: dict[Ident, Loop] = field(default_factory=dict)
    fresh: frozenset[Ident] = frozenset()
    """Loops that may bring a new optimizer with new parameters in each iteration: what they carry is not judged."""
    trouble: str = ""

    @property
    def parameters(self) -> Parameters:
        return self.steps[0].emit.parameters

    @property
    def hand_written(self) -> bool:
        return "hand" in self.steps[0].emit.facts

    def find(self, emit: Emit) -> Located:
        """Where an event template stands."""
        groups = (self.created, self.zeros, self.backwards, self.steps, self.others)
        return next(place for group in groups for place in group if place.emit is emit)


def updates(reading: Reading) -> list[Updated]:
    """All optimizers that are stepped, per entry point (worked out once per reading)."""
    return kept(reading, "updates", lambda: _updates(reading))


def _updates(reading: Reading) -> list[Updated]:
    found = []
    for entry in reading.entries:
        located = [place for place in locate(entry.tree) if place.emit.kind in _PROTOCOL]
        loops = {loop.ident: loop for place in located for loop in place.loops}
        idents = dict.fromkeys(
            p.emit.subject for p in located if p.emit.kind is Kind.STEP and p.emit.subject is not None
        )
        for ident in idents:
            updated = Updated(entry, ident, loops=loops)
            updated.steps = [p for p in located if p.emit.kind is Kind.STEP and p.emit.subject == ident]
            _collect(updated, located)
            updated.fresh = _renewing(updated)
            _walk(updated, entry.tree)
            found.append(updated)
    return found


def _collect(updated: Updated, located: list[Located]) -> None:
    mine = updated.parameters
    for place in located:
        emit = place.emit
        if emit.kind is Kind.CREATED and emit.subject == updated.ident:
            updated.created.append(place)
        elif emit.kind is Kind.BACKWARD and emit.parameters.meets(mine) is not False:
            updated.backwards.append(place)
        elif emit.kind is Kind.ZERO_GRAD:
            if emit.subject == updated.ident or emit.parameters.covers(mine) is not False:
                updated.zeros.append(place)
        elif emit.kind in (Kind.OPAQUE, Kind.CLIP) and emit.parameters.meets(mine) is not False:
            updated.others.append(place)


def _walk(updated: Updated, tree: Block) -> None:
    emits = {
        id(p.emit)
        for group in (updated.created, updated.zeros, updated.backwards, updated.steps, updated.others)
        for p in group
        if p.emit.kind is not Kind.CLIP and not p.emit.facts.get("weights")
    }
    steps = {id(p.emit) for p in updated.steps}
    try:
        updated.paths = paths(
            tree, lambda emit: id(emit) in emits or (emit.kind is Kind.STEP and id(emit) not in steps)
        )
    except TooManyPaths:
        updated.trouble = "it has more paths than are walked"


def _renewing(updated: Updated) -> frozenset[Ident]:
    if updated.created:
        loops = [] if updated.parameters.exact else [loop for c in updated.created for loop in c.loops]
    else:
        every = {loop.ident: loop for p in updated.steps for loop in p.loops}.values()
        loops = [loop for loop in every if updated.ident in set(allocated(loop.body))]
    return frozenset(loop.ident for loop in loops)


def is_batch(loop: Loop, *more: str) -> bool:
    """Whether a loop is known to be one over batches; ``more``: further signs that count here."""
    return bool(loop.signs & {*BATCH_SIGNS, *more}) and "tasks" not in loop.signs


def emit_of(event: Event) -> Emit:
    """The template an event was made from."""
    emit = event.facts["emit"]
    assert isinstance(emit, Emit)
    return emit


def kind_of(test: Formula, side: bool) -> Test:
    """What kind of condition a branch side stands under: EVERY for "every k-th", VALID for a validity test."""
    if isinstance(test, Not):
        return kind_of(test.inner, not side)
    if isinstance(test, Atom):
        return test.kind
    if isinstance(test, AnyOf) and side:
        kinds = {kind_of(part, True) for part in test.parts}
        if Test.EVERY in kinds and kinds <= {Test.EVERY, Test.LAST}:
            return Test.EVERY
    return Test.PLAIN


def own_guards(inner: Located, shared: Located, loop: Loop) -> list[tuple[Branch, bool]]:
    """Branch sides inside ``loop`` that ``inner`` stands under and ``shared`` does not."""
    under = {(id(branch), side) for branch, side in shared.guards(loop)} if loop in shared.loops else set()
    return [
        (branch, side) for branch, side in inner.guards(loop) if (id(branch), side) not in under and not branch.choice
    ]


def guarded(place: Located, loop: Loop | None) -> bool:
    """Whether an event stands under a test of the program inside ``loop`` (None: at all)."""
    return any(not branch.choice for branch, _ in place.guards(loop))


def last_loop(place: Located) -> Loop | None:
    """The innermost loop around an event."""
    return place.loops[-1] if place.loops else None
