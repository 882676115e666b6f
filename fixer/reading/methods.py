"""Interprets method calls: on tensors, modules, optimizers, scalers, containers, and on receivers out of sight."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from typing import Any as Anything

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading import calls, expressions, externals, library, statements
from fixer.reading.interpreter import Interpreter, looks_like_module, owners, sources
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
    Instance,
    Items,
    Layer,
    Loader,
    Managed,
    Mapping,
    ModuleOf,
    Optimizer,
    ParametersOf,
    Scaler,
    Scheduler,
    Squash,
    Super,
    Sym,
    Tensor,
    Value,
    Wrapped,
    union,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

MODULE_METHODS = frozenset(
    """parameters named_parameters zero_grad train eval to cuda cpu half float double bfloat16 apply state_dict
    load_state_dict modules named_modules children named_children requires_grad_ register_buffer register_parameter
    register_forward_hook register_module add_module share_memory buffers named_buffers get_submodule compile type
    reset_parameters""".split()
)
TENSOR_METHODS = frozenset(
    """backward item detach cpu cuda to numpy softmax log_softmax sigmoid argmax max min mean sum view reshape squeeze
    unsqueeze flatten permute transpose size dim numel float long int clone topk sort add sub mul div add_ sub_ mul_
    div_ zero_ requires_grad_ retain_grad tolist contiguous eq ne gt lt ge le log exp pow sqrt abs clamp norm std var
    expand repeat type masked_fill gather scatter scatter_ index_select matmul mm bmm t half double byte bool
    type_as""".split()
)
_SELF = frozenset(
    "to cuda cpu half float double bfloat16 share_memory type requires_grad_ train eval apply compile".split()
)
_CRITERION = re.compile(r"criterion|loss|crit", re.I)
_TRAINS = frozenset(
    "fit optimize optimize_parameters learn update train_step training_step step_batch run_step".split()
)


def call_method(i: Interpreter, node: ast.Call, receiver: Value, name: str, given: Arguments) -> Value:
    """``receiver.name(...)``."""
    if name.startswith("register_") and name.endswith("_hook"):
        if any(isinstance(v, Function) and calls.takes_part(v.node) for v in given.all):
            i.hooked = True  # it runs out of sight, at every forward or backward
    if isinstance(receiver, Sym) and i.state.get(receiver.key, name) is None:
        return _unknown_method(i, node, receiver, name, given)
    if isinstance(receiver, (Instance, ClassOf, ModuleOf, External, Super, Layer, Managed, Function, Sym, Optimizer)):
        found = expressions.attribute(i, receiver, name, node)
        if isinstance(found, Sym) and isinstance(receiver, Instance):
            return _unknown_self(i, node, receiver, found, name, given)
        if (
            isinstance(found, Function)
            and isinstance(receiver, Instance)
            and name == "forward"
            and calls.is_module(receiver)
        ):
            return calls.invoke(i, receiver, node, given)
        return i.each(found, lambda value: calls.invoke(i, value, node, given))
    return call_builtin(i, node, receiver, name, given)


def call_builtin(i: Interpreter, node: ast.AST, receiver: Value, name: str, given: Arguments) -> Value:
    """A method that a known kind of value has by itself."""
    if isinstance(receiver, Either):
        return i.each(receiver, lambda value: call_builtin(i, node, value, name, given))
    if isinstance(receiver, Tensor):
        return tensor_method(i, node, receiver, name, given)
    if isinstance(receiver, Optimizer):
        return _optimizer_method(i, node, receiver, name, given)
    if isinstance(receiver, (Layer, Instance)):
        return _module_method(i, node, receiver, name, given)
    if isinstance(receiver, Super):
        return _super_method(i, node, receiver, name, given)
    if isinstance(receiver, Scaler):
        return scaler_method(i, node, name, given)
    if isinstance(receiver, Criterion):
        return receiver if name in _SELF else i.fresh(node)
    if isinstance(receiver, Scheduler):
        if name == "step":
            i.emit(Kind.SCHEDULER_STEP, node, subject=receiver.ident)
        return UNKNOWN
    if isinstance(receiver, ParametersOf):
        if name in ("register_hook", "register_post_accumulate_grad_hook"):
            i.hooked = True
        return receiver
    if isinstance(receiver, Items):
        return _list_method(i, node, receiver, name, given)
    if isinstance(receiver, Mapping):
        return _dict_method(i, node, receiver, name, given)
    if isinstance(receiver, Managed):
        return _managed_method(i, node, receiver, name, given)
    if isinstance(receiver, Bound):
        return _bound_chain(i, node, receiver, name, given)
    if isinstance(receiver, Wrapped):
        return _wrapped_method(i, node, receiver, name, given)
    if isinstance(receiver, (Loader, Const)):
        for value in given.all:
            i.used(value, "value", node)
        return UNKNOWN if isinstance(receiver, Const) else i.fresh(node)
    if type(receiver) is Value:
        return _unknown_method(i, node, Sym(("nothing", id(node), i.chain), _receiver_name(node)), name, given)
    return i.fresh(node)


def _receiver_name(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return expressions.last_name(node.func.value)
    return ""


# Tensors


def tensor_method(i: Interpreter, node: ast.AST, value: Tensor, name: str, given: Arguments) -> Value:
    """A method of a tensor."""
    if name == "backward":
        return backward(i, node, value, given)
    if name == "requires_grad_" and value.leaf is None:
        ident = i.site(node, "leaf")
        i.alloc(ident)
        return replace(value, leaf=ident, owners=union(value.owners, Parameters(frozenset({ident}))))
    if name in ("split", "chunk", "unbind", "tensor_split"):
        return Wrapped("pieces", (value,), node)
    if name in ("register_hook", "register_post_accumulate_grad_hook"):
        i.hooked = True
        return UNKNOWN
    if name in library.SHAPE_OPS:
        leaf = value.leaf if name in ("to", "requires_grad_", "cuda") else None
        return replace(value, leaf=leaf, squash=library_shaped(value, name))
    if name in ("detach", "numpy", "detach_"):
        return replace(value, owners=NO_PARAMETERS, mean=value.mean)
    if name == "softmax":
        return calls.softmaxed(i, value, node, None, given.get(0, "dim"))
    if name in library.RANKS:
        i.used(value, "rank", node)
        return Tensor(sources(value), role="rank")
    if name in library.PAIRS and (given.all or name in ("topk", "sort")):
        i.used(value, "rank" if name != "max" or not isinstance(given.get(0), Tensor) else "value", node)
        return Items((replace(value, mean=None), Tensor(sources(value), role="rank")))
    if name in library.NUMBERS:
        if name in ("item", "tolist"):
            i.used(value, "value", node)
        return UNKNOWN
    for other in (value, *given.all):
        i.used(other, "value", node)
    if (
        name in ("add_", "sub_", "addcdiv_", "copy_", "add", "sub")
        and isinstance(node, ast.Call)
        and name.endswith("_")
    ):
        target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        for argument in [*node.args, *[k.value for k in node.keywords]]:
            if expressions.hand_update(i, node, target, value, argument):
                return value
    all_ = Tensor(sources(value, *given.all), owners(value, *given.all), role="loss" if value.role == "loss" else "")
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


def backward(i: Interpreter, node: ast.AST, value: Value, given: Arguments, **facts: Anything) -> Value:
    """A backward from a tensor."""
    if isinstance(value, (Tensor, Sym)):
        known = isinstance(value, Tensor) and bool(value.owners.owners)
        reached = Parameters(value.owners.owners, value.owners.exact and known)
        mean, scaled, summed = (
            (value.mean, value.scaled, value.summed) if isinstance(value, Tensor) else (None, None, False)
        )
        facts = {"managed": isinstance(value, Tensor) and value.managed, **facts}
    else:
        reached, mean, scaled, summed = Parameters(exact=False), None, None, False
    if given.get(0, "gradient") not in (None, NONE):
        mean = None
    if i.hooked:
        scaled = None if scaled is False else scaled
    i.emit(
        Kind.BACKWARD, node, parameters=reached, uses=sources(value), mean=mean, scaled=scaled, summed=summed, **facts
    )
    if i.hooked:
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why="hooks run on the gradients")
    return NONE


def _bound_chain(i: Interpreter, node: ast.AST, receiver: Bound, name: str, given: Arguments) -> Value:
    """``p.grad.data.zero_()`` and other methods of a part of a tensor or parameter."""
    base: Value = receiver
    names: list[str] = []
    while isinstance(base, Bound):
        names.append(base.name)
        base = base.receiver
    if "grad" in names and isinstance(base, (Tensor, ParametersOf)):
        if name in ("zero_", "fill_"):
            i.emit(Kind.ZERO_GRAD, node, parameters=i.parameters(base))
        elif name.endswith("_") and name not in ("detach_", "requires_grad_"):
            i.emit(Kind.CLIP, node, parameters=i.parameters(base), edits=True)
        return Tensor(sources(base))
    if "data" in names and isinstance(base, ParametersOf) and isinstance(node, ast.Call):
        for argument in [*node.args, *[k.value for k in node.keywords]]:
            if expressions.hand_update(i, node, _strip(node), base, argument):
                break
        return base
    return UNKNOWN


def _strip(node: ast.Call) -> ast.expr:
    target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return target.value if isinstance(target, ast.Attribute) and target.attr == "data" else target


# Optimizers and scalers


def _optimizer_method(i: Interpreter, node: ast.AST, value: Optimizer, name: str, given: Arguments) -> Value:
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
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why="the step is given a loss, not a closure")
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
            else (None, Parameters(exact=False))
        )
    i.emit(Kind.STEP, node, subject=ident, parameters=owned, value=value, method=name, **facts)
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


def scaler_method(i: Interpreter, node: ast.AST, name: str, given: Arguments) -> Value:
    """A method of a GradScaler."""
    first = given.get(0, "outputs", "optimizer")
    if name == "scale" and first is not None:
        return first
    if name == "step" and first is not None:
        return i.each(first, lambda value: step(i, node, value, "scaler", calls.Arguments(), scaler=True))
    if name == "unscale_":
        i.emit(Kind.UNSCALE, node)
    return UNKNOWN


# Modules


def _module_method(i: Interpreter, node: ast.AST, value: Layer | Instance, name: str, given: Arguments) -> Value:
    owned = i.parameters(value)
    if name in ("parameters", "named_parameters", "trainable_parameters"):
        return ParametersOf(owned)
    if name == "zero_grad":
        i.emit(Kind.ZERO_GRAD, node, parameters=owned)
        return NONE
    if name in ("train", "eval"):
        i.emit(Kind.EVAL_MODE if name == "eval" else Kind.TRAIN_MODE, node, subject=value.ident)
    if name in ("load_state_dict", "reset_parameters", "apply", "init_weights"):
        i.emit(Kind.OPAQUE, node, parameters=owned, weights=True)
    if name in _SELF:
        return value
    if name == "forward":
        return calls.invoke(i, value, node, given)
    if name in ("append", "extend", "add_module", "insert") and isinstance(value, Layer) and isinstance(node, ast.Call):
        added = (
            given.positional[-1:]
            if name != "extend"
            else [v for g in given.positional for v in (g.items if isinstance(g, Items) else ())]
        )
        if isinstance(node.func, ast.Attribute):
            statements.bind(i, node.func.value, replace(value, items=(*value.items, *added)))
        return value
    if name in ("modules", "children", "named_modules", "named_children"):
        return i.fresh(node, "modules")
    if name in ("state_dict", "register_buffer", "register_forward_hook", "buffers", "named_buffers", "eval", "train"):
        return UNKNOWN
    if name == "register_parameter" and isinstance(value, Instance) and isinstance(given.get(0), Const):
        key = given.get(0)
        if isinstance(key, Const) and given.get(1) is not None:
            i.state.set(value.ident, str(key.value), given.get(1) or UNKNOWN)
        return NONE
    if isinstance(value, Layer) and value.name.startswith("torch.nn.") and name in ("keys", "values", "items"):
        return Items(value.items) if name == "values" else i.fresh(node)
    if name in ("no_sync", "join"):
        i.emit(Kind.OPAQUE, node, weights=True, no_sync=True)
        return UNKNOWN
    if name in _TRAINS or "step" in name or "backward" in name:
        i.opaque(node, value, *given.all, why=f"{name} cannot be read")
        return i.fresh(node, "", *given.all)
    return calls.forward(i, node, value.ident, given) if sources(*given.all) else i.fresh(node, "")


def _super_method(i: Interpreter, node: ast.AST, value: Super, name: str, given: Arguments) -> Value:
    this = value.this
    if name == "__init__":
        if any(e == "torch.nn.Sequential" for e in this.of.externals()):
            i.state.set(this.ident, "*items", Items(tuple(given.positional), given.star))
        return NONE
    if name in MODULE_METHODS and calls.is_module(this):
        return _module_method(i, node, this, name, given)
    if name == "forward" and calls.is_module(this):
        return calls.forward(i, node, this.ident, given)
    i.opaque(node, this, *given.all, why=f"super().{name} cannot be read")
    return i.fresh(node, "", *given.all)


def _unknown_self(i: Interpreter, node: ast.Call, this: Instance, function: Sym, name: str, given: Arguments) -> Value:
    """A method that the class does not define: a stored callable, or something of a base class out of sight."""
    library_base = all(e.startswith(library.MODULE_PACKAGES) for e in this.of.externals())
    if library_base and calls.is_module(this) and name not in _TRAINS:
        return calls.forward(i, node, this.ident, given)
    if function.key in i.parents and not looks_like_module(name) and not _CRITERION.search(name):
        i.opaque(node, this, *given.all, why=f"{name} is defined out of sight")
        return i.fresh(node, "", *given.all)
    return calls.unknown_call(i, function, node, given)


# Containers


def _list_method(i: Interpreter, node: ast.AST, value: Items, name: str, given: Arguments) -> Value:
    if (
        name in ("append", "add", "insert", "extend")
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
    ):
        added = given.positional[-1] if given.positional else UNKNOWN
        if name == "extend" and not isinstance(added, Items):
            grown = replace(value, more=True)
        else:
            grown = expressions.extended(value, added if name == "extend" else Items((added,)))
            if i.loops and name != "extend":
                grown = replace(grown, more=True)
        statements.bind(i, node.func.value, grown)
        return NONE
    if name == "pop":
        return value.items[-1] if value.items and not value.more else i.fresh(node, "", value)
    if name == "copy":
        return value
    if name == "clear" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        statements.bind(i, node.func.value, Items((), False, value.key))
    return UNKNOWN


def _dict_method(i: Interpreter, node: ast.AST, value: Mapping, name: str, given: Arguments) -> Value:
    if name == "values":
        return Items(tuple(v for _, v in value.entries), value.more)
    if name == "items":
        rows = tuple(Items((Const(k) if not isinstance(k, tuple) else UNKNOWN, v)) for k, v in value.entries)
        return Items(rows, value.more)
    if name == "keys":
        return Items(tuple(Const(k) for k, _ in value.entries if not isinstance(k, tuple)), value.more)
    if name in ("get", "pop", "setdefault"):
        key = given.get(0)
        if isinstance(key, Const):
            found = value.get(key.value)
            if found is not None:
                return i.refine(found)
            if not value.more:
                return given.get(1, "default") or NONE
        return i.fresh(node)
    if name == "update" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        added = given.get(0)
        if isinstance(added, Mapping):
            known = {k for k, _ in added.entries}
            kept = tuple((k, v) for k, v in value.entries if k not in known)
            statements.bind(i, node.func.value, Mapping((*kept, *added.entries), value.more or added.more))
        else:
            statements.bind(i, node.func.value, replace(value, more=True))
    return UNKNOWN


def _wrapped_method(i: Interpreter, node: ast.AST, value: Wrapped, name: str, given: Arguments) -> Value:
    if name in ("next", "__next__"):
        return externals.drawn(i, node, value)
    for other in given.all:
        i.used(other, "value", node)
    return UNKNOWN


# Libraries that run parts of the protocol


def _managed_method(i: Interpreter, node: ast.AST, value: Managed, name: str, given: Arguments) -> Value:
    if value.kind in ("accelerate", "fabric"):
        if name in ("prepare", "setup", "setup_dataloaders", "setup_module", "setup_optimizers", "prepare_model"):
            return given.positional[0] if len(given.positional) == 1 else Items(tuple(given.positional), given.star)
        if name == "backward":
            first = given.get(0, "loss", "tensor")
            return backward(i, node, first if first is not None else UNKNOWN, calls.Arguments(), managed=True)
        if name in ("no_sync", "no_backward_sync", "accumulate"):
            i.emit(Kind.OPAQUE, node, weights=True, no_sync=True)
            return UNKNOWN
        if name in ("clip_grad_norm_", "clip_gradients"):
            i.emit(Kind.CLIP, node)
            return UNKNOWN
        if name in ("unwrap_model",):
            return given.get(0) or UNKNOWN
        return i.fresh(node)
    i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{value.kind} runs the update")
    return i.fresh(node, "", *given.all) if name != "__call__" else calls.forward(i, node, value.ident, given)


# Receivers out of sight


def _unknown_method(i: Interpreter, node: ast.AST, value: Sym, name: str, given: Arguments) -> Value:
    """A method of something of which only the identity and the name are known."""
    written = _receiver_name(node) or value.name
    scheduler = library.looks_like_scheduler(written)
    if not scheduler and i.wraps_optimizer(value.key) and name in ("step", "zero_grad", "backward"):
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written} wraps an optimizer, out of sight")
        return UNKNOWN
    optimizer = library.looks_like_optimizer(written) or library.looks_like_optimizer(value.name)
    if name == "zero_grad":
        if optimizer:
            i.emit(Kind.ZERO_GRAD, node, subject=value.key, parameters=Parameters(frozenset({value.key}), False))
        else:
            i.module_like.add(value.key)
            known = type(value.key) is not tuple or value.key[0] != "nothing"
            i.emit(
                Kind.ZERO_GRAD,
                node,
                parameters=Parameters(frozenset({value.key}), known and value.key not in i.parents),
            )
        return NONE
    if name == "step":
        return _unknown_step(i, node, value, written, optimizer, given)
    if name == "backward":
        if given.positional:
            i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.backward is out of sight")
            return NONE
        if not value.sources and library.looks_like_engine(written):
            i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.backward is out of sight")
            return NONE
        return backward(i, node, value, given)
    if name in ("scale", "unscale_", "update", "get_scale") and "scaler" in written.lower():
        return scaler_method(i, node, name, given)
    if optimizer and name in ("state_dict", "load_state_dict", "add_param_group"):
        return UNKNOWN
    if name in ("parameters", "named_parameters"):
        i.module_like.add(value.key)
        return ParametersOf(Parameters(frozenset({value.key}), value.key not in i.parents))
    if name in MODULE_METHODS and not value.sources:
        if name in ("train", "eval", "state_dict", "load_state_dict", "apply", "modules", "children"):
            i.module_like.add(value.key)
        if name in ("load_state_dict", "reset_parameters", "apply"):
            i.emit(Kind.OPAQUE, node, parameters=Parameters(frozenset({value.key}), False), weights=True)
        if name in ("train", "eval"):
            i.emit(Kind.EVAL_MODE if name == "eval" else Kind.TRAIN_MODE, node, subject=value.key)
        return value if name in _SELF else i.fresh(node, "")
    if value.sources or name in ("softmax", "argmax", "topk"):
        if name in TENSOR_METHODS:
            return tensor_method(i, node, Tensor(value.sources, value.owners), name, given)
    if name in library.SHAPE_OPS:
        return value
    if name in ("append", "extend", "add"):
        return NONE
    if name in ("no_sync",):
        i.emit(Kind.OPAQUE, node, weights=True, no_sync=True)
        return UNKNOWN
    if name in ("next", "next_batch", "get_batch", "sample", "sample_batch", "__next__") or library.looks_like_draw(
        name
    ):
        if not given.positional or not i.reach(given.positional).owners:
            externals.sign_draw(i)
    trains = name in _TRAINS or "backward" in name or name.startswith(("optimize", "train_"))
    modular = value.key in i.module_like or looks_like_module(written)
    if library.looks_like_engine(written) and (trains or "step" in name):
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.{name} is out of sight")
        return i.fresh(node, "", *given.all)
    i.opaque(node, *given.all, *([value] if trains or optimizer else []), why=f"{written}.{name} cannot be read")
    for other in given.all:
        i.used(other, "rank" if externals.ranks(name) else "value", node)
    derived = sources(value, *given.all)
    if modular and derived:
        return calls.forward(i, node, value.key, given)
    if derived:
        return Tensor(derived, owners(value, *given.all), role="output", scaled=None)
    return i.fresh(node)


def _unknown_step(i: Interpreter, node: ast.AST, value: Sym, written: str, optimizer: bool, given: Arguments) -> Value:
    first = given.get(0, "optimizer", "closure")
    if "scaler" in written.lower() and first is not None:
        return i.each(first, lambda v: step(i, node, v, "scaler", calls.Arguments(), scaler=True))
    if optimizer:
        return step(i, node, value, "step", given)
    if library.looks_like_scheduler(written):
        i.emit(Kind.SCHEDULER_STEP, node, subject=value.key)
        return UNKNOWN
    if given.all and not isinstance(first, Function) and not i.reach(given.all).owners:
        for other in given.all:
            i.used(other, "value", node)
        return i.fresh(node, "", *given.all)
    if written.lower() in ("prof", "profiler", "p", "env", "envs", "pbar", "writer", "timer", "meter", "logger", "ema"):
        return i.fresh(node)
    i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.step is out of sight")
    return i.fresh(node)
