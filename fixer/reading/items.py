"""Interprets indexing, unpacking and membership."""

from __future__ import annotations

import ast

from fixer.protocol.events import Kind
from fixer.reading import building, definitions, expressions, questions, shapes
from fixer.reading.conditions import Atom
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.joins import join
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    Const,
    Counter,
    Either,
    Ident,
    Items,
    Layer,
    Loader,
    Mapping,
    ParametersOf,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace


def subscript(i: Interpreter, node: ast.Subscript) -> Value:
    container = i.refine(expressions.evaluate(i, node.value))
    key = index_of(i, node.slice, node, container)
    return i.each(container, lambda value: shapes.item(i, value, node.slice, key, item(i, value, key, node)))


def index_of(i: Interpreter, node: ast.expr, whole: ast.Subscript, container: Value) -> Value:
    """The value of an index; slices that start at a loop's counter are a sign of a batch loop."""
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        if isinstance(part, ast.Slice):
            lower = expressions.evaluate(i, part.lower) if part.lower is not None else NONE
            upper = expressions.evaluate(i, part.upper) if part.upper is not None else NONE
            if isinstance(lower, Counter):
                add_sign(i, lower.loop, "slices")
                if lower.offset == 0 and lower.stride and isinstance(upper, Counter) and upper.loop == lower.loop:
                    width = upper.ahead if upper.offset is None else Const(upper.offset)
                    folded = (
                        isinstance(container, Tensor)
                        and container.folded
                        or (
                            isinstance(container, Sym)
                            and isinstance(container.key, tuple)
                            and "folded" in container.key
                        )
                    )
                    i.emit(Kind.SLICE, whole, loop=lower.loop, width=width, folded=folded)
            elif part.lower is not None and not isinstance(lower, Const):
                for name in ast.walk(part.lower):
                    if isinstance(name, ast.Name):
                        value = expressions.evaluate(i, name)
                        if isinstance(value, Counter):
                            add_sign(i, value.loop, "slices")
        else:
            value = expressions.evaluate(i, part)
            if isinstance(value, Counter):
                add_sign(i, value.loop, "indexes")
            if not isinstance(node, ast.Tuple) or sources(value):
                return value
    return UNKNOWN


def add_sign(i: Interpreter, loop: Ident, sign: str) -> None:
    for known, _ in i.loops:
        if known.ident == loop:
            known.signs.add(sign)


def registry(i: Interpreter, node: ast.expr) -> bool:
    """Whether a dict is one of a module or an object: what other modules register in it comes with their imports."""
    if isinstance(node, ast.Name):
        scope = expressions.binding_scope(i, node.id)
        return isinstance(scope, tuple) and scope[0] == "module"
    return isinstance(node, ast.Attribute)


def item(i: Interpreter, value: Value, key: Value, node: ast.Subscript) -> Value:
    """``value[key]``."""
    if isinstance(value, Bound):
        value = building.members(i, value)
    if isinstance(value, Items):
        if isinstance(key, Const) and isinstance(key.value, int) and not value.more:
            if -len(value.items) <= key.value < len(value.items):
                return i.refine(value.items[key.value])
        elif isinstance(node.slice, ast.Slice):
            return replace(value, more=True) if value.items else UNKNOWN
        elif len(value.items) == 1:
            return value.items[0]
        tensors = [v for v in value.items if isinstance(v, Tensor)]
        if tensors and len(tensors) == len(value.items):
            return Tensor(sources(*tensors), owners(*tensors), role=tensors[0].role)
        text = ast.dump(node.slice)
        return Sym(
            ("item", id(node.value), text, *(name_of(v) for v in value.items)),
            expressions.last_name(node.value),
            sources(value),
        )
    if isinstance(value, Mapping):
        if isinstance(key, Const):
            found = value.get(key.value)
            if found is not None:
                return i.refine(found)
        if (isinstance(key, Const) or not value.entries) and registry(i, node.value) and definitions.run_imports(i):
            return item(i, i.refine(expressions.evaluate(i, node.value)), key, node)
        kinds = [v for _, v in value.entries]
        if kinds and all(isinstance(v, Loader) for v in kinds):
            return kinds[0]
        if kinds and all(isinstance(v, Tensor) for v in kinds):
            return Tensor(sources(*kinds), owners(*kinds))
        if kinds and not value.more and len(kinds) <= 6 and not isinstance(key, Const):
            return chosen(kinds, ("choice", questions.fingerprint(i, node)[0]), questions.fingerprint(i, node)[1])
        return Sym(("item", id(node), i.chain), expressions.last_name(node))
    if isinstance(value, Tensor):
        if sources(key) and not value.sources:
            return replace(value, sources=sources(key), leaf=None)
        if value.role == "output" and isinstance(key, Const) and key.value in (0, "loss"):
            return replace(
                value,
                role="loss" if key.value == "loss" else "",
                squash=None,
                mean=True if key.value == "loss" else None,
            )
        return replace(value, squash=replace(value.squash, shaped=True)) if value.squash is not None else value
    if isinstance(value, Layer) and value.items:
        if isinstance(key, Const) and isinstance(key.value, int) and -len(value.items) <= key.value < len(value.items):
            return value.items[key.value]
        if isinstance(node.slice, ast.Slice):
            return sliced(i, value, node.slice)
        return Sym(("item", value.ident), "", loops=i.all_loops())
    if isinstance(value, ParametersOf):
        return value
    if isinstance(value, Sym):
        stored = i.state.get(("item", value.key), str(key.value)) if isinstance(key, Const) else None
        if stored is not None:
            return i.refine(stored)
        index, loops = (
            questions.fingerprint(i, node.slice) if not isinstance(node.slice, ast.Slice) else (id(node), frozenset())
        )
        ident = ("item", value.key, index)
        i.parents[ident] = value.key
        return Sym(ident, expressions.last_name(node), value.sources, value.owners, value.loops | loops)
    return UNKNOWN


def name_of(value: Value) -> Ident:
    ident = expressions.heap(value)
    return ident if ident is not None else type(value).__name__


def chosen(kinds: list[Value], key: Ident, loops: frozenset[Ident]) -> Value:
    found = kinds[-1]
    for number, kind in enumerate(kinds[:-1]):
        found = join(Atom((key, number), loops=loops), kind, found)
    return found


def sliced(i: Interpreter, value: Layer, node: ast.Slice) -> Value:
    bounds = [expressions.evaluate(i, b) if b is not None else NONE for b in (node.lower, node.upper, node.step)]
    numbers = [b.value for b in bounds if isinstance(b, Const) and (b.value is None or isinstance(b.value, int))]
    if len(numbers) == 3:
        return replace(value, items=value.items[slice(*numbers)])
    return Sym(("slice", value.ident, id(node)))


def member(i: Interpreter, value: Value, number: int, node: ast.AST, name: str = "") -> Value:
    """The n-th member of something that is unpacked."""
    value = i.refine(value)
    if isinstance(value, Tensor):
        found = replace(value, role="batch") if value.role == "batch" else replace(value, role="")
        return shapes.member(i, value, number, found)
    if isinstance(value, Items):
        if number < len(value.items) and not value.more:
            return value.items[number]
        tensors = [v for v in value.items if isinstance(v, Tensor)]
        if tensors and len(tensors) == len(value.items):
            roles = {v.role for v in tensors}
            return Tensor(sources(*tensors), owners(*tensors), role=roles.pop() if len(roles) == 1 else "")
        return Sym(("member", id(node), number, i.chain), name, sources(value), owners(value))
    if isinstance(value, ParametersOf):
        return value
    if isinstance(value, Sym):
        key = ("member", value.key, number)
        i.parents[key] = value.key
        return shapes.member(i, value, number, Sym(key, name, value.sources, value.owners, value.loops, value.made))
    if isinstance(value, Either):
        return join(value.test, member(i, value.then, number, node, name), member(i, value.other, number, node, name))
    return i.fresh(node, name)


def extended(value: Items, added: Value) -> Items:
    """A list after something was appended or added to it."""
    more = list(added.items) if isinstance(added, Items) else [added]
    unseen = [v for v in more if v not in value.items]
    if len(value.items) + len(unseen) > 16:
        return replace(value, more=True)
    repeated = len(unseen) < len(more)
    return Items(
        (*value.items, *unseen), value.more or repeated or (isinstance(added, Items) and added.more), value.key
    )
