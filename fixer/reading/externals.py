"""Interprets calls of library functions and classes, by qualified name."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading import (
    averages,
    building,
    builtin_calls,
    calls,
    constructors,
    feeding,
    grads,
    layers,
    library,
    tensors,
)
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    Const,
    Criterion,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Managed,
    Source,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

_RANK = re.compile(r"accura|correct|top_?k|argmax|argsort|acc$|^acc|confusion|auroc", re.I)
_INFINITE = re.compile(r"\binf(inity)?\b", re.I)
_FUNCTIONAL = "torch.nn.functional."
_TENSORS = frozenset(
    """stack cat concat hstack vstack einsum where abs exp log sqrt pow matmul mm bmm add sub mul div tanh relu sigmoid
    square clamp norm mean sum""".split()
)
"""Functions of torch that return one tensor."""
_PAIRED = frozenset({"multi_head_attention_forward", "adaptive_max_pool2d", "max_pool2d_with_indices"})
_CANONICAL = {
    "torch.nn.modules.loss.": "torch.nn.",
    "torch.nn.modules.": "torch.nn.",
    "torch.optim.adamw.": "torch.optim.",
    "torch.optim.adam.": "torch.optim.",
    "torch.optim.sgd.": "torch.optim.",
}


def ranks(name: str) -> bool:
    """Whether a function's name says that it uses only the order of the scores it is given."""
    return bool(_RANK.search(name.rpartition(".")[2]))


def call(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    """Call a library's function or class."""
    for long, short in _CANONICAL.items():
        if name.startswith(long):
            name = short + name.rpartition(".")[2]
    handler = _HANDLERS.get(name) or builtin_calls.STANDARD.get(name) or _builtin(name)
    if handler is not None:
        return handler(i, node, given)
    if name.startswith("torch.") or name == "torch":
        return _torch(i, name, node, given)
    return _other(i, name, node, given)


def _builtin(name: str) -> builtin_calls.Handler | None:
    return builtin_calls.BUILTINS.get(name[9:]) if name.startswith("builtins.") else None


# torch


def _exported(i: Interpreter, node: ast.AST, model: Value | None) -> None:
    """A model that leaves the program as it is: whoever runs it gets what its forward returns."""
    if isinstance(model, (Layer, Instance)):
        with i.silently():
            i.used(calls.invoke(i, model, node, calls.Arguments([UNKNOWN])), "export", node)


def _torch(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    last = name.rpartition(".")[2]
    if name in library.EXPORTS:
        _exported(i, node, given.get(0, "model", "mod", "obj", "func"))
    if library.is_optimizer(name):
        return constructors.optimizer(i, last, node, given)
    if library.SCHEDULERS.match(name):
        return constructors.scheduler(i, last, node, given)
    if library.LOADERS.match(name):
        return replace(feeding.loader(i, name, node, given), tensors=_tensor_data(i, given))
    if name.startswith("torch.utils.data.") and last in ("TensorDataset", "random_split", "Subset", "ConcatDataset"):
        made = i.fresh(node)
        if last == "TensorDataset" or _tensor_data(i, given):
            i.tensor_data.add(made.key)
        return made
    if name.startswith("torch.distributions.") and last[:1].isupper():
        return Tensor(sources(*given.all), owners(*given.all), role="distribution")
    if name in library.SCALERS:
        return constructors.scaler(i, name, node, given)
    if name in library.NO_GRAD or name in library.GRAD_ON:
        wrapped = given.get(0, "orig_func")
        return wrapped if isinstance(wrapped, Function) else Bound(External(name), "context")
    if name in library.GRAD_SWITCH:
        grads.switch(i, given.get(0, "mode"))
        return Bound(External(name), "context")
    if name in library.MODULE_WRAPPERS:
        return given.get(0, "module", "model") or External(name)
    if name in library.SOFTMAX_FUNCTIONS:
        return layers.squashed(i, given.get(0, "input"), node, None, "softmax", given.get(1, "dim"))
    if name in library.LOG_SOFTMAX_FUNCTIONS:
        layers.spread(i, node, given.get(0, "input") or UNKNOWN, given.get(1, "dim"), None)
    if name in library.SIGMOID_FUNCTIONS:
        return layers.squashed(i, given.get(0, "input"), node, None, "sigmoid")
    if name.startswith(_FUNCTIONAL) and last in library.LOSS_FUNCTIONS:
        return layers.apply_loss(i, Criterion(last, constructors.reduction(given)), node, given)
    if name.startswith("torch.nn.") and last in library.LOSSES:
        return Criterion(library.LOSSES[last], constructors.reduction(given))
    if name.startswith("torch.nn.") and last[:1].isupper():
        return constructors.layer(i, name, last, node, given)
    if name in ("torch.nn.Embedding.from_pretrained", "torch.nn.EmbeddingBag.from_pretrained"):
        kind = name.rpartition(".")[0]
        return constructors.layer(i, kind, kind.rpartition(".")[2], node, given)
    if name.startswith(("torch.autograd.", "torch.func.", "functorch.")):
        i.emit(Kind.GRADIENT, node, uses=sources(*given.all), name=last)
    if name in ("torch.autograd.backward",):
        return tensors.backward(i, node, given.get(0, "tensors") or UNKNOWN, calls.Arguments())
    if name.startswith("torch.nn.utils.") and "clip_grad" in last:
        return _clip(i, last, node, given)
    if last in library.RANKS:
        for value in given.positional[:1]:
            i.used(value, "rank", node)
        return Tensor(sources(*given.all), role="rank")
    if last in library.PAIRS and (len(given.positional) > 1 or "dim" in given.named or last in ("topk", "sort")):
        return tensors.tensor_method(
            i, node, _as_tensor(given.get(0, "input")), last, calls.Arguments(given.positional[1:], given.named)
        )
    if last in ("split", "chunk", "unbind", "tensor_split"):
        return Wrapped("pieces", (_as_tensor(given.get(0, "input", "tensor")),), node)
    if last.startswith("_foreach_") and last.endswith("_"):
        return _foreach(i, node, last, given)
    if last in library.SHAPE_OPS and isinstance(given.get(0, "input"), Tensor):
        tensor = _as_tensor(given.get(0, "input"))
        return replace(tensor, leaf=None, squash=tensors.library_shaped(tensor, last))
    if name.startswith(_FUNCTIONAL) and not given.star:
        if last in building.DROPOUTS:
            building.dropout(i, node, last, given.get(1, "p"), given.get(2, "training"))
        elif last == building.ATTENTION:
            building.dropout(i, node, last, given.get(4, "dropout_p"), None)
    for value in given.all:
        i.used(value, "value", node)
    if last in library.FACTORIES and name.count(".") == 1 or name.startswith("torch.Tensor"):
        if last in ("randint", "randperm", "multinomial"):
            builtin_calls.sign_draw(i)
        ident = i.site(node, "leaf")
        i.alloc(ident)
        found = sources(*given.all)
        direct = (
            bool(i.loops)
            and last in ("randn", "rand", "normal")
            and i.loops[-1][0].module is i.module
            and i.drawn_here()
        )
        if direct:
            builtin_calls.sign_draw(i)
        if last in ("randint", "multinomial") and i.loops or direct:
            # Random indices: what they pick is this iteration's batch.
            site = i.site(node, "batch")
            i.emit(Kind.BATCH, node, makes=site)
            found |= {Source(site)}
        trains = given.named.get("requires_grad") not in (None, Const(False))
        if trains:
            found |= tensors.rebuilt(i, node, ident, given.get(0, "data"))
        return Tensor(found, Parameters(frozenset({ident})) if trains else NO_PARAMETERS, leaf=ident, sure=True)
    if name.startswith(library.HARMLESS_TORCH) and not name.startswith("torch.nn.utils.rnn"):
        return UNKNOWN if last != "swap" else i.fresh(node)
    if last in ("mean", "sum") and given.positional:
        rest = calls.Arguments(given.positional[1:], given.named)
        return tensors.tensor_method(i, node, _as_tensor(given.positional[0]), last, rest)
    if last in ("stack", "cat", "concat", "hstack", "vstack", "einsum", "where") or name.count(".") <= 3:
        derived = sources(*given.all)
        sure = last in _TENSORS or name.startswith(_FUNCTIONAL) and last not in _PAIRED
        if not derived and not given.all:
            return UNKNOWN
        return Tensor(derived, owners(*given.all), scaled=_scaled(given), sure=sure)
    return i.fresh(node, "", *given.all)


def _clip(i: Interpreter, last: str, node: ast.AST, given: Arguments) -> Value:
    """Gradient clipping by torch. ``bound``: None if it only measures the norm, "scaled" if the threshold knows the
    scale of a GradScaler, else "plain"."""
    bound: str | None = "plain"
    limit = given.get(1, "max_norm", "clip_value")
    if isinstance(node, ast.Call):
        written = [k.value for k in node.keywords if k.arg in ("max_norm", "clip_value")] or node.args[1:2]
        if any(_INFINITE.search(i.module.text_of(part)) for part in written):
            bound = None
    if bound and limit is not None and mentions(limit, "scale of"):
        bound = "scaled"
    i.emit(Kind.CLIP, node, parameters=i.parameters(given.get(0, "parameters") or UNKNOWN), bound=bound, name=last)
    return UNKNOWN


def mentions(value: Value, what: str) -> bool:
    """Whether an unknown value was computed from one whose identity starts with ``what``."""

    def within(key: Ident) -> bool:
        return isinstance(key, tuple) and (key[:1] == (what,) or any(within(part) for part in key))

    return isinstance(value, Sym) and within(value.key)


def _tensor_data(i: Interpreter, given: Arguments) -> bool:
    """Whether the first argument is a data set of tensors, and nothing else is made of its samples."""
    first = given.get(0, "dataset")
    key = first.key if isinstance(first, Sym) else None
    while key is not None and key not in i.tensor_data:
        key = i.parents.get(key)
    return key is not None and "collate_fn" not in given.named


def _foreach(i: Interpreter, node: ast.AST, last: str, given: Arguments) -> Value:
    """Fused operations on lists of gradients: ``torch._foreach_zero_([p.grad for p in parameters])``."""
    first = given.get(0)
    for part in first.items if isinstance(first, Items) else ():
        if isinstance(part, Bound) and part.name == "grad":
            owned = i.parameters(part.receiver)
            if last == "_foreach_zero_":
                i.emit(Kind.ZERO_GRAD, node, parameters=owned)
            else:
                i.emit(Kind.CLIP, node, parameters=owned, edits=True)
    return NONE


def _scaled(given: Arguments) -> bool | None:
    tensors = [v for v in given.all if isinstance(v, Tensor)]
    return tensors[0].scaled if len(tensors) == 1 else None if any(t.scaled is not False for t in tensors) else False


def _as_tensor(value: Value | None) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return Tensor(sources(value), owners(value)) if value is not None else Tensor()


# Other libraries


def _other(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    read = averages.number(given.get(0)) if name == "builtins.float" else None
    if read is not None:
        return read
    if library.is_optimizer(name):
        return constructors.optimizer(i, last, node, given)
    if name in library.MODULE_WRAPPERS:
        return given.get(0, "module", "model") or UNKNOWN
    if library.LOADERS.match(name):
        return feeding.loader(i, name, node, given)
    if library.SCHEDULERS.match(name):
        return constructors.scheduler(i, last, node, given)
    if name in library.MANAGED:
        return Managed(library.MANAGED[name], i.site(node, "managed"), _accumulates(given))
    if name in library.ENGINES:
        ident = i.site(node, "engine")
        return Items(tuple(Managed("engine", (ident, n)) for n in range(4)))
    if root == "tqdm" or last in ("tqdm", "trange", "track", "progress_bar") and given.positional:
        if last == "trange":
            return Wrapped("range", tuple(given.positional), node)
        return Wrapped(
            "tqdm", tuple(given.positional[:1] or [v for k, v in given.named.items() if k == "iterable"]), node
        )
    if (
        name.startswith("torchvision.models.")
        or last in ("from_pretrained", "from_config")
        and root in ("transformers", "timm")
    ):
        ident = i.site(node, "layer")
        i.alloc(ident)
        return Layer(ident, name, node, i.module)
    if root == "transformers" and last[:1].isupper() and ("For" in last or last.endswith("Model")):
        ident = i.site(node, "layer")
        i.alloc(ident)
        return Layer(ident, name, node, i.module)
    if name in ("timm.create_model",):
        ident = i.site(node, "layer")
        i.alloc(ident)
        return Layer(ident, name, node, i.module)
    if name.startswith("torchvision.datasets."):
        made = i.fresh(node)
        i.datasets[made.key] = name
        i.tensor_data.add(made.key)
        return made
    if name == "torchvision.transforms.Compose":
        made = i.fresh(node)
        i.state.set(made.key, "transforms", given.get(0, "transforms") or UNKNOWN)
        return made
    if root == "apex" and last == "initialize":
        return given.positional[0] if len(given.positional) == 1 else Items(tuple(given.positional[:2]))
    if last == "scale_loss":
        return Bound(_as_tensor(given.get(0, "loss")), "scale_loss")
    if name in ("numpy.argmax", "numpy.argsort"):
        for value in given.positional[:1]:
            i.used(value, "rank", node)
        return Tensor(sources(*given.all), role="rank")
    if name == "numpy.arange":
        return Wrapped("range", tuple(given.positional), node)
    how = "rank" if ranks(name) else "value"
    for value in given.all:
        i.used(value, how, node)
    if library.harmless(name):
        if root in ("random", "numpy") and last in (
            "choice",
            "randint",
            "sample",
            "permutation",
            "choices",
            "randrange",
        ):
            builtin_calls.sign_draw(i)
        return i.fresh(node)
    return calls.unknown_call(i, Sym(("external", name), last), node, given)


def _accumulates(given: Arguments) -> bool | None:
    """Whether an Accelerator adds up the gradients of several batches."""
    if given.star or "gradient_accumulation_plugin" in given.named:
        return None
    return given.named.get("gradient_accumulation_steps", Const(1)) != Const(1)


def _tensor_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    """``Variable(x)``: the tensor itself."""
    value = given.get(0, "data") or UNKNOWN
    if isinstance(value, Tensor) and value.leaf is None and given.named.get("requires_grad") == Const(True):
        ident = i.site(node, "leaf")
        if tensors.rebuilt(i, node, ident, value):
            i.alloc(ident)
            return replace(value, leaf=ident, owners=Parameters(frozenset({ident})))
    return value


def _grad(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    i.emit(Kind.GRADIENT, node, uses=sources(*given.all), name="grad")
    return Tensor(sources(*given.all), owners(*given.all)) if given.all else Tensor()


_HANDLERS: dict[str, builtin_calls.Handler] = {
    **dict.fromkeys(feeding.SAMPLERS, feeding.sampler),
    **dict.fromkeys(feeding.ALONE, feeding.alone),
    **dict.fromkeys(feeding.BATCHED, feeding.batched),
    "torch.autograd.Variable": _tensor_of,
    "torch.autograd.grad": _grad,
}
