"""Interprets statements: control flow, bindings, definitions, imports."""

from __future__ import annotations

import ast
from collections.abc import Callable

from fixer.protocol.events import Kind, Parameters
from fixer.reading import calls, expressions, library, questions
from fixer.reading.conditions import Atom, Formula, Test, negate
from fixer.reading.interpreter import MAX_LOOP_DEPTH, MAX_UNROLL, Frame, Interpreter, sources
from fixer.reading.source import Module
from fixer.reading.state import Layer as StateLayer
from fixer.reading.tree import Exit, Loop
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    ClassOf,
    Const,
    Counter,
    Deferred,
    Either,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Loader,
    Mapping,
    ModuleOf,
    Optimizer,
    ParametersOf,
    Source,
    Sym,
    Tensor,
    Value,
    Wrapped,
    aged,
    join,
    options,
    union,
)
from fixer.record import replace


def run(i: Interpreter, body: list[ast.stmt]) -> bool:
    """Interpret statements in order; False if control never gets past them."""
    return all(statement(i, node) for node in body)


def statement(i: Interpreter, node: ast.stmt) -> bool:
    """Interpret one statement; False if control never gets past it."""
    i.spend()
    handler = _HANDLERS.get(type(node))
    return handler(i, node) if handler is not None else True


def _expression(i: Interpreter, node: ast.Expr) -> bool:
    value = expressions.evaluate(i, node.value)
    return not (isinstance(value, External) and value.name == "exit()")


def _assign(i: Interpreter, node: ast.Assign) -> bool:
    value = expressions.evaluate(i, node.value)
    for target in node.targets:
        bind(i, target, value)
    return True


def _annotated(i: Interpreter, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        bind(i, node.target, expressions.evaluate(i, node.value))
    return True


def _augmented(i: Interpreter, node: ast.AugAssign) -> bool:
    before = expressions.evaluate(i, _load(node.target))
    operand = expressions.evaluate(i, node.value)
    if expressions.hand_update(i, node, node.target, before, node.value):
        return True
    value = expressions.operate(i, node, node.op, before, operand, node.value)
    if isinstance(before, Items) and isinstance(node.op, ast.Add):
        value = expressions.extended(before, operand)
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
        i.state.set(owner, target.id, _named(value, target.id))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part, item in zip(target.elts, unpack(i, value, target), strict=True):
            bind(i, part.value if isinstance(part, ast.Starred) else part, item)
    elif isinstance(target, ast.Attribute):
        _set_attribute(i, target, value)
    elif isinstance(target, ast.Subscript):
        _set_item(i, target, value)
    elif isinstance(target, ast.Starred):
        bind(i, target.value, value)


def _named(value: Value, name: str) -> Value:
    """A made-up value takes the first name it is bound to, so that it can be recognised by it."""
    if isinstance(value, Sym) and value.made and not value.name:
        return Sym(value.key, name, value.sources, value.owners, value.loops, True)
    return value


def _set_attribute(i: Interpreter, target: ast.Attribute, value: Value) -> None:
    receiver = expressions.evaluate(i, target.value)
    if target.attr == "grad":
        owned = i.parameters(receiver) if isinstance(receiver, (ParametersOf, Tensor)) else Parameters(exact=False)
        if value == NONE:
            i.emit(Kind.ZERO_GRAD, target, parameters=owned)
        else:
            i.emit(Kind.CLIP, target, parameters=owned, edits=True)
        return
    if target.attr == "requires_grad" and isinstance(receiver, Tensor) and receiver.leaf is None:
        ident = i.site(target, "leaf")
        i.alloc(ident)
        owned = union(receiver.owners, Parameters(frozenset({ident})))
        bind(i, target.value, replace(receiver, leaf=ident, owners=owned))
        return
    if target.attr == "data" and isinstance(receiver, (ParametersOf, Tensor)):
        return
    ident = expressions.heap(receiver)
    if ident is not None:
        i.state.set(ident, target.attr, _named(value, target.attr))


def _set_item(i: Interpreter, target: ast.Subscript, value: Value) -> None:
    container = expressions.evaluate(i, target.value)
    key = expressions.evaluate(i, target.slice)
    if isinstance(container, Mapping):
        if isinstance(key, Const):
            rest = tuple((k, v) for k, v in container.entries if k != key.value)
            bind(i, target.value, Mapping((*rest, (key.value, value)), container.more))
        else:
            bind(i, target.value, Mapping((*container.entries, (("?", id(target)), value)), True))
    elif isinstance(container, Items):
        bind(i, target.value, expressions.extended(container, value))
    elif isinstance(container, Sym) and isinstance(key, Const):
        i.state.set(("item", container.key), str(key.value), value)
    i.used(value, "value", target)


def unpack(i: Interpreter, value: Value, target: ast.Tuple | ast.List) -> list[Value]:
    """The members a tuple target receives."""
    count = len(target.elts)
    starred = [n for n, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    if isinstance(value, Items) and not value.more:
        items = list(value.items)
        if not starred and len(items) == count:
            return items
        if len(starred) == 1 and len(items) >= count - 1:
            at, after = starred[0], count - 1 - starred[0]
            middle = Items(tuple(items[at : len(items) - after]))
            return [*items[:at], middle, *(items[len(items) - after :] if after else [])]
    names = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
    return [expressions.member(i, value, n, target, names[n]) for n in range(count)]


def _delete(i: Interpreter, node: ast.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Attribute) and target.attr == "grad":
            receiver = expressions.evaluate(i, target.value)
            known = isinstance(receiver, (ParametersOf, Tensor))
            owned = i.parameters(receiver) if known else Parameters(exact=False)
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
    i.out.append(Exit("break"))
    return False


def _continue(i: Interpreter, node: ast.Continue) -> bool:
    i.out.append(Exit("continue"))
    return False


def _try(i: Interpreter, node: ast.Try) -> bool:
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
    return run(i, node.finalbody) and falls


def _recovered(i: Interpreter, layer: StateLayer, raised: Formula) -> None:
    """Bind what a handler leaves where the body left nothing; flags may be either way."""
    for owner, names in layer.items():
        for name, (value, _) in names.items():
            before = i.state.get(owner, name)
            if before is None or isinstance(before, Const):
                i.state.set(owner, name, value if before is None else join(raised, value, before))


def _with(i: Interpreter, node: ast.With | ast.AsyncWith) -> bool:
    grad = i.grad
    for item in node.items:
        value = expressions.evaluate(i, item.context_expr)
        entered = expressions.entered(i, value, item.context_expr)
        if item.optional_vars is not None:
            bind(i, item.optional_vars, entered)
    falls = run(i, node.body)
    i.grad = grad
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


# Loops


def _for(i: Interpreter, node: ast.For | ast.AsyncFor) -> bool:
    iterable = i.refine(expressions.evaluate(i, node.iter))
    each_over(i, node, node.target, iterable, node.iter, lambda: run(i, node.body), _unrolls(iterable, node))
    return run(i, node.orelse) if node.orelse else True


def _unrolls(iterable: Value, node: ast.AST) -> bool:
    if any(isinstance(n, ast.Break) for n in ast.walk(node)):
        return False
    return True


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
    if known is not None:
        chain = i.chain
        for number, item in enumerate(known):
            loop = Loop((id(node), chain, number), node, i.module, times=1)
            i.chain = (*chain, -1 - number)
            with i.block() as loop.body:
                bind(i, target, item)
                body()
            i.out.append(loop)
            i.chain = chain
        return
    loop = Loop((id(node), i.chain), node, i.module)
    describe(i, loop, iterable, iter_node, target)

    def once() -> bool:
        bind(i, target, element(i, loop, iterable, target))
        return body()

    _twice(i, loop, once)


def _while(i: Interpreter, node: ast.While) -> bool:
    loop = Loop((id(node), i.chain), node, i.module)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def once() -> bool:
        questions.condition(i, node.test)
        return run(i, node.body)

    _twice(i, loop, once)
    if endless and not any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(node)):
        return False
    return run(i, node.orelse) if node.orelse else True


def _twice(i: Interpreter, loop: Loop, once: Callable[[], bool]) -> None:
    """Read a loop body once to see what it carries into its next iteration, then again for its events."""
    i.loops.append((loop, i.state.now()))
    if len(i.loops) <= MAX_LOOP_DEPTH and not i.forwards:
        i.state.push()
        with i.silently():
            once()
        first = Atom(("first", loop.ident), Test.FIRST, frozenset({loop.ident}))
        _carry(i, loop, i.state.pop(), negate(first))
    with i.block() as loop.body:
        once()
    i.loops.pop()
    i.out.append(loop)


def _carry(i: Interpreter, loop: Loop, carried: StateLayer, later: Formula) -> None:
    """Bind at the head of a loop what an earlier iteration may have left there."""
    for owner, names in carried.items():
        for name, (value, _) in names.items():
            before = i.state.get(owner, name)
            if before is not None:
                i.state.set(owner, name, _either_round(loop, name, before, aged(value), later))


def _either_round(loop: Loop, name: str, before: Value, value: Value, later: Formula) -> Value:
    if isinstance(before, Const) and type(before.value) is int:
        if isinstance(value, Const) and type(value.value) is int and value != before:
            # A number that the loop changes: it counts iterations if it went up by one.
            if value.value == before.value + 1:
                return Counter(loop.ident, name, before.value)
            return Counter(loop.ident, name, None, True)
        if isinstance(value, Counter):
            # Counted by an inner loop, across the iterations of this one.
            return Counter(value.loop, name, None, value.stride)
    return join(later, value, before)


def describe(i: Interpreter, loop: Loop, iterable: Value, node: ast.expr, target: ast.expr) -> None:
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
        if inner.how == "zip":
            loader = next((n for n, p in enumerate(inner.parts) if isinstance(p, Loader)), 0)
            inner = inner.parts[loader] if inner.parts else UNKNOWN
        else:
            inner = inner.parts[0] if inner.parts else UNKNOWN
    text = _innermost(node)
    name = expressions.last_name(text)
    if isinstance(inner, Loader):
        loop.signs.add("loader")
    elif isinstance(inner, Wrapped) and inner.how == "generator":
        loop.signs.add("generator")
    elif library.looks_like_loader(name) and not isinstance(inner, (Items, Mapping)):
        loop.signs.add("name")
    if isinstance(inner, Wrapped) and inner.how == "range":
        loop.times = _range_times(inner)
        written = node
        if isinstance(node, ast.Call) and node.args and expressions.last_name(node.func) != "range":
            written = text
        if isinstance(written, ast.Call) and len(written.args) == 1 and not written.keywords:
            loop.length = ast.unparse(written.args[0])
        else:
            loop.length = f"len({ast.unparse(written)})"
    elif isinstance(text, (ast.Name, ast.Attribute)) and loop.signs & {"loader", "name"}:
        loop.length = f"len({ast.unparse(text)})"
    elif isinstance(inner, Wrapped) and inner.how == "pieces":
        whole = inner.parts[0]
        # Pieces of what a loader yielded are parts of one batch.
        loop.signs.add("parts" if sources(whole) else "slices")
        loop.length = f"len({ast.unparse(text)})"
    if isinstance(node, ast.expr) and isinstance(loop.node, ast.For):
        if any(isinstance(part, (ast.Break, ast.Return)) for part in loop.node.body):
            loop.times = 1
    if library.looks_like_task(" ".join(sorted(_target_names(target))) + " " + ast.unparse(text)):
        loop.signs.add("tasks")
    loop.batch_site = ("batch", loop.ident)


def _target_names(target: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def _innermost(node: ast.expr) -> ast.expr:
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


def _range_times(value: Wrapped) -> int | None:
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
            first = _part(target, 0)
            name = first.id if isinstance(first, ast.Name) else ""
            return Items((Counter(loop.ident, name, iterable.start), element(i, loop, parts[0], _part(target, 1))))
        if iterable.how == "map":
            inner = element(i, loop, parts[1], target)
            return calls.call(i, parts[0], iterable.node, [inner], [])
        if iterable.how == "generator" and isinstance(parts[0], Function) and calls.takes_part(parts[0].node):
            why = f"the generator {parts[0].name} takes part in the update"
            i.emit(Kind.OPAQUE, iterable.node, parameters=Parameters(exact=False), why=why)
        if iterable.how == "zip":
            return Items(tuple(element(i, loop, p, _part(target, n)) for n, p in enumerate(parts)))
        if iterable.how in ("tqdm", "iter", "list", "reversed", "islice") and parts:
            return element(i, loop, parts[0], target)
        return _batch(i, loop)
    if isinstance(iterable, Loader):
        return _batch(i, loop)
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
            return _batch(i, loop)
    if isinstance(iterable, Instance) and any(calls.takes_part(base.node) for base in iterable.of.mro()):
        why = f"iterating over {iterable.of.node.name} takes part in the update"
        i.emit(Kind.OPAQUE, loop.node, parameters=Parameters(exact=False), why=why)
    if isinstance(iterable, Tensor) and iterable.sources:
        return replace(iterable, leaf=None)
    if isinstance(iterable, (Tensor, ClassOf)):
        return _batch(i, loop)
    name = target.id if isinstance(target, ast.Name) else ""
    if isinstance(iterable, Sym):
        if "name" in loop.signs or (iterable.sources and not library.looks_like_optimizer(name)):
            return _batch(i, loop)
        key = ("element", iterable.key)
        i.parents[key] = iterable.key
        return Sym(key, name, iterable.sources, iterable.owners, iterable.loops | {loop.ident})
    if "name" in loop.signs:
        return _batch(i, loop)
    ident = ("item", loop.ident)
    i.alloc(ident)
    return Sym(ident, name, frozenset({Source(loop.batch_site)}), loops=frozenset({loop.ident}), made=True)


def _part(target: ast.AST, n: int) -> ast.AST:
    if isinstance(target, (ast.Tuple, ast.List)) and n < len(target.elts):
        return target.elts[n]
    return target


def _batch(i: Interpreter, loop: Loop) -> Value:
    i.emit(Kind.BATCH, loop.node, makes=loop.batch_site, loop=loop)
    return Tensor(frozenset({Source(loop.batch_site)}), role="batch")


# Definitions and imports


def _function(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for default in [*node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]:
        expressions.evaluate(i, default)
    value = Function(node, i.module, i.frame.scope, node.name)
    _decorators(i, node)
    i.functions.setdefault(node, value)
    i.state.set(i.frame.declared.get(node.name, i.frame.scope), node.name, value)
    return True


def _decorators(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Remember functions that a decorator of the project makes take part in the update."""
    for decorator in node.decorator_list:
        value = expressions.evaluate(i, decorator.func if isinstance(decorator, ast.Call) else decorator)
        if isinstance(value, Function) and calls.takes_part(value.node):
            i.wrapped.add(node)


def _class(i: Interpreter, node: ast.ClassDef) -> bool:
    bases = tuple(i.refine(expressions.evaluate(i, base)) for base in node.bases)
    value = ClassOf(node, i.module, i.frame.scope, bases)
    i.classes.setdefault(node, value)
    scope: Ident = ("class", id(node))
    i.scopes[scope] = i.frame.scope
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            method = Function(part, i.module, i.frame.scope, part.name, None, value)
            _decorators(i, part)
            i.functions.setdefault(part, method)
            i.state.set(scope, part.name, method)
        elif isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            i.frames.append(Frame(scope, i.module))
            i.frame.guards = len(i.guards)
            constant = expressions.evaluate(i, part.value)
            i.frames.pop()
            for target in targets:
                if isinstance(target, ast.Name):
                    i.state.set(scope, target.id, constant)
    i.state.set(i.frame.scope, node.name, value)
    return True


def _global(i: Interpreter, node: ast.Global) -> bool:
    for name in node.names:
        i.frame.declared[name] = ("module", i.module.path)
    return True


def _nonlocal(i: Interpreter, node: ast.Nonlocal) -> bool:
    for name in node.names:
        owner = expressions.binding_scope(i, name, skip=i.frame.scope)
        if owner is not None:
            i.frame.declared[name] = owner
    return True


def _import(i: Interpreter, node: ast.Import) -> bool:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        own = alias.name if alias.asname else name
        value: Value = Deferred(i.module, own, 0) if i.reads_imports(own) else External(own)
        i.state.set(i.frame.declared.get(name, i.frame.scope), name, value)
    return True


def _import_from(i: Interpreter, node: ast.ImportFrom) -> bool:
    name = node.module or ""
    own = bool(node.level) or i.reads_imports(name)
    for alias in node.names:
        if alias.name == "*":
            module = i.project.find(i.module, name, node.level) if own else None
            if module is not None:
                scope = imported(i, module).scope
                for public, value in list(i.state.names(scope)):
                    if not public.startswith("_"):
                        i.state.set(i.frame.scope, public, value)
            continue
        value = Deferred(i.module, name, node.level, alias.name) if own else External(f"{name}.{alias.name}")
        i.state.set(i.frame.scope, alias.asname or alias.name, value)
    return True


def resolve(i: Interpreter, value: Deferred) -> Value:
    """What an import brings, read now that it is needed."""
    module = i.project.find(value.importer, value.module, value.level)
    if value.name is None:
        return imported(i, module) if module is not None else External(value.module)
    if module is not None:
        scope = imported(i, module).scope
        known = i.state.get(scope, value.name)
        if isinstance(known, Deferred):
            # A package that imports its own modules by name leads back to itself: then it is the module below.
            key = (value.importer.path, value.name)
            if known == value or key in i.resolving:
                known = None
            else:
                i.resolving.add(key)
                known = resolve(i, known)
                i.resolving.discard(key)
        if known is not None:
            return known
    below = f"{value.module}.{value.name}" if value.module else value.name
    part = i.project.find(value.importer, below, value.level)
    if part is not None:
        return imported(i, part)
    return External(f"{'.' * value.level}{below}")


def imported(i: Interpreter, module: Module) -> ModuleOf:
    """A project module, run as an import runs it (once)."""
    value = ModuleOf(("module", module.path))
    if module.path not in i.imported:
        i.imported[module.path] = ("module", module.path)
        i.modules[("module", module.path)] = module
        frame = Frame(("module", module.path), module)
        i.imported_stack.append(module.path)
        i.frames.append(frame)
        frame.guards = len(i.guards)
        grad, i.grad = i.grad, True
        with i.silently(), i.state.ground():
            run(i, module.tree.body)
        i.grad = grad
        i.frames.pop()
        i.imported_stack.pop()
    return value


def submodule(i: Interpreter, package: ModuleOf, name: str) -> Value | None:
    """``package.name`` where ``name`` is a module inside a package of the project."""
    module = i.modules.get(package.scope)
    if module is None or not module.path.endswith("__init__.py"):
        return None
    part = i.project.find(module, name, 1)
    return imported(i, part) if part is not None else None


_HANDLERS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Match: _match,
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = _try
