"""What is reported of losses: numbers read off them, their sums over a loop's batches, and what these are divided by.

Only losses of torch that are known to be the mean over one batch count; whatever else is done with such a number makes
it an unknown one.
"""

from __future__ import annotations

import ast

from fixer.protocol.events import Kind
from fixer.reading import modes
from fixer.reading.interpreter import Interpreter
from fixer.reading.questions import identity
from fixer.reading.tree import Loop
from fixer.reading.values import UNKNOWN, Const, Figure, Ident, Mapping, Sym, Tensor, Value
from fixer.record import replace


def number(value: Value | None) -> Figure | None:
    """The number that a loss holds (``loss.item()``, ``float(loss)``); None if it is no mean over one batch."""
    if isinstance(value, Figure):
        return value
    if not isinstance(value, Tensor) or value.total is None and not _batch_mean(value):
        return None
    return Figure(value.total, batches=_fresh(value))


def _batch_mean(value: Tensor) -> bool:
    plain = value.role == "loss" and value.mean is True and value.scaled is False and not value.summed
    made = any(isinstance(site, tuple) and site[0] == "loss" for site in _fresh(value))
    return plain and made and value.total is None


def _fresh(value: Tensor) -> frozenset[Ident]:
    return frozenset(s.site for s in value.sources if not s.old)


def combined(i: Interpreter, node: ast.AST, op: ast.operator, left: Value, right: Value, by: ast.expr) -> Figure | None:
    """``left op right``, if that is a number read off losses; a sum that is divided by a number of rows is noted."""
    if isinstance(op, (ast.Mult, ast.Div)):
        for value in (left, right):
            divided = i.averaged.get(value.total) if isinstance(value, (Figure, Tensor)) else None
            if divided is not None:
                i.emit(Kind.AVERAGED, divided, weighed=True)
    if isinstance(op, ast.Div) and isinstance(left, (Figure, Tensor)):
        loop = i.summed.get(left.total)
        if loop is not None and loop.ident not in i.all_loops() and _counts_rows(loop, right):
            i.emit(Kind.AVERAGED, node, loop=loop, divisor=by, weighed=False)
            ident = i.site(node, "average")
            i.averaged[ident] = node
            return Figure(ident) if isinstance(left, Figure) else None
    if not isinstance(op, ast.Add) or not isinstance(left, Figure) and not isinstance(right, Figure):
        return None
    if isinstance(left, Figure) and isinstance(right, Figure) and _of_batch(left) and _of_batch(right):
        return Figure(batches=left.batches & right.batches)  # two losses of one batch
    for before, one in ((left, right), (right, left)):
        if isinstance(one, Figure) and _of_batch(one) and not isinstance(before, Tensor):
            total = _total(i, before, one.batches)
            if total is not None:
                return Figure(total, batches=one.batches)
    return None


def marked(i: Interpreter, node: ast.AST, op: ast.operator, parts: tuple[Value, Value], value: Value) -> Value:
    """The tensor that comes of two: perhaps a sum over a loop's batches, or what such a sum was divided to."""
    if not isinstance(value, Tensor):
        return value
    ident = i.site(node, "average")
    if isinstance(op, ast.Div) and isinstance(parts[0], Tensor) and parts[0].total is not None and ident in i.averaged:
        return replace(value, total=ident)
    for before, one in (parts, parts[::-1]) if isinstance(op, ast.Add) else ():
        if isinstance(one, Tensor) and _batch_mean(one) and not (i.grad and modes.graphed([one])):
            total = _total(i, before, _fresh(one))
            if total is not None:
                return replace(value, total=total)
    return value


def _of_batch(value: Figure) -> bool:
    return value.total is None and not value.old


def _total(i: Interpreter, before: Value, batches: frozenset[Ident]) -> Ident | None:
    """The innermost loop, if the loss of its batch is added to zero or to what its earlier iterations added up."""
    loop = i.loops[-1][0] if i.loops else None
    if loop is None or loop.batch_site is None or loop.batch_site not in batches:
        return None
    total = before.total if isinstance(before, (Figure, Tensor)) else None
    if total != loop.ident and not _is_zero(before):
        return None
    i.summed[loop.ident] = loop
    return loop.ident


def _counts_rows(loop: Loop, value: Value) -> bool:
    """Whether a number is the length of the data set behind the loader that a loop runs over."""
    if not isinstance(value, Sym) or not isinstance(value.key, tuple) or value.key[:1] != ("length",):
        return False
    of: Ident = value.key[1]
    if loop.over is not None and of == ("attribute", loop.over, "dataset"):
        return True
    given = dict(loop.loader.given).get("dataset") if loop.loader is not None else None
    return given is not None and of == identity(given)


def _is_zero(value: Value) -> bool:
    return isinstance(value, Const) and type(value.value) in (int, float) and value.value == 0


def carried(loop: Loop, before: Value, value: Value, joined: Value) -> Value:
    """What the head of a loop finds of a sum over its batches that begins at zero: zero counts as such a sum, too.

    ``value`` is what an earlier iteration left, ``joined`` what is known of both.
    """
    if isinstance(before, Mapping) and isinstance(value, Mapping) and isinstance(joined, Mapping):
        rows = zip(before.entries, value.entries, joined.entries, strict=False)
        if len(before.entries) == len(value.entries) == len(joined.entries):
            return replace(joined, entries=tuple((k, carried(loop, a, b, c)) for (k, a), (_, b), (_, c) in rows))
    if not _is_zero(before) or not isinstance(value, (Figure, Tensor)) or value.total != loop.ident:
        return joined
    if isinstance(joined, Tensor):
        return replace(joined, total=loop.ident)
    return value if isinstance(value, Figure) else joined


def plain(value: Value) -> Value:
    """A value as those see it who ask nothing about losses that are reported."""
    return UNKNOWN if isinstance(value, Figure) else value
