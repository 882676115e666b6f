"""Interprets forwards through layers of torch, softmax, and losses."""

from __future__ import annotations

import ast

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading import calls, expressions, library, modes, shapes
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.joins import join, union
from fixer.reading.source import Module
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Const,
    Criterion,
    Either,
    Ident,
    Instance,
    Items,
    Layer,
    Mapping,
    Source,
    Squash,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace

MAX_SOURCES = 64
"""Places a tensor is derived from; beyond, the forwards on the way are forgotten."""


def forward(i: Interpreter, node: ast.AST, key: Ident, given: calls.Arguments, value: Value | None = None) -> Tensor:
    """A forward through something whose inside is out of sight; ``value`` is the module, if it is one that is known."""
    site = i.site(node, "forward")
    known = i.own(key) if key is not None else UNKNOWN_PARAMETERS
    facts = modes.forward_facts(i, value, key, Source(site), given.all)
    i.emit(Kind.FORWARD, node, subject=key, parameters=known, makes=site, uses=sources(*given.all), **facts)
    reached = union(known, owners(*given.all))
    derived = sources(*given.all)
    if len(derived) > MAX_SOURCES:
        derived = frozenset(s for s in derived if isinstance(s.site, tuple) and s.site[0] != "forward")
    return Tensor(derived | {Source(site)}, reached, role="output", mean=None, scaled=False)


def returned_by(i: Interpreter, result: Value, node: ast.AST) -> Value:
    """A module's result: a softmax in it is marked with the call that brought it out."""
    if isinstance(result, Tensor) and result.squash is not None:
        # A sigmoid is the same for every element, wherever its axes went.
        call = node if not result.squash.shaped or result.squash.function == "sigmoid" else None
        return replace(result, squash=replace(result.squash, call=call, where=i.module, shaped=False))
    if isinstance(result, Items):
        return replace(result, items=tuple(unmarked(v) for v in result.items))
    return result


def unmarked(value: Value) -> Value:
    if isinstance(value, Tensor) and value.squash is not None:
        return replace(value, squash=replace(value.squash, call=None))
    return value


def from_module(result: Value, owned: Parameters, site: Source, given: frozenset[Source]) -> Value:
    """What a module returned, marked as reached by its parameters."""
    if isinstance(result, Tensor):
        return replace(result, owners=union(result.owners, owned), sources=result.sources | given | {site})
    if isinstance(result, Items):
        return replace(result, items=tuple(from_module(v, owned, site, given) for v in result.items))
    if isinstance(result, Mapping):
        return replace(result, entries=tuple((k, from_module(v, owned, site, given)) for k, v in result.entries))
    if type(result) is Value or isinstance(result, Sym):
        return Tensor(sources(result) | given | {site}, owned, role="output")
    if isinstance(result, Either):
        return join(
            result.test, from_module(result.then, owned, site, given), from_module(result.other, owned, site, given)
        )
    return result


def apply_layer(i: Interpreter, layer: Layer, node: ast.AST, given: calls.Arguments) -> Value:
    """A forward through a library's module."""
    first = given.get(0, "input", "x")
    last = layer.name.rpartition(".")[2]
    if layer.name in library.SQUASHING_LAYERS:
        return squashed(i, first, node, layer, library.SQUASHING_LAYERS[layer.name])
    if last in ("Identity", "Flatten", "Unflatten") and isinstance(first, Tensor):
        return first
    if last == "Sequential":
        value: Value = first if first is not None else UNKNOWN
        site = i.site(node, "forward")
        facts = modes.forward_facts(i, layer, layer.ident, Source(site), given.all)
        owned = i.parameters(layer)
        i.emit(Kind.FORWARD, node, subject=layer.ident, parameters=owned, makes=site, uses=sources(*given.all), **facts)
        i.forwards += 1
        for item in layer.items:
            value = i.each(item, lambda part: apply_element(i, part, node, value))  # noqa: B023  (called at once)
        i.forwards -= 1
        result = from_module(tensor_of_value(value), i.parameters(layer), Source(site), sources(*given.all))
        return returned_by(i, result, node)
    for value in given.all:
        i.used(value, "value", node)
    if layer.name in library.LOG_SOFTMAX_LAYERS and first is not None:
        spread(i, node, first, built_dim(i, layer), layer)
    if not layer.name.startswith("torch.nn."):
        i.opaque(node, *given.all)
    found = forward(i, node, layer.ident, given, layer)
    if layer.name.startswith("torch.nn."):
        return replace(found, role="", scaled=False, sure=last not in ("LSTM", "GRU", "RNN", "MultiheadAttention"))
    return found


def tensor_of_value(value: Value) -> Value:
    return value if isinstance(value, (Tensor, Items, Mapping)) else Tensor(sources(value), owners(value))


def apply_element(i: Interpreter, part: Value, node: ast.AST, value: Value) -> Value:
    """One element of a Sequential; a softmax or sigmoid in it is pointed at where it was built."""
    if isinstance(part, Layer) and part.name in library.SQUASHING_LAYERS:
        function = library.SQUASHING_LAYERS[part.name]
        return squashed(i, value, part.node or node, part, function, module=part.module)
    if isinstance(part, Layer) and part.name in library.LOG_SOFTMAX_LAYERS:
        spread(i, part.node or node, value, built_dim(i, part), part)
    entered = set(i.entered) if isinstance(part, Instance) else None
    with i.block():
        result = calls.invoke(i, part, node, calls.Arguments([value]))
    if entered is not None:
        i.entered &= entered  # nothing was told of what it does: it is read by itself, too
    return result


def squashed(
    i: Interpreter,
    value: Value | None,
    node: ast.AST,
    layer: Layer | None,
    function: str,
    dim: Value | None = None,
    module: Module | None = None,
) -> Value:
    """A softmax or sigmoid; a softmax over the batch axis (or an unknown one) is an operation like others."""
    value = value if value is not None else UNKNOWN
    i.used(value, "value", node)
    if layer is not None and function == "softmax":
        dim = built_dim(i, layer)
    if function == "softmax":
        spread(i, node, value, dim, layer)
    known = function != "softmax" or dim is None or dim == NONE or (isinstance(dim, Const) and dim.value != 0)
    built = (layer.node, layer.module) if layer is not None else (None, None)
    squash = Squash(node, module or i.module, built[0], function=function, element_module=built[1]) if known else None
    return Tensor(sources(value), owners(value), squash, sure=True)


def built_dim(i: Interpreter, layer: Layer) -> Value | None:
    """The axis that a softmax layer was built for; None if none was given."""
    if not isinstance(layer.node, ast.Call):
        return None
    words = {k.arg: k.value for k in layer.node.keywords}
    axis = words.get("dim") or (layer.node.args[0] if layer.node.args else None)
    return expressions.evaluate(i, axis) if axis is not None else None


def spread(i: Interpreter, node: ast.AST, value: Value, dim: Value | None, layer: Layer | None) -> None:
    """Note a softmax, or the logarithm of one, and the axis that it runs over."""
    shape = shapes.of(i, value)
    over = shapes.softmax_axis(shape, dim)
    i.emit(Kind.SOFTMAX, node, uses=sources(value), shape=shape, axis=over, layer=layer.node if layer else None)


def apply_loss(i: Interpreter, criterion: Criterion, node: ast.AST, given: calls.Arguments) -> Value:
    """A torch loss: the input (N, C, ...) first, then the target."""
    first = given.get(0, "input")
    first = i.refine(first) if first is not None else UNKNOWN
    squash = first.squash if isinstance(first, Tensor) else None
    wrong = squash is not None and library.SQUASHED.get(criterion.kind) == squash.function
    i.used(first, "loss" if wrong else "value", node)
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
        given=tuple(given.positional[:2]) if not given.star else (),
        shapes=tuple(shapes.of(i, value) for value in given.positional[:2]),
    )
    mean = {"mean": True, "sum": False, "none": False}.get(criterion.reduction)
    return Tensor(sources(*given.all) | {Source(site)}, owners(*given.all), role="loss", mean=mean, sure=True)
