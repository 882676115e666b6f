"""What syntax alone says of a piece of code. Each answer is worked out once and kept with its node: the same functions
are asked about for every file that imports them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

_KEPT, _SETTERS = "_fixer_said", "_fixer_setters"

Method = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UPDATES = frozenset({"zero_grad", "backward", "step", "grad"})


class Said:
    """``names``: all names and attributes that code mentions; ``attributes``: the attributes alone."""

    __slots__ = ("attributes", "names")

    def __init__(self, names: frozenset[str], attributes: frozenset[str]) -> None:
        self.names = names
        self.attributes = attributes


def said(node: ast.AST) -> Said:
    """What a piece of code mentions, with the functions inside it, its decorators and its defaults."""
    kept: Any = node.__dict__.get(_KEPT)
    if kept is None:
        kept = _mentioned(node)
        node.__dict__[_KEPT] = kept
    return kept  # type: ignore[no-any-return]


def _mentioned(node: ast.AST) -> Said:
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


def functions(tree: ast.AST) -> list[Method]:
    """All functions in a piece of code, in the order of the source."""
    return [part for part in _statements(tree) if isinstance(part, FUNCTIONS)]


def classes(tree: ast.AST) -> list[ast.ClassDef]:
    """All classes in a piece of code, in the order of the source."""
    return [part for part in _statements(tree) if isinstance(part, ast.ClassDef)]


def setters(cls: ast.ClassDef) -> dict[str, list[Method]]:
    """The methods of a class that set each attribute."""
    kept: Any = cls.__dict__.get(_SETTERS)
    if kept is None:
        kept = cls.__dict__[_SETTERS] = {}
        for method in cls.body:
            for part in ast.walk(method) if isinstance(method, FUNCTIONS) else ():
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    if isinstance(part.value, ast.Name) and method not in kept.setdefault(part.attr, []):
                        kept[part.attr].append(method)
    return kept  # type: ignore[no-any-return]


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [tree]
    while stack:
        part = stack.pop()
        yield part
        stack += [inner for inner in reversed(list(ast.iter_child_nodes(part))) if not isinstance(inner, ast.expr)]
