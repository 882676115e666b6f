"""How many axes tensors have, and how long they are, where that can be told; forgotten wherever it cannot.

A shape belongs to one abstract value (not to values made from it), so whatever is not handled here loses it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixer.reading.interpreter import Interpreter
from fixer.reading.values import NONE, Const, Items, Layer, Loader, Sym, Tensor, Value
from fixer.reading.written import argument
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

Shape = tuple[int | None, ...]
"""The lengths of the axes; None: not known."""

_SIZED = frozenset("randn rand zeros ones empty".split())
_ROWS = frozenset("arange linspace randperm".split())
_LIKE = frozenset("randn_like rand_like zeros_like ones_like".split())
_SAME = frozenset(
    """to cuda cpu float double half long int bool type clone detach contiguous relu sigmoid tanh softmax log_softmax
    exp log sqrt abs clamp gelu elu selu leaky_relu dropout log1p square pow sin cos neg requires_grad_ bfloat16
    softplus silu logsigmoid""".split()
)
_SAME_LAYERS = frozenset(
    """ReLU Tanh Sigmoid GELU ELU SELU LeakyReLU SiLU Softplus Dropout BatchNorm1d LayerNorm Softmax LogSoftmax Identity
    Hardtanh ReLU6 Mish PReLU AlphaDropout""".split()
)
_IN_PLACE = frozenset("unsqueeze_ squeeze_ t_ transpose_ resize_ swapaxes_ resize_as_ set_ swapdims_".split())


def of(i: Interpreter, value: Value | None) -> Shape | None:
    """The shape of a value, if it is known."""
    known = i.shapes.get(id(value))
    return known[1] if known is not None and known[0] is value else None


def put(i: Interpreter, value: Value, shape: Shape | None) -> Value:
    """Say what shape a value has."""
    if shape is not None and isinstance(value, Tensor):
        i.shapes[id(value)] = (value, shape)
    return value


def fresh(value: Value) -> Value:
    """The same value without its shape."""
    return replace(value) if isinstance(value, Tensor) else value


def moved(i: Interpreter, old: Value, new: Value) -> Value:
    """``new`` has the shape of ``old``."""
    return new if new is old else put(i, new, of(i, old))


def _number(value: Value | None) -> int | None:
    return value.value if isinstance(value, Const) and type(value.value) is int else None


def _length(value: Value | None) -> int | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def external(i: Interpreter, name: str, given: Arguments, result: Value) -> Value:
    """What a function of torch returns."""
    package, _, last = name.rpartition(".")
    if package == "torch.utils.data" and last == "TensorDataset" and isinstance(result, Sym) and not given.star:
        i.members[result.key] = tuple(of(i, part) for part in given.positional)
    if isinstance(result, Loader):
        data = given.get(0, "dataset")
        if isinstance(data, Sym) and data.key in i.members:
            i.members[result.ident] = i.members[data.key]
    if package not in ("torch", "torch.nn.functional") or given.star or not isinstance(result, Tensor):
        return result
    if last in _SIZED and package == "torch":
        sizes = given.positional
        if len(sizes) == 1 and isinstance(sizes[0], Items):
            sizes = list(sizes[0].items) if not sizes[0].more else []
        return put(i, result, tuple(_length(v) for v in sizes) if sizes else None)
    if last == "randint" and package == "torch":
        size = next((v for v in given.all if isinstance(v, Items)), None)
        return put(i, result, tuple(_length(v) for v in size.items) if size is not None and not size.more else None)
    if last in _ROWS and package == "torch":
        return put(i, result, (None,))
    if last in _SAME or last in _LIKE:
        return put(i, result, of(i, given.get(0, "input")))
    if package == "torch" and given.positional:
        rest = type(given)(given.positional[1:], given.named, given.star)
        return method(i, given.positional[0], last, rest, result)
    return result


def layer(i: Interpreter, part: Layer, given: Arguments, result: Value) -> Value:
    """What a layer of torch returns."""
    first = given.get(0, "input")
    result = fresh(result) if result is first else result
    return put(i, result, _through(part, of(i, first)))


def _through(part: Value, shape: Shape | None) -> Shape | None:
    if shape is None or not isinstance(part, Layer) or not part.name.startswith("torch.nn."):
        return None
    last = part.name.rpartition(".")[2]
    if last == "Sequential":
        for item in part.items:
            shape = _through(item, shape)
        return shape
    if last in _SAME_LAYERS:
        return shape
    node = part.node
    if last == "Flatten" and isinstance(node, ast.Call) and not node.args and not node.keywords:
        return (shape[0], None) if len(shape) > 1 else None
    if last == "Linear" and isinstance(node, ast.Call):
        out = argument(node, "out_features", 1)
        width = out.value if isinstance(out, ast.Constant) else None
        return (*shape[:-1], width if isinstance(width, int) else None)
    return None


def method(i: Interpreter, value: Value, name: str, given: Arguments, result: Value) -> Value:
    """What a method of a tensor returns."""
    if name in _IN_PLACE:
        i.shapes.pop(id(value), None)
        return result
    shape = of(i, value)
    if not isinstance(result, Tensor) or given.star:
        return result
    result = fresh(result) if result is value and name not in _SAME else result
    if name in ("view", "reshape"):
        sizes = given.positional
        if len(sizes) == 1 and isinstance(sizes[0], Items):
            sizes = list(sizes[0].items) if not sizes[0].more else []
        return put(i, result, tuple(_length(v) for v in sizes) if sizes else None)
    if shape is None:
        return result
    if name in _SAME:
        return put(i, result, shape)
    axis = _number(given.get(0, "dim", "start_dim"))
    if name == "flatten":
        return put(i, result, (None,) if not given.all else (shape[0], None) if axis == 1 and len(shape) > 1 else None)
    if axis is None or not -len(shape) - 1 <= axis <= len(shape):
        return result
    if name == "unsqueeze":
        at = axis if axis >= 0 else len(shape) + 1 + axis
        return put(i, result, (*shape[:at], 1, *shape[at:]))
    if name in ("squeeze", "mean", "sum") and -len(shape) <= axis < len(shape):
        at = axis % len(shape)
        if "keepdim" in given.named or len(given.positional) > 1:
            return result
        if name == "squeeze" and shape[at] != 1:
            return put(i, result, shape if shape[at] is not None else None)
        return put(i, result, (*shape[:at], *shape[at + 1 :]))
    return result


def item(i: Interpreter, value: Value, node: ast.expr, result: Value) -> Value:
    """What an index picks out of a tensor."""
    shape = of(i, value)
    if not isinstance(result, Tensor) or result is not value and shape is None:
        return result
    result = fresh(result)
    if shape is None:
        return result
    keys = node.elts if isinstance(node, ast.Tuple) else [node]
    kept: list[int | None] = []
    rest = list(shape)
    for key in keys:
        if isinstance(key, ast.Constant) and key.value is None:
            kept.append(1)
            continue
        if not rest:
            return result
        length = rest.pop(0)
        if isinstance(key, ast.Slice):
            kept.append(length if key.lower is None and key.upper is None and key.step is None else _cut(key, length))
        elif isinstance(key, ast.Constant) and type(key.value) is int or isinstance(key, ast.UnaryOp):
            pass
        elif len(keys) == 1 and isinstance(key, ast.Name):
            rows = of(i, i.state.get(i.frame.scope, key.id))
            if rows is None or len(rows) != 1:
                return result
            kept.append(None)
        else:
            return result
    return put(i, result, (*kept, *rest))


def _cut(key: ast.Slice, length: int | None) -> int | None:
    ends = [0 if key.lower is None else getattr(key.lower, "value", None), getattr(key.upper, "value", None)]
    if length is not None and all(type(end) is int for end in ends) and key.step is None:
        return len(range(length)[ends[0] : ends[1]])
    return None


def elementwise(i: Interpreter, left: Value, right: Value, result: Value) -> Value:
    """What arithmetic makes: a tensor with a number, or with one of the same shape."""
    a, b = of(i, left), of(i, right)
    if a is not None and (a == b or isinstance(right, Const)):
        return put(i, result, a)
    return put(i, result, b) if b is not None and isinstance(left, Const) else result


def batch(i: Interpreter, value: Value, loader: Loader | None) -> Value:
    """Remember what the members of a batch look like."""
    parts = i.members.get(loader.ident) if loader is not None else None
    if parts is not None:
        i.batches[id(value)] = (value, parts)
    return value


def member(i: Interpreter, value: Value, number: int, result: Value) -> Value:
    """A member of a batch: rows of the dataset's tensor."""
    known = i.batches.get(id(value))
    if known is None or known[0] is not value or number >= len(known[1]) or known[1][number] is None:
        return result
    shape = known[1][number]
    assert shape is not None
    return put(i, fresh(result), (None, *shape[1:]))


def softmax_axis(shape: Shape | None, dim: Value | None) -> int | None:
    """The axis over which a softmax runs, counted from the front; None if it cannot be told."""
    if shape is None:
        return None
    if dim is None or dim == NONE:
        return 0 if len(shape) in (0, 1, 3) else 1
    axis = _number(dim)
    return axis % len(shape) if axis is not None and shape else None
