"""Interprets operators, comparisons and tests."""

from __future__ import annotations

import ast
import re
from typing import Any as Anything

from fixer.protocol.events import Kind, Parameters
from fixer.reading import averages, expressions, modes, questions, shapes, syntax
from fixer.reading.conditions import Formula
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.joins import union
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    Const,
    Counter,
    Criterion,
    Either,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Optimizer,
    ParametersOf,
    Quotient,
    Remainder,
    Source,
    Sym,
    Tensor,
    Truth,
    Value,
)
from fixer.record import replace


def binary(i: Interpreter, node: ast.BinOp) -> Value:
    left, right = i.refine(expressions.evaluate(i, node.left)), i.refine(expressions.evaluate(i, node.right))
    value = shapes.elementwise(i, node.op, left, right, operate(i, node, node.op, left, right, node.right))
    pair = shapes.of(i, left), shapes.of(i, right)
    if isinstance(node.op, ast.Sub) and shapes.crossed(*pair):
        i.emit(Kind.CROSSED, node, uses=sources(left, right), given=(left, right), shapes=pair, grad=i.grad)
    statement = i.assigned
    if statement is not None and statement.value is node and isinstance(node.op, ast.Add):
        # ``total = total + loss``
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Attribute)) and len(statement.targets) == 1:
            name = syntax.written(target)
            if syntax.written(node.left) == name:
                return kept(i, statement, target, left, right, value)
            if syntax.written(node.right) == name:
                return kept(i, statement, target, right, left, value)
    return value


def kept(i: Interpreter, node: ast.stmt | ast.AST, target: ast.AST, before: Value, added: Value, after: Value) -> Value:
    """Something is added to what may stand from earlier iterations; a tensor with its graph keeps that, too.

    What is added is marked, so that a backward from the sum can be told from one of its terms.
    """
    if not isinstance(added, (Tensor, Sym)) or not modes.graphed([added]) or not i.loops:
        return after
    site = ("kept", id(node), i.chain)
    sure = isinstance(added, Tensor) and added.sure
    facts: dict[str, Anything] = {"grad": i.grad, "unsure": i.unsure, "sure": sure, "site": site}
    if Source(site, True) in sources(before):
        mean = added.mean if isinstance(added, Tensor) else None
        i.emit(Kind.KEPT, node, uses=modes.graphed([added]), target=target, mean=mean, value=added, **facts)
    return marked(after, Source(site))


def marked(value: Value, source: Source) -> Value:
    """A value that is also derived from ``source``."""
    if isinstance(value, (Tensor, Sym)):
        return replace(value, sources=value.sources | {source})
    if isinstance(value, Items):
        return replace(value, items=tuple(marked(v, source) for v in value.items))
    return value


def operate(i: Interpreter, node: ast.AST, op: ast.operator, left: Value, right: Value, right_node: ast.expr) -> Value:
    """``left op right``."""
    i.used(left, "value", node)
    i.used(right, "value", node)
    reported = averages.combined(i, node, op, left, right, right_node)
    if reported is not None:
        return reported
    left, right = averages.plain(left), averages.plain(right)
    if isinstance(left, Items) and isinstance(right, Items) and isinstance(op, ast.Add):
        return Items(left.items + right.items, left.more or right.more, left.key)
    if isinstance(op, ast.Mult) and isinstance(left, Items) and left.items:
        if all(isinstance(v, (Layer, Instance)) for v in left.items):
            return replace(left, more=True)  # the same modules again
    if isinstance(left, (Items, ParametersOf)) and isinstance(right, (Items, ParametersOf)) and isinstance(op, ast.Add):
        return ParametersOf(union(i.parameters(left), i.parameters(right)))
    if isinstance(op, ast.Mod):
        if right == Const(1):
            return Const(0)
        if isinstance(left, Counter):
            period = right.value if isinstance(right, Const) and isinstance(right.value, int) else None
            return Remainder(left, i.module.text_of(right_node), period) if not left.stride else UNKNOWN
        if isinstance(left, Sym) and left.loops:
            # A step number kept elsewhere (``state.step % k``): periodic in the innermost loop, its phase unknown.
            return UNKNOWN
    if isinstance(left, Counter) and isinstance(right, Const) and isinstance(right.value, int):
        shift = right.value if isinstance(op, ast.Add) else -right.value if isinstance(op, ast.Sub) else None
        if shift is not None:
            return replace(left, offset=None if left.offset is None else left.offset + shift)
    if (
        isinstance(right, Counter)
        and isinstance(left, Const)
        and isinstance(left.value, int)
        and isinstance(op, ast.Add)
    ):
        return replace(right, offset=None if right.offset is None else right.offset + left.value)
    if isinstance(left, Const) and isinstance(right, Const):
        known = arithmetic(op, left.value, right.value)
        return replace(known, of=left.of | right.of) if isinstance(known, Const) else known
    if isinstance(left, Counter) and isinstance(op, ast.Add) and isinstance(right, Sym) and left.offset == 0:
        return replace(left, offset=None, ahead=right)
    if isinstance(left, Counter) and isinstance(op, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)):
        return replace(left, offset=None, stride=left.stride or not isinstance(op, (ast.Add, ast.Sub)), ahead=None)
    tensors = [v for v in (left, right) if isinstance(v, Tensor) or (isinstance(v, Sym) and v.sources)]
    if tensors or isinstance(left, Either) or isinstance(right, Either):
        if not tensors and not sources(left, right):
            return UNKNOWN
        return averages.marked(i, node, op, (left, right), combine(op, left, right))
    if isinstance(left, Sym) or isinstance(right, Sym):
        loops = (left.loops if isinstance(left, Sym) else frozenset()) | (
            right.loops if isinstance(right, Sym) else frozenset()
        )
        key = ("op", type(op).__name__, questions.identity(left), questions.identity(right))
        return Sym(counted(i, key, node, op, left, right), "", loops=loops)
    if left == UNKNOWN and isinstance(op, (ast.Div, ast.FloorDiv)) and isinstance(right, Const) and _is_length(node):
        key = ("op", type(op).__name__, id(node), i.chain)
        return Sym(counted(i, key, node, op, left, right), "", loops=i.all_loops())
    return UNKNOWN


def counted(i: Interpreter, key: Ident, node: ast.AST, op: ast.operator, left: Value, right: Value) -> Ident:
    """The key of a computed number; if it is a number of batches (rows divided by a batch size), note that."""
    if isinstance(op, (ast.Div, ast.FloorDiv)) and isinstance(node, ast.BinOp):
        whole = syntax.written(node.left)
        key = (*key, whole) if isinstance(key, tuple) and left == UNKNOWN else key
        i.quotients[key] = Quotient(right, whole, syntax.written(node.right))
    elif isinstance(op, (ast.Add, ast.Sub)) and isinstance(right, Const) and isinstance(left, Sym):
        known = i.quotients.get(left.key)
        if known is not None:
            i.quotients[key] = known
    return key


def _is_length(node: ast.AST) -> bool:
    """``len(x) // 32``, ``n // 32`` and the like."""
    text = syntax.written(node.left) if isinstance(node, ast.BinOp) else ""
    return bool(re.fullmatch(r"len\([\w.\[\]\"']+\)|[\w.\[\]\"']+(\.size\(0\)|\.size\(\)\[0\])?", text))


def arithmetic(op: ast.operator, left: object, right: object) -> Value:
    numbers = (int, float)
    if isinstance(left, numbers) and isinstance(right, numbers):
        try:
            if isinstance(op, ast.Add):
                return Const(left + right)
            if isinstance(op, ast.Sub):
                return Const(left - right)
            if isinstance(op, ast.Mult):
                return Const(left * right)
            if isinstance(op, ast.FloorDiv):
                return Const(left // right)
            if isinstance(op, ast.Div):
                return Const(left / right)
            if isinstance(op, ast.Mod):
                return Const(left % right)
        except (ArithmeticError, ValueError):
            return UNKNOWN
    if isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Add):
        return Const(left + right)
    return UNKNOWN


def combine(op: ast.operator, left: Value, right: Value) -> Value:
    """A tensor computed from others: what it is a mean of, and whether it was divided."""
    a, b = (v if isinstance(v, Tensor) else None for v in (left, right))
    both = Tensor(sources(left, right), owners(left, right), None, "loss" if loss(a) or loss(b) else "", None, None)
    both = replace(both, sure=a is not None and a.sure or b is not None and b.sure)
    if isinstance(op, (ast.Add, ast.Sub)):
        if a is not None and b is not None:
            scaled = a.scaled if a.scaled == b.scaled else None
            # Adding this iteration's loss to what earlier iterations left: a sum over batches.
            summed = a.summed or b.summed or mixed(a, b)
            return replace(both, mean=a.mean if a.mean == b.mean else None, scaled=scaled, summed=summed)
        one = a or b
        other = right if a is not None else left
        if one is not None and isinstance(other, Const):
            return replace(both, mean=one.mean, scaled=one.scaled, summed=one.summed)
        return both
    one = a or b
    other = right if a is not None else left
    if one is None or isinstance(other, Tensor):
        return both
    both = replace(both, amp=one.amp)
    if isinstance(op, ast.Div) and a is not None:
        return replace(both, mean=one.mean, scaled=True if not is_one(other) else one.scaled, summed=one.summed)
    if isinstance(op, ast.Mult):
        return replace(
            both, mean=one.mean, scaled=one.scaled if is_one(other) else one.scaled or None, summed=one.summed
        )
    if isinstance(op, ast.Pow):
        return replace(both, scaled=one.scaled)
    return both


def is_one(value: Value) -> bool:
    return isinstance(value, Const) and value.value == 1


def loss(value: Tensor | None) -> bool:
    return value is not None and value.role == "loss"


def mixed(a: Tensor, b: Tensor) -> bool:
    return any(s.old for s in a.sources | b.sources) and any(not s.old for s in a.sources | b.sources)


def unary(i: Interpreter, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return truth(questions.condition(i, node))
    value = expressions.evaluate(i, node.operand)
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and isinstance(node.op, ast.USub):
        return Const(-value.value)
    i.used(value, "value", node)
    if isinstance(value, Tensor):
        return replace(value, squash=None, leaf=None)
    return UNKNOWN


def truth(formula: Formula) -> Value:
    return Const(formula) if isinstance(formula, bool) else Truth(formula)


def boolean(i: Interpreter, node: ast.BoolOp) -> Value:
    if isinstance(node.op, ast.Or) and len(node.values) == 2:
        # ``x = given or default``
        first = expressions.evaluate(i, node.values[0])
        if not isinstance(first, (Truth, Const)) and not isinstance(node.values[0], (ast.Compare, ast.UnaryOp)):
            if isinstance(first, (Instance, Function, Optimizer, Layer, Criterion)):
                return first
            if first == NONE:
                return expressions.evaluate(i, node.values[1])
            test = questions.truth_of(i, first, node.values[0])
            return i.choose(test, lambda: first, lambda: expressions.evaluate(i, node.values[1]))
    return truth(questions.condition(i, node))


def compare(i: Interpreter, node: ast.Compare) -> Value:
    return truth(questions.condition(i, node))


def conditional(i: Interpreter, node: ast.IfExp) -> Value:
    test = questions.condition(i, node.test)
    return i.choose(test, lambda: expressions.evaluate(i, node.body), lambda: expressions.evaluate(i, node.orelse))


def hand_update(i: Interpreter, node: ast.AST, target: ast.expr, before: Value, change: ast.expr) -> bool:
    """Recognise an update written by hand (``w -= lr * w.grad``) or a gradient that is scaled (``p.grad /= k``)."""
    if isinstance(target, ast.Attribute) and target.attr == "grad" or mentions_grad(target):
        i.emit(Kind.CLIP, node, parameters=Parameters(exact=False), edits=True)
        return True
    if isinstance(before, Bound) and before.name == "data":
        before = before.receiver
    if isinstance(before, (Tensor, ParametersOf)) and any(mentions_grad(n) for n in ast.walk(change)):
        owned = i.parameters(before)
        if isinstance(before, Tensor) and before.leaf is None:
            return False
        base = target.value if isinstance(target, ast.Attribute) and target.attr == "data" else target
        key = frozenset(owned.owners)
        i.emit(Kind.STEP, node, subject=("hand", key), parameters=owned, hand=syntax.written(base), value=before)
        return True
    return False


def mentions_grad(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and (
        node.attr == "grad" or mentions_grad(node.value) and node.attr == "data"
    )
