"""Interprets calls: inlines the project's own functions, methods and modules; hands the rest to the library facts."""

from __future__ import annotations

import ast

from fixer.protocol.events import Kind, Parameters
from fixer.reading import expressions, externals, library, methods, statements
from fixer.reading.conditions import Formula
from fixer.reading.interpreter import MAX_DEPTH, Frame, Interpreter, looks_like_module, owners, sources
from fixer.reading.source import Module
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Criterion,
    Either,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Loader,
    Mapping,
    Optimizer,
    Partial,
    Source,
    Squash,
    Super,
    Sym,
    Tensor,
    Value,
    Wrapped,
    join,
    union,
)
from fixer.record import field, mutable, replace

MAX_SOURCES = 64
"""Places a tensor is derived from; beyond, the forwards on the way are forgotten."""
MODULE_METHODS = methods.MODULE_METHODS
TENSOR_METHODS = methods.TENSOR_METHODS


@mutable
class Arguments:
    """The arguments of a call; ``star``: there are others that cannot be told."""

    positional: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    star: bool = False

    @property
    def all(self) -> list[Value]:
        return [*self.positional, *self.named.values()]

    def get(self, number: int, *names: str) -> Value | None:
        """An argument by position or by one of its names."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.positional[number] if 0 <= number < len(self.positional) else None


def evaluate_call(i: Interpreter, node: ast.Call) -> Value:
    """A call expression."""
    if isinstance(node.func, ast.Attribute):
        receiver = i.refine(expressions.evaluate(i, node.func.value))
        name = node.func.attr
        given = _arguments(i, node)
        return i.each(receiver, lambda value: methods.call_method(i, node, value, name, given))
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return _super(i)
    function = i.refine(expressions.evaluate(i, node.func))
    given = _arguments(i, node)
    return i.each(function, lambda value: invoke(i, value, node, given))


def _super(i: Interpreter) -> Value:
    for frame in reversed(i.frames):
        if isinstance(frame.this, Instance) and isinstance(frame.owner, ClassOf):
            return Super(frame.this, frame.owner)
    return UNKNOWN


def _arguments(i: Interpreter, node: ast.Call) -> Arguments:
    given = Arguments()
    for part in node.args:
        if isinstance(part, ast.Starred):
            value = i.refine(expressions.evaluate(i, part.value))
            if isinstance(value, Items) and not value.more:
                given.positional += value.items
            elif isinstance(value, Layer) and value.items:
                given.positional += value.items
            else:
                given.star = True
                if isinstance(value, (Tensor, Items)) or (isinstance(value, Sym) and value.sources):
                    given.positional.append(value)
        else:
            given.positional.append(i.refine(expressions.evaluate(i, part)))
    for keyword in node.keywords:
        value = i.refine(expressions.evaluate(i, keyword.value))
        if keyword.arg is not None:
            given.named[keyword.arg] = value
        elif isinstance(value, Mapping) and not value.more:
            given.named.update({str(k): v for k, v in value.entries})
        else:
            given.star = True
            if sources(value):
                given.named["**"] = Tensor(sources(value))
    return given


def call(
    i: Interpreter, function: Value, node: ast.AST, positional: list[Value], named: list[tuple[str, Value]]
) -> Value:
    """Call a value with given arguments."""
    return i.each(function, lambda value: invoke(i, value, node, Arguments(list(positional), dict(named))))


def invoke(i: Interpreter, function: Value, node: ast.AST, given: Arguments) -> Value:
    """Call one known or unknown callable."""
    if isinstance(function, Function):
        return inline(i, function, node, given)
    if isinstance(function, ClassOf):
        return instantiate(i, function, node, given)
    if isinstance(function, Instance):
        return _call_instance(i, function, node, given)
    if isinstance(function, Layer):
        return apply_layer(i, function, node, given)
    if isinstance(function, Criterion):
        return apply_loss(i, function, node, given)
    if isinstance(function, External):
        return externals.call(i, function.name, node, given)
    if isinstance(function, Partial):
        merged = Arguments(
            [*function.positional, *given.positional], {**dict(function.named), **given.named}, given.star
        )
        return i.each(function.function, lambda value: invoke(i, value, node, merged))
    if isinstance(function, Bound):
        return methods.call_builtin(i, node, function.receiver, function.name, given)
    return unknown_call(i, function, node, given)


def unknown_call(i: Interpreter, function: Value, node: ast.AST, given: Arguments) -> Value:
    """Call something out of sight: its result derives from its arguments, and it may do anything to what it gets."""
    name = function.name if isinstance(function, Sym) else ""
    if not library.bystander(name) or any(_is_optimizer(value) for value in given.all):
        i.opaque(node, *given.all, why=f"{_written(node)} cannot be read")
    ranked = "rank" if externals.ranks(name) else "value"
    for value in given.all:
        i.used(value, ranked, node)
        _escaping(i, value)
    if any(_is_optimizer(value) for value in given.all):
        i.wrappers.add(i.site(node, "made"))
    derived = sources(*given.all)
    # ``Net()`` builds, ``net()`` runs.
    builds = name[:1].isupper() and any(letter.islower() for letter in name)
    modular = isinstance(function, Sym) and (function.key in i.module_like or looks_like_module(name)) and not builds
    if not derived and not modular:
        if isinstance(function, Sym) and function.sources:
            return Tensor(function.sources, function.owners)
        return i.fresh(node, "", *given.all)
    return forward(i, node, function.key if isinstance(function, Sym) else None, given)


def _is_optimizer(value: Value) -> bool:
    if isinstance(value, Items):
        return any(_is_optimizer(v) for v in value.items)
    return isinstance(value, Optimizer) or isinstance(value, Sym) and library.looks_like_optimizer(value.name)


def _written(node: ast.AST) -> str:
    text = ast.unparse(node) if isinstance(node, ast.expr) else "a call"
    return text if len(text) <= 60 else text[:57] + "..."


def _escaping(i: Interpreter, value: Value) -> None:
    """A function of the project handed to unknown code may be called by it, with anything."""
    if isinstance(value, Function):
        i.entered.discard(value.node)


def forward(i: Interpreter, node: ast.AST, key: Ident, given: Arguments) -> Tensor:
    """A forward through something whose inside is out of sight."""
    site = i.site(node, "forward")
    known = Parameters(frozenset({key}), key not in i.parents) if key is not None else Parameters(exact=False)
    i.emit(Kind.FORWARD, node, subject=key, makes=site, uses=sources(*given.all), grad=i.grad)
    reached = union(known, owners(*given.all))
    derived = sources(*given.all)
    if len(derived) > MAX_SOURCES:
        derived = frozenset(s for s in derived if isinstance(s.site, tuple) and s.site[0] != "forward")
    return Tensor(derived | {Source(site)}, reached, role="output", mean=None, scaled=False)


# Functions


def decorated(node: ast.AST, *names: str) -> bool:
    """Whether a definition carries one of these decorators (by last name)."""
    return any(expressions.last_name(d) in names for d in getattr(node, "decorator_list", []))


def bound_method(i: Interpreter, value: Value, receiver: Value, node: ast.AST) -> Value:
    """A function found in a class, as an attribute access through ``receiver`` gives it."""
    if not isinstance(value, Function) or value.this is not None or value.owner is None:
        return value
    if decorated(value.node, "staticmethod"):
        return value
    if decorated(value.node, "classmethod"):
        cls = receiver.of if isinstance(receiver, Instance) else receiver
        return replace(value, this=cls)
    return replace(value, this=receiver) if isinstance(receiver, Instance) else value


def _is_generator(node: ast.AST) -> bool:
    stack = list(ast.iter_child_nodes(node))
    while stack:
        part = stack.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack += ast.iter_child_nodes(part)
    return False


def inline(i: Interpreter, function: Function, node: ast.AST, given: Arguments) -> Value:
    """Interpret the body of a project function as a part of its caller."""
    code = function.node
    if code not in i.generators:
        i.generators[code] = not isinstance(code, ast.Lambda) and _is_generator(code)
    if i.generators[code] and not decorated(code, "contextmanager"):
        return Wrapped("generator", (function, *given.all), node)
    if function.this is not None and _abstract(code):
        i.opaque(node, function.this, *given.all, why=f"{function.name} is left to subclasses")
        return i.fresh(node, "", *given.all)
    if code in i.stack or len(i.frames) >= MAX_DEPTH:
        i.opaque(node, *given.all, *([function.this] if function.this is not None else []), why="calls nest too deep")
        return i.fresh(node, "", *given.all)
    if library.looks_like_draw(function.name):
        externals.sign_draw(i)
    if code in i.wrapped:
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{function.name} is decorated")
    i.entered.add(code)
    scope: Ident = ("call", id(code), id(node), i.chain)
    i.scopes[scope] = function.scope
    frame = Frame(scope, function.module, code, function.this or i.frame.this, function.owner or i.frame.owner)
    chain, grad = i.chain, i.grad
    bind_parameters(i, frame, function, node, given)
    step = i.into_call(node, function.name)
    i.frames.append(frame)
    i.stack.append(code)
    i.chain = (*chain, id(node))
    frame.guards = len(i.guards)
    if decorated(code, "no_grad", "inference_mode"):
        i.grad = False
    try:
        with i.block() as step.body:
            if isinstance(code, ast.Lambda):
                result = expressions.evaluate(i, code.body)
                falls = False
                frame.returns.append((True, result))
            else:
                falls = statements.run(i, code.body)
    finally:
        i.frames.pop()
        i.stack.pop()
        i.chain, i.grad = chain, grad
    if step.body.nodes:
        i.out.append(step)
    return _returned(frame.returns, falls)


def takes_part(code: ast.AST) -> bool:
    """Whether code says anything about gradients or updates."""
    words = ("zero_grad", "backward", "step", "grad")
    return any(isinstance(part, ast.Attribute) and part.attr in words for part in ast.walk(code))


def _abstract(code: ast.AST) -> bool:
    """Whether a method only says that a subclass has to define it."""
    if decorated(code, "abstractmethod"):
        return True
    body = getattr(code, "body", None)
    if not isinstance(body, list):
        return False
    rest = [part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    return len(rest) == 1 and isinstance(rest[0], ast.Raise) and "NotImplemented" in ast.unparse(rest[0])


def _returned(returns: list[tuple[Formula, Value]], falls: bool) -> Value:
    if falls:
        returns = [*returns, (True, NONE)]
    if not returns:
        return UNKNOWN
    value = returns[-1][1]
    for test, earlier in reversed(returns[:-1]):
        value = join(test, earlier, value)
    return value


def bind_parameters(i: Interpreter, frame: Frame, function: Function, node: ast.AST, given: Arguments) -> None:
    """Bind a function's parameters in its frame: what is given, defaults, unknowns.

    When nothing in sight calls it (``node`` is the function itself), a caller out of sight may give anything: defaults
    are unknown, too.
    """
    arguments = function.node.args
    names = [a.arg for a in [*arguments.posonlyargs, *arguments.args]]
    positional = list(given.positional)
    method = function.this is not None and not isinstance(function.node, ast.Lambda)
    if method and names and not decorated(function.node, "staticmethod"):
        positional.insert(0, function.this or UNKNOWN)
    bound: dict[str, Value] = dict(zip(names, positional, strict=False))
    named = {k: v for k, v in given.named.items() if k != "**"}
    for name in list(named):
        if name in names or name in [a.arg for a in arguments.kwonlyargs]:
            bound[name] = named.pop(name)
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    defaults |= {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
    for name in [*names, *[a.arg for a in arguments.kwonlyargs]]:
        if name not in bound:
            if name in defaults and not given.star and node is not function.node:
                bound[name] = _default(i, function, defaults[name])
            else:
                key = ("parameter", id(function.node), name, id(node), i.chain)
                bound[name] = Sym(key, name, sources(given.named["**"]) if "**" in given.named else frozenset())
    if arguments.vararg is not None:
        bound[arguments.vararg.arg] = Items(tuple(positional[len(names) :]), given.star)
    if arguments.kwarg is not None:
        bound[arguments.kwarg.arg] = Mapping(tuple(named.items()), given.star)
    for name, value in bound.items():
        i.state.set(frame.scope, name, value)


def _default(i: Interpreter, function: Function, node: ast.expr) -> Value:
    if isinstance(node, ast.Constant):
        return Const(node.value)
    i.frames.append(Frame(function.scope, function.module))
    i.frame.guards = len(i.guards)
    value = expressions.evaluate(i, node)
    i.frames.pop()
    return value


# Classes and instances


def is_module(value: Instance) -> bool:
    """Whether an instance is (as far as can be seen) an ``nn.Module``."""
    return any(e.startswith(("torch.nn", "pytorch_lightning", "lightning")) or e == "?" for e in value.of.externals())


def instantiate(i: Interpreter, cls: ClassOf, node: ast.AST, given: Arguments) -> Value:
    """Make an object of a project class."""
    outside = list(cls.externals())
    ident = i.site(node, "instance")
    i.alloc(ident)
    if any(library.is_optimizer(e) or e.startswith("torch.optim.") and e.endswith("Optimizer") for e in outside):
        first = given.get(0, "params")
        owned = i.parameters(first) if first is not None else Parameters(exact=False)
        rest = [value for value in given.all if value is not first]
        i.emit(Kind.CREATED, node, subject=ident, parameters=owned, name=cls.node.name, varying=externals.varies(*rest))
        return Optimizer(ident, cls.node.name, owned, True, node, cls)
    loads = any(e.startswith("torch.utils.data.") and "Loader" in e for e in outside)
    if loads and not any(takes_part(base.node) for base in cls.mro()):
        return Loader(ident)
    value = Instance(ident, cls)
    for base in cls.mro():
        init = i.state.get(("class", id(base.node)), "__init__")
        if isinstance(init, Function):
            inline(i, replace(init, this=value), node, given)
            break
    else:
        _fields(i, value, given)
    return value


def _fields(i: Interpreter, value: Instance, given: Arguments) -> None:
    """Bind the fields of a dataclass or named tuple."""
    names = [
        part.target.id
        for base in reversed(list(value.of.mro()))
        for part in base.node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    ]
    for name, item in [*zip(names, given.positional, strict=False), *given.named.items()]:
        i.state.set(value.ident, name, item)


def symbol(cls: ClassOf) -> Instance:
    """An object of a class of which only the class is known."""
    return Instance(("self", id(cls.node)), cls)


def initialise(i: Interpreter, value: Instance) -> None:
    """Run the ``__init__`` of such an object, with unknown arguments."""
    for base in value.of.mro():
        init = i.state.get(("class", id(base.node)), "__init__")
        if isinstance(init, Function):
            with i.silently():
                entered = init.node in i.entered
                inline(i, replace(init, this=value), init.node, Arguments(star=False))
                if not entered:
                    i.entered.discard(init.node)
            break


def set_elsewhere(i: Interpreter, value: Instance, name: str) -> Value | None:
    """An attribute that a method other than ``__init__`` sets: read that method, then look again."""
    for base in value.of.mro():
        if base.node not in i.setters:
            i.setters[base.node] = _setters(base.node)
        for part in i.setters[base.node].get(name, ()):
            if part in i.stack or (value.ident, part) in i.consulted:
                continue
            i.consulted.add((value.ident, part))
            method = i.state.get(("class", id(base.node)), part.name)
            if not isinstance(method, Function):
                continue
            entered = part in i.entered
            with i.silently():
                inline(i, replace(method, this=value), part, Arguments())
            if not entered:
                i.entered.discard(part)
            found = i.state.get(value.ident, name)
            if found is not None:
                return found
    return None


def _setters(cls: ast.ClassDef) -> dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The methods of a class that set each attribute."""
    found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
    for method in cls.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for part in ast.walk(method):
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and isinstance(part.value, ast.Name):
                methods = found.setdefault(part.attr, [])
                if method not in methods:
                    methods.append(method)
    return found


def _call_instance(i: Interpreter, value: Instance, node: ast.AST, given: Arguments) -> Value:
    for name in ("__call__", "forward"):
        for base in value.of.mro():
            method = i.state.get(("class", id(base.node)), name)
            if isinstance(method, Function):
                return (
                    _run_forward(i, value, method, node, given)
                    if name == "forward"
                    else inline(i, replace(method, this=value), node, given)
                )
    items = i.state.get(value.ident, "*items")
    if isinstance(items, Items):
        return apply_layer(i, Layer(value.ident, "torch.nn.Sequential", node, i.module, items.items), node, given)
    for outside in value.of.externals():
        kind = library.LOSSES.get(outside.rpartition(".")[2]) if outside.startswith("torch.nn.") else None
        if kind is not None:
            return apply_loss(i, Criterion(kind, "?"), node, given)
    i.opaque(node, *given.all)
    return forward(i, node, value.ident, given)


def _run_forward(i: Interpreter, value: Instance, method: Function, node: ast.AST, given: Arguments) -> Value:
    site = i.site(node, "forward")
    owned = i.parameters(value)
    i.emit(Kind.FORWARD, node, subject=value.ident, parameters=owned, makes=site, uses=sources(*given.all), grad=i.grad)
    i.forwards += 1
    result = inline(i, replace(method, this=value), node, given)
    i.forwards -= 1
    return returned_by(i, _from_module(result, owned, Source(site), sources(*given.all)), node)


def returned_by(i: Interpreter, result: Value, node: ast.AST) -> Value:
    """A module's result: a softmax in it is marked with the call that brought it out."""
    if isinstance(result, Tensor) and result.squash is not None:
        call = node if not result.squash.shaped else None
        return replace(result, squash=replace(result.squash, call=call, where=i.module, shaped=False))
    if isinstance(result, Items):
        return replace(result, items=tuple(_unmarked(v) for v in result.items))
    return result


def _unmarked(value: Value) -> Value:
    if isinstance(value, Tensor) and value.squash is not None:
        return replace(value, squash=replace(value.squash, call=None))
    return value


def _from_module(result: Value, owned: Parameters, site: Source, given: frozenset[Source]) -> Value:
    """What a module returned, marked as reached by its parameters."""
    if isinstance(result, Tensor):
        return replace(result, owners=union(result.owners, owned), sources=result.sources | given | {site})
    if isinstance(result, Items):
        return replace(result, items=tuple(_from_module(v, owned, site, given) for v in result.items))
    if isinstance(result, Mapping):
        return replace(result, entries=tuple((k, _from_module(v, owned, site, given)) for k, v in result.entries))
    if type(result) is Value or isinstance(result, Sym):
        return Tensor(sources(result) | given | {site}, owned, role="output")
    if isinstance(result, Either):
        return join(
            result.test, _from_module(result.then, owned, site, given), _from_module(result.other, owned, site, given)
        )
    return result


# Layers and losses


def apply_layer(i: Interpreter, layer: Layer, node: ast.AST, given: Arguments) -> Value:
    """A forward through a library's module."""
    first = given.get(0, "input", "x")
    last = layer.name.rpartition(".")[2]
    if layer.name in library.SOFTMAX_LAYERS:
        return softmaxed(i, first, node, layer)
    if last in ("Identity", "Flatten", "Unflatten") and isinstance(first, Tensor):
        return first
    if last == "Sequential":
        value: Value = first if first is not None else UNKNOWN
        site = i.site(node, "forward")
        i.emit(Kind.FORWARD, node, subject=layer.ident, makes=site, uses=sources(*given.all), grad=i.grad)
        for item in layer.items:
            value = i.each(item, lambda part: _link(i, part, node, value))  # noqa: B023
        result = _from_module(_tensor(value), i.parameters(layer), Source(site), sources(*given.all))
        return returned_by(i, result, node)
    for value in given.all:
        i.used(value, "value", node)
    if not layer.name.startswith("torch.nn."):
        i.opaque(node, *given.all)
    found = forward(i, node, layer.ident, given)
    if layer.name.startswith("torch.nn."):
        return replace(found, role="", scaled=False)
    return found


def _tensor(value: Value) -> Value:
    return value if isinstance(value, (Tensor, Items, Mapping)) else Tensor(sources(value), owners(value))


def _link(i: Interpreter, part: Value, node: ast.AST, value: Value) -> Value:
    """One element of a Sequential; a softmax in it is pointed at where it was built."""
    if isinstance(part, Layer) and part.name in library.SOFTMAX_LAYERS:
        return softmaxed(i, value, part.node or node, part, module=part.module)
    with i.block():
        return invoke(i, part, node, Arguments([value]))


def softmaxed(
    i: Interpreter,
    value: Value | None,
    node: ast.AST,
    layer: Layer | None,
    dim: Value | None = None,
    module: Module | None = None,
) -> Value:
    """A softmax over the class axis; over the batch axis (or an unknown one) it is an operation like others."""
    value = value if value is not None else UNKNOWN
    i.used(value, "value", node)
    if layer is not None and isinstance(layer.node, ast.Call):
        words = {k.arg: k.value for k in layer.node.keywords}
        axis = words.get("dim") or (layer.node.args[0] if layer.node.args else None)
        dim = expressions.evaluate(i, axis) if axis is not None else None
    known = dim is None or dim == NONE or (isinstance(dim, Const) and dim.value != 0)
    squash = Squash(node, module or i.module, layer.node if layer is not None else None) if known else None
    return Tensor(sources(value), owners(value), squash)


def apply_loss(i: Interpreter, criterion: Criterion, node: ast.AST, given: Arguments) -> Value:
    """A torch loss: the input (N, C, ...) first, then the target."""
    first = given.get(0, "input")
    first = i.refine(first) if first is not None else UNKNOWN
    squash = first.squash if isinstance(first, Tensor) else None
    i.used(first, "loss" if criterion.kind == "cross_entropy" else "value", node)
    for value in given.all:
        if value is not first:
            i.used(value, "value", node)
    site = i.site(node, "loss")
    i.emit(
        Kind.LOSS,
        node,
        makes=site,
        uses=sources(*given.all),
        criterion=criterion.kind,
        input="probabilities" if squash is not None else "unknown",
        squash=squash,
        grad=i.grad,
    )
    mean = {"mean": True, "sum": False, "none": False}.get(criterion.reduction)
    return Tensor(sources(*given.all) | {Source(site)}, owners(*given.all), role="loss", mean=mean)
