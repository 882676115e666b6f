"""Interprets methods of tensors and parameters; the backward among them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from typing import Any as Anything

from fixer.protocol.events import NO_PARAMETERS, UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading import averages, expressions, layers, library, methods, operators, statements
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.joins import union
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    Const,
    Ident,
    Items,
    ParametersOf,
    Source,
    Squash,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments


def tensor_method(i: Interpreter, node: ast.AST, value: Tensor, name: str, given: Arguments) -> Value:
    """A method of a tensor."""
    if name == "backward":
        return backward(i, node, value, given)
    if value.role == "distribution":
        drawn = name in ("sample", "sample_n")  # without a graph; rsample draws with one
        return Tensor(sources(value, *given.all), NO_PARAMETERS if drawn else owners(value, *given.all))
    if node is i.dropped:
        i.emit(Kind.DROPPED, node, value=value, name=name)
    if name == "requires_grad_" and value.leaf is None:
        ident = i.site(node, "leaf")
        i.alloc(ident)
        again = replace(value, leaf=ident, owners=union(value.owners, Parameters(frozenset({ident}))))
        if not value.owners.owners and value.owners.exact and given.get(0, "requires_grad") in (None, Const(True)):
            if rebuilt(i, node, ident, value) and node is i.dropped and isinstance(node, ast.Call):
                assert isinstance(node.func, ast.Attribute)
                if isinstance(node.func.value, ast.Name):
                    statements.rebind(i, node.func.value, again)
        return again
    if name in ("split", "chunk", "unbind", "tensor_split"):
        return Wrapped("pieces", (value,), node)
    if name in ("register_hook", "register_post_accumulate_grad_hook"):
        i.hooked = True
        return UNKNOWN
    if name in library.SHAPE_OPS:
        leaf = value.leaf if name in ("to", "requires_grad_", "cuda") else None
        folded = value.folded or name in library.FOLDS
        return replace(value, leaf=leaf, squash=library_shaped(value, name), folded=folded)
    if name in ("detach", "numpy", "detach_"):
        return replace(value, owners=NO_PARAMETERS, mean=value.mean)
    if name == "softmax":
        return layers.squashed(i, value, node, None, "softmax", given.get(0, "dim"))
    if name == "log_softmax":
        layers.spread(i, node, value, given.get(0, "dim"), None)
    if name == "sigmoid":
        return layers.squashed(i, value, node, None, "sigmoid")
    if name in library.RANKS:
        i.used(value, "rank", node)
        return Tensor(sources(value), role="rank")
    if name in library.PAIRS and (given.all or name in ("topk", "sort")):
        i.used(value, "rank" if name != "max" or not isinstance(given.get(0), Tensor) else "value", node)
        return Items((replace(value, mean=None), Tensor(sources(value), role="rank")))
    if name in library.NUMBERS:
        if name in ("item", "tolist"):
            i.used(value, "value", node)
        return (averages.number(value) if name == "item" else None) or UNKNOWN
    for other in (value, *given.all):
        i.used(other, "value", node)
    if (
        name in ("add_", "sub_", "addcdiv_", "copy_", "add", "sub")
        and isinstance(node, ast.Call)
        and name.endswith("_")
    ):
        target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        for argument in [*node.args, *[k.value for k in node.keywords]]:
            if operators.hand_update(i, node, target, value, argument):
                return value
    all_ = Tensor(sources(value, *given.all), owners(value, *given.all), role="loss" if value.role == "loss" else "")
    all_ = replace(all_, sure=value.sure)
    if name not in methods.TENSOR_METHODS and not name.endswith("_"):
        # Perhaps no tensor after all (a distribution): what it gives is not the same as what else it gives.
        all_ = replace(all_, sources=all_.sources | {Source(i.site(node, "made"))})
    if name == "mean":
        return replace(all_, mean=True if not given.all else None, scaled=value.scaled)
    if name == "sum":
        return replace(all_, mean=False, scaled=value.scaled)
    if name in ("div", "div_", "true_divide"):
        return replace(all_, mean=value.mean, scaled=True)
    if name in ("mul", "mul_", "multiply"):
        return replace(all_, mean=value.mean, scaled=value.scaled or None)
    return replace(all_, mean=None, scaled=value.scaled)


def library_shaped(value: Tensor, name: str) -> Squash | None:
    """The softmax behind a shape operation; those that only move or cast data keep its axes."""
    if value.squash is None or name in library.SAME_AXES:
        return value.squash
    return replace(value.squash, shaped=True)


def rebuilt(i: Interpreter, node: ast.AST, ident: Ident, value: Value | None, whole: bool = True) -> frozenset[Source]:
    """Remember a tensor that asks for gradients and is made of a model's results without their graph.

    Gives the places that those results come from; none, if it is made of anything else. ``whole``: what it is made of
    may have its graph still.
    """
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) and first.func.attr == "item":
        with i.silently():
            value = expressions.evaluate(i, first.func.value)
    found = sources(value) if value is not None else frozenset()
    if not _of_model(found) and isinstance(first, ast.expr):
        whole = False
        with i.silently():
            found = _behind(i, first)
    if _of_model(found):
        i.rebuilt[ident] = (node, i.module, whole)
        return found
    return frozenset()


def _of_model(found: frozenset[Source]) -> bool:
    return any(isinstance(s.site, tuple) and s.site[0] in ("forward", "loss") for s in found)


def _behind(i: Interpreter, node: ast.expr, deep: int = 4) -> frozenset[Source]:
    """Where numbers come from that were computed out of tensors: the names in an expression, and what was last
    assigned to them in this function, if just one thing was."""
    found: frozenset[Source] = frozenset()
    scope = i.frame.node or i.module.tree
    for name in {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}:
        value = i.state.get(i.frame.scope, name)
        found |= sources(value) if value is not None else frozenset()
        made = [p for p in ast.walk(scope) if isinstance(p, ast.Assign) and any(_binds(t, name) for t in p.targets)]
        if deep and not sources(value or UNKNOWN) and len(made) == 1:
            found |= _behind(i, made[0].value, deep - 1)
    return found


def _binds(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def backward(i: Interpreter, node: ast.AST, value: Value, given: Arguments, **facts: Anything) -> Value:
    """A backward from a tensor."""
    if isinstance(value, (Tensor, Sym)):
        known = isinstance(value, Tensor) and bool(value.owners.owners)
        reached = Parameters(value.owners.owners, value.owners.exact and known)
        mean, scaled, summed = (
            (value.mean, value.scaled, value.summed) if isinstance(value, Tensor) else (None, None, False)
        )
        if isinstance(value, Tensor) and value.amp is not None:
            facts = {"amp": value.amp, "scaler": value.amp.scaler, **facts}
        facts = {"managed": isinstance(value, Tensor) and value.managed, **facts}
    else:
        reached, mean, scaled, summed = UNKNOWN_PARAMETERS, None, None, False
    if given.get(0, "gradient") not in (None, NONE):
        mean = None
    made = [i.rebuilt.get(owner) for owner in reached.owners]
    if made and reached.exact and all(made):
        facts["rebuilt"] = made
        facts["leaves"] = reached.owners
    ways = {i.prepared.get(owner) for owner in reached.owners}
    if len(ways) == 1 and reached.exact and (way := ways.pop()) is not None:
        if all(guard in i.guards for guard in way.guards):
            facts["prepared"] = way
    if i.hooked:
        scaled = None if scaled is False else scaled
    i.emit(
        Kind.BACKWARD, node, parameters=reached, uses=sources(value), mean=mean, scaled=scaled, summed=summed, **facts
    )
    if i.hooked:
        i.emit(Kind.OPAQUE, node, parameters=UNKNOWN_PARAMETERS, why="hooks run on the gradients")
    return NONE


def bound_chain(i: Interpreter, node: ast.AST, receiver: Bound, name: str, given: Arguments) -> Value:
    """``p.grad.data.zero_()`` and other methods of a part of a tensor or parameter."""
    base: Value = receiver
    names: list[str] = []
    while isinstance(base, Bound):
        names.append(base.name)
        base = base.receiver
    if "grad" in names and isinstance(base, (Tensor, ParametersOf)):
        if name == "zero_" or name == "fill_" and given.get(0, "value") in (Const(0), Const(0.0)):
            i.emit(Kind.ZERO_GRAD, node, parameters=i.parameters(base))
        elif name.endswith("_") and name not in ("detach_", "requires_grad_"):
            i.emit(Kind.CLIP, node, parameters=i.parameters(base), edits=True)
        return Tensor(sources(base))
    if "data" in names and isinstance(base, ParametersOf) and isinstance(node, ast.Call):
        for argument in [*node.args, *[k.value for k in node.keywords]]:
            if operators.hand_update(i, node, strip(node), base, argument):
                break
        return base
    return UNKNOWN


def strip(node: ast.Call) -> ast.expr:
    target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return target.value if isinstance(target, ast.Attribute) and target.attr == "data" else target
