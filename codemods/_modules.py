"""What the rules about modules share: the method a node stands in, and events that every reading of a node shows."""

from __future__ import annotations

import ast
from collections.abc import Callable

from codemods._places import FUNCTIONS
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located, locate


def same_everywhere(reading: Reading, kind: Kind, wanted: Callable[[Located], bool]) -> list[Located]:
    """The events of a kind in this module whose every reading is ``wanted``, the first reading of each node."""
    found: dict[ast.AST, list[Located]] = {}
    for entry in reading.entries:
        for place in locate(entry.tree):
            if place.emit.kind is kind and place.emit.module is reading.module:
                found.setdefault(place.emit.node, []).append(place)
    return [places[0] for places in found.values() if all(wanted(place) for place in places)]


def method_of(module: Module, node: ast.AST) -> ast.FunctionDef | None:
    """The method of a class that a node stands in (also inside a lambda or function in it); None outside of one."""
    for up in module.ancestors(node):
        if isinstance(up, ast.FunctionDef) and isinstance(module.parent(up), ast.ClassDef):
            plain = not any(ast.unparse(d) in ("staticmethod", "classmethod") for d in up.decorator_list)
            return up if plain and (up.args.posonlyargs or up.args.args) else None
        if isinstance(up, FUNCTIONS) and own_name(up) == "self":
            return None  # a method of something defined inside a function
    return None


def own_name(method: ast.AST | None) -> str:
    """How a method calls its object."""
    arguments = getattr(method, "args", None)
    names = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    return names[0].arg if names else "self"


def class_of(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """The class that a node stands in."""
    return next((up for up in module.ancestors(node) if isinstance(up, ast.ClassDef)), None)


def init_of(cls: ast.ClassDef) -> ast.FunctionDef | None:
    """The ``__init__`` of a class."""
    return next((m for m in cls.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)


def alias(module: Module, qualified: str) -> str | None:
    """How a module names a package or module it imports at its top: ``torch.nn.functional`` → "F"; None if it does
    not."""
    package, _, last = qualified.rpartition(".")
    best: str | None = None
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name == qualified and (name.asname or "." not in qualified):
                    return name.asname or qualified
                root = qualified.partition(".")[0]
                if not name.asname and name.name.partition(".")[0] == root:
                    best = best or qualified
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module == package:
            for name in node.names:
                if name.name == last:
                    return name.asname or last
    inner = alias(module, package) if package else None
    return f"{inner}.{last}" if inner is not None else best
