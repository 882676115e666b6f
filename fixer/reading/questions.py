"""Reads the tests of the program: what each asks, and which of them ask the same."""

from __future__ import annotations

import ast
import re

from fixer.reading import expressions, syntax
from fixer.reading.conditions import Atom, Formula, Test, conjunction, disjunction, negate
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Counter,
    Criterion,
    Either,
    Figure,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Managed,
    Optimizer,
    Remainder,
    Scaler,
    Scheduler,
    Sym,
    Truth,
    Value,
)

_VALID = re.compile(r"isfinite|isnan|isinf|is_finite|is_nan|finite")
_LENGTH = re.compile(r"len\(|n(um)?_?batch|num_?iter|total|last|steps_per_epoch|n_steps|len_|_len|length", re.I)
_PURE = frozenset("len isinstance hasattr min max int bool str float abs getattr type is_available".split())


def condition(i: Interpreter, node: ast.expr) -> Formula:
    """The formula of a test."""
    i.spend()
    if isinstance(node, ast.BoolOp):
        parts = [condition(i, part) for part in node.values]
        return i.known(conjunction(parts) if isinstance(node.op, ast.And) else disjunction(parts))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return i.known(negate(condition(i, node.operand)))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return i.known(_comparison(i, node))
    if isinstance(node, ast.Compare):
        # ``0 < a < b``: a question of its own.
        for part in (node.left, *node.comparators):
            i.used(expressions.evaluate(i, part), "value", node)
        return i.known(truth_of(i, UNKNOWN, node))
    value = i.refine(expressions.evaluate(i, node))
    return i.known(truth_of(i, value, node))


def truth_of(i: Interpreter, value: Value, node: ast.expr) -> Formula:
    """Whether a value is true."""
    if isinstance(value, Truth):
        return value.formula
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, (Optimizer, Instance, Function, Layer, Scaler, Scheduler, ClassOf, Criterion, Managed)):
        return True
    if isinstance(value, Remainder):
        return negate(_every(value, 0))
    if isinstance(value, Sym) and not value.made:
        return Atom(("true", value.key), loops=value.loops)
    if isinstance(value, Either):
        then, other = truth_of(i, value.then, node), truth_of(i, value.other, node)
        return disjunction([conjunction([value.test, then]), conjunction([negate(value.test), other])])
    key, loops = fingerprint(i, node)
    text = syntax.written(node)
    kind = Test.VALID if _VALID.search(text) else Test.PLAIN
    return Atom(("true", key), kind, loops)


def _comparison(i: Interpreter, node: ast.Compare) -> Formula:
    op, right_node = node.ops[0], node.comparators[0]
    left, right = i.refine(expressions.evaluate(i, node.left)), i.refine(expressions.evaluate(i, right_node))
    i.used(left, "value", node)
    i.used(right, "value", node)
    positive = not isinstance(op, (ast.IsNot, ast.NotEq, ast.NotIn))
    formula = _equality(i, node, op, left, right, right_node)
    return formula if positive else negate(formula)


def _equality(
    i: Interpreter, node: ast.Compare, op: ast.cmpop, left: Value, right: Value, right_node: ast.expr
) -> Formula:
    same = isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
    if same and right == NONE:
        return is_none(i, left, node.left)
    if isinstance(left, Either) and same and isinstance(right, Const):
        return disjunction(
            [
                conjunction([left.test, _equality(i, node, op, left.then, right, right_node)]),
                conjunction([negate(left.test), _equality(i, node, op, left.other, right, right_node)]),
            ]
        )
    if isinstance(left, Const) and isinstance(right, Const):
        known = _constants(op, left.value, right.value)
        if known is not None:
            return known
    if isinstance(left, Remainder) and same:
        return _every(
            left, right.value if isinstance(right, Const) and isinstance(right.value, int) else _less_one(right_node)
        )
    if isinstance(left, Const) and isinstance(right, Remainder) and same:
        return _every(right, left.value if isinstance(left.value, int) else None)
    if isinstance(left, Counter):
        counted = _counted(i, node, op, left, right, right_node)
        if counted is not None:
            return counted
    if isinstance(op, (ast.In, ast.NotIn)) and isinstance(left, Const) and isinstance(right, Items) and not right.more:
        if all(isinstance(v, Const) for v in right.items):
            return left in right.items
    key, loops = fingerprint(i, node)
    kind = Test.VALID if _VALID.search(syntax.written(node)) else Test.PLAIN
    return Atom(("true", key), kind, loops)


def is_none(i: Interpreter, value: Value, node: ast.expr) -> Formula:
    """Whether a value is None."""
    if isinstance(value, Bound) and value.name == "grad":
        return False
    if isinstance(value, Const):
        return value.value is None
    if isinstance(value, Sym):
        return Atom(("none", value.key), loops=value.loops)
    if isinstance(value, Either):
        then, other = is_none(i, value.then, node), is_none(i, value.other, node)
        return disjunction([conjunction([value.test, then]), conjunction([negate(value.test), other])])
    if type(value) is not Value and not isinstance(value, Bound):
        return False
    key, loops = fingerprint(i, node)
    return Atom(("none", key), loops=loops)


def _constants(op: ast.cmpop, left: object, right: object) -> bool | None:
    if isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
        return left == right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        if isinstance(op, ast.Lt):
            return left < right
        if isinstance(op, ast.LtE):
            return left <= right
        if isinstance(op, ast.Gt):
            return left > right
        if isinstance(op, ast.GtE):
            return left >= right
    if isinstance(op, (ast.In, ast.NotIn)) and isinstance(left, str) and isinstance(right, str):
        return left in right
    return None


def _less_one(node: ast.expr) -> int | None:
    """-1 for ``k - 1`` as the remainder asked for."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Constant):
        return -1 if node.right.value == 1 else None
    return None


def _every(value: Remainder, asked: int | None) -> Formula:
    counter = value.counter
    phase = None if counter.offset is None or asked is None else counter.offset - asked
    if value.text == "1":
        return True
    if value.text.isdigit() and phase is not None:
        # Asked once per window of k; walked as windows of two: in the first iteration, or not.
        phase = 0 if -phase % int(value.text) == 0 else 1
    key = ("every", counter.loop, value.text, phase)
    return Atom(key, Test.EVERY, frozenset({counter.loop}), value.text, phase, value.period)


def _counted(
    i: Interpreter, node: ast.Compare, op: ast.cmpop, left: Counter, right: Value, right_node: ast.expr
) -> Formula | None:
    """A loop's counter compared with something: first, last or every k-th iteration."""
    loops = frozenset({left.loop})
    if isinstance(right, Const) and isinstance(right.value, int) and left.offset is not None and not left.stride:
        first = Atom(("first", left.loop), Test.FIRST, loops)
        if right.value == left.offset:
            if isinstance(op, (ast.Eq, ast.NotEq, ast.LtE)):
                return first
            if isinstance(op, ast.Gt):
                return negate(first)
        if right.value == left.offset + 1 and isinstance(op, ast.GtE):
            return negate(first)
    if isinstance(op, (ast.Eq, ast.NotEq, ast.GtE)):
        text = i.module.text_of(right_node)
        if _reset(i, node, left):
            return Atom(("every", left.loop, text, left.text), Test.EVERY, loops, text, None)
        if _LENGTH.search(text):
            return Atom(("last", left.loop), Test.LAST, loops)
    return None


def _reset(i: Interpreter, node: ast.Compare, counter: Counter) -> bool:
    """Whether the ``if`` of this test sets the counter back."""
    up: ast.AST | None = i.module.parent(node)
    while up is not None and not isinstance(up, ast.stmt):
        up = i.module.parent(up)
    if not isinstance(up, ast.If):
        return False
    return any(
        isinstance(part, ast.Assign) and any(expressions.last_name(t) == counter.text for t in part.targets)
        for body in up.body
        for part in ast.walk(body)
    )


def fingerprint(i: Interpreter, node: ast.AST) -> tuple[Ident, frozenset[Ident]]:
    """An identity for what an expression asks (equal while nothing it reads is bound anew), and where it varies."""
    parts: list[Ident] = [syntax.dumped(node) if isinstance(node, ast.expr) else id(node)]
    loops: frozenset[Ident] = frozenset()
    for name in syntax.asked(node):
        if isinstance(name, ast.Name):
            owner = expressions.binding_scope(i, name.id)
            value = i.state.get(owner, name.id) if owner is not None else None
            version = i.state.version(owner, name.id) if owner is not None else 0
            if isinstance(value, (Sym, Const, Instance)):
                parts.append(identity(value))
                loops |= value.loops if isinstance(value, Sym) else frozenset()
            elif isinstance(value, Counter):
                parts.append(("counter", value.loop))
                loops |= {value.loop}
            else:
                parts.append((name.id, version))
                loops |= i.invariant_loops(version)
        elif isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
            owner = expressions.binding_scope(i, name.value.id)
            ident = expressions.heap(i.state.get(owner, name.value.id) or UNKNOWN) if owner is not None else None
            version = i.state.version(ident, name.attr) if ident is not None else 0
            parts.append((name.attr, version))
            loops |= i.invariant_loops(version)
        elif isinstance(name, (ast.Call, ast.NamedExpr)):
            if isinstance(name, ast.NamedExpr) or expressions.last_name(name.func) not in _PURE:
                parts.append(("call", id(name), i.chain))
                loops |= i.all_loops()
    return tuple(parts), loops


def identity(value: Value) -> Ident:
    """Something that is equal for the same value."""
    if isinstance(value, Figure):
        value = UNKNOWN
    if isinstance(value, Sym):
        return value.key
    if isinstance(value, Const):
        return ("const", type(value.value).__name__, repr(value.value))
    ident = expressions.heap(value)
    return ident if ident is not None else ("value", id(value))
