"""Sizes that the source writes out."""

from __future__ import annotations

import ast

import pytest

from fixer.reading.sizes import number, rows
from fixer.reading.source import Module

HEAD = """
import torch
from torch.utils.data import TensorDataset
N, B = 40, 8
k = 3
k = 4
x = torch.randn(N * 2, 3)
y = (x.sum(1) > 0).long()
z = x[: N + 10, 0]
both = TensorDataset(x, y)
odd = TensorDataset(x, z)
some = [torch.randn(3) for _ in range(12)]
few = [v for v in range(12) if v]
"""


def value(text: str) -> tuple[Module, ast.expr]:
    module = Module(HEAD + text + "\n", "t.py")
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    return module, last.value


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("x", 80),
        ("y", 80),
        ("z", 50),
        ("both", 80),
        ("odd", None),
        ("some", 12),
        ("few", None),
        ("[1, 2, 3]", 3),
        ("x[10:]", 70),
        ("x[-10:]", 10),
        ("x[::2]", None),
        ("x.sum(0)", None),
        ("x.sum()", None),
        ("x.unsqueeze(0)", None),
        ("x.unsqueeze(1)", 80),
        ("x.view(-1)", None),
        ("torch.randint(0, 5, (7,))", 7),
        ("torch.randint(0, 5, size=(9, 2))", 9),
        ("torch.arange(6)", 6),
        ("torch.arange(2, 6)", None),
        ("torch.rand((11, 2)).tanh()", 11),
        ("unknown", None),
        ("unknown(x)", None),
    ],
)
def test_rows(text: str, size: int | None) -> None:
    assert rows(*value(text)) == size


@pytest.mark.parametrize(("text", "size"), [("N", 40), ("N // B + 1", 6), ("k", None), ("N / B", None), ("2.5", None)])
def test_number(text: str, size: int | None) -> None:
    assert number(*value(text)) == size


def test_a_parameter_hides_the_name_outside() -> None:
    module = Module(HEAD + "def f(x):\n    return x\n", "t.py")
    inner = module.tree.body[-1]
    assert isinstance(inner, ast.FunctionDef) and isinstance(inner.body[0], ast.Return) and inner.body[0].value
    assert rows(module, inner.body[0].value) is None
