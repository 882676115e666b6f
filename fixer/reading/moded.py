"""Per module: where its mode is set and where it runs, in training and in evaluation, with all paths through that."""

from __future__ import annotations

import ast
from dataclasses import replace

from fixer.protocol.events import Event, Kind
from fixer.reading.evaluations import reached
from fixer.reading.kept import kept
from fixer.reading.paths import TooManyPaths, paths
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Emit, Located, apart, locate
from fixer.reading.updates import emit_of
from fixer.reading.values import Ident
from fixer.record import field, mutable


@mutable
class Moded:
    """One module with layers that depend on its mode, in one entry point.

    ``trained``: forwards of it that a backward reaches, ``others``: those that none does; ``partly``: a part of it is
    set apart from the whole; ``paths`` hold its events only, with ``facts["trained"]`` on every FORWARD; ``shared``:
    the syntax that sets its mode on one side of a test and that of a module which nothing trains on the other side.
    """

    entry: Entry
    ident: Ident
    trained: list[Located] = field(default_factory=list)
    others: list[Located] = field(default_factory=list)
    modes: list[Located] = field(default_factory=list)
    partly: bool = False
    stepped: bool = False
    shared: list[ast.AST] = field(default_factory=list)
    paths: list[tuple[Event, ...]] = field(default_factory=list)


def moded(reading: Reading) -> list[Moded]:
    """All modules whose mode matters and that are run at the top level, per entry point (worked out once)."""
    return kept(reading, "moded", lambda: [m for entry in reading.entries for m in _of(entry)])


def _of(entry: Entry) -> list[Moded]:
    located = list(locate(entry.tree))
    runs = [p for p in located if p.emit.kind is Kind.FORWARD and not p.emit.facts["inner"] and p.emit.facts["modal"]]
    used, perhaps = reached(entry, surely=True), reached(entry)
    learners = [p for p in located if p.emit.kind is Kind.FORWARD and p.emit.makes in used]
    found = []
    for ident in dict.fromkeys(p.emit.subject for p in runs):
        mine = [p for p in runs if p.emit.subject == ident]
        one = Moded(entry, ident)
        one.trained = [p for p in mine if p.emit.makes in used]
        one.others = [p for p in mine if p.emit.makes not in perhaps]
        _collect(one, located, mine[0].emit, learners)
        found.append(one)
    return found


def _collect(one: Moded, located: list[Located], run: Emit, learners: list[Located]) -> None:
    wanted = {id(p.emit): p.emit for p in (*one.trained, *one.others)}
    theirs: list[Located] = []
    for place in located:
        emit = place.emit
        if emit.kind in (Kind.TRAIN_MODE, Kind.EVAL_MODE):
            whole = _whole(emit, one.ident, run)
            if whole is not None:
                one.partly = one.partly or not whole
                one.modes.append(place)
                wanted[id(emit)] = emit
            elif not any(p.emit.subject in (emit.subject, None) and not apart(p, place) for p in learners):
                theirs.append(place)
        elif emit.kind is Kind.GIVEN and emit.parameters.meets(run.parameters) is not False:
            if emit.parameters.owners or not emit.parameters.exact:
                wanted[id(emit)] = emit
        elif emit.kind is Kind.STEP and emit.parameters.owners & run.parameters.owners:
            one.stepped = True
    nodes = {place.emit.node for place in theirs}
    for place in one.modes:
        if place.emit.node in nodes and any(p.emit.node is place.emit.node and apart(p, place) for p in theirs):
            one.shared.append(place.emit.node)
    trained = {id(p.emit) for p in one.trained}
    try:
        walked = paths(one.entry.tree, lambda emit: id(emit) in wanted)
    except TooManyPaths:
        return
    for path in walked:
        one.paths.append(tuple(_told(event, id(event.facts["emit"]) in trained, one.ident, run) for event in path))


def _told(event: Event, trained: bool, ident: Ident, run: Emit) -> Event:
    facts = {**event.facts, "trained": trained}
    if event.kind in (Kind.TRAIN_MODE, Kind.EVAL_MODE):
        facts["whole"] = bool(_whole(emit_of(event), ident, run))
    return replace(event, facts=facts)


def _whole(emit: Emit, ident: Ident, run: Emit) -> bool | None:
    """Whether a mode event sets the whole module (False: a part of it; None: it has nothing to do with it)."""
    if emit.subject == ident or ident in emit.facts["modules"] or emit.subject in run.facts["within"]:
        return True
    if emit.subject in run.facts["parts"] or ident in emit.facts["within"]:
        return False
    return None
