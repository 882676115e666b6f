"""What a rule says of a source: findings with the edits that repair them.

Imports no LibCST, so that checks stay fast.
"""

from __future__ import annotations

import ast

from fixer.findings import Applicability, Finding, Fix, Shown, Span
from fixer.protocol.events import Place
from fixer.reading.source import Module
from fixer.record import record, replace


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
class MoveAfter:
    """Statements, in order, move below another one with the comments that stand directly above each."""

    these: tuple[Place, ...]
    to: Place


@record
class MoveInto:
    """Statements, in order, move to the end of a loop's body with the comments that stand directly above each."""

    these: tuple[Place, ...]
    loop: Place


@record
class Wrap:
    """Statements that follow each other in one block go under a new statement that ``header`` opens (a ``with``)."""

    first: Place
    last: Place
    header: str


@record
class Replace:
    """An expression gives way to another, written as source text; ``bare``: so do parentheses around it."""

    at: Place
    code: str
    bare: bool = False


@record
class RemoveElement:
    """An element of a call's arguments or of a list goes, with its line if it has one of its own."""

    at: Place


@record
class AddArgument:
    """A call gets one more argument, behind the others."""

    at: Place
    code: str


@record
class Enclose:
    """An expression becomes the argument of a call of ``function``, as it stands."""

    at: Place
    function: str


@record
class Restate:
    """A simple statement gives way to another simple statement, written as source text."""

    at: Place
    code: str


def place_of(edit: Edit) -> Place:
    """Where an edit is anchored; all of it is in one file."""
    if isinstance(edit, (MoveBefore, MoveAfter)):
        return edit.to
    if isinstance(edit, Wrap):
        return edit.first
    return edit.loop if isinstance(edit, MoveInto) else edit.at


Edit = (
    Delete
    | InsertBefore
    | InsertAfter
    | MoveBefore
    | MoveAfter
    | MoveInto
    | Wrap
    | Replace
    | RemoveElement
    | AddArgument
    | Enclose
    | Restate
)


@record
class Claim:
    """A finding and the edits that repair it (none: it is only reported), in its own file and perhaps in others.

    ``waits``: the repair needs another one first, and will be there when the source is read again.
    """

    finding: Finding
    edits: tuple[Edit, ...]
    waits: bool = False

    def by_file(self) -> dict[str, tuple[Edit, ...]]:
        """The edits of each file."""
        files: dict[str, tuple[Edit, ...]] = {}
        for edit in self.edits:
            path = place_of(edit).path
            files[path] = (*files.get(path, ()), edit)
        return files

    def only(self, edits: tuple[Edit, ...]) -> Claim:
        """The claim with some of its edits."""
        return replace(self, edits=edits)


def claim(
    rule: str,
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
    files = tuple(sorted({place_of(edit).path for edit in edits} - {module.path}))
    fix = Fix(applicability, summary, reason, files)
    return Claim(Finding(rule, module.path, span, message, _steps(shown, module.path), fix), tuple(edits), waits)


def shown(module: Module, node: ast.AST, event: str, note: str) -> Shown:
    """One step of the path that shows a bug."""
    return Shown(module.place(node).line, event, note, module.path)


def _steps(steps: list[Shown], path: str) -> tuple[Shown, ...]:
    """The steps as a finding in the file ``path`` holds them: its own file is not named."""
    return tuple(Shown(s.line, s.event, s.note, None if s.path == path else s.path) for s in steps)
