"""Whether rows are known to come group by group: what is said by the code that puts them together."""

from __future__ import annotations

import ast

from codemods._places import scope_of
from fixer.reading.source import Module
from fixer.reading.written import argument, plain_name

_SAME_ROWS = frozenset(
    """long float int double to cuda cpu type astype clone copy contiguous detach numpy unsqueeze view reshape squeeze
    flatten ravel""".split()
)
"""Methods that leave rows where they are."""
_TAKES_OVER = frozenset("tensor as_tensor from_numpy array asarray LongTensor FloatTensor IntTensor Tensor".split())
_JOINS = frozenset({"cat", "concat", "concatenate", "hstack"})
_FILLS = frozenset({"zeros", "ones", "full", "zeros_like", "ones_like", "full_like"})
_DISTINCT = frozenset({"arange", "range", "unique"})
MAX_STEPS = 12
"""Names and calls that are followed."""


def grouped(module: Module, at: ast.AST, value: ast.expr, deep: int = MAX_STEPS) -> bool:
    """Whether the rows of a value, used at ``at``, are several blocks of equal rows, or sorted.

    Anything that may put them in another order (an index, an unknown call, a shuffle in place) makes it unknown: False.
    """
    if deep == 0:
        return False
    if isinstance(value, ast.Name):
        bound = bound_once(module, at, value.id)
        return bound is not None and grouped(module, bound, bound, deep - 1)
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Call):
        first = isinstance(value.slice, ast.Constant) and value.slice.value == 0
        return first and _is_sort(value.value)
    if isinstance(value, ast.Attribute) and value.attr == "values" and isinstance(value.value, ast.Call):
        return _is_sort(value.value)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _blocks(_summands(value))
    return isinstance(value, ast.Call) and _grouped_call(module, at, value, deep)


def _grouped_call(module: Module, at: ast.AST, call: ast.Call, deep: int) -> bool:
    name, method = plain_name(call.func), isinstance(call.func, ast.Attribute)
    if name in _TAKES_OVER and call.args:
        return grouped(module, at, call.args[0], deep - 1)
    if name in ("repeat_interleave", "repeat"):
        if method and name == "repeat_interleave" and len(call.args) == 1:
            return _distinct(module, at, call.func.value, deep)  # type: ignore[attr-defined]
        plain = ast.unparse(call.func) in ("torch.repeat_interleave", "np.repeat", "numpy.repeat")
        return plain and len(call.args) == 2 and _distinct(module, at, call.args[0], deep)
    if name in _JOINS and call.args and isinstance(call.args[0], (ast.List, ast.Tuple)):
        axis = argument(call, "dim", 1) or argument(call, "axis")
        along = axis is None or isinstance(axis, ast.Constant) and axis.value == 0
        return along and _blocks(call.args[0].elts)
    if name in _SAME_ROWS and isinstance(call.func, ast.Attribute):
        return grouped(module, at, call.func.value, deep - 1)
    return ast.unparse(call.func) in ("np.sort", "numpy.sort", "sorted")


def _blocks(parts: list[ast.expr]) -> bool:
    """Whether every part holds one value, and not all the same one."""
    fills = [_fill(part) for part in parts]
    return len(fills) > 1 and None not in fills and len(set(fills)) > 1


def _fill(part: ast.expr) -> str | None:
    """What all rows of a part are: ``zeros(n)``, ``full((n,), 3)``, ``[0] * n``."""
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult) and isinstance(part.left, ast.List):
        return ast.unparse(part.left) if len(part.left.elts) == 1 else None
    if isinstance(part, ast.BinOp) and isinstance(part.right, ast.Constant):
        inner = _fill(part.left)
        return f"{inner} {type(part.op).__name__} {part.right.value!r}" if inner is not None else None
    if not isinstance(part, ast.Call):
        return None
    name = plain_name(part.func)
    if name in _SAME_ROWS and isinstance(part.func, ast.Attribute):
        return _fill(part.func.value)
    if name in ("full", "full_like"):
        value = argument(part, "fill_value", 1)
        return ast.unparse(value) if isinstance(value, ast.Constant) else None
    return name.removesuffix("_like") if name in _FILLS else None


def _summands(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and not isinstance(value.right, ast.Constant):
        return [*_summands(value.left), value.right]
    return [value]


def _distinct(module: Module, at: ast.AST, value: ast.expr, deep: int) -> bool:
    """Whether a value holds each of its values once: ``arange(n)``, a list of different constants."""
    if isinstance(value, ast.Name):
        bound = bound_once(module, at, value.id) if deep else None
        return bound is not None and _distinct(module, bound, bound, deep - 1)
    if isinstance(value, (ast.List, ast.Tuple)):
        constants = [part.value for part in value.elts if isinstance(part, ast.Constant)]
        return len(constants) == len(value.elts) == len(set(constants)) > 1
    if not isinstance(value, ast.Call):
        return False
    name = plain_name(value.func)
    if name in _TAKES_OVER and value.args:
        return _distinct(module, at, value.args[0], deep)
    return name in _DISTINCT


def _is_sort(call: ast.Call) -> bool:
    return plain_name(call.func) == "sort"


def bound_once(module: Module, at: ast.AST, name: str) -> ast.expr | None:
    """The value that a name has where ``at`` stands, if it gets one once only and nothing changes it in place."""
    scope = scope_of(module, at)
    found = _bindings(module, scope, name)
    if not found and scope is not module.tree:
        scope = module.tree
        found = _bindings(module, scope, name)
    if len(found) != 1 or not isinstance(statement := module.parent(found[0]), ast.Assign):
        return None
    inside = module.ancestors(statement)
    if len(statement.targets) != 1 or any(isinstance(up, (ast.For, ast.While)) for up in inside):
        return None
    return None if _changed(scope, name) else statement.value


def _bindings(module: Module, scope: ast.AST, name: str) -> list[ast.AST]:
    found = [
        part
        for part in ast.walk(scope)
        if isinstance(part, ast.Name)
        and part.id == name
        and isinstance(part.ctx, ast.Store)
        or isinstance(part, ast.arg)
        and part.arg == name
    ]
    return [part for part in found if scope_of(module, part) is scope]


def _changed(scope: ast.AST, name: str) -> bool:
    """Whether a statement may change a value in place: it is given away, written into, or asked to."""
    for part in ast.walk(scope):
        if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call) and plain_name(part.value.func) != "print":
            if any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(part.value)):
                return True
        written = isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)
        if written and isinstance(part.value, ast.Name) and part.value.id == name:  # type: ignore[attr-defined]
            return True
    return False
