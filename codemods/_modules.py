"""What the rules about modules share: the class and the method a node stands in, and how a source names a module."""

from __future__ import annotations

import ast

from codemods._places import FUNCTIONS, binds, dotted, function_of
from fixer.reading.source import Module
from fixer.reading.tree import Emit


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


def defined(cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method that a class itself defines under a name."""
    return next((m for m in cls.body if isinstance(m, ast.FunctionDef) and m.name == name), None)


def same_meaning(module: Module, name: str, here: ast.AST, there: ast.AST) -> bool:
    """Whether a dotted name means the same at two places: in one function, in methods of one class, or a global's."""
    one, other = function_of(module, here), function_of(module, there)
    if one is other:
        return True
    methods = method_of(module, here), method_of(module, there)
    root = name.partition(".")[0]
    if all(method is not None and root == own_name(method) for method in methods):
        return class_of(module, here) is class_of(module, there)
    return not any(binds(function, root) for function in (one, other))


def module_name(forward: Emit) -> str | None:
    """How the source names the module of a forward, at its call."""
    node = forward.node
    if not isinstance(node, ast.Call):
        return None
    base = node.func
    if isinstance(base, ast.Attribute) and base.attr == "forward":
        base = base.value
    return ast.unparse(base) if dotted(base) else None


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
