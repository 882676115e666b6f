"""Interprets calls of Python's own functions and of the standard library."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from fixer.protocol.events import UNKNOWN_PARAMETERS, Kind
from fixer.reading import calls, expressions, feeding, modes, questions, shapes, syntax
from fixer.reading.conditions import Atom, Test
from fixer.reading.interpreter import Interpreter, owners, sources
from fixer.reading.joins import union
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Bound,
    ClassOf,
    Const,
    Counter,
    External,
    Function,
    Instance,
    Items,
    Layer,
    Loader,
    Mapping,
    Optimizer,
    ParametersOf,
    Partial,
    Source,
    Super,
    Sym,
    Tensor,
    Truth,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

Handler = Callable[[Interpreter, ast.AST, "Arguments"], Value]


def _range(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    return Wrapped("range", tuple(given.positional), node)


def _enumerate(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    start = given.get(1, "start")
    first = given.positional[:1]
    number = start.value if isinstance(start, Const) and isinstance(start.value, int) else 0
    return Wrapped("enumerate", tuple(first or [UNKNOWN]), node, number)


def wrap_handler(how: str) -> Handler:
    def handler(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
        return Wrapped(how, tuple(given.positional or [UNKNOWN]), node)

    return handler


def make_list(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
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


def make_dict(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    if given.positional:
        return given.positional[0] if isinstance(given.positional[0], Mapping) else i.fresh(node)
    return Mapping(tuple(given.named.items()), given.star)


def ordered(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, Items) and all(isinstance(v, Items) and len(v.items) == 2 for v in first.items):
        rows = [v.items for v in first.items if isinstance(v, Items)]
        return Mapping(
            tuple((k.value if isinstance(k, Const) else ("?", n), v) for n, (k, v) in enumerate(rows)), first.more
        )
    return make_dict(i, node, given)


def next_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0) or UNKNOWN
    if isinstance(first, ParametersOf):
        return Tensor(owners=first.parameters)
    return drawn(i, node, first)


def drawn(i: Interpreter, node: ast.AST, value: Value) -> Value:
    """A batch fetched by hand."""
    sign_draw(i)
    site = i.site(node, "batch")
    loader = feeding.behind(value)
    i.emit(Kind.BATCH, node, makes=site, loader=loader, anew=feeding.anew(node, value))
    return shapes.batch(i, Tensor(frozenset({Source(site)}), role="batch"), loader)


def sign_draw(i: Interpreter) -> None:
    """The innermost loop draws a batch by hand: a sign that it is a batch loop."""
    if i.loops:
        i.loops[-1][0].signs.add("draws")


def sum_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
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
    # ``getattr(model, phase)()``
    modes.mode_unknown(i, node, target)
    return i.fresh(node, "")


def _setattr(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    target, name, value = given.get(0), given.get(1), given.get(2)
    if name == Const("grad") and target is not None:
        owned = i.parameters(target) if isinstance(target, (Tensor, ParametersOf)) else UNKNOWN_PARAMETERS
        i.emit(Kind.ZERO_GRAD if value == NONE else Kind.CLIP, node, parameters=owned, edits=value != NONE)
        return NONE
    if target is not None and isinstance(value, Tensor) and value.leaf is None:
        i.swap(target)  # a weight may be what it is called
    ident = expressions.heap(target) if target is not None else None
    if ident is not None and isinstance(name, Const) and value is not None:
        i.state.set(ident, str(name.value), value)
    return NONE


def _isinstance(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    value, kind = given.get(0), given.get(1)
    if isinstance(value, Instance) and isinstance(kind, ClassOf):
        return Const(kind in list(value.of.mro())) if "?" not in set(value.of.externals()) else UNKNOWN
    return UNKNOWN


def leave(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    from fixer.reading.tree import Exit

    i.out.append(Exit("raise"))
    return External("exit()")


def partial(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    if not given.positional:
        return UNKNOWN
    return Partial(given.positional[0], tuple(given.positional[1:]), tuple(given.named.items()))


def chain_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
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


def deepcopy(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    return i.each(first, lambda value: _copy(i, node, value)) if first is not None else UNKNOWN


def _copy(i: Interpreter, node: ast.AST, first: Value) -> Value:
    if isinstance(first, (Layer, Instance)):
        ident = i.site(node, "copy")
        i.alloc(ident)
        if isinstance(first, Layer):
            return replace(first, ident=ident, items=())
        for name, value in list(i.state.names(first.ident)):
            i.state.set(ident, name, copied(i, node, value, name))
        return Instance(ident, first.of)
    return i.fresh(node, "", first) if isinstance(first, (Optimizer, Sym)) else copied(i, node, first, "")


def copied(i: Interpreter, node: ast.AST, value: Value, name: str) -> Value:
    if isinstance(value, Layer):
        ident = (*copy_ident(i, node), name)
        i.alloc(ident)
        return replace(
            value, ident=ident, items=tuple(copied(i, node, v, f"{name}.{n}") for n, v in enumerate(value.items))
        )
    if isinstance(value, Instance):
        ident = (*copy_ident(i, node), name)
        i.alloc(ident)
        for inner, part in list(i.state.names(value.ident)):
            i.state.set(ident, inner, copied(i, node, part, f"{name}.{inner}"))
        return Instance(ident, value.of)
    if isinstance(value, Items):
        return replace(value, items=tuple(copied(i, node, v, f"{name}.{n}") for n, v in enumerate(value.items)))
    return value


def copy_ident(i: Interpreter, node: ast.AST) -> tuple[object, ...]:
    return ("copy", id(node), i.chain)


def super_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    cls, this = given.get(0), given.get(1)
    if isinstance(cls, ClassOf) and isinstance(this, Instance):
        return Super(this, cls)
    return UNKNOWN


def _len(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, Items) and not first.more:
        return Const(len(first.items))
    ident = first.key if isinstance(first, Sym) else None
    if isinstance(first, (Loader, Instance)):
        ident = first.ident
    if ident is not None and not sources(first or UNKNOWN):
        return Sym(("length", ident), loops=first.loops if isinstance(first, Sym) else frozenset())
    return UNKNOWN


def looks(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    for value in given.all:
        i.used(value, "value", node)
    return UNKNOWN


def boolean(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, (Truth, Const)):
        return first if isinstance(first, Truth) else Const(bool(first.value))
    if isinstance(first, Sym):
        return Truth(Atom(("true", first.key), loops=first.loops))
    return UNKNOWN


def integer(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    first = given.get(0)
    if isinstance(first, Const) and isinstance(first.value, float):
        return replace(first, value=int(first.value)) if abs(first.value) < 1e18 else UNKNOWN
    if isinstance(first, (Counter, Sym, Const)):
        return first
    for value in given.all:
        i.used(value, "value", node)
    return UNKNOWN


def least(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    """``min(i + batch_size, n)``: where a slice ends."""
    ends = [v for v in given.positional if isinstance(v, Counter) and v.stride and (v.ahead is not None or v.offset)]
    for value in given.all:
        i.used(value, "value", node)
    return ends[0] if len(ends) == 1 and len(given.positional) == 2 else i.fresh(node)


def whole(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    """A number rounded: still the same number of batches."""
    first = given.get(0)
    for value in given.all:
        i.used(value, "value", node)
    if isinstance(first, Const) and isinstance(first.value, (int, float)):
        return integer(i, node, given)
    computed = isinstance(first, Sym) and isinstance(first.key, tuple) and first.key[:1] == ("op",)
    return first if isinstance(first, Sym) and (computed or first.key in i.quotients) else i.fresh(node)


def any_of(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    text = syntax.written(node) if isinstance(node, ast.expr) else ""
    if "isnan" in text or "isfinite" in text or "isinf" in text:
        key, loops = questions.fingerprint(i, node)
        return Truth(Atom(("true", key), Test.VALID, loops))
    return UNKNOWN


def spawn(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    function, arguments = given.get(0, "fn"), given.get(1, "args")
    rest = list(arguments.items) if isinstance(arguments, Items) else []
    if isinstance(function, Function):
        calls.call(i, function, node, [Const(0), *rest], [])
    return NONE


def _exec(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    i.emit(Kind.OPAQUE, node, parameters=UNKNOWN_PARAMETERS, why="code in a string cannot be read")
    return UNKNOWN


BUILTINS: dict[str, Handler] = {
    "exec": _exec,
    "range": _range,
    "enumerate": _enumerate,
    "zip": wrap_handler("zip"),
    "iter": wrap_handler("iter"),
    "reversed": wrap_handler("reversed"),
    "list": make_list,
    "tuple": make_list,
    "set": make_list,
    "sorted": make_list,
    "dict": make_dict,
    "next": next_of,
    "sum": sum_of,
    "getattr": _getattr,
    "setattr": _setattr,
    "isinstance": _isinstance,
    "exit": leave,
    "quit": leave,
    "filter": _filter,
    "map": _map,
    "super": super_of,
    "len": _len,
    "bool": boolean,
    "int": integer,
    "min": least,
    "round": whole,
    "any": any_of,
    "all": any_of,
    "print": looks,
}
STANDARD: dict[str, Handler] = {
    "sys.exit": leave,
    "math.ceil": whole,
    "math.floor": whole,
    "numpy.ceil": whole,
    "numpy.floor": whole,
    "os._exit": leave,
    "functools.partial": partial,
    "itertools.chain": chain_of,
    "itertools.chain.from_iterable": chain_of,
    "itertools.cycle": wrap_handler("iter"),
    "itertools.islice": wrap_handler("islice"),
    "copy.deepcopy": deepcopy,
    "copy.copy": deepcopy,
    "collections.OrderedDict": ordered,
    "torch.multiprocessing.spawn": spawn,
}
