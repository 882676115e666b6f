"""Interprets methods of lists, dicts and iterators."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixer.reading import builtin_calls, definitions, expressions, items, operators, statements
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    NONE,
    UNKNOWN,
    Const,
    Items,
    Mapping,
    Value,
    Wrapped,
)
from fixer.record import replace

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments


def list_method(i: Interpreter, node: ast.AST, value: Items, name: str, given: Arguments) -> Value:
    if (
        name in ("append", "add", "insert", "extend")
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
    ):
        added = given.positional[-1] if given.positional else UNKNOWN
        if name == "append":
            added = operators.kept(i, node, node.func.value, value, added, added)
        if name == "extend" and not isinstance(added, Items):
            grown = replace(value, more=True)
        else:
            grown = items.extended(value, added if name == "extend" else Items((added,)))
            if i.loops and name != "extend":
                grown = replace(grown, more=True)
        statements.rebind(i, node.func.value, grown)
        return NONE
    if name == "pop":
        return value.items[-1] if value.items and not value.more else i.fresh(node, "", value)
    if name == "copy":
        return value
    if name == "clear" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        statements.rebind(i, node.func.value, Items((), False, value.key))
    return UNKNOWN


def dict_method(i: Interpreter, node: ast.AST, value: Mapping, name: str, given: Arguments) -> Value:
    if name == "values":
        return Items(tuple(v for _, v in value.entries), value.more)
    if name == "items":
        rows = tuple(Items((Const(k) if not isinstance(k, tuple) else UNKNOWN, v)) for k, v in value.entries)
        return Items(rows, value.more)
    if name == "keys":
        return Items(tuple(Const(k) for k, _ in value.entries if not isinstance(k, tuple)), value.more)
    if name in ("get", "pop", "setdefault"):
        key = given.get(0)
        if isinstance(key, Const):
            found = value.get(key.value)
            if found is not None:
                return i.refine(found)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if items.registry(i, node.func.value) and definitions.run_imports(i):
                    again = i.refine(expressions.evaluate(i, node.func.value))
                    return dict_method(i, node, again, name, given) if isinstance(again, Mapping) else i.fresh(node)
            if not value.more:
                return given.get(1, "default") or NONE
        return i.fresh(node)
    if name == "update" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        added = given.get(0)
        if isinstance(added, Mapping):
            known = {k for k, _ in added.entries}
            kept = tuple((k, v) for k, v in value.entries if k not in known)
            grown = replace(value, entries=(*kept, *added.entries), more=value.more or added.more)
            statements.rebind(i, node.func.value, grown)
        else:
            statements.rebind(i, node.func.value, replace(value, more=True))
    return UNKNOWN


def wrapped_method(i: Interpreter, node: ast.AST, value: Wrapped, name: str, given: Arguments) -> Value:
    if name in ("next", "__next__"):
        return builtin_calls.drawn(i, node, value)
    for other in given.all:
        i.used(other, "value", node)
    return UNKNOWN
