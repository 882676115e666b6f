"""Interprets expressions: names, attributes, items, operators and tests."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading import calls, library, questions, statements
from fixer.reading.conditions import Atom, Formula, conjunction
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Counter,
    Criterion,
    Deferred,
    Either,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Loader,
    Managed,
    Mapping,
    ModuleOf,
    Optimizer,
    ParametersOf,
    Remainder,
    Super,
    Sym,
    Tensor,
    Truth,
    Value,
    join,
    union,
)
from fixer.record import replace

BUILTINS = frozenset(dir(builtins))


def evaluate(i: Interpreter, node: ast.expr) -> Value:
    """The abstract value of an expression; what evaluating it does becomes events."""
    i.spend()
    handler = _HANDLERS.get(type(node))
    return handler(i, node) if handler is not None else _generic(i, node)


def _generic(i: Interpreter, node: ast.expr) -> Value:
    parts = [evaluate(i, child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    for part in parts:
        i.used(part, "value", node)
    return UNKNOWN


def last_name(node: ast.AST) -> str:
    """The last component of a dotted name (``self.opt`` → "opt"; ``opts[0]`` → "opts"); "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else last_name(node.value)
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return ""


# Names and attributes


def _name(i: Interpreter, node: ast.Name) -> Value:
    owner = binding_scope(i, node.id)
    if owner is not None:
        found = i.state.get(owner, node.id)
        if isinstance(found, Deferred):
            found = statements.resolve(i, found)
            i.state.settle(owner, node.id, found)
        if found is not None:
            return i.refine(found)
    if node.id in BUILTINS:
        return External(f"builtins.{node.id}")
    return Sym(("global", i.module.path, node.id), node.id)


def binding_scope(i: Interpreter, name: str, skip: Ident = None) -> Ident | None:
    """The scope in which a name is bound, from the innermost outwards."""
    scope: Ident | None = i.frame.scope
    while scope is not None:
        if scope != skip and i.state.get(scope, name) is not None:
            return scope
        scope = i.scopes.get(scope)
    return None


def heap(value: Value) -> Ident | None:
    """Under which identity the attributes of a value are stored; None if it can have none."""
    if isinstance(value, (Instance, Optimizer, Layer, Managed)):
        return value.ident
    if isinstance(value, Sym):
        return value.key
    if isinstance(value, ClassOf):
        return ("class", id(value.node))
    if isinstance(value, ModuleOf):
        return value.scope
    return ("function", id(value.node)) if isinstance(value, Function) else None


def _attribute(i: Interpreter, node: ast.Attribute) -> Value:
    receiver = evaluate(i, node.value)
    return i.each(receiver, lambda value: attribute(i, value, node.attr, node))


def attribute(i: Interpreter, value: Value, name: str, node: ast.AST) -> Value:
    """``value.name``."""
    if isinstance(value, External):
        return External(f"{value.name}.{name}")
    if isinstance(value, Super):
        return _super_attribute(i, value, name)
    ident = heap(value)
    if ident is not None:
        stored = i.state.get(ident, name)
        if stored is not None:
            if isinstance(stored, Deferred):
                stored = statements.resolve(i, stored)
                i.state.settle(ident, name, stored)
            stored = i.refine(stored)
            return calls.bound_method(i, stored, value, node) if isinstance(value, ClassOf) else stored
    if isinstance(value, Instance):
        return _instance_attribute(i, value, name, node)
    if isinstance(value, ModuleOf):
        part = statements.submodule(i, value, name)
        return part if part is not None else Sym(("attribute", value.scope, name), name)
    if isinstance(value, ClassOf):
        for base in value.mro():
            stored = i.state.get(("class", id(base.node)), name)
            if stored is not None:
                return calls.bound_method(i, stored, value, node)
        return Sym(("attribute", id(value.node), name), name)
    if isinstance(value, Tensor):
        return _tensor_attribute(i, value, name, node)
    if isinstance(value, Items) and name in ("values", "indices") and len(value.items) == 2:
        return value.items[name == "indices"]
    if isinstance(value, Items) and value.key is not None and not name.startswith("_"):
        return Bound(value, name)
    if isinstance(value, Sym):
        key = ("attribute", value.key, name)
        i.parents[key] = value.key
        return Sym(key, name, value.sources, value.owners, value.loops, value.made and bool(value.sources))
    if isinstance(value, Layer) and name in ("module", "_orig_mod"):
        return value
    if isinstance(value, Loader) and name in ("dataset", "batch_sampler", "sampler"):
        return Sym(("attribute", value.ident, name), name)
    return Bound(value, name)


def _instance_attribute(i: Interpreter, value: Instance, name: str, node: ast.AST) -> Value:
    for base in value.of.mro():
        stored = i.state.get(("class", id(base.node)), name)
        if isinstance(stored, Function):
            if calls.decorated(stored.node, "property", "cached_property"):
                return calls.call(i, replace(stored, this=value), node, [], [])
            return calls.bound_method(i, stored, value, node)
        if stored is not None:
            if isinstance(stored, Sym):
                i.parents[stored.key] = value.ident  # whatever the class made of its methods
            return i.refine(stored)
    found = calls.set_elsewhere(i, value, name)
    if found is not None:
        return i.refine(found)
    if name == "module" and calls.is_module(value):
        return value
    if name in calls.MODULE_METHODS and calls.is_module(value):
        return Bound(value, name)
    unknown = "?" in set(value.of.externals()) or any(not e.startswith("torch.nn") for e in value.of.externals())
    key = ("attribute", value.ident, name)
    if unknown:
        i.parents[key] = value.ident
    return Sym(key, name)


def _super_attribute(i: Interpreter, value: Super, name: str) -> Value:
    order = list(value.this.of.mro())
    behind = order[order.index(value.of) + 1 :] if value.of in order else order
    for base in behind:
        stored = i.state.get(("class", id(base.node)), name)
        if isinstance(stored, Function):
            return replace(stored, this=value.this)
    return Bound(value, name)


def _tensor_attribute(i: Interpreter, value: Tensor, name: str, node: ast.AST) -> Value:
    if name == "data":
        return replace(value, owners=NO_PARAMETERS)
    if name == "grad":
        return Bound(value, "grad")
    if name in ("T", "mT", "real"):
        return value
    if name in ("shape", "dtype", "device", "grad_fn", "ndim", "requires_grad", "is_cuda", "name"):
        return UNKNOWN
    if name == "loss" and value.role == "output":
        return replace(value, role="loss", mean=True, squash=None)
    if name in ("logits", "last_hidden_state", "pooler_output", "prediction_logits") and value.role == "output":
        return replace(value, role="", squash=None)
    if value.role in ("batch", "output") and name not in calls.TENSOR_METHODS:
        return replace(value, squash=None)
    return Bound(value, name)


# Items


def _subscript(i: Interpreter, node: ast.Subscript) -> Value:
    container = i.refine(evaluate(i, node.value))
    key = _index(i, node.slice)
    return i.each(container, lambda value: item(i, value, key, node))


def _index(i: Interpreter, node: ast.expr) -> Value:
    """The value of an index; slices that start at a loop's counter are a sign of a batch loop."""
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        if isinstance(part, ast.Slice):
            lower = evaluate(i, part.lower) if part.lower is not None else NONE
            if part.upper is not None:
                evaluate(i, part.upper)
            if isinstance(lower, Counter):
                _sign(i, lower.loop, "slices")
            elif part.lower is not None and not isinstance(lower, Const):
                for name in ast.walk(part.lower):
                    if isinstance(name, ast.Name):
                        value = evaluate(i, name)
                        if isinstance(value, Counter):
                            _sign(i, value.loop, "slices")
        else:
            value = evaluate(i, part)
            if isinstance(value, Counter):
                _sign(i, value.loop, "indexes")
            if not isinstance(node, ast.Tuple) or sources(value):
                return value
    return UNKNOWN


def _sign(i: Interpreter, loop: Ident, sign: str) -> None:
    for known, _ in i.loops:
        if known.ident == loop:
            known.signs.add(sign)


def item(i: Interpreter, value: Value, key: Value, node: ast.Subscript) -> Value:
    """``value[key]``."""
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
            ("item", id(node.value), text, *(_name_of(v) for v in value.items)), last_name(node.value), sources(value)
        )
    if isinstance(value, Mapping):
        if isinstance(key, Const):
            found = value.get(key.value)
            if found is not None:
                return i.refine(found)
        kinds = [v for _, v in value.entries]
        if kinds and all(isinstance(v, Loader) for v in kinds):
            return kinds[0]
        if kinds and all(isinstance(v, Tensor) for v in kinds):
            return Tensor(sources(*kinds), owners(*kinds))
        if kinds and not value.more and len(kinds) <= 6 and not isinstance(key, Const):
            return _chosen(i, kinds, ("choice", questions.fingerprint(i, node)[0]), questions.fingerprint(i, node)[1])
        return Sym(("item", id(node), i.chain), last_name(node))
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
            return _sliced(i, value, node.slice)
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
        return Sym(ident, last_name(node), value.sources, value.owners, value.loops | loops)
    return UNKNOWN


def _name_of(value: Value) -> Ident:
    ident = heap(value)
    return ident if ident is not None else type(value).__name__


def _chosen(i: Interpreter, kinds: list[Value], key: Ident, loops: frozenset[Ident]) -> Value:
    found = kinds[-1]
    for number, kind in enumerate(kinds[:-1]):
        found = join(Atom((key, number), loops=loops), kind, found)
    return found


def _sliced(i: Interpreter, value: Layer, node: ast.Slice) -> Value:
    bounds = [evaluate(i, b) if b is not None else NONE for b in (node.lower, node.upper, node.step)]
    numbers = [b.value for b in bounds if isinstance(b, Const) and (b.value is None or isinstance(b.value, int))]
    if len(numbers) == 3:
        return replace(value, items=value.items[slice(*numbers)])
    return Sym(("slice", value.ident, id(node)))


def member(i: Interpreter, value: Value, number: int, node: ast.AST, name: str = "") -> Value:
    """The n-th member of something that is unpacked."""
    value = i.refine(value)
    if isinstance(value, Tensor):
        return replace(value, role="batch") if value.role == "batch" else replace(value, role="")
    if isinstance(value, Items):
        if number < len(value.items) and not value.more:
            return value.items[number]
        return Sym(("member", id(node), number, i.chain), name, sources(value), owners(value))
    if isinstance(value, ParametersOf):
        return value
    if isinstance(value, Sym):
        key = ("member", value.key, number)
        i.parents[key] = value.key
        return Sym(key, name, value.sources, value.owners, value.loops, value.made)
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


# Operators


def _constant(i: Interpreter, node: ast.Constant) -> Value:
    return Const(node.value)


def _tuple(i: Interpreter, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    more = False
    for part in node.elts:
        value = evaluate(i, part.value if isinstance(part, ast.Starred) else part)
        if isinstance(part, ast.Starred):
            if isinstance(value, Items):
                items += value.items
                more = more or value.more
            elif isinstance(value, ParametersOf):
                items.append(value)
            else:
                more = True
        else:
            items.append(value)
    return Items(tuple(items), more, None if isinstance(node, ast.Tuple) else ("list", id(node), i.chain))


def _dict(i: Interpreter, node: ast.Dict) -> Value:
    entries: list[tuple[object, Value]] = []
    more = False
    for key, part in zip(node.keys, node.values, strict=True):
        value = evaluate(i, part)
        if key is None:
            if isinstance(value, Mapping):
                entries += value.entries
                more = more or value.more
            else:
                more = True
            continue
        name = evaluate(i, key)
        entries.append((name.value if isinstance(name, Const) else ("?", id(key)), value))
        more = more or not isinstance(name, Const)
    return Mapping(tuple(entries), more)


def _binary(i: Interpreter, node: ast.BinOp) -> Value:
    left, right = i.refine(evaluate(i, node.left)), i.refine(evaluate(i, node.right))
    return operate(i, node, node.op, left, right, node.right)


def operate(i: Interpreter, node: ast.AST, op: ast.operator, left: Value, right: Value, right_node: ast.expr) -> Value:
    """``left op right``."""
    i.used(left, "value", node)
    i.used(right, "value", node)
    if isinstance(left, Items) and isinstance(right, Items) and isinstance(op, ast.Add):
        return Items(left.items + right.items, left.more or right.more, left.key)
    if isinstance(left, (Items, ParametersOf)) and isinstance(right, (Items, ParametersOf)) and isinstance(op, ast.Add):
        return ParametersOf(union(i.parameters(left), i.parameters(right)))
    if isinstance(op, ast.Mod):
        if right == Const(1):
            return Const(0)
        if isinstance(left, Counter):
            return Remainder(left, i.module.text_of(right_node)) if not left.stride else UNKNOWN
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
        return _arithmetic(op, left.value, right.value)
    if isinstance(left, Counter) and isinstance(op, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)):
        return replace(left, offset=None, stride=left.stride or not isinstance(op, (ast.Add, ast.Sub)))
    tensors = [v for v in (left, right) if isinstance(v, Tensor) or (isinstance(v, Sym) and v.sources)]
    if tensors or isinstance(left, Either) or isinstance(right, Either):
        if not tensors and not sources(left, right):
            return UNKNOWN
        return _combine(op, left, right)
    if isinstance(left, Sym) or isinstance(right, Sym):
        loops = (left.loops if isinstance(left, Sym) else frozenset()) | (
            right.loops if isinstance(right, Sym) else frozenset()
        )
        return Sym(("op", type(op).__name__, questions.identity(left), questions.identity(right)), "", loops=loops)
    return UNKNOWN


def _arithmetic(op: ast.operator, left: object, right: object) -> Value:
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


def _combine(op: ast.operator, left: Value, right: Value) -> Value:
    """A tensor computed from others: what it is a mean of, and whether it was divided."""
    a, b = (v if isinstance(v, Tensor) else None for v in (left, right))
    both = Tensor(sources(left, right), owners(left, right), None, "loss" if _loss(a) or _loss(b) else "", None, None)
    if isinstance(op, (ast.Add, ast.Sub)):
        if a is not None and b is not None:
            scaled = a.scaled if a.scaled == b.scaled else None
            # Adding this iteration's loss to what earlier iterations left: a sum over batches.
            summed = a.summed or b.summed or _mixed(a, b)
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
    if isinstance(op, ast.Div) and a is not None:
        return replace(both, mean=one.mean, scaled=True if not _is_one(other) else one.scaled, summed=one.summed)
    if isinstance(op, ast.Mult):
        return replace(
            both, mean=one.mean, scaled=one.scaled if _is_one(other) else one.scaled or None, summed=one.summed
        )
    if isinstance(op, ast.Pow):
        return replace(both, scaled=one.scaled)
    return both


def _is_one(value: Value) -> bool:
    return isinstance(value, Const) and value.value == 1


def _loss(value: Tensor | None) -> bool:
    return value is not None and value.role == "loss"


def _mixed(a: Tensor, b: Tensor) -> bool:
    return any(s.old for s in a.sources | b.sources) and any(not s.old for s in a.sources | b.sources)


def _unary(i: Interpreter, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return _truth(questions.condition(i, node))
    value = evaluate(i, node.operand)
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and isinstance(node.op, ast.USub):
        return Const(-value.value)
    i.used(value, "value", node)
    if isinstance(value, Tensor):
        return replace(value, squash=None, leaf=None)
    return UNKNOWN


def _truth(formula: Formula) -> Value:
    return Const(formula) if isinstance(formula, bool) else Truth(formula)


def _boolean(i: Interpreter, node: ast.BoolOp) -> Value:
    if isinstance(node.op, ast.Or) and len(node.values) == 2:
        # ``x = given or default``
        first = evaluate(i, node.values[0])
        if not isinstance(first, (Truth, Const)) and not isinstance(node.values[0], (ast.Compare, ast.UnaryOp)):
            if isinstance(first, (Instance, Function, Optimizer, Layer, Criterion)):
                return first
            if first == NONE:
                return evaluate(i, node.values[1])
            test = questions.truth_of(i, first, node.values[0])
            return i.choose(test, lambda: first, lambda: evaluate(i, node.values[1]))
    return _truth(questions.condition(i, node))


def _compare(i: Interpreter, node: ast.Compare) -> Value:
    return _truth(questions.condition(i, node))


def _conditional(i: Interpreter, node: ast.IfExp) -> Value:
    test = questions.condition(i, node.test)
    return i.choose(test, lambda: evaluate(i, node.body), lambda: evaluate(i, node.orelse))


def _walrus(i: Interpreter, node: ast.NamedExpr) -> Value:
    value = evaluate(i, node.value)
    statements.bind(i, node.target, value)
    return value


def _lambda(i: Interpreter, node: ast.Lambda) -> Value:
    value = Function(node, i.module, i.frame.scope, "<lambda>")
    return value


def _await(i: Interpreter, node: ast.Await | ast.Starred) -> Value:
    return evaluate(i, node.value)


def _yield(i: Interpreter, node: ast.Yield | ast.YieldFrom) -> Value:
    if node.value is not None:
        evaluate(i, node.value)
    return UNKNOWN


def _joined(i: Interpreter, node: ast.JoinedStr) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            i.used(evaluate(i, part.value), "value", node)
    return UNKNOWN


def _comprehension(i: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    found: list[Value] = []
    unrolled = [False]

    def nest(generators: list[ast.comprehension]) -> bool:
        if not generators:
            if isinstance(node, ast.DictComp):
                evaluate(i, node.key)
                found.append(evaluate(i, node.value))
            else:
                found.append(evaluate(i, node.elt))
            return True
        first = generators[0]
        iterable = i.refine(evaluate(i, first.iter))
        unrolled[0] = statements.members(iterable) is not None and not first.ifs

        def body() -> bool:
            tests = [questions.condition(i, test) for test in first.ifs]
            return (
                i.fork(conjunction(tests), lambda: nest(generators[1:]), lambda: True)
                if tests
                else nest(generators[1:])
            )

        statements.each_over(i, first.iter, first.target, iterable, first.iter, body, True)
        return True

    nest(node.generators)
    values = [v for n, v in enumerate(found) if v not in found[:n]]
    if not unrolled[0] and len(found) > 1:
        values = found[-1:]  # the second reading of the loop
    if isinstance(node, ast.DictComp):
        return Mapping(tuple((("?", n), v) for n, v in enumerate(values)), True)
    if len(values) == 1 and isinstance(values[0], ParametersOf):
        return values[0]
    return Items(tuple(values), not unrolled[0], ("list", id(node), i.chain))


def hand_update(i: Interpreter, node: ast.AST, target: ast.expr, before: Value, change: ast.expr) -> bool:
    """Recognise an update written by hand (``w -= lr * w.grad``) or a gradient that is scaled (``p.grad /= k``)."""
    if isinstance(target, ast.Attribute) and target.attr == "grad" or _mentions_grad(target):
        i.emit(Kind.CLIP, node, parameters=Parameters(exact=False), edits=True)
        return True
    if isinstance(before, Bound) and before.name == "data":
        before = before.receiver
    if isinstance(before, (Tensor, ParametersOf)) and any(_mentions_grad(n) for n in ast.walk(change)):
        owned = i.parameters(before)
        if isinstance(before, Tensor) and before.leaf is None:
            return False
        base = target.value if isinstance(target, ast.Attribute) and target.attr == "data" else target
        key = frozenset(owned.owners)
        i.emit(Kind.STEP, node, subject=("hand", key), parameters=owned, hand=ast.unparse(base), value=before)
        return True
    return False


def _mentions_grad(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and (
        node.attr == "grad" or _mentions_grad(node.value) and node.attr == "data"
    )


def entered(i: Interpreter, value: Value, node: ast.expr) -> Value:
    """What ``with value as name`` binds; entering may switch gradients off."""
    if isinstance(value, Bound) and isinstance(value.receiver, External):
        name = value.receiver.name
        if name in library.NO_GRAD:
            i.grad = False
        return UNKNOWN
    if isinstance(value, Bound) and value.name == "scale_loss":
        return replace(value.receiver, managed=True) if isinstance(value.receiver, Tensor) else value.receiver
    if isinstance(value, (Tensor, Loader, Sym)):
        return value
    return value if isinstance(value, Instance) else UNKNOWN


_HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: lambda i, node: calls.evaluate_call(i, node),
    ast.Constant: _constant,
    ast.Tuple: _tuple,
    ast.List: _tuple,
    ast.Set: _tuple,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.NamedExpr: _walrus,
    ast.Lambda: _lambda,
    ast.Await: _await,
    ast.Starred: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.JoinedStr: _joined,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
}
