"""What constructors of torch make: optimizers, scalers, schedulers, layers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading import building, numbers
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    UNKNOWN,
    Const,
    Counter,
    Ident,
    Items,
    Layer,
    Mapping,
    Optimizer,
    Remainder,
    Scaler,
    Scheduler,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments


def optimizer(i: Interpreter, last: str, node: ast.AST, given: Arguments) -> Value:
    """An optimizer of a library, and the event that it was built."""
    ident = i.site(node, "optimizer")
    first = given.get(0, "params")
    owned = i.parameters(first) if first is not None else UNKNOWN_PARAMETERS
    momentum = given.named.get("momentum", given.get(2))
    plain = last == "SGD" and (
        momentum is None and not given.star or isinstance(momentum, Const) and not momentum.value
    )
    i.alloc(ident)
    rest = [value for value in given.all if value is not first]
    i.emit(Kind.CREATED, node, subject=ident, parameters=owned, name=last, stateful=not plain, varying=varies(*rest))
    return Optimizer(ident, last, owned, not plain, node)


def scaler(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    """A GradScaler."""
    # torch.amp.GradScaler takes the device first.
    enabled = given.get(5 if name.startswith("torch.amp.") else 4, "enabled")
    known = enabled.value is not False if isinstance(enabled, Const) else None
    return Scaler(i.site(node, "scaler"), True if enabled is None and not given.star else known)


def scheduler(i: Interpreter, last: str, node: ast.AST, given: Arguments) -> Value:
    """A learning-rate scheduler of a library."""
    ident = i.site(node, "scheduler")
    i.alloc(ident)
    of, lasts = given.get(0, "optimizer") or UNKNOWN, numbers.horizon(i, last, given)
    return Scheduler(ident, of, last, lasts, numbers.decay(last, given))


def varies(*values: Value) -> frozenset[Ident]:
    """The loops in whose iterations the values may differ."""
    found: frozenset[Ident] = frozenset()
    for value in values:
        if isinstance(value, (Counter, Remainder)):
            found |= {value.loop if isinstance(value, Counter) else value.counter.loop}
        elif isinstance(value, Sym):
            found |= value.loops
        elif isinstance(value, (Items, Mapping)):
            found |= varies(*(value.items if isinstance(value, Items) else [v for _, v in value.entries]))
    return found


def layer(i: Interpreter, name: str, last: str, node: ast.AST, given: Arguments) -> Value:
    """A layer, a container of layers or a parameter of torch.nn."""
    ident = i.site(node, "layer")
    i.alloc(ident)
    building.built(i, node, ident, last)
    if last in ("Parameter", "UninitializedParameter"):
        return Tensor(leaf=ident, owners=Parameters(frozenset({ident})))
    items: tuple[Value, ...] = ()
    if last in ("Sequential", "ModuleList", "ParameterList"):
        for value in given.positional:
            if isinstance(value, Items):
                items += value.items
            elif isinstance(value, Mapping):
                items += tuple(v for _, v in value.entries)
            else:
                items += (value,)
        if given.star:
            items += (Sym(("rest", ident)),)
    elif last == "ModuleDict" and isinstance(first := given.get(0), Mapping):
        return replace(first, registered=True)
    return Layer(ident, name, node, i.module, items)


def reduction(given: Arguments) -> str:
    """How a loss that is given these arguments reduces: "mean", "sum", "none", or "?" if that cannot be told."""
    named = given.named.get("reduction")
    if isinstance(named, Const):
        return str(named.value)
    if named is not None or given.star:
        return "?"
    for old in ("size_average", "reduce"):
        if old in given.named:
            value = given.named[old]
            if not isinstance(value, Const) or value.value is not True:
                return "sum" if old == "size_average" and isinstance(value, Const) and value.value is False else "?"
    return "mean"
