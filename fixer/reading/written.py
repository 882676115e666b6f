"""What stands written at a call: the name that is called, and what it is given."""

from __future__ import annotations

import ast


def plain_name(node: ast.AST) -> str:
    """The name, or the last part of a dotted one: "f" for ``f``, ``a.f`` and ``g().f``; "" for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def argument(call: ast.Call, name: str, at: int | None = None) -> ast.expr | None:
    """What a call is given under a name, or else at a position (from 0)."""
    named = next((word.value for word in call.keywords if word.arg == name), None)
    if named is not None or at is None:
        return named
    return call.args[at] if at < len(call.args) else None
