"""Interprets loops: what they iterate over, what an iteration receives, and what it carries into the next."""

from __future__ import annotations

import ast
from collections.abc import Callable

from fixer.protocol.events import Kind, Parameters
from fixer.reading import averages, building, calls, expressions, items, library, questions, shapes, statements, syntax
from fixer.reading.conditions import Atom, Formula, Test, negate
from fixer.reading.interpreter import MAX_LOOP_DEPTH, MAX_UNROLL, Interpreter, sources
from fixer.reading.joins import aged, join, options
from fixer.reading.state import Layer as StateLayer
from fixer.reading.tree import Loop
from fixer.reading.values import (
    UNKNOWN,
    ClassOf,
    Const,
    Counter,
    Either,
    Function,
    Instance,
    Items,
    Layer,
    Loader,
    Mapping,
    Optimizer,
    ParametersOf,
    Source,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import replace


def for_loop(i: Interpreter, node: ast.For | ast.AsyncFor) -> bool:
    iterable = i.refine(expressions.evaluate(i, node.iter))
    each_over(i, node, node.target, iterable, node.iter, lambda: statements.run(i, node.body), unrolls(node))
    return statements.run(i, node.orelse) if node.orelse else True


def unrolls(node: ast.AST) -> bool:
    """Whether the members of what a loop runs over may be read one after the other: no ``break`` ends it early."""
    return not syntax.breaks(node)


def members(iterable: Value) -> list[Value] | None:
    """The members of an iterable, if they are all known and worth telling apart."""
    if isinstance(iterable, Wrapped) and iterable.how in ("enumerate", "zip", "reversed", "list"):
        parts = [members(p) for p in iterable.parts]
        if any(p is None for p in parts):
            return None
        rows = list(zip(*[p for p in parts if p is not None], strict=False))
        if iterable.how == "enumerate":
            return [Items((Const(n + iterable.start), *row)) for n, row in enumerate(rows)]
        if iterable.how == "reversed":
            rows.reverse()
        return [Items(tuple(row)) if iterable.how == "zip" else row[0] for row in rows]
    if isinstance(iterable, Items) and not iterable.more and 0 < len(iterable.items) <= MAX_UNROLL:
        if all(isinstance(v, Const) and not isinstance(v.value, str) for v in iterable.items):
            return None
        return list(iterable.items)
    if isinstance(iterable, Layer) and iterable.items and len(iterable.items) <= MAX_UNROLL:
        return list(iterable.items)
    return None


def each_over(
    i: Interpreter,
    node: ast.AST,
    target: ast.expr,
    iterable: Value,
    iter_node: ast.expr,
    body: Callable[[], bool],
    unroll: bool,
) -> None:
    """Run a loop body for the members of an iterable: one by one if they are known, twice if not."""
    known = members(iterable) if unroll else None
    if known is None and unroll and isinstance(forms := shapes.members(i, iterable), list) and len(forms) <= MAX_UNROLL:
        known = [items.member(i, iterable, number, node) for number in range(len(forms))]
    if known is not None:
        chain = i.chain
        for number, item in enumerate(known):
            loop = Loop((id(node), chain, number), node, i.module, times=1)
            i.chain = (*chain, -1 - number)
            with i.block() as loop.body:
                statements.bind(i, target, item)
                body()
            i.out.append(loop)
            i.chain = chain
        return
    loop = Loop((id(node), i.chain), node, i.module)
    describe(loop, iterable, iter_node, target)

    def once() -> bool:
        statements.bind(i, target, element(i, loop, iterable, target))
        return body()

    read_twice(i, loop, once)


def while_loop(i: Interpreter, node: ast.While) -> bool:
    loop = Loop((id(node), i.chain), node, i.module)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def once() -> bool:
        questions.condition(i, node.test)
        return statements.run(i, node.body)

    read_twice(i, loop, once)
    if endless and not any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(node)):
        return False
    return statements.run(i, node.orelse) if node.orelse else True


def read_twice(i: Interpreter, loop: Loop, once: Callable[[], bool]) -> None:
    """Read a loop body once to see what it carries into its next iteration, then again for its events."""
    i.loops.append((loop, i.state.now()))
    if len(i.loops) <= MAX_LOOP_DEPTH and not i.forwards:
        i.state.push()
        with i.silently():
            once()
        first = Atom(("first", loop.ident), Test.FIRST, frozenset({loop.ident}))
        carry(i, loop, i.state.pop(), negate(first))
    with i.block() as loop.body:
        once()
    i.loops.pop()
    i.out.append(loop)


def carry(i: Interpreter, loop: Loop, carried: StateLayer, later: Formula) -> None:
    """Bind at the head of a loop what an earlier iteration may have left there."""
    for owner, names in carried.items():
        for name, (value, _) in names.items():
            before = i.state.get(owner, name)
            if before is not None:
                i.state.set(owner, name, either_round(loop, name, before, aged(value), later))


def either_round(loop: Loop, name: str, before: Value, value: Value, later: Formula) -> Value:
    if isinstance(before, Const) and type(before.value) is int:
        if isinstance(value, Const) and type(value.value) is int and value != before:
            # A number that the loop changes: it counts iterations if it went up by one.
            if value.value == before.value + 1:
                return Counter(loop.ident, name, before.value)
            return Counter(loop.ident, name, None, True)
        if isinstance(value, Counter):
            # Counted by an inner loop, across the iterations of this one.
            return Counter(value.loop, name, None, value.stride)
    return averages.carried(loop, before, value, join(later, value, before))


def describe(loop: Loop, iterable: Value, node: ast.expr, target: ast.expr) -> None:
    """Note what speaks for a batch loop, how often the loop runs, and how its length is written."""
    inner, text = options(iterable)[0], node
    while isinstance(inner, Wrapped) and inner.how in (
        "enumerate",
        "tqdm",
        "iter",
        "zip",
        "list",
        "reversed",
        "islice",
    ):
        if inner.how in ("zip", "islice"):
            loop.signs.add("some")  # of its batches, perhaps
        if inner.how == "zip":
            loader = next((n for n, p in enumerate(inner.parts) if isinstance(p, Loader)), 0)
            inner = inner.parts[loader] if inner.parts else UNKNOWN
        else:
            inner = inner.parts[0] if inner.parts else UNKNOWN
    text = innermost(node)
    name = expressions.last_name(text)
    loop.loader = inner if isinstance(inner, Loader) else None
    loop.over = inner.ident if isinstance(inner, Loader) else inner.key if isinstance(inner, Sym) else None
    if isinstance(inner, Loader):
        loop.signs.add("loader")
    elif isinstance(inner, Wrapped) and inner.how == "generator":
        loop.signs.add("generator")
    elif library.looks_like_loader(name) and not isinstance(inner, (Items, Mapping)):
        loop.signs.add("name")
    if isinstance(inner, Wrapped) and inner.how == "range":
        loop.times = range_times(inner)
        loop.range = inner
        written = node
        if isinstance(node, ast.Call) and node.args and expressions.last_name(node.func) != "range":
            written = text
        if isinstance(written, ast.Call) and len(written.args) == 1 and not written.keywords:
            loop.length = syntax.written(written.args[0])
        else:
            loop.length = f"len({syntax.written(written)})"
    elif isinstance(text, (ast.Name, ast.Attribute)) and loop.signs & {"loader", "name"}:
        loop.length = f"len({syntax.written(text)})"
    elif isinstance(inner, Wrapped) and inner.how == "pieces":
        whole = inner.parts[0]
        # Pieces of what a loader yielded are parts of one batch.
        loop.signs.add("parts" if sources(whole) else "slices")
        loop.length = f"len({syntax.written(text)})"
    if isinstance(node, ast.expr) and isinstance(loop.node, ast.For):
        if any(isinstance(part, (ast.Break, ast.Return)) for part in loop.node.body):
            loop.times = 1
    if library.looks_like_task(" ".join(sorted(target_names(target))) + " " + syntax.written(text)):
        loop.signs.add("tasks")
    loop.batch_site = ("batch", loop.ident)


def target_names(target: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def innermost(node: ast.expr) -> ast.expr:
    """The iterable inside ``enumerate(tqdm(...))`` and the like."""
    while isinstance(node, ast.Call) and node.args:
        name = expressions.last_name(node.func)
        if name not in (
            "enumerate",
            "tqdm",
            "trange",
            "iter",
            "list",
            "zip",
            "reversed",
            "track",
            "progress_bar",
            "islice",
        ):
            break
        node = node.args[0]
    return node


def range_times(value: Wrapped) -> int | None:
    numbers = [p.value for p in value.parts if isinstance(p, Const) and isinstance(p.value, int)]
    if len(numbers) != len(value.parts) or not numbers:
        return None
    try:
        return len(range(*numbers))
    except (TypeError, ValueError):
        return None


def element(i: Interpreter, loop: Loop, iterable: Value, target: ast.AST) -> Value:
    """What one iteration receives; a batch loop's batch becomes an event."""
    if isinstance(iterable, Wrapped):
        parts = iterable.parts
        if iterable.how == "range":
            name = target.id if isinstance(target, ast.Name) else ""
            start = 0 if len(parts) < 2 else parts[0].value if isinstance(parts[0], Const) else None
            return Counter(loop.ident, name, start if isinstance(start, int) else None, len(parts) == 3)
        if iterable.how == "enumerate":
            first = part_of(target, 0)
            name = first.id if isinstance(first, ast.Name) else ""
            return Items((Counter(loop.ident, name, iterable.start), element(i, loop, parts[0], part_of(target, 1))))
        if iterable.how == "map":
            inner = element(i, loop, parts[1], target)
            return calls.call(i, parts[0], iterable.node, [inner], [])
        if iterable.how == "generator" and isinstance(parts[0], Function) and syntax.takes_part(parts[0].node):
            why = f"the generator {parts[0].name} takes part in the update"
            i.emit(Kind.OPAQUE, iterable.node, parameters=Parameters(exact=False), why=why)
        if iterable.how == "zip":
            return Items(tuple(element(i, loop, p, part_of(target, n)) for n, p in enumerate(parts)))
        if iterable.how in ("tqdm", "iter", "list", "reversed", "islice") and parts:
            return element(i, loop, parts[0], target)
        return batch_of(i, loop)
    if isinstance(iterable, Loader):
        return batch_of(i, loop, iterable)
    if isinstance(iterable, Either):
        known = [v for v in options(iterable) if isinstance(v, (Wrapped, Loader, Items, ParametersOf))]
        return element(i, loop, known[0] if known else UNKNOWN, target)
    if isinstance(iterable, ParametersOf):
        return iterable
    if isinstance(iterable, Items) and iterable.items:
        kinds = {type(v) for v in iterable.items}
        if len(iterable.items) == 1 and kinds & {
            Optimizer,
            Layer,
            Instance,
            Sym,
            Function,
            Items,
            Mapping,
            ParametersOf,
            Loader,
        }:
            return iterable.items[0]
        if kinds & {Tensor}:
            return batch_of(i, loop)
    if isinstance(iterable, Instance) and any(syntax.takes_part(base.node) for base in iterable.of.mro()):
        why = f"iterating over {iterable.of.node.name} takes part in the update"
        i.emit(Kind.OPAQUE, loop.node, parameters=Parameters(exact=False), why=why)
    if isinstance(iterable, Tensor) and iterable.sources:
        return replace(iterable, leaf=None)
    if isinstance(iterable, (Tensor, ClassOf)):
        return batch_of(i, loop)
    name = target.id if isinstance(target, ast.Name) else ""
    iterable = building.members(i, iterable)
    if isinstance(iterable, Sym):
        if "name" in loop.signs or (iterable.sources and not library.looks_like_optimizer(name)):
            return batch_of(i, loop)
        key = ("element", iterable.key)
        i.parents[key] = iterable.key
        return Sym(key, name, iterable.sources, iterable.owners, iterable.loops | {loop.ident})
    if "name" in loop.signs:
        return batch_of(i, loop)
    ident = ("item", loop.ident)
    i.alloc(ident)
    return Sym(ident, name, frozenset({Source(loop.batch_site)}), loops=frozenset({loop.ident}), made=True)


def part_of(target: ast.AST, n: int) -> ast.AST:
    if isinstance(target, (ast.Tuple, ast.List)) and n < len(target.elts):
        return target.elts[n]
    return target


def batch_of(i: Interpreter, loop: Loop, loader: Loader | None = None) -> Value:
    i.emit(Kind.BATCH, loop.node, makes=loop.batch_site, loop=loop, loader=loader)
    sure = loader is not None and loader.tensors
    return shapes.batch(i, Tensor(frozenset({Source(loop.batch_site)}), role="batch", sure=sure), loader)
