"""Interprets methods of optimizers, GradScalers and schedulers: what moves the weights and how far."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from typing import Any as Anything

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading import calls, expressions
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Const,
    Optimizer,
    ParametersOf,
    ScaledBy,
    Scaler,
    Scheduler,
    Sym,
    Tensor,
    Value,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments


def optimizer_method(i: Interpreter, node: ast.AST, value: Optimizer, name: str, given: Arguments) -> Value:
    """A method of an optimizer that was seen being built."""
    if name == "zero_grad":
        i.emit(Kind.ZERO_GRAD, node, subject=value.ident, parameters=value.parameters)
    elif name in ("step", "first_step", "second_step"):
        return step(i, node, value, name, given)
    elif name == "load_state_dict":
        i.emit(Kind.OPAQUE, node, parameters=value.parameters, weights=True)
    elif name in ("register_step_post_hook", "register_step_pre_hook"):
        i.state.set(value.ident, "*hooked", NONE)
    elif name not in ("state_dict", "add_param_group", "train", "eval"):
        i.opaque(node, value, why=f"{name} of a custom optimizer")
    return UNKNOWN


def step(i: Interpreter, node: ast.AST, value: Value, name: str, given: Arguments, **facts: Anything) -> Value:
    """A step of an optimizer; a closure given to it runs first, ``zero_grad=True`` empties behind it."""
    closure = given.get(0, "closure") if name == "step" else None
    result: Value = UNKNOWN
    if isinstance(closure, (Tensor, ParametersOf)):
        i.emit(Kind.OPAQUE, node, parameters=UNKNOWN_PARAMETERS, why="the step is given a loss, not a closure")
        return UNKNOWN
    if closure is not None and closure != NONE:
        result = i.each(closure, lambda code: calls.invoke(i, code, node, calls.Arguments()))
        facts = {"closure": True, **facts}
    if isinstance(value, Optimizer):
        ident, owned = value.ident, value.parameters
    else:
        ident, owned = (
            (value.key, Parameters(frozenset({value.key}), False))
            if isinstance(value, Sym)
            else (None, UNKNOWN_PARAMETERS)
        )
    facts = {"value": value, "method": name, "prepared": ident in i.prepared, **facts}
    i.emit(Kind.STEP, node, subject=ident, parameters=owned, **facts)
    if any(isinstance(v, Const) and v.value is True for k, v in given.named.items() if k == "zero_grad"):
        i.emit(Kind.ZERO_GRAD, node, subject=ident, parameters=owned)
    if isinstance(value, Optimizer) and (i.state.get(ident, "*hooked") is not None or _touches_gradients(value)):
        i.emit(Kind.OPAQUE, node, parameters=owned, why="its step may empty or scale the gradients")
        i.emit(Kind.CLIP, node, parameters=owned, edits=True)
    return result


def _touches_gradients(value: Optimizer) -> bool:
    """Whether a project's own optimizer class says anything about gradients beyond reading them."""
    return value.custom is not None and any(
        isinstance(part, ast.Attribute)
        and (part.attr == "zero_grad" or part.attr == "grad" and isinstance(part.ctx, ast.Store) or _changes_grad(part))
        for base in value.custom.mro()
        for part in ast.walk(base.node)
    )


def _changes_grad(part: ast.Attribute) -> bool:
    base = part.value
    if isinstance(base, ast.Attribute) and base.attr == "data":
        base = base.value
    return part.attr.endswith("_") and isinstance(base, ast.Attribute) and base.attr == "grad"


def scaler_method(i: Interpreter, node: ast.AST, scaler: Scaler, name: str, given: Arguments) -> Value:
    """A method of a GradScaler."""
    first = given.get(0, "outputs", "optimizer")
    if name == "scale" and first is not None:
        return _scale(node, scaler, first)
    if name == "step" and first is not None:
        return i.each(
            first, lambda value: step(i, node, value, "scaler", calls.Arguments(), scaler=True, by=scaler.ident)
        )
    if name == "unscale_":
        return i.each(first or UNKNOWN, lambda value: _unscale(i, node, scaler, value))
    return Sym(("scale of", scaler.ident)) if name == "get_scale" else UNKNOWN


def _scale(node: ast.AST, scaler: Scaler, value: Value) -> Value:
    if scaler.enabled is False or not isinstance(node, ast.Call) or not isinstance(value, (Tensor, Sym)):
        return value
    amp = ScaledBy(scaler.ident, node, scaler.enabled)
    if isinstance(value, Tensor):
        return replace(value, amp=amp)
    return Tensor(value.sources, value.owners, mean=None, scaled=None, amp=amp)


def _unscale(i: Interpreter, node: ast.AST, scaler: Scaler, value: Value) -> Value:
    owned = value.parameters if isinstance(value, Optimizer) else UNKNOWN_PARAMETERS
    i.emit(Kind.UNSCALE, node, subject=expressions.heap(value), parameters=owned, by=scaler.ident)
    return UNKNOWN


def scheduler_step(i: Interpreter, node: ast.AST, value: Scheduler, of: Value, given: Arguments) -> Value:
    """``scheduler.step()``; ``of`` is the optimizer it moves, ``told`` the number of arguments it is given."""
    ident, told = expressions.heap(of), len(given.all) + given.star
    about: dict[str, Anything] = {"name": value.name, "told": told, "horizon": value.horizon, "decay": value.decay}
    i.emit(Kind.SCHEDULER_STEP, node, subject=value.ident, optimizer=ident, **about)
    return UNKNOWN
