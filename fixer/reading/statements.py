"""Interprets statements: control flow, bindings, definitions, imports."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading import (
    building,
    contexts,
    definitions,
    expressions,
    grads,
    items,
    library,
    loops,
    modes,
    operators,
    questions,
    shapes,
    tensors,
)
from fixer.reading.conditions import Atom, Formula
from fixer.reading.interpreter import Interpreter
from fixer.reading.joins import join, union
from fixer.reading.state import Layer as StateLayer
from fixer.reading.tree import Exit
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    Const,
    External,
    Instance,
    Items,
    Layer,
    Mapping,
    ParametersOf,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace


def run(i: Interpreter, body: list[ast.stmt]) -> bool:
    """Interpret statements in order; False if control never gets past them."""
    return all(statement(i, node) for node in body)


def statement(i: Interpreter, node: ast.stmt) -> bool:
    """Interpret one statement; False if control never gets past it."""
    i.spend()
    handler = _handlers().get(type(node))
    return handler(i, node) if handler is not None else True


def _expression(i: Interpreter, node: ast.Expr) -> bool:
    if isinstance(node.value, ast.Attribute):
        return _read_only(i, node, node.value)
    outer, i.dropped = i.dropped, node.value
    value = expressions.evaluate(i, node.value)
    i.dropped = outer
    if grads.is_context(value) and isinstance(value, Bound) and isinstance(value.receiver, External):
        if value.receiver.name not in library.GRAD_SWITCH:
            i.emit(Kind.UNCALLED, node, value=value, name="context")
    return not (isinstance(value, External) and value.name == "exit()")


def _read_only(i: Interpreter, node: ast.Expr, inner: ast.Attribute) -> bool:
    """A statement that reads an attribute and does nothing with it."""
    receiver = i.refine(expressions.evaluate(i, inner.value))
    found = i.each(receiver, lambda value: expressions.attribute(i, value, inner.attr, inner))
    i.emit(Kind.UNCALLED, node, value=receiver, name=inner.attr, found=found)
    return True


def _assign(i: Interpreter, node: ast.Assign) -> bool:
    if i.imported_stack and i.at_the_top() and definitions.put_off_constant(i, node):
        return True
    outer, i.assigned = i.assigned, node
    value = expressions.evaluate(i, node.value)
    i.assigned = outer
    if isinstance(node.value, ast.Name) and isinstance(value, (Instance, Layer)):
        modes.snapshot(i, node, node.value, value, True)
    for target in node.targets:
        bind(i, target, value)
    return True


def _annotated(i: Interpreter, node: ast.AnnAssign) -> bool:
    if i.imported_stack and i.at_the_top() and definitions.put_off_constant(i, node):
        return True
    if node.value is not None:
        bind(i, node.target, expressions.evaluate(i, node.value))
    return True


def _augmented(i: Interpreter, node: ast.AugAssign) -> bool:
    before = expressions.evaluate(i, _load(node.target))
    operand = expressions.evaluate(i, node.value)
    if operators.hand_update(i, node, node.target, before, node.value):
        return True
    value = operators.operate(i, node, node.op, before, operand, node.value)
    if isinstance(node.op, ast.Add):
        value = operators.kept(i, node, node.target, before, operand, value)
    if isinstance(before, Items) and isinstance(node.op, ast.Add):
        value = items.extended(before, operand)
    bind(i, node.target, value)
    return True


def _load(target: ast.expr) -> ast.expr:
    """The same target, read instead of written (nodes are shared, so identities and places stay)."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target


def bind(i: Interpreter, target: ast.expr, value: Value) -> None:
    """Assign a value to a target."""
    value = i.refine(value)
    if isinstance(target, ast.Name):
        owner = i.frame.declared.get(target.id, i.frame.scope)
        i.state.set(owner, target.id, shapes.moved(i, value, named(value, target.id)))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part, item in zip(target.elts, unpack(i, value, target), strict=True):
            bind(i, part.value if isinstance(part, ast.Starred) else part, item)
    elif isinstance(target, ast.Attribute):
        _set_attribute(i, target, value)
    elif isinstance(target, ast.Subscript):
        _set_item(i, target, value)
    elif isinstance(target, ast.Starred):
        bind(i, target.value, value)


def rebind(i: Interpreter, target: ast.expr, value: Value) -> None:
    """Put what a list or dict has become in its place: a name of an outer scope stays that scope's."""
    owner = expressions.binding_scope(i, target.id) if isinstance(target, ast.Name) else None
    if owner is not None and isinstance(target, ast.Name):
        i.state.set(owner, target.id, value)
    else:
        bind(i, target, value)


def named(value: Value, name: str) -> Value:
    """A made-up value takes the first name it is bound to, so that it can be recognised by it."""
    if isinstance(value, Sym) and value.made and not value.name:
        return Sym(value.key, name, value.sources, value.owners, value.loops, True)
    return value


def _set_attribute(i: Interpreter, target: ast.Attribute, value: Value) -> None:
    receiver = expressions.evaluate(i, target.value)
    if target.attr == "grad":
        owned = i.parameters(receiver) if isinstance(receiver, (ParametersOf, Tensor)) else UNKNOWN_PARAMETERS
        if value == NONE:
            i.emit(Kind.ZERO_GRAD, target, parameters=owned)
        else:
            i.emit(Kind.CLIP, target, parameters=owned, edits=True)
        return
    if target.attr == "requires_grad" and isinstance(receiver, Tensor) and receiver.leaf is None:
        ident = i.site(target, "leaf")
        i.alloc(ident)
        owned = union(receiver.owners, Parameters(frozenset({ident})))
        if value == Const(True) and not receiver.owners.owners and receiver.owners.exact:
            tensors.rebuilt(i, target, ident, receiver, False)
        bind(i, target.value, replace(receiver, leaf=ident, owners=owned))
        return
    if target.attr == "data" and isinstance(receiver, (ParametersOf, Tensor)):
        return
    building.flag(i, target, receiver, value)
    if target.attr == "training":
        modes.mode_unknown(i, target, receiver)
    if isinstance(receiver, Layer) and isinstance(value, Tensor) and value.leaf is None:
        i.swap(receiver)
    ident = expressions.heap(receiver)
    if ident is not None:
        i.state.set(ident, target.attr, shapes.moved(i, value, named(value, target.attr)))


def _set_item(i: Interpreter, target: ast.Subscript, value: Value) -> None:
    container = expressions.evaluate(i, target.value)
    key = expressions.evaluate(i, target.slice)
    if isinstance(target.value, ast.Attribute) and target.value.attr == "_parameters":
        with i.silently():
            i.swap(expressions.evaluate(i, target.value.value))
    if isinstance(container, Mapping):
        if isinstance(key, Const):
            known = tuple((k, value if k == key.value else v) for k, v in container.entries)  # it keeps its place
            new = () if any(k == key.value for k, _ in known) else ((key.value, value),)
            rebind(i, target.value, replace(container, entries=(*known, *new)))
        else:
            grown = (*container.entries, (("?", id(target)), value))
            rebind(i, target.value, replace(container, entries=grown, more=True))
    elif isinstance(container, Items):
        rebind(i, target.value, items.extended(container, value))
    elif isinstance(container, Sym) and isinstance(key, Const):
        i.state.set(("item", container.key), str(key.value), value)
    elif modes.graphed([value]) and not i.quiet:
        i.emit(Kind.GIVEN, target, uses=modes.graphed([value]), name="stored out of sight")
    i.used(value, "value", target)


def unpack(i: Interpreter, value: Value, target: ast.Tuple | ast.List) -> list[Value]:
    """The members a tuple target receives."""
    count = len(target.elts)
    starred = [n for n, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    if isinstance(value, Items) and not value.more:
        known = list(value.items)
        if not starred and len(known) == count:
            return known
        if len(starred) == 1 and len(known) >= count - 1:
            at, after = starred[0], count - 1 - starred[0]
            middle = Items(tuple(known[at : len(known) - after]))
            return [*known[:at], middle, *(known[len(known) - after :] if after else [])]
    names = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
    return [items.member(i, value, n, target, names[n]) for n in range(count)]


def _delete(i: Interpreter, node: ast.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Attribute) and target.attr == "grad":
            receiver = expressions.evaluate(i, target.value)
            known = isinstance(receiver, (ParametersOf, Tensor))
            owned = i.parameters(receiver) if known else UNKNOWN_PARAMETERS
            i.emit(Kind.ZERO_GRAD, target, parameters=owned)
    return True


def _if(i: Interpreter, node: ast.If) -> bool:
    main = _main_guard(i, node.test)
    test = main if main is not None else questions.condition(i, node.test)
    return i.fork(test, lambda: run(i, node.body), lambda: run(i, node.orelse))


def _main_guard(i: Interpreter, test: ast.expr) -> bool | None:
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
        return len(i.imported_stack) == 0
    return None


def _return(i: Interpreter, node: ast.Return) -> bool:
    value = expressions.evaluate(i, node.value) if node.value is not None else NONE
    i.frame.returns.append((i.guard(), value))
    contexts.jump(i)
    i.out.append(Exit("return"))
    if len(i.frames) == i.entry_depth:
        i.used(value, "value", node)
    return False


def _raise(i: Interpreter, node: ast.Raise) -> bool:
    if node.exc is not None:
        expressions.evaluate(i, node.exc)
    i.out.append(Exit("raise"))
    return False


def _break(i: Interpreter, node: ast.Break) -> bool:
    contexts.jump(i, len(i.loops))
    i.out.append(Exit("break"))
    return False


def _continue(i: Interpreter, node: ast.Continue) -> bool:
    contexts.jump(i, len(i.loops))
    i.out.append(Exit("continue"))
    return False


def _try(i: Interpreter, node: ast.Try) -> bool:
    waiting = len(i.frame.finals)
    if node.finalbody:
        contexts.wait(i, lambda: run(i, node.finalbody))
    falls = run(i, node.body)
    if falls:
        falls = run(i, node.orelse)
    for handler in node.handlers:
        # Handlers are read for what they bind; the paths judged are those without exceptions.
        i.state.push()
        with i.silently():
            if handler.name:
                i.state.set(i.frame.scope, handler.name, UNKNOWN)
            reached = run(i, handler.body)
        layer = i.state.pop()
        if reached and falls:
            _recovered(i, layer, Atom(("raised", id(handler), i.chain), loops=i.all_loops()))
        elif reached:
            i.state.merge(True, layer, None)
            falls = True
    contexts.leave_to(i, waiting, False)
    if falls:
        return run(i, node.finalbody)
    with i.silently():  # it ran where control left
        run(i, node.finalbody)
    return False


def _recovered(i: Interpreter, layer: StateLayer, raised: Formula) -> None:
    """Bind what a handler leaves where the body left nothing; flags may be either way."""
    for owner, names in layer.items():
        for name, (value, _) in names.items():
            before = i.state.get(owner, name)
            if before is None or isinstance(before, Const):
                i.state.set(owner, name, value if before is None else join(raised, value, before))


def _with(i: Interpreter, node: ast.With | ast.AsyncWith) -> bool:
    grad = (i.grad, i.unsure)
    waiting = len(i.frame.finals)
    for item in node.items:
        entered, leave = contexts.enter(i, expressions.evaluate(i, item.context_expr), item.context_expr)
        contexts.wait(i, leave)
        if item.optional_vars is not None:
            bind(i, item.optional_vars, entered)
    falls = run(i, node.body)
    contexts.leave_to(i, waiting, falls)
    i.grad, i.unsure = grad
    return falls


def _match(i: Interpreter, node: ast.Match) -> bool:
    expressions.evaluate(i, node.subject)

    def rest(cases: list[ast.match_case]) -> bool:
        if not cases:
            return True
        case = cases[0]
        if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None:
            return run(i, case.body)
        for name in ast.walk(case.pattern):
            if isinstance(name, (ast.MatchAs, ast.MatchStar)) and name.name:
                i.state.set(i.frame.scope, name.name, UNKNOWN)
        test = Atom(("case", id(case), i.chain), loops=i.all_loops())
        return i.fork(test, lambda: run(i, case.body), lambda: rest(cases[1:]))

    return rest(node.cases)


def _assert(i: Interpreter, node: ast.Assert) -> bool:
    expressions.evaluate(i, node.test)
    return True


@cache
def _handlers() -> dict[type[ast.stmt], Callable[..., bool]]:
    """What interprets each kind of node (asked for late: the modules import each other)."""
    table: dict[type[ast.stmt], Callable[..., bool]] = {
        ast.Expr: _expression,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.If: _if,
        ast.For: loops.for_loop,
        ast.AsyncFor: loops.for_loop,
        ast.While: loops.while_loop,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.FunctionDef: definitions.define_function,
        ast.AsyncFunctionDef: definitions.define_function,
        ast.ClassDef: definitions.define_class,
        ast.Import: definitions.import_names,
        ast.ImportFrom: definitions.import_from,
        ast.Global: definitions.declare_global,
        ast.Nonlocal: definitions.declare_nonlocal,
        ast.Assert: _assert,
        ast.Delete: _delete,
        ast.Match: _match,
    }
    if hasattr(ast, "TryStar"):
        table[ast.TryStar] = _try
    return table
