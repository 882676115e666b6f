"""Finds events by the node that makes them: a source is read from several entry points, and a rule wants all of them
to agree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Emit, Located, emits, locate

Found = TypeVar("Found")


def readings(reading: Reading, kind: Kind) -> dict[ast.AST, list[tuple[Entry, Located]]]:
    """The events of a kind, by node: each time that an entry point comes by it."""
    found: dict[ast.AST, list[tuple[Entry, Located]]] = {}
    for entry in reading.entries:
        for place in locate(entry.tree):
            if place.emit.kind is kind:
                found.setdefault(place.emit.node, []).append((entry, place))
    return found


def same_everywhere(reading: Reading, kind: Kind, wanted: Callable[[Located], bool]) -> list[Located]:
    """The events of a kind in this module whose every reading is ``wanted``, the first reading of each node."""
    groups = [[place for _, place in found] for found in readings(reading, kind).values()]
    mine = [places for places in groups if places[0].emit.module is reading.module]
    return [places[0] for places in mine if all(wanted(place) for place in places)]


def once(reading: Reading, found: Iterable[Found], at: Callable[[Found], Emit]) -> Iterator[Found]:
    """The first of what was found at each node of this module."""
    seen: set[ast.AST] = set()
    for one in found:
        emit = at(one)
        if emit.module is reading.module and emit.node not in seen:
            seen.add(emit.node)
            yield one


def uncalled(entry: Entry, *names: str) -> list[Emit]:
    """Statements that name a method of one of these names and do not call it."""
    return [e for e in emits(entry.tree) if e.kind is Kind.UNCALLED and e.facts["name"] in names]
