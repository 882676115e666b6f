"""How many rows a tensor or data set has, and how many batches a loader gives, where the source writes it out.

Follows names that are bound once. A number is an answer for sure; None means that it cannot be told.
"""

from __future__ import annotations

import ast

from fixer.reading import syntax
from fixer.reading.source import Module
from fixer.reading.tree import Loop
from fixer.reading.written import argument, plain_name

_DEPTH = 12
_SHAPED = frozenset("randn rand zeros ones empty full".split())
_COUNTED = frozenset("arange randperm".split())
_SAME = frozenset(
    """long float double half int bool byte clone detach contiguous to cpu cuda unsqueeze requires_grad_ sin cos tan exp
    log abs sign sqrt tanh relu sigmoid square neg add sub mul div pow clamp type softmax""".split()
)
_REDUCED = frozenset("sum mean argmax argmin prod norm std var any all".split())
_BUILDERS = frozenset({"TensorDataset"})


def batches(loop: Loop) -> int | None:
    """How many batches one run of a loop has."""
    if loop.loader is not None:
        loader = loop.loader
        return _of_loader(loader.module, loader.node) if loader.module is not None and loader.node is not None else None
    if loop.range is not None:
        return loop.times
    node = loop.node
    if not isinstance(node, ast.For):
        return None
    iterable: ast.expr = node.iter
    while isinstance(iterable, ast.Call) and plain_name(iterable.func) in ("enumerate", "tqdm") and iterable.args:
        iterable = iterable.args[0]
    return rows(loop.module, iterable)


def _of_loader(module: Module, node: ast.AST) -> int | None:
    if not isinstance(node, ast.Call) or any(k.arg is None for k in node.keywords):
        return None
    given = {k.arg: k.value for k in node.keywords}
    if {"sampler", "batch_sampler", "collate_fn"} & set(given) - {"collate_fn"} or len(node.args) > 3:
        return None
    data = node.args[0] if node.args else given.get("dataset")
    size_node = node.args[1] if len(node.args) > 1 else given.get("batch_size")
    size = 1 if size_node is None else number(module, size_node)
    count = rows(module, data) if data is not None else None
    if not size or count is None:
        return None
    drop = given.get("drop_last")
    if drop is not None and not isinstance(drop, ast.Constant):
        return None
    dropped = isinstance(drop, ast.Constant) and bool(drop.value)
    return count // size if dropped else -(-count // size)


def rows(module: Module, node: ast.expr, depth: int = 0) -> int | None:
    """The length of a tensor's first axis, of a data set or of a list."""
    if depth > _DEPTH:
        return None
    deeper = depth + 1
    if isinstance(node, ast.Name):
        value = _bound(module, node)
        return rows(module, value, deeper) if value is not None else None
    if isinstance(node, (ast.List, ast.Tuple)):
        return None if any(isinstance(e, ast.Starred) for e in node.elts) else len(node.elts)
    if isinstance(node, ast.ListComp):
        first = node.generators[0]
        if len(node.generators) > 1 or first.ifs or not isinstance(first.iter, ast.Call):
            return None
        counted = plain_name(first.iter.func) == "range" and len(first.iter.args) == 1
        return number(module, first.iter.args[0], deeper) if counted else None
    if isinstance(node, (ast.BinOp, ast.Compare, ast.UnaryOp)):
        parts = [p for p in ast.iter_child_nodes(node) if isinstance(p, ast.expr)]
        known = {size for p in parts if (size := rows(module, p, deeper)) is not None}
        return known.pop() if len(known) == 1 else None
    if isinstance(node, ast.Subscript):
        return _of_slice(module, node, deeper)
    return _of_call(module, node, deeper) if isinstance(node, ast.Call) else None


def _of_slice(module: Module, node: ast.Subscript, depth: int) -> int | None:
    whole, key = rows(module, node.value, depth), node.slice
    if isinstance(key, ast.Tuple) and key.elts:
        key = key.elts[0]
    if whole is None or not isinstance(key, ast.Slice) or key.step is not None:
        return None
    start = 0 if key.lower is None else number(module, key.lower, depth)
    stop = whole if key.upper is None else number(module, key.upper, depth)
    return len(range(whole)[start:stop]) if start is not None and stop is not None else None


def _of_call(module: Module, node: ast.Call, depth: int) -> int | None:
    name = plain_name(node.func)
    on_torch = isinstance(node.func, ast.Attribute) and syntax.written(node.func.value) in ("torch", "F")
    first = node.args[0] if node.args else None
    if name in _BUILDERS:
        known = {size for a in node.args if (size := rows(module, a, depth)) is not None}
        return known.pop() if len(known) == 1 else None
    if on_torch and name in _SHAPED | _COUNTED | {"randint"}:
        shape = argument(node, "size")
        if name == "randint" and shape is None:
            shape = next((a for a in node.args if isinstance(a, ast.Tuple)), None)
            if shape is None:
                return None
        if name in _COUNTED and len(node.args) != 1:
            return None
        shape = shape if shape is not None else first
        if isinstance(shape, (ast.Tuple, ast.List)):
            shape = shape.elts[0] if shape.elts else None
        return number(module, shape, depth) if shape is not None else None
    if on_torch and name in _SAME and first is not None:
        return rows(module, first, depth)
    if isinstance(node.func, ast.Attribute) and not on_torch:
        # Reduced over another axis than the first, written out.
        over = argument(node, "dim", 0)
        if name in _SAME and name != "unsqueeze" or isinstance(over, ast.Constant) and over.value in (1, 2, 3):
            return rows(module, node.func.value, depth) if name in _SAME | _REDUCED else None
    return None


def number(module: Module, node: ast.expr, depth: int = 0) -> int | None:
    """A whole number that is written out, also through names that are bound once."""
    if depth > _DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.Name):
        value = _bound(module, node)
        return number(module, value, depth + 1) if value is not None else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        positive = number(module, node.operand, depth + 1)
        return None if positive is None else -positive
    if isinstance(node, ast.BinOp):
        left, right = number(module, node.left, depth + 1), number(module, node.right, depth + 1)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        return left // right if isinstance(node.op, ast.FloorDiv) and right else None
    return None


def _bound(module: Module, name: ast.Name) -> ast.expr | None:
    """What a name is bound to, if that happens once in its function, or else once in the module."""
    scopes: list[ast.AST] = [up for up in module.ancestors(name) if isinstance(up, (ast.FunctionDef, ast.Module))]
    for scope in scopes:
        if isinstance(scope, ast.FunctionDef) and name.id in {
            a.arg for a in ast.walk(scope.args) if isinstance(a, ast.arg)
        }:
            return None
        stores = [
            n for n in _own(scope) if isinstance(n, ast.Name) and n.id == name.id and not isinstance(n.ctx, ast.Load)
        ]
        if not stores:
            continue
        return _assigned(module, stores[0]) if len(stores) == 1 else None
    return None


def _assigned(module: Module, name: ast.AST) -> ast.expr | None:
    """The value that an assignment gives to a name, also as a member of a tuple."""
    up = module.parent(name)
    if isinstance(up, ast.Assign) and up.targets == [name]:
        return up.value
    outer = module.parent(up) if isinstance(up, ast.Tuple) else None
    if isinstance(up, ast.Tuple) and isinstance(outer, ast.Assign) and isinstance(outer.value, ast.Tuple):
        if outer.targets == [up] and len(up.elts) == len(outer.value.elts):
            return next((value for part, value in zip(up.elts, outer.value.elts, strict=True) if part is name), None)
    return None


def _own(scope: ast.AST) -> list[ast.AST]:
    """The nodes of a scope without those of functions in it."""
    found: list[ast.AST] = []
    inside = list(ast.iter_child_nodes(scope))
    while inside:
        node = inside.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            inside += ast.iter_child_nodes(node)
    return found
