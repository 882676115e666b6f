"""Interprets method calls: on tensors, modules, optimizers, scalers, containers, and on receivers out of sight."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fixer.protocol.events import Kind, Parameters
from fixer.reading import (
    arrays,
    building,
    builtin_calls,
    calls,
    classes,
    containers,
    contexts,
    expressions,
    externals,
    feeding,
    grads,
    layers,
    library,
    modes,
    shapes,
    statements,
    stepping,
    syntax,
    tensors,
)
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
    Prepared,
    Scaler,
    Scheduler,
    Super,
    Sym,
    Tensor,
    Value,
    Wrapped,
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
    if name == "enter_context" and len(given.all) == 1 and contexts.readable(i, given.all[0]):
        bound, leave = contexts.enter(i, given.all[0], node)
        contexts.wait(i, leave)
        return bound
    if isinstance(receiver, Wrapped) and receiver.how == "context":
        return contexts.by_hand(i, receiver, name, node)
    if name in ("enter_context", "__enter__") and any(grads.is_context(v) for v in (receiver, *given.all)):
        i.unsure = True
    if name.startswith("register_") and name.endswith("_hook"):
        if any(isinstance(v, Function) and syntax.takes_part(v.node) for v in given.all):
            i.hooked = True  # it runs out of sight, at every forward or backward
    if name == "set_epoch":
        feeding.tell(i, node, receiver)
    if isinstance(receiver, Sym) and i.state.get(receiver.key, name) is None:
        result = shapes.method(i, receiver, name, given, _unknown_method(i, node, receiver, name, given))
        return arrays.method(i, receiver, name, given, result)
    if isinstance(receiver, (Instance, ClassOf, ModuleOf, External, Super, Layer, Managed, Function, Sym, Optimizer)):
        found = expressions.attribute(i, receiver, name, node)
        if isinstance(found, Sym) and isinstance(receiver, Instance):
            return _unknown_self(i, node, receiver, found, name, given)
        if (
            isinstance(found, Function)
            and isinstance(receiver, Instance)
            and name == "forward"
            and classes.is_module(receiver)
        ):
            return calls.invoke(i, receiver, node, given)
        return i.each(found, lambda value: calls.invoke(i, value, node, given))
    return call_builtin(i, node, receiver, name, given)


def call_builtin(i: Interpreter, node: ast.AST, receiver: Value, name: str, given: Arguments) -> Value:
    """A method that a known kind of value has by itself."""
    if isinstance(receiver, Either):
        return i.each(receiver, lambda value: call_builtin(i, node, value, name, given))
    if isinstance(receiver, Tensor):
        return shapes.method(i, receiver, name, given, tensors.tensor_method(i, node, receiver, name, given))
    if isinstance(receiver, Optimizer):
        return stepping.optimizer_method(i, node, receiver, name, given)
    if isinstance(receiver, (Layer, Instance)):
        return _module_method(i, node, receiver, name, given)
    if isinstance(receiver, Super):
        return _super_method(i, node, receiver, name, given)
    if isinstance(receiver, Scaler):
        return stepping.scaler_method(i, node, receiver, name, given)
    if isinstance(receiver, Criterion):
        return receiver if name in _SELF else i.fresh(node)
    if isinstance(receiver, Scheduler):
        if name == "step":
            return i.each(receiver.of, lambda of: stepping.scheduler_step(i, node, receiver, of, given))
        return UNKNOWN
    if isinstance(receiver, ParametersOf):
        if name in ("register_hook", "register_post_accumulate_grad_hook"):
            i.hooked = True
        return receiver
    if isinstance(receiver, Items):
        return containers.list_method(i, node, receiver, name, given)
    if isinstance(receiver, Mapping):
        return containers.dict_method(i, node, receiver, name, given)
    if isinstance(receiver, Managed):
        return _managed_method(i, node, receiver, name, given)
    if isinstance(receiver, Bound):
        return tensors.bound_chain(i, node, receiver, name, given)
    if isinstance(receiver, Wrapped):
        return containers.wrapped_method(i, node, receiver, name, given)
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


# Modules


def _module_method(i: Interpreter, node: ast.AST, value: Layer | Instance, name: str, given: Arguments) -> Value:
    owned = i.parameters(value)
    if name in ("parameters", "named_parameters", "trainable_parameters"):
        return ParametersOf(owned)
    if name == "zero_grad":
        i.emit(Kind.ZERO_GRAD, node, parameters=owned)
        return NONE
    if name in ("train", "eval"):
        modes.set_mode(i, node, value, name == "train", given.get(0, "mode"))
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
            statements.rebind(i, node.func.value, replace(value, items=(*value.items, *added)))
        return value
    if name in ("modules", "children", "named_modules", "named_children"):
        made = building.listed(i, i.fresh(node, "modules"), name)
        i.parents[made.key], i.held[value.ident] = value.ident, owned
        return made
    if name == "state_dict":
        modes.kept_state(i, node, value)
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
        i.given(node, name, value, *given.all)
        return i.fresh(node, "", *given.all)
    if sources(*given.all):
        return layers.forward(i, node, value.ident, given, value)
    part = i.fresh(node, "")  # perhaps a part of it: its embeddings, its head
    i.parents[part.key] = value.ident
    return part


def _super_method(i: Interpreter, node: ast.AST, value: Super, name: str, given: Arguments) -> Value:
    this = value.this
    if name == "__init__":
        if any(e == "torch.nn.Sequential" for e in this.of.externals()):
            i.state.set(this.ident, "*items", Items(tuple(given.positional), given.star))
        return NONE
    if name in MODULE_METHODS and classes.is_module(this):
        return _module_method(i, node, this, name, given)
    if name == "forward" and classes.is_module(this):
        return layers.forward(i, node, this.ident, given)
    if _harmless_bases(this):
        return i.fresh(node, "", *given.all)
    i.opaque(node, this, *given.all, why=f"super().{name} cannot be read")
    i.given(node, name, this, *given.all)
    return i.fresh(node, "", *given.all)


def _harmless_bases(this: Instance) -> bool:
    """Whether a class inherits from a test case or an environment only: their methods touch no gradients."""
    outside = set(this.of.externals())
    return bool(outside) and all(e.partition(".")[0] in ("unittest", "gym", "gymnasium") for e in outside)


def _unknown_self(i: Interpreter, node: ast.Call, this: Instance, function: Sym, name: str, given: Arguments) -> Value:
    """A method that the class does not define: a stored callable, or something of a base class out of sight."""
    library_base = all(e.startswith(library.MODULE_PACKAGES) for e in this.of.externals())
    if library_base and classes.is_module(this) and name not in _TRAINS:
        return layers.forward(i, node, this.ident, given)
    if _harmless_bases(this):
        return i.fresh(node, "", *given.all)
    if function.key in i.parents and not looks_like_module(name) and not _CRITERION.search(name):
        i.opaque(node, this, *given.all, why=f"{name} is defined out of sight")
        i.given(node, name, this, *given.all)
        return i.fresh(node, "", *given.all)
    return calls.unknown_call(i, function, node, given)


# Libraries that run parts of the protocol


def _managed_method(i: Interpreter, node: ast.AST, value: Managed, name: str, given: Arguments) -> Value:
    if value.kind in ("accelerate", "fabric"):
        if name in ("prepare", "setup", "setup_dataloaders", "setup_module", "setup_optimizers", "prepare_model"):
            if value.kind == "accelerate":
                _prepared(i, node, value, given)
            return given.positional[0] if len(given.positional) == 1 else Items(tuple(given.positional), given.star)
        if name == "backward":
            first = given.get(0, "loss", "tensor")
            return tensors.backward(i, node, first if first is not None else UNKNOWN, calls.Arguments(), managed=True)
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
    i.emit(Kind.GIVEN, node, parameters=Parameters(exact=False), uses=sources(*given.all), name=f"{value.kind}.{name}")
    return i.fresh(node, "", *given.all) if name != "__call__" else layers.forward(i, node, value.ident, given)


def _prepared(i: Interpreter, node: ast.AST, by: Managed, given: Arguments) -> None:
    """Remember whose backward an Accelerator has to make."""
    if not isinstance(node, ast.Call) or given.star:
        return
    how = Prepared(by, node, i.module, tuple(i.guards))
    for value in given.positional:
        if isinstance(value, Optimizer):
            i.prepared[value.ident] = how
        elif isinstance(value, (Layer, Instance)):
            i.prepared.update(dict.fromkeys(i.parameters(value).owners, how))


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
                parameters=i.own(value.key) if known else Parameters(frozenset({value.key}), False),
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
        return tensors.backward(i, node, value, given)
    if name in ("scale", "unscale_", "update", "get_scale") and "scaler" in written.lower():
        return stepping.scaler_method(i, node, Scaler(value.key, None), name, given)
    if optimizer and name in ("state_dict", "load_state_dict", "add_param_group"):
        return UNKNOWN
    if name in ("parameters", "named_parameters"):
        i.module_like.add(value.key)
        return ParametersOf(i.own(value.key))
    if name in MODULE_METHODS and not value.sources:
        if name == "state_dict":
            modes.kept_state(i, node, value)
        if name in ("train", "eval", "state_dict", "load_state_dict", "apply", "modules", "children"):
            i.module_like.add(value.key)
        if name in ("load_state_dict", "reset_parameters", "apply"):
            i.emit(Kind.OPAQUE, node, parameters=Parameters(frozenset({value.key}), False), weights=True)
        if name in ("train", "eval"):
            modes.set_mode(i, node, value, name == "train", given.get(0, "mode"))
        return value if name in _SELF else building.listed(i, i.fresh(node, ""), name)
    if value.sources or name in ("softmax", "sigmoid", "argmax", "topk"):
        if name in TENSOR_METHODS:
            return tensors.tensor_method(i, node, Tensor(value.sources, value.owners), name, given)
    if name in library.FOLDS and not value.sources:
        return replace(value, key=("folded", value.key, name))
    if name in library.SHAPE_OPS:
        return value
    if name in ("append", "extend", "add"):
        return NONE
    if name in ("no_sync", "no_backward_sync"):
        i.emit(Kind.OPAQUE, node, weights=True, no_sync=True)
        return UNKNOWN
    if name in ("next", "next_batch", "get_batch", "sample", "sample_batch", "__next__") or library.looks_like_draw(
        name
    ):
        if not given.positional or not i.reach(given.positional).owners:
            builtin_calls.sign_draw(i)
    trains = name in _TRAINS or "backward" in name or name.startswith(("optimize", "train_"))
    modular = value.key in i.module_like or looks_like_module(written)
    if library.looks_like_engine(written) and (trains or "step" in name):
        i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.{name} is out of sight")
        return i.fresh(node, "", *given.all)
    i.opaque(node, *given.all, *([value] if trains or optimizer else []), why=f"{written}.{name} cannot be read")
    i.given(node, f"{written}.{name}", value, *given.all)
    for other in given.all:
        i.used(other, "rank" if externals.ranks(name) else "value", node)
    derived = sources(value, *given.all)
    if modular and derived:
        return layers.forward(i, node, value.key, given, value)
    if derived:
        return Tensor(derived, owners(value, *given.all), role="output", scaled=None)
    return i.fresh(node)


def _unknown_step(i: Interpreter, node: ast.AST, value: Sym, written: str, optimizer: bool, given: Arguments) -> Value:
    first = given.get(0, "optimizer", "closure")
    if "scaler" in written.lower() and first is not None:
        return stepping.scaler_method(i, node, Scaler(value.key, None), "step", given)
    if optimizer:
        return stepping.step(i, node, value, "step", given)
    if library.looks_like_scheduler(written):
        i.emit(Kind.SCHEDULER_STEP, node, subject=value.key)
        return UNKNOWN
    averages = "ema" in re.split(r"[\W_]+", written.lower())
    if given.all and not isinstance(first, Function) and (averages or not i.reach(given.all).owners):
        for other in given.all:
            i.used(other, "value", node)
        return i.fresh(node, "", *given.all)
    if written.lower() in ("prof", "profiler", "p", "env", "envs", "pbar", "writer", "timer", "meter", "logger", "ema"):
        return i.fresh(node)
    i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why=f"{written}.step is out of sight")
    return i.fresh(node)
