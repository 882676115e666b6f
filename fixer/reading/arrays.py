"""What numpy, pandas and scikit-learn make, and what the samples of a project's dataset look like: numbers of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixer.reading import calls, shapes
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    Const,
    Counter,
    Function,
    Instance,
    Items,
    Sym,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments
    from fixer.reading.shapes import Form, Shape

_SIZED = frozenset("rand randn".split())
_SHAPED = frozenset("zeros ones empty full random_sample standard_normal random".split())
_DRAWN = frozenset("normal uniform randint integers standard_normal random exponential poisson binomial".split())
_SAME = frozenset("sin cos tan exp log log1p sqrt abs square tanh asarray ascontiguousarray array float32".split())
_TABLES = frozenset("read_csv read_excel read_parquet read_table read_pickle".split())
_KEEPS = frozenset(
    """dropna fillna astype copy sample reset_index to_numpy sort_values drop_duplicates set_index head tail apply
    to_frame""".split()
)
"""Methods of a table (or column) that give one with as many axes."""
_BUNCHES = frozenset(
    """load_iris load_wine load_diabetes load_breast_cancer load_digits load_boston fetch_california_housing""".split()
)
_MADE = frozenset("make_regression make_classification make_moons make_blobs make_circles make_friedman1".split())
_FITS = frozenset({"fit_transform", "transform", "inverse_transform"})


def external(i: Interpreter, name: str, given: Arguments, result: Value) -> Value:
    """What a function of numpy, pandas or scikit-learn returns."""
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if not isinstance(result, Sym) or given.star:
        return result
    if root == "numpy":
        return shapes.put(i, result, _numpy(i, last, given))
    if root == "pandas" and last in _TABLES:
        return shapes.put(i, result, (None, None))
    if root == "sklearn":
        return _learn(i, last, given, result)
    return result


def _numpy(i: Interpreter, last: str, given: Arguments) -> Shape | None:
    if last in _SIZED:
        return tuple(_length(v) for v in given.positional)
    if last in _DRAWN and "size" in given.named:
        return _size(given.named["size"])
    if last in _SHAPED:
        return _size(given.get(0, "shape", "size"))
    if last == "linspace":
        return (None,)
    if last in _SAME:
        return shapes.literal(i, given.get(0))
    return None


def _learn(i: Interpreter, last: str, given: Arguments, result: Sym) -> Value:
    pair: Form = [(None, None), (None,)]
    if last == "train_test_split":
        halves: list[Form] = []
        for part in given.positional:
            shape = shapes.of(i, part)
            half: Form = (None, *shape[1:]) if shape else None
            halves += [half, half]
        return shapes.assume(i, result, halves)
    if last in _BUNCHES:
        if given.named.get("return_X_y") == Const(True):
            return shapes.assume(i, result, pair)
        i.state.set(result.key, "data", shapes.put(i, replace(result, key=(result.key, "data")), (None, None)))
        i.state.set(result.key, "target", shapes.put(i, replace(result, key=(result.key, "target")), (None,)))
    elif last in _MADE and "n_targets" not in given.named:
        return shapes.assume(i, result, pair)
    return result


def method(i: Interpreter, value: Sym, name: str, given: Arguments, result: Value) -> Value:
    """What a method of an array or a table returns."""
    if not isinstance(result, Sym) or given.star:
        return result
    if name in _DRAWN and "size" in given.named:
        return shapes.put(i, shapes.fresh(result), _size(given.named["size"]))
    if name in _FITS:
        first = shapes.of(i, given.get(0, "X"))
        return shapes.put(i, result, (None, None)) if first is not None and len(first) == 2 else result
    shape = shapes.of(i, value)
    if shape is None:
        return result
    known: Shape | None = None
    if name == "to_frame":
        known = (None, 1)
    elif name in _KEEPS:
        known = shape
    elif len(shape) == 2 and name in ("drop", "pop"):
        known = (None, None) if name == "drop" else (None,)
    return shapes.put(i, shapes.fresh(result), known) if known is not None else result


def chosen(i: Interpreter, shape: Shape, key: Value) -> Shape | None:
    """What one index that is no slice picks: a row, a column by its name, or several of either."""
    if isinstance(key, Counter) or isinstance(key, Const) and type(key.value) is int:
        return shape[1:]
    if isinstance(key, Const) and isinstance(key.value, str):
        return (None,) if len(shape) == 2 else None
    if isinstance(key, Items) and key.items and all(isinstance(part, Const) for part in key.items):
        names = [part.value for part in key.items if isinstance(part, Const)]
        count = None if key.more else len(names)
        if all(isinstance(name, str) for name in names):
            return (None, count) if len(shape) == 2 else None
        return (count, *shape[1:])
    several = shapes.of(i, key)
    return (*several, *shape[1:]) if several is not None and several != () else None


def sample(i: Interpreter, data: Instance) -> Form:
    """What ``__getitem__`` of a project's dataset gives for a number."""
    method = None
    for base in data.of.mro():
        method = i.state.get(("class", id(base.node)), "__getitem__")
        if method is not None:
            break
    if not isinstance(method, Function):
        return None
    entered = method.node in i.entered
    i.state.push()
    with i.silently():
        given = calls.Arguments([Counter(("index", id(data.of.node)))])
        found = shapes.describe(i, calls.inline(i, replace(method, this=data), method.node, given))
    i.state.pop()
    if not entered:
        i.entered.discard(method.node)
    return found


def _length(value: Value | None) -> int | None:
    number = value.value if isinstance(value, Const) else None
    return number if type(number) is int and number >= 0 else None


def _size(value: Value | None) -> Shape | None:
    """A size that is written as a number or as a tuple."""
    if isinstance(value, Items):
        return tuple(_length(part) for part in value.items) if not value.more else None
    if isinstance(value, Const):
        return (_length(value),) if type(value.value) is int else None
    return (None,) if isinstance(value, Wrapped) else None
