"""What a rule says of a source: findings with the edits that repair them.

Imports no LibCST, so that checks stay fast.
"""

from __future__ import annotations

import ast

from fixer.findings import Applicability, Finding, Fix, Shown, Span
from fixer.protocol.events import Place
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.record import record


@record
class Delete:
    """Remove a statement; the comments above it stay unless ``comments`` is set."""

    at: Place
    comments: bool = False


@record
class InsertBefore:
    """A new statement above another one (and above the comments that belong to it)."""

    at: Place
    code: str


@record
class InsertAfter:
    """A new statement below another one."""

    at: Place
    code: str


@record
class MoveBefore:
    """Statements, in order, move above another one with the comments that stand directly above each."""

    these: tuple[Place, ...]
    to: Place


@record
class MoveInto:
    """Statements, in order, move to the end of a loop's body with the comments that stand directly above each."""

    these: tuple[Place, ...]
    loop: Place


@record
class Replace:
    """An expression gives way to another, written as source text."""

    at: Place
    code: str


@record
class RemoveElement:
    """An element of a call's arguments or of a list goes, with its line if it has one of its own."""

    at: Place


Edit = Delete | InsertBefore | InsertAfter | MoveBefore | MoveInto | Replace | RemoveElement


@record
class Claim:
    """A finding and the edits that repair it (none: it is only reported). ``path`` is the file they change.

    ``waits``: the repair needs another one first, and will be there when the source is read again.
    """

    finding: Finding
    edits: tuple[Edit, ...]
    path: str
    waits: bool = False


def claim(
    rule: str,
    reading: Reading,
    module: Module,
    node: ast.AST,
    message: str,
    shown: list[Shown],
    applicability: Applicability,
    summary: str,
    reason: str,
    edits: list[Edit],
    waits: bool = False,
) -> Claim:
    """Put a claim together; ``node`` is what a person would point at."""
    place = module.place(node)
    span = Span(place.line, place.column, place.end_line, place.end_column)
    if applicability is Applicability.NONE:
        edits = []
    fix = Fix(applicability, summary, reason)
    return Claim(Finding(rule, module.path, span, message, tuple(shown), fix), tuple(edits), module.path, waits)


def shown(reading: Reading, module: Module, node: ast.AST, event: str, note: str) -> Shown:
    """One step of the path that shows a bug."""
    path = module.path if module is not reading.module else None
    return Shown(module.place(node).line, event, note, path)
