"""Interprets expressions: names, attributes, items, operators and tests."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from functools import cache

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading import (
    calls,
    classes,
    definitions,
    grads,
    items,
    loops,
    methods,
    operators,
    questions,
    shapes,
    statements,
    syntax,
)
from fixer.reading.conditions import conjunction
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Deferred,
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
    Pending,
    Super,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace

BUILTINS = frozenset(dir(builtins))


def evaluate(i: Interpreter, node: ast.expr) -> Value:
    """The abstract value of an expression; what evaluating it does becomes events."""
    i.spend()
    handler = _handlers().get(type(node))
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
        if isinstance(found, (Deferred, Pending)):
            found = definitions.resolve(i, found)
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
            if isinstance(stored, (Deferred, Pending)):
                stored = definitions.resolve(i, stored)
                i.state.settle(ident, name, stored)
            stored = i.refine(stored)
            return calls.bound_method(stored, value) if isinstance(value, ClassOf) else stored
    if isinstance(value, Instance):
        return _instance_attribute(i, value, name, node)
    if isinstance(value, ModuleOf):
        part = definitions.submodule(i, value, name)
        return part if part is not None else Sym(("attribute", value.scope, name), name)
    if isinstance(value, ClassOf):
        for base in value.mro():
            stored = i.state.get(("class", id(base.node)), name)
            if stored is not None:
                return calls.bound_method(stored, value)
        return Sym(("attribute", id(value.node), name), name)
    if isinstance(value, Tensor):
        return shapes.attribute(i, value, name, _tensor_attribute(value, name))
    if isinstance(value, Items) and name in ("values", "indices") and len(value.items) == 2:
        return value.items[name == "indices"]
    if isinstance(value, Items) and value.key is not None and not name.startswith("_"):
        return Bound(value, name)
    if isinstance(value, Sym):
        key = ("attribute", value.key, name)
        i.parents[key] = value.key
        made = value.made and bool(value.sources)
        return shapes.attribute(i, value, name, Sym(key, name, value.sources, value.owners, value.loops, made))
    if isinstance(value, Layer) and name in ("module", "_orig_mod"):
        return value
    if isinstance(value, Loader) and name in ("dataset", "batch_sampler", "sampler"):
        if name == "sampler" and not value.more:
            return dict(value.given).get("sampler", Sym(("attribute", value.ident, name), name))
        return Sym(("attribute", value.ident, name), name)
    return Bound(value, name)


def _instance_attribute(i: Interpreter, value: Instance, name: str, node: ast.AST) -> Value:
    for base in value.of.mro():
        stored = i.state.get(("class", id(base.node)), name)
        if isinstance(stored, Function):
            if calls.decorated(stored.node, "property", "cached_property"):
                return calls.call(i, replace(stored, this=value), node, [], [])
            return calls.bound_method(stored, value)
        if stored is not None:
            if isinstance(stored, Sym):
                i.parents[stored.key] = value.ident  # whatever the class made of its methods
            return i.refine(stored)
    found = classes.set_elsewhere(i, value, name)
    if found is not None:
        return i.refine(found)
    if name == "module" and classes.is_module(value):
        return value
    if name in methods.MODULE_METHODS and classes.is_module(value):
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


def _tensor_attribute(value: Tensor, name: str) -> Value:
    if name == "data":
        return replace(value, owners=NO_PARAMETERS)
    if name == "grad":
        return Bound(value, "grad")
    if name in ("T", "mT", "real"):
        return replace(value)
    if name in ("shape", "dtype", "device", "grad_fn", "ndim", "requires_grad", "is_cuda", "name"):
        return UNKNOWN
    if name == "loss" and value.role == "output":
        return replace(value, role="loss", mean=True, squash=None)
    if name in ("logits", "last_hidden_state", "pooler_output", "prediction_logits") and value.role == "output":
        return replace(value, role="", squash=None)
    if value.role in ("batch", "output") and name not in methods.TENSOR_METHODS:
        return replace(value, squash=None)
    return Bound(value, name)


def _constant(i: Interpreter, node: ast.Constant) -> Value:
    return constant(node)


def constant(node: ast.Constant) -> Const:
    """A value that is written out; a number is known by where it is written."""
    number = type(node.value) in (int, float)
    return Const(node.value, frozenset({("number", id(node))})) if number else Const(node.value)


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
    code = i.frame.node
    if code is not None and calls.decorated(code, "contextmanager") and syntax.takes_part(code):
        # What stands in the with block happens here, before the rest of the function; it is read behind it.
        why = f"the context manager {getattr(code, 'name', '')} takes part in the update"
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=why)
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
        unrolled[0] = loops.members(iterable) is not None and not first.ifs

        def body() -> bool:
            tests = [questions.condition(i, test) for test in first.ifs]
            return (
                i.fork(conjunction(tests), lambda: nest(generators[1:]), lambda: True)
                if tests
                else nest(generators[1:])
            )

        loops.each_over(i, first.iter, first.target, iterable, first.iter, body, True)
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


def entered(i: Interpreter, value: Value, node: ast.expr) -> Value:
    """What ``with value as name`` binds; entering may switch gradients off."""
    grads.enter(i, value, node)
    if isinstance(value, Bound) and isinstance(value.receiver, External):
        return UNKNOWN
    if isinstance(value, Bound) and value.name == "scale_loss":
        return replace(value.receiver, managed=True) if isinstance(value.receiver, Tensor) else value.receiver
    if isinstance(value, (Tensor, Loader, Sym)):
        return value
    return value if isinstance(value, Instance) else UNKNOWN


@cache
def _handlers() -> dict[type[ast.expr], Callable[..., Value]]:
    """What interprets each kind of node (asked for late: the modules import each other)."""
    table: dict[type[ast.expr], Callable[..., Value]] = {
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: items.subscript,
        ast.Call: lambda i, node: calls.evaluate_call(i, node),
        ast.Constant: _constant,
        ast.Tuple: _tuple,
        ast.List: _tuple,
        ast.Set: _tuple,
        ast.Dict: _dict,
        ast.BinOp: operators.binary,
        ast.UnaryOp: operators.unary,
        ast.BoolOp: operators.boolean,
        ast.Compare: operators.compare,
        ast.IfExp: operators.conditional,
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
    return table
