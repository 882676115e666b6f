"""What the script's own text tells about data that are missing: columns, widths, classes, how a file is read."""

from __future__ import annotations

import ast
import functools
import re
import sys
from typing import Any

from . import note

_path = ""


def use(script: str) -> None:
    """The script whose text is asked."""
    global _path
    _path = script


@functools.cache
def _text() -> str:
    try:
        with open(_path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


@functools.cache
def _tree() -> ast.Module:
    try:
        return ast.parse(_text())
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def reader(_of: str) -> str:
    """The statement of the user that reads now, as text."""
    frame: Any = sys._getframe(1)
    while frame is not None and not note.of_user(frame):
        frame = frame.f_back
    if frame is None:
        return ""
    line = frame.f_lineno
    try:
        with open(frame.f_code.co_filename, encoding="utf-8", errors="replace") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return ""
    around = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    simple = [n for n in around if not isinstance(n, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.If)]
    return ast.unparse(simple[-1]) if simple else ""


def delimiter(read: str) -> str | None:
    """The ``sep`` or ``delimiter`` of a reading statement."""
    found = re.search(r"(?:sep|delimiter)=('(?:[^'\\]|\\.)+')", read)
    if found is None:
        return None
    value = str(ast.literal_eval(found.group(1)))
    return " " if "\\s" in value else value


def _strings(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.List | ast.Tuple):
        return [s for item in node.elts for s in _strings(item)]
    return []


@functools.cache
def columns() -> list[str]:
    """The columns that the script names: ``names=`` of a reader, else ``df['x']``, ``df[['x']]``, ``drop('x')``."""
    named: list[str] = []
    used: list[str] = []
    for node in ast.walk(_tree()):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "names":
                    named += _strings(keyword.value)
                if keyword.arg in ("usecols", "columns", "subset", "index_col", "parse_dates"):
                    used += _strings(keyword.value)
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("drop", "pop", "groupby", "set_index"):
                used += [s for argument in node.args[:1] for s in _strings(argument)]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = ast.unparse(node.value).lower()
            if re.search(r"df|data|frame|train|test|csv|table|raw|set", owner) and "args" not in owner:
                key = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
                used += _strings(key)
    if not named and re.search(r"DictReader|iterrows|itertuples", _text()):
        used += keys()
    return list(dict.fromkeys(named or used))


@functools.cache
def keys() -> list[str]:
    """All strings that something is asked for by."""
    found = [s for n in ast.walk(_tree()) if isinstance(n, ast.Subscript) for s in _strings(n.slice)]
    return list(dict.fromkeys(found))


def is_text(column: str) -> bool:
    """Whether a column sounds like text."""
    return any(w in column.lower() for w in ("text", "sentence", "review", "comment", "title", "question", "name"))


@functools.cache
def _numbers() -> dict[str, int]:
    found: dict[str, int] = {}
    for node in ast.walk(_tree()):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            for target in node.targets:
                if isinstance(target, ast.Name | ast.Attribute):
                    found.setdefault(target.id if isinstance(target, ast.Name) else target.attr, node.value.value)
    return found


def _number(node: ast.AST) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        return _numbers().get(node.id if isinstance(node, ast.Name) else node.attr)
    return None


@functools.cache
def _linears() -> list[tuple[int | None, int | None]]:
    """Inputs and outputs of the script's linear layers, in order of their lines."""
    calls = [n for n in ast.walk(_tree()) if isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == "Linear"]
    calls.sort(key=lambda n: (n.lineno, n.col_offset))
    return [(_number(n.args[0]), _number(n.args[1])) for n in calls if len(n.args) >= 2]


def inputs() -> int:
    """How many numbers a sample has: what the first linear layer takes (4 if that is not written)."""
    return next((n for n, _ in _linears() if n is not None and n < 2000), 4)


def classes() -> int:
    """How many classes there are: what the last linear layer gives (2 if that is not written, or 1)."""
    last = next((n for _, n in reversed(_linears()) if n is not None), 2)
    return max(2, last) if last < 1000 else 2


def fields() -> tuple[int, str]:
    """How many fields a line of text has, and what is between them."""
    text = _text()
    for comma, written in (("\t", r"\\t"), (",", ","), ("|||", r"\|\|\|"), (";", ";")):
        if re.search(rf"split\(\s*['\"]{written}['\"]", text):
            return 2, comma
    return 1, " "


def ending(known: tuple[str, ...]) -> str | None:
    """The first of some endings of files that the script writes in a string."""
    found = re.search(r"(?:" + "|".join(re.escape(e) for e in known) + r")(?=['\"*])", _text())
    return found.group(0) if found else None
