"""The event tree: what a program does to gradients, in the shape of its control flow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any as Anything

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading.conditions import Formula
from fixer.reading.source import Module
from fixer.reading.values import Ident, Loader, Source, Wrapped
from fixer.record import field, mutable, record


@mutable
class Emit:
    """An event template: what happens each time control passes. Identities are sites, made instances by the walk."""

    kind: Kind
    node: ast.AST
    module: Module
    subject: Ident = None
    parameters: Parameters = NO_PARAMETERS
    makes: Ident = None
    uses: frozenset[Source] = frozenset()
    facts: dict[str, Anything] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 1)


@mutable
class Alloc:
    """A new object comes into being under ``ident``; later mentions of the site mean this one."""

    ident: Ident


@mutable
class Block:
    nodes: list[Node] = field(default_factory=list)


@mutable
class Branch:
    """``choice``: it tells alternatives of one receiver apart rather than being a test of the program."""

    test: Formula
    then: Block
    other: Block
    choice: bool = False


@mutable
class Loop:
    """A loop. ``signs``: what speaks for a batch loop ("loader", "name", "slices", "draws", "indexes"), and what
    else is known of its batches ("some": it may end before the last one).

    ``times``: how often it runs, if known. ``length``: source text of its number of iterations, if one can be written.
    ``range``: the range it runs over. ``over``: the loader (or what else of the program) it runs over; ``loader``:
    the loader itself, if it was seen being built.
    """

    ident: Ident
    node: ast.AST
    module: Module
    body: Block = field(default_factory=Block)
    signs: set[str] = field(default_factory=set)
    times: int | None = None
    length: str | None = None
    batch_site: Ident = None
    range: Wrapped | None = None
    over: Ident = None
    loader: Loader | None = None

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 1)


@mutable
class Exit:
    """``break``, ``continue``, ``return`` or ``raise``."""

    how: str


@mutable
class Call:
    """The inlined body of a function; a ``return`` inside ends here."""

    node: ast.AST
    module: Module
    name: str
    body: Block = field(default_factory=Block)


Node = Emit | Alloc | Block | Branch | Loop | Exit | Call


def children(node: Node) -> list[Block]:
    """The blocks right below a node."""
    if isinstance(node, Branch):
        return [node.then, node.other]
    return [node.body] if isinstance(node, (Loop, Call)) else []


def emits(node: Node) -> Iterator[Emit]:
    """Every event template below a node, in source order."""
    if isinstance(node, Emit):
        yield node
    elif isinstance(node, Block):
        for part in node.nodes:
            yield from emits(part)
    else:
        for block in children(node):
            yield from emits(block)


def allocated(block: Block) -> Iterator[Ident]:
    """The identity of every object that comes into being below a block, in source order."""
    for node in block.nodes:
        if isinstance(node, Alloc):
            yield node.ident
        elif isinstance(node, Block):
            yield from allocated(node)
        else:
            for inner in children(node):
                yield from allocated(inner)


@record
class Located:
    """An event template with what it stands in, outermost first: loops, branch sides, calls."""

    emit: Emit
    above: tuple[Loop | Call | tuple[Branch, bool], ...]

    @property
    def loops(self) -> tuple[Loop, ...]:
        return tuple(a for a in self.above if isinstance(a, Loop))

    def guards(self, below: Loop | None = None) -> tuple[tuple[Branch, bool], ...]:
        """The branch sides it stands in (only those inside ``below``, if given)."""
        above = self.above[self.above.index(below) + 1 :] if below is not None else self.above
        return tuple(a for a in above if isinstance(a, tuple))


def locate(block: Block, above: tuple[Loop | Call | tuple[Branch, bool], ...] = ()) -> Iterator[Located]:
    """Every event template of a tree with what it stands in.

    What follows ``if test: continue`` stands under the opposite of the test.
    """
    for node in block.nodes:
        if isinstance(node, Emit):
            yield Located(node, above)
        elif isinstance(node, Block):
            yield from locate(node, above)
        elif isinstance(node, Branch):
            yield from locate(node.then, (*above, (node, True)))
            yield from locate(node.other, (*above, (node, False)))
            for side, left in ((False, node.then), (True, node.other)):
                if _leaves(left):
                    above = (*above, (node, side))
        elif isinstance(node, (Loop, Call)):
            yield from locate(node.body, (*above, node))


def _leaves(block: Block) -> bool:
    """Whether control never gets past a block, other than by an exception."""
    return any(isinstance(node, Exit) and node.how != "raise" for node in block.nodes)


def apart(a: Located, b: Located, loop: Loop | None = None) -> bool:
    """Whether two places stand on the two sides of one test (in the loop, if given): no run of it passes both."""
    other = {(id(branch), side) for branch, side in b.guards(loop)}
    return any((id(branch), not side) in other for branch, side in a.guards(loop))
