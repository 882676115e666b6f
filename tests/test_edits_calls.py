"""Edits of calls and statements: one more argument, an enclosing call, another statement, a function of its own."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from codemods._claim import AddArgument, Edit, Enclose, InsertBefore, Replace, Restate
from codemods._edits import rewrite
from fixer.reading.source import Module


def edited(text: str, make: type[AddArgument] | type[Enclose], code: str) -> str:
    module = Module(text, "x.py")
    node = next(n for n in ast.walk(module.tree) if isinstance(n, (ast.Call, ast.List)))
    return rewrite(cst.parse_module(text), [make(module.place(node), code)]).code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(k=1)\n"),
        ("f(a, b)\n", "f(a, b, k=1)\n"),
        ("f(a, )\n", "f(a, k=1, )\n"),
        ("f(\n    a,\n    b,  # last\n)\n", "f(\n    a,\n    b,\n    k=1,  # last\n)\n"),
        ("f(*a, **b)\n", "f(*a, **b, k=1)\n"),
    ],
)
def test_one_more_argument(before: str, after: str) -> None:
    assert edited(before, AddArgument, "k=1") == after


def test_an_enclosed_expression_keeps_its_lines() -> None:
    assert edited("x = [\n    1,  # one\n]\n", Enclose, "nn.ModuleList") == "x = nn.ModuleList([\n    1,  # one\n])\n"


def test_a_statement_becomes_another_and_keeps_its_comment() -> None:
    text = "a = 1\nm.flag = False  # frozen\n"
    module = Module(text, "x.py")
    edits: list[Edit] = [Restate(module.place(module.tree.body[1]), "m.flag_(False)")]
    assert rewrite(cst.parse_module(text), edits).code == "a = 1\nm.flag_(False)  # frozen\n"


def test_parentheses_go_where_they_are_told_to() -> None:
    text = "range(0, (n // b), b)\n"
    module = Module(text, "x.py")
    call = next(n for n in ast.walk(module.tree) if isinstance(n, ast.Call))
    for bare, after in ((True, "range(0, len(x), b)\n"), (False, "range(0, (len(x)), b)\n")):
        assert rewrite(cst.parse_module(text), [Replace(module.place(call.args[1]), "len(x)", bare)]).code == after


def test_a_new_function_stands_by_itself() -> None:
    text = "a = 1\n# main\nb = 2\n"
    module = Module(text, "x.py")
    edits: list[Edit] = [InsertBefore(module.place(module.tree.body[1]), "def f():\n    return 1")]
    assert rewrite(cst.parse_module(text), edits).code == "a = 1\n\n\ndef f():\n    return 1\n\n\n# main\nb = 2\n"
