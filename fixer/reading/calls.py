"""Interprets calls: inlines the project's own functions, methods and modules; hands the rest to the library facts."""

from __future__ import annotations

import ast

from fixer.protocol.events import Kind, Parameters
from fixer.reading import (
    builtin_calls,
    classes,
    contexts,
    definitions,
    expressions,
    externals,
    grads,
    items,
    layers,
    library,
    methods,
    shapes,
    statements,
    syntax,
)
from fixer.reading.conditions import Formula
from fixer.reading.interpreter import (
    MAX_CALL_STEPS,
    MAX_DEPTH,
    MAX_STEPS,
    Frame,
    Interpreter,
    looks_like_module,
    sources,
)
from fixer.reading.joins import join
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Criterion,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Mapping,
    Optimizer,
    Partial,
    Super,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import field, mutable, replace


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
            elif isinstance(value, Sym) and isinstance(known := shapes.members(i, value), list):
                given.positional += [items.member(i, value, n, node) for n in range(len(known))]
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
        return classes.instantiate(i, function, node, given)
    if isinstance(function, Instance):
        return classes.call_instance(i, function, node, given)
    if isinstance(function, Layer):
        return shapes.layer(i, function, given, layers.apply_layer(i, function, node, given))
    if isinstance(function, Criterion):
        return layers.apply_loss(i, function, node, given)
    if isinstance(function, External):
        return shapes.external(i, function.name, given, externals.call(i, function.name, node, given))
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
    i.given(node, name or _written(node), *given.all)
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
    key = function.key if isinstance(function, Sym) else None
    return layers.forward(i, node, key, given, function if modular else None)


def _is_optimizer(value: Value) -> bool:
    if isinstance(value, Items):
        return any(_is_optimizer(v) for v in value.items)
    return isinstance(value, Optimizer) or isinstance(value, Sym) and library.looks_like_optimizer(value.name)


def _written(node: ast.AST) -> str:
    text = syntax.written(node) if isinstance(node, ast.expr) else "a call"
    return text if len(text) <= 60 else text[:57] + "..."


def _escaping(i: Interpreter, value: Value) -> None:
    """A function of the project handed to unknown code may be called by it, with anything."""
    if isinstance(value, Function):
        i.entered.discard(value.node)


# Functions


def decorated(node: ast.AST, *names: str) -> bool:
    """Whether a definition carries one of these decorators (by last name)."""
    return any(expressions.last_name(d) in names for d in getattr(node, "decorator_list", []))


def bound_method(value: Value, receiver: Value) -> Value:
    """A function found in a class, as an attribute access through ``receiver`` gives it."""
    if not isinstance(value, Function) or value.this is not None or value.owner is None:
        return value
    if decorated(value.node, "staticmethod"):
        return value
    if decorated(value.node, "classmethod"):
        cls = receiver.of if isinstance(receiver, Instance) else receiver
        return replace(value, this=cls)
    return replace(value, this=receiver) if isinstance(receiver, Instance) else value


def inline(i: Interpreter, function: Function, node: ast.AST, given: Arguments) -> Value:
    """Interpret the body of a project function as a part of its caller."""
    code = function.node
    generator = not isinstance(code, ast.Lambda) and syntax.yields(code)
    if generator and not decorated(code, "contextmanager"):
        return Wrapped("generator", (function, *given.all), node)
    manager = contexts.made(function, node, given) if generator else None
    if manager is not None:
        return manager
    if function.this is not None and _abstract(code):
        i.opaque(node, function.this, *given.all, why=f"{function.name} is left to subclasses")
        return i.fresh(node, "", *given.all)
    if code in i.stack or len(i.frames) >= MAX_DEPTH:
        i.opaque(node, *given.all, *([function.this] if function.this is not None else []), why="calls nest too deep")
        return i.fresh(node, "", *given.all)
    if library.looks_like_draw(function.name):
        builtin_calls.sign_draw(i)
    if definitions.wrapped(i, function):
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{function.name} is decorated")
    # What the module itself calls is mostly all there is to read.
    most = MAX_CALL_STEPS if i.stack else MAX_STEPS // 2
    read = i.attempt(lambda: run_body(i, function, node, given), most)
    if read is not None:
        return read
    this = [function.this] if function.this is not None else []
    i.opaque(node, *given.all, *this, why=f"{function.name} needs more work than is allowed")
    return i.fresh(node, "", *given.all)


def run_body(i: Interpreter, function: Function, node: ast.AST, given: Arguments) -> Value:
    """Interpret a function's body, with all the steps that are left."""
    code = function.node
    i.entered.add(code)
    scope: Ident = ("call", id(code), id(node), i.chain)
    i.scopes[scope] = function.scope
    frame = Frame(scope, function.module, code, function.this or i.frame.this, function.owner or i.frame.owner)
    chain, grad = i.chain, (i.grad, i.unsure)
    bind_parameters(i, frame, function, node, given)
    step = i.into_call(node, function.name)
    i.frames.append(frame)
    i.stack.append(code)
    i.chain = (*chain, id(node))
    frame.guards = len(i.guards)
    switched = grads.decorated_with(i, code)
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
        i.chain = chain
        if switched:
            i.grad, i.unsure = grad
    if step.body.nodes:
        i.out.append(step)
    return _returned(frame.returns, falls)


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
        return expressions.constant(node)
    i.frames.append(Frame(function.scope, function.module))
    i.frame.guards = len(i.guards)
    value = expressions.evaluate(i, node)
    i.frames.pop()
    return value
