"""How many axes tensors have, and how long they are, where that can be told; forgotten wherever it cannot.

A shape belongs to one abstract value (not to values made from it), so whatever is not handled here loses it. What
numpy, pandas and scikit-learn make is described in ``arrays``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Union

from fixer.reading import arrays, syntax
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    NONE,
    Const,
    Counter,
    Instance,
    Items,
    Layer,
    Loader,
    Mapping,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

Shape = tuple[int | None, ...]
"""The lengths of the axes; None: not known."""
Form = Union[Shape, list["Form"], dict[object, "Form"], None]
"""What a value looks like: one shape, or (list, dict) those of its members."""

_BATCH: dict[object, Form] = {"a batch": None}
"""What a DataLoader has put together of samples of unknown form."""
_MEMBER: dict[object, Form] = {"a member of a batch": None}
"""One of its members: rows of anything."""
_SIZED = frozenset("randn rand zeros ones empty".split())
_ROWS = frozenset("arange linspace randperm".split())
_LIKE = frozenset("randn_like rand_like zeros_like ones_like".split())
_COPIES = frozenset("tensor as_tensor from_numpy FloatTensor LongTensor DoubleTensor".split())
_SAME = frozenset(
    """to cuda cpu float double half long int bool type clone detach contiguous relu sigmoid tanh softmax log_softmax
    exp log sqrt abs clamp gelu elu selu leaky_relu dropout log1p square pow sin cos neg requires_grad_ bfloat16
    softplus silu logsigmoid astype copy numpy type_as round clip float16 logical_not nan_to_num""".split()
)
_SAME_LAYERS = frozenset(
    """ReLU Tanh Sigmoid GELU ELU SELU LeakyReLU SiLU Softplus Dropout BatchNorm1d LayerNorm Softmax LogSoftmax Identity
    Hardtanh ReLU6 Mish PReLU AlphaDropout BatchNorm2d BatchNorm3d GroupNorm InstanceNorm1d InstanceNorm2d Dropout1d
    Dropout2d Dropout3d Softmax2d TransformerEncoder TransformerEncoderLayer""".split()
)
_CONVOLUTIONS = frozenset(f"{kind}{n}d" for kind in ("Conv", "ConvTranspose", "LazyConv") for n in (1, 2, 3))
_POOLS = frozenset(f"{kind}Pool{n}d" for kind in ("Max", "Avg", "AdaptiveAvg", "AdaptiveMax") for n in (1, 2, 3))
_POOLINGS = frozenset(f"{kind}_pool{n}d" for kind in ("max", "avg", "adaptive_avg", "adaptive_max") for n in (1, 2, 3))
_RECURRENT = frozenset({"LSTM", "GRU", "RNN"})
_IN_PLACE = frozenset("unsqueeze_ squeeze_ t_ transpose_ resize_ swapaxes_ resize_as_ set_ swapdims_".split())


def of(i: Interpreter, value: Value | None) -> Shape | None:
    """The shape of a value, if it is known."""
    known = i.shapes.get(id(value))
    return known[1] if known is not None and known[0] is value else None


def put(i: Interpreter, value: Value, shape: Shape | None) -> Value:
    """Say what shape a value has."""
    if shape is not None and isinstance(value, (Tensor, Sym)):
        i.shapes[id(value)] = (value, shape)
    return value


def assume(i: Interpreter, value: Value, form: Form) -> Value:
    """Say what a value, or each of its members, looks like."""
    if isinstance(form, (list, dict)):
        i.batches[id(value)] = (value, form)
        return value
    return put(i, value, form)


def members(i: Interpreter, value: Value) -> list[Form] | dict[object, Form] | None:
    """What the members of a value look like, if that was said."""
    known = i.batches.get(id(value))
    return known[1] if known is not None and known[0] is value else None


def describe(i: Interpreter, value: Value | None) -> Form:
    """What a value looks like."""
    if isinstance(value, Const):
        return () if type(value.value) in (int, float, bool) else None
    if isinstance(value, Items):
        return [describe(i, item) for item in value.items] if not value.more else None
    if isinstance(value, Mapping):
        return {key: describe(i, item) for key, item in value.entries}
    if value is None:
        return None
    known = members(i, value)
    return known if known is not None else of(i, value)


def rows(form: Form) -> Form:
    """What a batch of such samples looks like."""
    if isinstance(form, list):
        return [rows(part) if part is not None else _MEMBER for part in form]
    if isinstance(form, dict):
        return {key: rows(part) if part is not None else _MEMBER for key, part in form.items()}
    return (None, *form) if form is not None else None


def row(form: Form) -> Form:
    """What one member along the first axis looks like."""
    return form[1:] if isinstance(form, tuple) and form else None


def fresh(value: Value) -> Value:
    """The same value without its shape."""
    return replace(value) if isinstance(value, (Tensor, Sym)) else value


def moved(i: Interpreter, old: Value, new: Value) -> Value:
    """``new`` looks like ``old``."""
    if new is old:
        return new
    known = members(i, old)
    return assume(i, new, known) if known is not None else put(i, new, of(i, old))


def _number(value: Value | None) -> int | None:
    return value.value if isinstance(value, Const) and type(value.value) is int else None


def _length(value: Value | None) -> int | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def external(i: Interpreter, name: str, given: Arguments, result: Value) -> Value:
    """What a function of a library returns."""
    package, _, last = name.rpartition(".")
    if package.partition(".")[0] not in ("torch", "torchvision"):
        return arrays.external(i, name, given, result)
    if package == "torch.utils.data" and isinstance(result, Sym) and not given.star:
        _dataset(i, last, given, result)
    if isinstance(result, Loader) and not result.more:
        i.members[result.ident] = _sample(i, result)
    if isinstance(result, Layer) and last == "Linear":
        _sized(i, result, _length(given.get(1, "out_features")))
    if given.star or not isinstance(result, Tensor):
        return result
    if last in _COPIES and name.count(".") == 1:
        return put(i, fresh(result), literal(i, given.get(0, "data", "ndarray")))
    if package not in ("torch", "torch.nn.functional", "torch.special"):
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
    if last in _POOLINGS:
        shape = of(i, given.get(0, "input"))
        return put(i, result, (*shape[:2], *([None] * (len(shape) - 2))) if shape is not None else None)
    if last in ("cat", "concat", "stack"):
        return put(i, result, _joined(i, last, given))
    if last in ("matmul", "mm", "bmm") and len(given.positional) == 2:
        return put(i, result, product(*(of(i, part) for part in given.positional)))
    if package == "torch" and given.positional:
        rest = type(given)(given.positional[1:], given.named, given.star)
        return method(i, given.positional[0], last, rest, result)
    return result


def _sized(i: Interpreter, layer: Layer, width: int | None) -> None:
    """Remember how wide what a layer makes is; one place that builds several of them builds unknown ones."""
    known = i.widths.get(layer.ident, width)
    i.widths[layer.ident] = width if known == width else None


def _dataset(i: Interpreter, last: str, given: Arguments, result: Sym) -> None:
    """What a sample of a dataset looks like."""
    if last == "TensorDataset":
        i.members[result.key] = [row(of(i, part)) for part in given.positional]
    elif last in ("Subset", "random_split"):
        i.members[result.key] = _within(i, given.get(0, "dataset"))


def _within(i: Interpreter, data: Value | None) -> Form:
    """What a sample of some data looks like."""
    if isinstance(data, Sym):
        key = data.key
        while key not in i.members and key in i.parents:
            key = i.parents[key]
        found: Form = i.members.get(key)
        if found is not None:
            return found
    if isinstance(data, Wrapped) and data.how == "list" and data.parts:
        data = data.parts[0]
    if isinstance(data, Wrapped) and data.how == "zip":
        return [row(of(i, part)) for part in data.parts]
    if isinstance(data, Items) and len(data.items) == 1:
        return describe(i, data.items[0])
    if isinstance(data, Instance):
        return arrays.sample(i, data)
    return row(of(i, data)) if isinstance(data, (Tensor, Sym)) else None


def _sample(i: Interpreter, loader: Loader) -> Form:
    """What a sample that a loader draws looks like, if the loader puts samples together in the usual way."""
    given = dict(loader.given)
    if given.get("collate_fn", NONE) != NONE or given.get("batch_size") == NONE or "batch_sampler" in given:
        return None
    return _within(i, given.get("dataset"))


def literal(i: Interpreter, value: Value | None) -> Shape | None:
    """The shape of an array made of a value: another array, or numbers in lists."""
    if isinstance(value, Const):
        return () if type(value.value) in (int, float, bool) else None
    if isinstance(value, Items) and value.items:
        inner = {literal(i, item) for item in value.items}
        first = inner.pop()
        if inner or first is None:
            return None
        return (None if value.more else len(value.items), *first)
    return of(i, value)


def _joined(i: Interpreter, last: str, given: Arguments) -> Shape | None:
    """Tensors put one behind the other, or on top of each other."""
    parts = given.get(0, "tensors")
    shapes = [of(i, part) for part in parts.items] if isinstance(parts, Items) else []
    known = next((shape for shape in shapes if shape is not None), None)
    if known is None:
        return None
    if last != "stack":
        return (None,) * len(known)
    at = _number(given.get(1, "dim")) if given.get(1, "dim") is not None else 0
    return (None, *known) if at == 0 else (None,) * (len(known) + 1)


def product(left: Shape | None, right: Shape | None) -> Shape | None:
    """The shape of a matrix product."""
    if left is None or right is None or not left or not right:
        return None
    if len(right) == 1:
        return left[:-1]
    return (*right[:-2], right[-1]) if len(left) == 1 else (*left[:-1], right[-1])


def layer(i: Interpreter, part: Layer, given: Arguments, result: Value) -> Value:
    """What a layer of torch returns."""
    first = given.get(0, "input")
    result = fresh(result) if result is first else result
    last = part.name.rpartition(".")[2]
    shape = of(i, first)
    if last in _RECURRENT and part.name.startswith("torch.nn.") and shape is not None and len(shape) == 3:
        state: Form = (None, None, None)
        return assume(i, result, [(*shape[:2], None), [state, state] if last == "LSTM" else state])
    if shape is None and last in _CONVOLUTIONS and first is not None and members(i, first) in (_BATCH, _MEMBER):
        shape = (None,) * (int(last[-2]) + 2)
    return put(i, result, _through(i, part, shape))


def _through(i: Interpreter, part: Value, shape: Shape | None) -> Shape | None:
    if shape is None or not isinstance(part, Layer) or not part.name.startswith("torch.nn."):
        return None
    last = part.name.rpartition(".")[2]
    if last == "Sequential":
        for item in part.items:
            shape = _through(i, item, shape)
        return shape
    if last in _SAME_LAYERS:
        return shape
    if last == "Embedding":
        return (*shape, None)
    if last in _CONVOLUTIONS | _POOLS and len(shape) == int(last[-2]) + 2:
        width = shape[1] if last in _POOLS else None
        return (shape[0], width, *([1 if _all_ones(part.node) else None] * (len(shape) - 2)))
    if last == "Flatten" and isinstance(part.node, ast.Call) and not part.node.args and not part.node.keywords:
        return (shape[0], None) if len(shape) > 1 else None
    return (*shape[:-1], i.widths.get(part.ident)) if last == "Linear" and shape else None


def _all_ones(node: ast.AST | None) -> bool:
    """Whether an adaptive pool leaves one value of each channel."""
    given = node.args[0] if isinstance(node, ast.Call) and node.args else None
    name = syntax.written(node.func) if isinstance(node, ast.Call) else ""
    return "Adaptive" in name and given is not None and syntax.written(given) in ("1", "(1, 1)", "(1, 1, 1)")


def method(i: Interpreter, value: Value, name: str, given: Arguments, result: Value) -> Value:
    """What a method of a tensor returns."""
    if name in _IN_PLACE:
        i.shapes.pop(id(value), None)
        return result
    shape = of(i, value)
    if not isinstance(result, (Tensor, Sym)) or given.star:
        return result
    result = fresh(result) if result is value and name not in _SAME else result
    if name in ("view", "reshape"):
        sizes = given.positional
        if len(sizes) == 1 and isinstance(sizes[0], Items):
            sizes = list(sizes[0].items) if not sizes[0].more else []
        return put(i, result, tuple(_length(v) for v in sizes) if sizes else None)
    if shape is None:
        return moved(i, value, result) if name in _SAME else result
    if name in _SAME:
        return put(i, result, shape)
    if name in ("view_as", "reshape_as", "expand_as"):
        return put(i, result, of(i, given.get(0, "other")))
    if name in ("t", "permute", "transpose", "swapaxes", "movedim"):
        return put(i, result, shape[::-1] if name == "t" else (None,) * len(shape))
    if name in ("mean", "sum", "max", "min", "std", "var", "amax", "amin") and not given.all:
        return put(i, result, ())
    if name in ("flatten", "ravel"):
        start = _number(given.get(0, "start_dim"))
        return put(i, result, (None,) if not given.all else (shape[0], None) if start == 1 and len(shape) > 1 else None)
    axis = _number(given.get(0, "dim", "axis"))
    if axis is None or not -len(shape) - 1 <= axis <= len(shape):
        return result
    if name == "unsqueeze":
        at = axis if axis >= 0 else len(shape) + 1 + axis
        return put(i, result, (*shape[:at], 1, *shape[at:]))
    if name in ("squeeze", "mean", "sum", "amax", "amin", "std", "norm") and -len(shape) <= axis < len(shape):
        at = axis % len(shape)
        if name == "norm" and given.get(0) is not None:
            return result
        kept = next((given.named[k] for k in ("keepdim", "keepdims") if k in given.named), None)
        kept = given.positional[1] if kept is None and len(given.positional) > 1 else kept
        if name == "squeeze" and shape[at] != 1:
            return put(i, result, shape if shape[at] is not None else None)
        if kept not in (None, Const(False), Const(True)):
            return result
        return put(i, result, (*shape[:at], *([1] if kept == Const(True) else []), *shape[at + 1 :]))
    return result


def attribute(i: Interpreter, value: Value, name: str, result: Value) -> Value:
    """An attribute of an array: itself, or turned round."""
    shape = of(i, value)
    if shape is None:
        return result
    if name == "T" and result is not value:
        return put(i, result, shape[::-1])
    return put(i, fresh(result), shape) if name in ("data", "values", "iloc", "loc", "array") else result


def item(i: Interpreter, value: Value, node: ast.expr, key: Value, result: Value) -> Value:
    """What an index picks out of a tensor."""
    known = members(i, value)
    if known is not None:
        return assume(i, fresh(result), _picked(known, key.value if isinstance(key, Const) else None))
    shape = of(i, value)
    if not isinstance(result, (Tensor, Sym)) or result is not value and shape is None:
        return result
    result = fresh(result)
    return put(i, result, _indexed(i, shape, node, key)) if shape is not None else result


def _picked(known: list[Form] | dict[object, Form], key: object) -> Form:
    if known is _BATCH or known is _MEMBER:
        return _MEMBER if known is _BATCH else None
    if isinstance(known, dict):
        return known.get(key)
    return known[key] if type(key) is int and -len(known) <= key < len(known) else None


def _indexed(i: Interpreter, shape: Shape, node: ast.expr, key: Value) -> Shape | None:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    kept: list[int | None] = []
    rest = list(shape)
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is None:
            kept.append(1)
            continue
        if not rest:
            return None
        length = rest.pop(0)
        if isinstance(part, ast.Slice):
            whole = part.lower is None and part.upper is None and part.step is None
            kept.append(length if whole else _cut(part, length))
        elif isinstance(part, ast.Constant) and type(part.value) is int or isinstance(part, ast.UnaryOp):
            pass
        elif len(parts) == 1:
            return arrays.chosen(i, shape, key)
        elif not (isinstance(part, ast.Name) and isinstance(i.state.get(i.frame.scope, part.id), Counter)):
            return None
    return (*kept, *rest)


def _cut(key: ast.Slice, length: int | None) -> int | None:
    ends = [0 if key.lower is None else getattr(key.lower, "value", None), getattr(key.upper, "value", None)]
    if length is not None and all(type(end) is int for end in ends) and key.step is None:
        return len(range(length)[ends[0] : ends[1]])
    return None


def elementwise(i: Interpreter, op: ast.operator, left: Value, right: Value, result: Value) -> Value:
    """What arithmetic makes: a tensor with a number, or with another one."""
    a, b = of(i, left), of(i, right)
    if isinstance(op, ast.MatMult):
        shape = product(a, b)
    elif a is not None and b is not None:
        shape = broadcast(a, b)
    else:
        shape = a if isinstance(right, Const) else b if isinstance(left, Const) else None
    if shape is None:
        return fresh(result) if (result is left or result is right) and (a or b) is not None else result
    return put(i, fresh(result) if result is left or result is right else result, shape)


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """The shape of what two arrays make element by element; None if they do not fit."""
    count = max(len(left), len(right))
    made: list[int | None] = []
    for a, b in zip((1,) * (count - len(left)) + left, (1,) * (count - len(right)) + right, strict=True):
        if a != b and None not in (a, b) and 1 not in (a, b):
            return None
        made.append(a if a == b or b == 1 else b if a == 1 else a if a is not None else b)
    return tuple(made)


def crossed(left: Shape | None, right: Shape | None) -> bool:
    """Whether two arrays are a column, [N, 1], and a row of numbers, [N], that are combined to [N, N]."""
    if left is None or right is None:
        return False
    short, long = sorted((left, right), key=len)
    return len(short) == 1 and len(long) == 2 and long[1] == 1 and short[0] == long[0] != 1


def batch(i: Interpreter, value: Value, loader: Loader | None) -> Value:
    """Remember what a batch looks like."""
    if loader is None:
        return value
    form = i.members.get(loader.ident)
    joins = not loader.more and dict(loader.given).get("batch_size") != NONE
    return assume(i, value, rows(form) if form is not None else _BATCH if joins else None)


def member(i: Interpreter, value: Value, number: int, result: Value) -> Value:
    """A member of a batch or of another collection."""
    known = members(i, value)
    return assume(i, fresh(result), _picked(known, number)) if known is not None else result


def softmax_axis(shape: Shape | None, dim: Value | None) -> int | None:
    """The axis over which a softmax runs, counted from the front; None if it cannot be told."""
    if shape is None:
        return None
    if dim is None or dim == NONE:
        return 0 if len(shape) in (0, 1, 3) else 1
    axis = _number(dim)
    return axis % len(shape) if axis is not None and shape else None
