"""What could not be judged of a source: every backward in a loop whose update is not wholly in sight, and why."""

from __future__ import annotations

import ast

from fixer.findings import NotChecked
from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Emit, Located, locate
from fixer.reading.updates import Updated, updates

_UPDATE = "the update in this line"
_BACKWARD = "the backward in this line"


def gaps(reading: Reading) -> tuple[NotChecked, ...]:
    """What was not checked, in source order; empty if every training loop of the file could be judged."""
    path = reading.module.path
    found = [NotChecked(path, line, what, why) for line, what, why in reading.gaps]
    unread: dict[ast.AST, NotChecked | None] = {}
    for updated in updates(reading):
        step = updated.steps[0].emit
        if step.module is reading.module:
            why = updated.trouble or _beside(updated)
            if why:
                found.append(NotChecked(path, step.line, _UPDATE, why))
    for entry in reading.entries:
        for place in locate(entry.tree):
            emit = place.emit
            if emit.kind is Kind.BACKWARD and emit.module is reading.module and place.loops:
                why = _unjudged(reading, entry, place)
                if not why:
                    unread[emit.node] = None  # judged in one of its readings
                elif emit.node not in unread:
                    unread[emit.node] = NotChecked(path, emit.line, _BACKWARD, why)
    found += [note for note in unread.values() if note is not None]
    return tuple(dict.fromkeys(sorted(found, key=lambda g: (g.line, g.why))))


def _beside(updated: Updated) -> str:
    """Why an update is judged in part only: something in its loops that cannot be read, and that could reach it."""
    loops = {loop.ident for loop in updated.steps[0].loops}
    beside = [p.emit for p in updated.others if any(loop.ident in loops for loop in p.loops)]
    emit = next((e for e in beside if e.facts.get("why")), None)
    return f"line {emit.line}: {emit.facts['why']}" if emit is not None else ""


def _unjudged(reading: Reading, entry: Entry, place: Located) -> str:
    """Why no update of a backward was judged; "" if one was."""
    mine = [u for u in updates(reading) if u.entry is entry and any(b.emit is place.emit for b in u.backwards)]
    if any(not u.trouble for u in mine):
        return ""
    if mine:
        return mine[0].trouble
    unread = _unreadable(entry, place)
    if unread is not None:
        return f"line {unread.line}: {unread.facts['why']}"
    if any(u.entry is entry for u in updates(reading)):
        return "no optimizer is known to step what its gradients reach"
    return "no step of an optimizer is in sight"


def _unreadable(entry: Entry, place: Located) -> Emit | None:
    """A call in the same loop that cannot be read: it may be the step."""
    loop = place.loops[-1]
    inside = (p.emit for p in locate(entry.tree) if loop in p.loops and p.emit.kind is Kind.OPAQUE)
    return next((emit for emit in inside if emit.facts.get("why")), None)
