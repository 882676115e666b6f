"""Tests of the program, as formulas over atoms that a path decides once.

Two tests about the same unchanged thing share an atom, so a path that enters ``if use_amp:`` at one place enters it
everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from enum import Enum

from fixer.record import record, replace


class Test(Enum):
    """What kind of question an atom asks; the walk over paths and the rules treat them differently."""

    PLAIN = "plain"
    EVERY = "every k-th iteration"
    LAST = "last iteration"
    FIRST = "first iteration"
    VALID = "validity of a value"


@record
class Atom:
    """A yes-or-no question. ``loops``: those in whose iterations the answer may differ.

    For EVERY, ``count`` is the source of k and ``phase`` says when: iteration n asks whether (n + phase) % k == 0
    (None: the phase is not known); ``period`` is k, if it is known.
    """

    key: Hashable
    kind: Test = Test.PLAIN
    loops: frozenset[Hashable] = frozenset()
    count: str | None = None
    phase: int | None = None
    period: int | None = None


@record
class Not:
    inner: Formula


@record
class All:
    parts: tuple[Formula, ...]


@record
class Any:
    parts: tuple[Formula, ...]


Formula = bool | Atom | Not | All | Any


def negate(formula: Formula) -> Formula:
    """The opposite question."""
    if isinstance(formula, bool):
        return not formula
    return formula.inner if isinstance(formula, Not) else Not(formula)


def conjunction(parts: list[Formula]) -> Formula:
    """All of ``parts``, simplified."""
    if any(p is False for p in parts):
        return False
    rest = tuple(p for p in parts if p is not True)
    return True if not rest else rest[0] if len(rest) == 1 else All(rest)


def disjunction(parts: list[Formula]) -> Formula:
    """Any of ``parts``, simplified."""
    if any(p is True for p in parts):
        return True
    rest = tuple(p for p in parts if p is not False)
    return False if not rest else rest[0] if len(rest) == 1 else Any(rest)


def atoms(formula: Formula) -> Iterator[Atom]:
    """Every atom of a formula, left to right."""
    if isinstance(formula, Atom):
        yield formula
    elif isinstance(formula, Not):
        yield from atoms(formula.inner)
    elif isinstance(formula, (All, Any)):
        for part in formula.parts:
            yield from atoms(part)


def within(formula: Formula, loop: Hashable) -> Formula:
    """The same question, asked anew in each iteration of ``loop``."""
    if isinstance(formula, Atom):
        return replace(formula, loops=formula.loops | {loop})
    if isinstance(formula, Not):
        return Not(within(formula.inner, loop))
    if isinstance(formula, (All, Any)):
        return type(formula)(tuple(within(p, loop) for p in formula.parts))
    return formula
