"""Makes and calls objects of the project's own classes."""

from __future__ import annotations

import ast

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind
from fixer.reading import building, calls, constructors, layers, library, modes, shapes, syntax
from fixer.reading.interpreter import Interpreter, sources
from fixer.reading.values import (
    ClassOf,
    Criterion,
    Function,
    Instance,
    Items,
    Layer,
    Loader,
    Optimizer,
    Source,
    Value,
)
from fixer.record import replace


def is_module(value: Instance) -> bool:
    """Whether an instance is (as far as can be seen) an ``nn.Module``."""
    return any(e.startswith(("torch.nn", "pytorch_lightning", "lightning")) or e == "?" for e in value.of.externals())


def instantiate(i: Interpreter, cls: ClassOf, node: ast.AST, given: calls.Arguments) -> Value:
    """Make an object of a project class."""
    outside = list(cls.externals())
    ident = i.site(node, "instance")
    i.alloc(ident)
    if any(library.is_optimizer(e) or e.startswith("torch.optim.") and e.endswith("Optimizer") for e in outside):
        first = given.get(0, "params")
        owned = i.parameters(first) if first is not None else UNKNOWN_PARAMETERS
        rest = [value for value in given.all if value is not first]
        i.emit(
            Kind.CREATED, node, subject=ident, parameters=owned, name=cls.node.name, varying=constructors.varies(*rest)
        )
        return Optimizer(ident, cls.node.name, owned, True, node, cls)
    loads = any(e.startswith("torch.utils.data.") and "Loader" in e for e in outside)
    if loads and not any(syntax.takes_part(base.node) for base in cls.mro()):
        return Loader(ident)
    value = Instance(ident, cls)
    for base in cls.mro():
        init = i.state.get(("class", id(base.node)), "__init__")
        if isinstance(init, Function):
            calls.inline(i, replace(init, this=value), node, given)
            break
    else:
        fields(i, value, given)
    building.made(i, value)
    return value


def fields(i: Interpreter, value: Instance, given: calls.Arguments) -> None:
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
                calls.run_body(i, replace(init, this=value), init.node, calls.Arguments(star=False))
                if not entered:
                    i.entered.discard(init.node)
            building.made(i, value)
            break


def set_elsewhere(i: Interpreter, value: Instance, name: str) -> Value | None:
    """An attribute that a method other than ``__init__`` sets: read that method, then look again."""
    for base in value.of.mro():
        for part in syntax.setters(base.node).get(name, ()):
            if part in i.stack or (value.ident, part) in i.consulted:
                continue
            i.consulted.add((value.ident, part))
            method = i.state.get(("class", id(base.node)), part.name)
            if not isinstance(method, Function):
                continue
            entered = part in i.entered
            with i.silently():
                calls.inline(i, replace(method, this=value), part, calls.Arguments())
            if not entered:
                i.entered.discard(part)
            found = i.state.get(value.ident, name)
            if found is not None:
                return found
    return None


def call_instance(i: Interpreter, value: Instance, node: ast.AST, given: calls.Arguments) -> Value:
    for name in ("__call__", "forward"):
        for base in value.of.mro():
            method = i.state.get(("class", id(base.node)), name)
            if isinstance(method, Function):
                return (
                    run_forward(i, value, method, node, given)
                    if name == "forward"
                    else calls.inline(i, replace(method, this=value), node, given)
                )
    items = i.state.get(value.ident, "*items")
    if isinstance(items, Items):
        return layers.apply_layer(
            i, Layer(value.ident, "torch.nn.Sequential", node, i.module, items.items), node, given
        )
    for outside in value.of.externals():
        kind = library.LOSSES.get(outside.rpartition(".")[2]) if outside.startswith("torch.nn.") else None
        if kind is not None:
            return layers.apply_loss(i, Criterion(kind, "?"), node, given)
    i.opaque(node, *given.all)
    return layers.forward(i, node, value.ident, given, value)


def run_forward(i: Interpreter, value: Instance, method: Function, node: ast.AST, given: calls.Arguments) -> Value:
    site = i.site(node, "forward")
    owned = i.parameters(value)
    facts = modes.forward_facts(i, value, value.ident, Source(site), given.all)
    i.emit(Kind.FORWARD, node, subject=value.ident, parameters=owned, makes=site, uses=sources(*given.all), **facts)
    i.forwards += 1
    result = calls.inline(i, replace(method, this=value), node, given)
    i.forwards -= 1
    found = layers.returned_by(i, layers.from_module(result, owned, Source(site), sources(*given.all)), node)
    return shapes.moved(i, result, found)
