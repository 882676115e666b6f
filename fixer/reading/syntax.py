"""What syntax alone says of a piece of code. Each answer is worked out once and kept with its node: the same functions
are asked about for every file that imports them, and the same expressions each time they are read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

Method = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UPDATES = frozenset({"zero_grad", "backward", "step", "grad"})

Node = TypeVar("Node", bound=ast.AST)
Answer = TypeVar("Answer")


def _once(ask: Callable[[Node], Answer]) -> Callable[[Node], Answer]:
    """Keep the answer about a node with the node."""
    name = f"_fixer_{ask.__name__}"

    @wraps(ask)
    def asked(node: Node) -> Answer:
        kept: dict[str, Any] = node.__dict__
        if name not in kept:
            kept[name] = ask(node)
        return kept[name]  # type: ignore[no-any-return]

    return asked


class Said:
    """``names``: all names and attributes that code mentions; ``attributes``: the attributes alone."""

    __slots__ = ("attributes", "names")

    def __init__(self, names: frozenset[str], attributes: frozenset[str]) -> None:
        self.names = names
        self.attributes = attributes


@_once
def said(node: ast.AST) -> Said:
    """What a piece of code mentions, with the functions inside it, its decorators and its defaults."""
    names: set[str] = set()
    attributes: set[str] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Attribute):
            attributes.add(part.attr)
            stack.append(part.value)
        elif isinstance(part, FUNCTIONS) and part is not node:
            inner = said(part)
            names |= inner.names
            attributes |= inner.attributes
        else:
            stack += ast.iter_child_nodes(part)
    return Said(frozenset(names | attributes), frozenset(attributes))


def takes_part(code: ast.AST) -> bool:
    """Whether code says anything about gradients or updates."""
    return not _UPDATES.isdisjoint(said(code).attributes)


@_once
def functions(tree: ast.AST) -> list[Method]:
    """All functions in a piece of code, in the order of the source."""
    return [part for part in _statements(tree) if isinstance(part, FUNCTIONS)]


def classes(tree: ast.AST) -> list[ast.ClassDef]:
    """All classes in a piece of code, in the order of the source."""
    return [part for part in _statements(tree) if isinstance(part, ast.ClassDef)]


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [tree]
    while stack:
        part = stack.pop()
        yield part
        stack += [inner for inner in reversed(list(ast.iter_child_nodes(part))) if not isinstance(inner, ast.expr)]


@_once
def setters(cls: ast.ClassDef) -> dict[str, list[Method]]:
    """The methods of a class that set each attribute."""
    found: dict[str, list[Method]] = {}
    for method in cls.body:
        if not isinstance(method, FUNCTIONS):
            continue
        for part in ast.walk(method):
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and isinstance(part.value, ast.Name):
                methods = found.setdefault(part.attr, [])
                if method not in methods:
                    methods.append(method)
    return found


@_once
def yields(code: ast.AST) -> bool:
    """Whether a function is a generator."""
    stack = list(ast.iter_child_nodes(code))
    while stack:
        part = stack.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            stack += ast.iter_child_nodes(part)
    return False


@_once
def breaks(loop: ast.AST) -> bool:
    """Whether a ``break`` stands anywhere in a loop."""
    return any(isinstance(part, ast.Break) for part in ast.walk(loop))


@_once
def written(node: ast.AST) -> str:
    """An expression as one would write it."""
    return ast.unparse(node)


@_once
def dumped(node: ast.AST) -> str:
    """The same for what is written alike."""
    return ast.dump(node)


@_once
def asked(node: ast.AST) -> tuple[ast.Name | ast.Attribute | ast.Call | ast.NamedExpr, ...]:
    """The parts of an expression on which its value rests: names, attributes of names, calls and bindings."""
    return tuple(
        part
        for part in ast.walk(node)
        if isinstance(part, (ast.Name, ast.Call, ast.NamedExpr))
        or isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
    )
