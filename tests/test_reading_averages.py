"""Sums of losses over a loop's batches, and what they are divided by."""

from __future__ import annotations

import textwrap

import pytest

from fixer import engine

RULE = "loss-average-wrong-denominator"
HEAD = """
import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from tqdm import tqdm

class Rows(Dataset):
    def __len__(self):
        return 100

dataset = TensorDataset(torch.randn(100, 4), torch.randn(100, 2))
loader = DataLoader(dataset, batch_size=8)
model = nn.Linear(4, 2)
mse = nn.MSELoss()
total = 0.0
"""

SUMS = {
    "item": "total += mse(model(x), y).item()",
    "float": "total += float(mse(model(x), y))",
    "named": "loss = mse(model(x), y)\nvalue = loss.detach().cpu().item()\ntotal = value + total",
    "tensor": "total += mse(model(x), y).detach()",
    "two losses": "total += mse(model(x), y).item() + F.l1_loss(model(x), y).item()",
    "two losses one by one": "total += mse(model(x), y).item()\ntotal += F.l1_loss(model(x), y).item()",
    "one of two": "loss = mse(model(x), y) if flag else F.l1_loss(model(x), y)\ntotal += loss.item()",
    "either branch": "if flag:\n    total += mse(model(x), y).item()\nelse:\n    total += mse(model(y), x).item()",
    "by elements": "total += F.mse_loss(model(x), y, reduction='none').mean().item()",
}
OTHERS = {
    "weighed": "total += mse(model(x), y).item() * len(x)",
    "weighed tensor": "total += (mse(model(x), y) * x.size(0)).item()",
    "weighed afterwards": "loss = mse(model(x), y)\nloss *= len(x)\ntotal += loss.item()",
    "sum": "total += F.mse_loss(model(x), y, reduction='sum').item()",
    "old sum": "total += F.mse_loss(model(x), y, size_average=False).item()",
    "unknown reduction": "total += F.mse_loss(model(x), y, reduction=how).item()",
    "unknown criterion": "total += criterion(model(x), y).item()",
    "sum of elements": "total += F.mse_loss(model(x), y, reduction='none').sum().item()",
    "count": "total += (model(x) > y).sum().item()",
    "divided": "total += (mse(model(x), y) / 4).item()",
    "something more": "total += mse(model(x), y).item()\ntotal += extra",
    "sometimes": "if flag:\n    total += mse(model(x), y).item()",
    "sometimes, as a tensor": "if flag:\n    total += mse(model(x), y).detach()",
    "begun again": "total += mse(model(x), y).item()\nif flag:\n    total = 0.0",
    "begun again, as a tensor": "total += mse(model(x), y).detach()\nif flag:\n    total = 0.0",
    "the last one": "total = mse(model(x), y).item()",
    "earlier one": "total += before\nbefore = mse(model(x), y).item()",
    "each row": "for row in range(len(x)):\n    total += mse(model(x[row]), y[row]).item()",
}
DIVISIONS = {
    "dataset of the loader": "print(total / len(loader.dataset))",
    "in place": "total /= len(loader.dataset)",
    "data set": "print(total / len(dataset))",
    "named": "n = len(loader.dataset)\nprint(f'{total / n:.3f}')",
    "formatted": "print('%.3f %d' % (total / len(dataset), 1))",
    "kept": "history = []\nhistory.append(total / len(loader.dataset))",
    "dict": "stats = {'loss': total / len(loader.dataset)}",
}
OTHER_DIVISIONS = {
    "batches": "print(total / len(loader))",
    "sampler": "print(total / len(loader.sampler))",
    "both": "print(total / len(loader) / len(dataset))",
    "both, the other way round": "print(total / len(dataset) / len(loader))",
    "multiplied": "print(total / len(dataset) * 8)",
    "multiplied later": "mean = total / len(dataset)\nmean *= loader.batch_size\nprint(mean)",
    "multiplied before": "print(8 * total / len(dataset))",
    "other data": "print(total / len(other.dataset))",
    "scaled": "total *= 8\nprint(total / len(dataset))",
}
LOOPS = ("loader", "tqdm(loader)", "list(loader)")
OTHER_LOOPS = {
    "zip": "for (x, y), _ in zip(loader, others):\n    BODY",
    "some": "for x, y in itertools.islice(loader, 3):\n    BODY",
    "break": "for x, y in loader:\n    BODY\n    if total > 4:\n        break",
    "continue": "for x, y in loader:\n    if x.sum() < 0:\n        continue\n    BODY",
    "epochs": "for epoch in range(3):\n    for x, y in loader:\n        BODY",
    "data": "for x, y in dataset:\n    BODY",
    "single": "loader = DataLoader(dataset)\nfor x, y in loader:\n    BODY",
    "batches of one": "loader = DataLoader(dataset, batch_size=1)\nfor x, y in loader:\n    BODY",
    "no batches": "loader = DataLoader(dataset, batch_size=None)\nfor x, y in loader:\n    BODY",
    "sampler": "loader = DataLoader(dataset, batch_size=8, sampler=share)\nfor x, y in loader:\n    BODY",
}


def found(code: str) -> int:
    return sum(one.rule == RULE for one in engine.check(HEAD + code, "train.py").findings)


def script(added: str, divided: str, loop: str = "for x, y in loader:\n    BODY") -> str:
    """A loop over batches with ``added`` in its body, and ``divided`` behind it."""
    lines = []
    for line in loop.splitlines():
        inside = line.strip() == "BODY"
        lines.append(textwrap.indent(added, line[: line.index("BODY")]) if inside else line)
    return "\n".join([*lines, divided, ""])


@pytest.mark.parametrize("added", SUMS.values(), ids=SUMS)
def test_batch_means_are_known(added: str) -> None:
    assert found(script(added, "print(total / len(dataset))")) == 1
    assert found(script(added, "print(total / len(loader))")) == 0


@pytest.mark.parametrize("added", OTHERS.values(), ids=OTHERS)
def test_what_is_no_sum_of_batch_means(added: str) -> None:
    assert found(script(added, "print(total / len(dataset))")) == 0


@pytest.mark.parametrize("divided", DIVISIONS.values(), ids=DIVISIONS)
def test_a_division_by_rows(divided: str) -> None:
    assert found(script(SUMS["item"], divided)) == 1


@pytest.mark.parametrize("divided", OTHER_DIVISIONS.values(), ids=OTHER_DIVISIONS)
def test_other_divisions(divided: str) -> None:
    assert found(script(SUMS["item"], divided)) == 0


@pytest.mark.parametrize("over", LOOPS)
@pytest.mark.parametrize("added", [SUMS["item"], SUMS["tensor"]])
def test_loops_over_a_loader(over: str, added: str) -> None:
    assert found(script(added, "print(total / len(dataset))", f"for x, y in {over}:\n    BODY")) == 1


@pytest.mark.parametrize("loop", OTHER_LOOPS.values(), ids=OTHER_LOOPS)
@pytest.mark.parametrize("added", [SUMS["item"], SUMS["tensor"]], ids=["number", "tensor"])
def test_other_loops(loop: str, added: str) -> None:
    assert found(script(added, "print(total / len(dataset))", loop)) == 0


def test_a_data_set_of_the_project() -> None:
    loop = "data = Rows()\nloader = DataLoader(data, 16)\nfor x, y in loader:\n    BODY"
    assert found(script(SUMS["item"], "print(total / len(data))", loop)) == 1
    assert found(script(SUMS["item"], "print(total / len(Rows()))", loop)) == 0


def test_a_sum_of_every_epoch() -> None:
    loop = (
        "for epoch in range(3):\n    total = 0\n    for x, y in loader:\n        BODY\n    print(total / len(dataset))"
    )
    assert found(script(SUMS["item"], "", loop)) == 1
    assert found(script(SUMS["tensor"], "", loop)) == 1
    assert found(script(SUMS["item"], "", loop.replace("    total = 0\n", ""))) == 0
    assert found(script(SUMS["tensor"], "", loop.replace("    total = 0\n", ""))) == 0


def test_every_call_must_show_it() -> None:
    code = """
def mean(loader):
    total = 0.0
    for x, y in loader:
        total += mse(model(x), y).item()
    return total / len(loader.dataset)

mean(loader)
"""
    assert found(code) == 1
    assert found(code + "mean(DataLoader(dataset, batch_size=1))\n") == 0
    assert found(code + "print(8 * mean(loader))\n") == 0


@pytest.mark.parametrize("counted", ["", "stats['rows'] += len(x)\n"], ids=["alone", "beside a count"])
def test_a_sum_in_a_dict(counted: str) -> None:
    begun = "stats = {'loss': 0.0, 'rows': 0}\n"
    added = counted + "stats['loss'] += mse(model(x), y).item()"
    assert found(begun + script(added, "stats['loss'] /= len(dataset)")) == 1
    assert found(begun + script(added, "stats['loss'] /= len(loader)")) == 0
    assert found(begun + script(added, "stats['rows'] /= len(dataset)")) == 0
    assert found(begun + script("if flag:\n" + textwrap.indent(added, "    "), "stats['loss'] /= len(dataset)")) == 0
    weighed = added + " * len(x)"
    assert found(begun + script(weighed, "stats['loss'] /= len(dataset)")) == 0
