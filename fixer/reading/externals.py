"""Interprets calls of library functions and classes, by qualified name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from fixer.protocol.events import NO_PARAMETERS, Kind, Parameters
from fixer.reading import calls, expressions, library, methods, questions
from fixer.reading.conditions import Atom, Test
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Counter,
    Criterion,
    External,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Loader,
    Managed,
    Mapping,
    Optimizer,
    ParametersOf,
    Partial,
    Remainder,
    Scaler,
    Scheduler,
    Source,
    Super,
    Sym,
    Tensor,
    Truth,
    Value,
    Wrapped,
    union,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

Handler = Callable[[Interpreter, ast.AST, "Arguments"], Value]
_RANK = re.compile(r"accura|correct|top_?k|argmax|argsort|acc$|^acc|confusion|auroc", re.I)
_FUNCTIONAL = "torch.nn.functional."
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
    handler = _HANDLERS.get(name) or _builtin(name)
    if handler is not None:
        return handler(i, node, given)
    if name.startswith("torch.") or name == "torch":
        return _torch(i, name, node, given)
    return _other(i, name, node, given)


def _builtin(name: str) -> Handler | None:
    return _BUILTINS.get(name[9:]) if name.startswith("builtins.") else None


# torch


def _torch(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    last = name.rpartition(".")[2]
    if library.is_optimizer(name):
        return _optimizer(i, last, node, given)
    if library.SCHEDULERS.match(name):
        return Scheduler(i.site(node, "scheduler"), given.get(0, "optimizer") or UNKNOWN)
    if library.LOADERS.match(name):
        return Loader(i.site(node, "loader"))
    if name in library.SCALERS:
        return Scaler(i.site(node, "scaler"))
    if name in library.NO_GRAD:
        return Bound(External(name), "context")
    if name in library.MODULE_WRAPPERS:
        return given.get(0, "module", "model") or External(name)
    if name in library.SOFTMAX_FUNCTIONS:
        return calls.softmaxed(i, given.get(0, "input"), node, None, given.get(1, "dim"))
    if name.startswith(_FUNCTIONAL) and last in library.LOSS_FUNCTIONS:
        return calls.apply_loss(i, Criterion(last, _reduction(given)), node, given)
    if name.startswith("torch.nn.") and last in library.LOSSES:
        return Criterion(library.LOSSES[last], _reduction(given))
    if name.startswith("torch.nn.") and last[:1].isupper():
        return _layer(i, name, last, node, given)
    if name in ("torch.autograd.backward",):
        return methods.backward(i, node, given.get(0, "tensors") or UNKNOWN, calls.Arguments())
    if name.startswith("torch.nn.utils.") and "clip_grad" in last:
        i.emit(Kind.CLIP, node, parameters=i.parameters(given.get(0, "parameters") or UNKNOWN))
        return UNKNOWN
    if last in library.RANKS:
        for value in given.positional[:1]:
            i.used(value, "rank", node)
        return Tensor(sources(*given.all), role="rank")
    if last in library.PAIRS and (len(given.positional) > 1 or "dim" in given.named or last in ("topk", "sort")):
        return methods.tensor_method(
            i, node, _as_tensor(given.get(0, "input")), last, calls.Arguments(given.positional[1:], given.named)
        )
    if last in ("split", "chunk", "unbind", "tensor_split"):
        return Wrapped("pieces", (_as_tensor(given.get(0, "input", "tensor")),), node)
    if last.startswith("_foreach_") and last.endswith("_"):
        return _foreach(i, node, last, given)
    if last in library.SHAPE_OPS and isinstance(given.get(0, "input"), Tensor):
        tensor = _as_tensor(given.get(0, "input"))
        return replace(tensor, leaf=None, squash=methods.library_shaped(tensor, last))
    for value in given.all:
        i.used(value, "value", node)
    if last in library.FACTORIES and name.count(".") == 1 or name.startswith("torch.Tensor"):
        if last in ("randint", "randperm", "multinomial"):
            sign_draw(i)
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
            sign_draw(i)
        if last in ("randint", "multinomial") and i.loops or direct:
            # Random indices: what they pick is this iteration's batch.
            site = i.site(node, "batch")
            i.emit(Kind.BATCH, node, makes=site)
            found |= {Source(site)}
        trains = given.named.get("requires_grad") not in (None, Const(False))
        return Tensor(found, Parameters(frozenset({ident})) if trains else NO_PARAMETERS, leaf=ident)
    if name.startswith(library.HARMLESS_TORCH) and not name.startswith("torch.nn.utils.rnn"):
        return UNKNOWN if last != "swap" else i.fresh(node)
    if last in ("mean", "sum") and given.positional:
        rest = calls.Arguments(given.positional[1:], given.named)
        return methods.tensor_method(i, node, _as_tensor(given.positional[0]), last, rest)
    if last in ("stack", "cat", "concat", "hstack", "vstack", "einsum", "where") or name.count(".") <= 3:
        derived = sources(*given.all)
        return Tensor(derived, owners(*given.all), scaled=_scaled(given)) if derived or given.all else UNKNOWN
    return i.fresh(node, "", *given.all)


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


def _reduction(given: Arguments) -> str:
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


def _optimizer(i: Interpreter, last: str, node: ast.AST, given: Arguments) -> Value:
    ident = i.site(node, "optimizer")
    first = given.get(0, "params")
    owned = i.parameters(first) if first is not None else Parameters(exact=False)
    momentum = given.named.get("momentum", given.get(2))
    plain = last == "SGD" and (
        momentum is None and not given.star or isinstance(momentum, Const) and not momentum.value
    )
    i.alloc(ident)
    rest = [value for value in given.all if value is not first]
    i.emit(Kind.CREATED, node, subject=ident, parameters=owned, name=last, stateful=not plain, varying=varies(*rest))
    return Optimizer(ident, last, owned, not plain, node)


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


def _layer(i: Interpreter, name: str, last: str, node: ast.AST, given: Arguments) -> Value:
    ident = i.site(node, "layer")
    i.alloc(ident)
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
    elif last == "ModuleDict" and isinstance(given.get(0), Mapping):
        return given.positional[0]
    return Layer(ident, name, node, i.module, items)


# Other libraries


def _other(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Value:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if library.is_optimizer(name):
        return _optimizer(i, last, node, given)
    if name in library.MODULE_WRAPPERS:
        return given.get(0, "module", "model") or UNKNOWN
    if library.LOADERS.match(name):
        return Loader(i.site(node, "loader"))
    if library.SCHEDULERS.match(name):
        return Scheduler(i.site(node, "scheduler"), given.get(0, "optimizer") or UNKNOWN)
    if name in library.MANAGED:
        return Managed(library.MANAGED[name], i.site(node, "managed"))
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
            sign_draw(i)
        return i.fresh(node)
    return calls.unknown_call(i, Sym(("external", name), last), node, given)


# Builtins and the standard library


def _range(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    return Wrapped("range", tuple(given.positional), node)


def _enumerate(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    start = given.get(1, "start")
    first = given.positional[:1]
    number = start.value if isinstance(start, Const) and isinstance(start.value, int) else 0
    return Wrapped("enumerate", tuple(first or [UNKNOWN]), node, number)


def _wrap(how: str) -> Handler:
    def handler(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
        return Wrapped(how, tuple(given.positional or [UNKNOWN]), node)

    return handler


def _list(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    if not given.positional:
        return Items((), False, ("list", id(node), i.chain))
    first = given.positional[0]
    if isinstance(first, (Items, ParametersOf)):
        return first
    if isinstance(first, Mapping):
        return Items(tuple(Const(k) for k, _ in first.entries if not isinstance(k, tuple)), first.more)
    if isinstance(first, (Wrapped, Loader)):
        return first if isinstance(first, Wrapped) and first.how == "range" else Wrapped("list", (first,), node)
    if isinstance(first, Layer) and first.items:
        return Items(first.items)
    if isinstance(first, Sym):
        return first
    return i.fresh(node, "", first)


def _dict(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    if given.positional:
        return given.positional[0] if isinstance(given.positional[0], Mapping) else i.fresh(node)
    return Mapping(tuple(given.named.items()), given.star)


def _ordered(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, Items) and all(isinstance(v, Items) and len(v.items) == 2 for v in first.items):
        rows = [v.items for v in first.items if isinstance(v, Items)]
        return Mapping(
            tuple((k.value if isinstance(k, Const) else ("?", n), v) for n, (k, v) in enumerate(rows)), first.more
        )
    return _dict(i, node, given)


def _next(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0) or UNKNOWN
    if isinstance(first, ParametersOf):
        return Tensor(owners=first.parameters)
    return drawn(i, node, first)


def drawn(i: Interpreter, node: ast.AST, value: Value) -> Value:
    """A batch fetched by hand."""
    sign_draw(i)
    site = i.site(node, "batch")
    i.emit(Kind.BATCH, node, makes=site)
    return Tensor(frozenset({Source(site)}), role="batch")


def sign_draw(i: Interpreter) -> None:
    """The innermost loop draws a batch by hand: a sign that it is a batch loop."""
    if i.loops:
        i.loops[-1][0].signs.add("draws")


def _sum(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    for value in given.all:
        i.used(value, "value", node)
    first = given.get(0)
    items = first.items if isinstance(first, Items) else (first,) if first is not None else ()
    if sources(*items):
        tensors = [v for v in items if isinstance(v, Tensor)]
        same = tensors and len(tensors) == len(items)
        more = isinstance(first, Items) and first.more
        mean = True if same and all(t.mean for t in tensors) and not more else None
        return Tensor(
            sources(*items), owners(*items), role="loss", mean=mean, summed=more, scaled=False if same else None
        )
    return UNKNOWN


def _getattr(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    target, name = given.get(0) or UNKNOWN, given.get(1)
    if isinstance(name, Const) and isinstance(name.value, str):
        return i.each(target, lambda value: expressions.attribute(i, value, str(name.value), node))
    if isinstance(target, External) and target.name == "torch.optim":
        # Any class of torch.optim will do: all keep the protocol alike; state cannot be ruled out.
        return External("torch.optim.Adam") if not given.star else UNKNOWN
    return i.fresh(node, "")


def _setattr(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    target, name, value = given.get(0), given.get(1), given.get(2)
    if name == Const("grad") and target is not None:
        owned = i.parameters(target) if isinstance(target, (Tensor, ParametersOf)) else Parameters(exact=False)
        i.emit(Kind.ZERO_GRAD if value == NONE else Kind.CLIP, node, parameters=owned, edits=value != NONE)
        return NONE
    ident = expressions.heap(target) if target is not None else None
    if ident is not None and isinstance(name, Const) and value is not None:
        i.state.set(ident, str(name.value), value)
    return NONE


def _isinstance(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    value, kind = given.get(0), given.get(1)
    if isinstance(value, Instance) and isinstance(kind, ClassOf):
        return Const(kind in list(value.of.mro())) if "?" not in set(value.of.externals()) else UNKNOWN
    return UNKNOWN


def _exit(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    from fixer.reading.tree import Exit

    i.out.append(Exit("raise"))
    return External("exit()")


def _partial(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    if not given.positional:
        return UNKNOWN
    return Partial(given.positional[0], tuple(given.positional[1:]), tuple(given.named.items()))


def _chain(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    parts = [
        part
        for v in given.positional
        for part in (v.items if isinstance(v, Items) and len(given.positional) == 1 else (v,))
    ]
    if parts and all(isinstance(v, (ParametersOf, Items, Tensor)) for v in parts):
        return ParametersOf(union(*[i.parameters(v) for v in parts]))
    return Wrapped("chain", tuple(given.positional), node)


def _filter(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    second = given.get(1)
    if isinstance(second, (ParametersOf, Items)):
        return second
    return i.fresh(node, "", *given.all)


def _map(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    function, rest = given.get(0), given.positional[1:]
    found: list[Value] = []
    known = len(rest) == 1 and isinstance(rest[0], Items) and not rest[0].more
    if isinstance(function, (Function, Partial, Bound)) and known and isinstance(rest[0], Items):
        found = [calls.call(i, function, node, [item], []) for item in rest[0].items]
        return Items(tuple(found), rest[0].more)
    if function is not None and len(rest) == 1:
        return Wrapped("map", (function, rest[0]), node)
    return i.fresh(node, "", *rest)


def _deepcopy(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, (Layer, Instance)):
        ident = i.site(node, "copy")
        i.alloc(ident)
        if isinstance(first, Layer):
            return replace(first, ident=ident, items=())
        for name, value in list(i.state.names(first.ident)):
            i.state.set(ident, name, _copied(i, node, value, name))
        return Instance(ident, first.of)
    if isinstance(first, (Optimizer, Sym)):
        return i.fresh(node, "", *given.all)
    return first if first is not None else UNKNOWN


def _copied(i: Interpreter, node: ast.AST, value: Value, name: str) -> Value:
    if isinstance(value, Layer):
        ident = (*_ident(i, node), name)
        i.alloc(ident)
        return replace(
            value, ident=ident, items=tuple(_copied(i, node, v, f"{name}.{n}") for n, v in enumerate(value.items))
        )
    if isinstance(value, Instance):
        ident = (*_ident(i, node), name)
        i.alloc(ident)
        for inner, part in list(i.state.names(value.ident)):
            i.state.set(ident, inner, _copied(i, node, part, f"{name}.{inner}"))
        return Instance(ident, value.of)
    return value


def _ident(i: Interpreter, node: ast.AST) -> tuple[object, ...]:
    return ("copy", id(node), i.chain)


def _super_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    cls, this = given.get(0), given.get(1)
    if isinstance(cls, ClassOf) and isinstance(this, Instance):
        return Super(this, cls)
    return UNKNOWN


def _len(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, Items) and not first.more:
        return Const(len(first.items))
    return UNKNOWN


def _looks(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    for value in given.all:
        i.used(value, "value", node)
    return UNKNOWN


def _boolean(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, (Truth, Const)):
        return first if isinstance(first, Truth) else Const(bool(first.value))
    if isinstance(first, Sym):
        return Truth(Atom(("true", first.key), loops=first.loops))
    return UNKNOWN


def _integer(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, (Counter, Sym, Const)):
        return first
    for value in given.all:
        i.used(value, "value", node)
    return UNKNOWN


def _any(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    if "isnan" in text or "isfinite" in text or "isinf" in text:
        key, loops = questions.fingerprint(i, node)
        return Truth(Atom(("true", key), Test.VALID, loops))
    return UNKNOWN


def _spawn(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    function, arguments = given.get(0, "fn"), given.get(1, "args")
    rest = list(arguments.items) if isinstance(arguments, Items) else []
    if isinstance(function, Function):
        calls.call(i, function, node, [Const(0), *rest], [])
    return NONE


def _tensor_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    """``Variable(x)``: the tensor itself."""
    return given.get(0, "data") or UNKNOWN


def _grad(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    return Tensor(sources(*given.all), owners(*given.all)) if given.all else Tensor()


def _exec(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    i.emit(Kind.OPAQUE, node, parameters=Parameters(exact=False), why="code in a string cannot be read")
    return UNKNOWN


_BUILTINS: dict[str, Handler] = {
    "exec": _exec,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _wrap("zip"),
    "iter": _wrap("iter"),
    "reversed": _wrap("reversed"),
    "list": _list,
    "tuple": _list,
    "set": _list,
    "sorted": _list,
    "dict": _dict,
    "next": _next,
    "sum": _sum,
    "getattr": _getattr,
    "setattr": _setattr,
    "isinstance": _isinstance,
    "exit": _exit,
    "quit": _exit,
    "filter": _filter,
    "map": _map,
    "super": _super_of,
    "len": _len,
    "bool": _boolean,
    "int": _integer,
    "any": _any,
    "all": _any,
    "print": _looks,
}
_HANDLERS: dict[str, Handler] = {
    "sys.exit": _exit,
    "os._exit": _exit,
    "functools.partial": _partial,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain,
    "itertools.cycle": _wrap("iter"),
    "itertools.islice": _wrap("islice"),
    "copy.deepcopy": _deepcopy,
    "copy.copy": _deepcopy,
    "collections.OrderedDict": _ordered,
    "torch.multiprocessing.spawn": _spawn,
    "torch.autograd.Variable": _tensor_of,
    "torch.autograd.grad": _grad,
}
