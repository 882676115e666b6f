"""Facts and rules about modes, recording of gradients, and values that are kept, dropped or only read."""

from __future__ import annotations

import pytest
from training import source

from fixer import engine
from fixer.protocol.events import Event, Kind, Place
from fixer.protocol.invariants import Verdict, modes, training_mode
from fixer.reading.reader import read
from fixer.reading.tree import emits


def found(text: str, rule: str, path: str = "train.py") -> list[int]:
    """The lines in which a rule finds something."""
    return [f.line for f in engine.check(source(text), path, [rule]).findings]


def forwards(text: str) -> list[tuple[bool, bool]]:
    """(grad, unsure) of every forward, in the order read."""
    reading = read(source(text), "train.py")
    return [
        (e.facts["grad"], e.facts["unsure"])
        for entry in reading.entries
        for e in emits(entry.tree)
        if e.kind is Kind.FORWARD
    ]


HEAD = """
import contextlib
import torch
import torch.nn as nn
model = nn.Linear(4, 2)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model(x)", (True, False)),
        ("with torch.no_grad():\n    model(x)", (False, False)),
        ("with torch.no_grad():\n    pass\nmodel(x)", (True, False)),
        ("with torch.inference_mode(), open('f') as f:\n    model(x)", (False, False)),
        ("with torch.no_grad():\n    with torch.enable_grad():\n        model(x)", (True, False)),
        ("torch.set_grad_enabled(False)\nmodel(x)", (False, False)),
        ("torch.set_grad_enabled(False)\ntorch.set_grad_enabled(True)\nmodel(x)", (True, False)),
        ("if quick:\n    torch.set_grad_enabled(False)\nmodel(x)", (True, True)),
        ("with torch.set_grad_enabled(False):\n    pass\nmodel(x)", (True, False)),
        ("with torch.set_grad_enabled(phase == 'train'):\n    model(x)", (True, True)),
        ("@torch.no_grad()\ndef run():\n    model(x)\nrun()", (False, False)),
        ("@torch.no_grad()\ndef run():\n    pass\nrun()\nmodel(x)", (True, False)),
        ("@quietly\ndef run():\n    model(x)\nrun()", (True, True)),
        ("def off():\n    torch.set_grad_enabled(False)\noff()\nmodel(x)", (False, False)),
        ("with somewhere.scope():\n    model(x)", (True, True)),
        ("with torch.autocast('cpu'):\n    model(x)", (True, False)),
        ("ctx = torch.no_grad() if quick else contextlib.nullcontext()\nwith ctx:\n    model(x)", (True, True)),
        ("stack = contextlib.ExitStack()\nstack.enter_context(torch.no_grad())\nmodel(x)", (True, True)),
    ],
)
def test_whether_a_forward_records_gradients(text: str, expected: tuple[bool, bool]) -> None:
    assert forwards(HEAD + text) == [expected]


TRAINING = (
    HEAD
    + """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    {line}
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
"""
)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("model.train", True),
        ("model.eval", True),
        ("optimizer.zero_grad", True),
        ("optimizer.step", True),
        ("model(x).sum().backward", True),
        ("torch.no_grad()", True),
        ("model.weight", False),
        ("x.shape", False),
        ("loader.train", False),
        ("optimizer.update", False),
        ("print(model.train)", False),
        ("f = model.train", False),
        ("torch.set_grad_enabled(True)", False),
    ],
)
def test_methods_that_are_not_called(line: str, is_one: bool) -> None:
    assert found(TRAINING.format(line=line), "uncalled-method") == ([8] if is_one else [])


def test_a_notebook_shows_the_last_value_of_a_cell() -> None:
    text = TRAINING.format(line="pass")
    cells = f"'fixer-cell 1'\n{text}\nmodel.eval\n'fixer-cell 2'\nmodel.eval\nprint(1)\n"
    assert found(cells, "uncalled-method") == [17]
    assert found(f"'fixer-cell 1'\n{text}\nmodel.eval\n", "uncalled-method") == []


def test_a_notebook_shows_a_tensor_that_nothing_else_uses() -> None:
    text = "import torch\npooled = torch.ones(2, 3)\n"
    assert found(f"'fixer-cell 1'\n{text}pooled.view(1, -1)\nprint(1)\n", "discarded-tensor-op") == [4]
    assert found(f"'fixer-cell 1'\n{text}pooled.view(1, -1)\n'fixer-cell 2'\nprint(1)\n", "discarded-tensor-op") == []


def test_an_uncalled_zero_grad_is_not_reported_as_missing() -> None:
    text = TRAINING.format(line="pass").replace("optimizer.zero_grad()", "optimizer.zero_grad")
    rules = [f.rule for f in engine.check(source(text), "train.py").findings]
    assert rules == ["uncalled-method"]


def test_another_array_library_has_no_no_grad() -> None:
    text = """
    from mxnet import autograd, gluon
    def train(net, train_iter, test_iter, trainer, loss):
        for epoch in range(3):
            for X, y in train_iter:
                with autograd.record():
                    l = loss(net(X), y)
                l.backward()
                trainer.step(4)
            for X, y in test_iter:
                print(accuracy(net(X), y))
    """
    assert found(text, "eval-without-no-grad") == []


def _events(told: str) -> list[Event]:
    """T: train mode, E: eval mode, e: of a part, ?: set to something, g: given away, f: forward, F: one that trains."""
    kinds = {"T": Kind.TRAIN_MODE, "E": Kind.EVAL_MODE, "e": Kind.EVAL_MODE, "?": Kind.TRAIN_MODE, "g": Kind.GIVEN}
    facts = {"e": {"whole": False}, "?": {"certain": False}, "F": {"trained": True}}
    place = Place("train.py", 1, 1, 1, 2)
    return [Event(kinds.get(c, Kind.FORWARD), place, facts={"built": True, **facts.get(c, {})}) for c in told]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("f", "T"), ("Ef", "E"), ("ETf", "T"), ("E?f", "?"), ("Egf", "?"), ("Tef", "?"), ("Eef", "E"), ("fEf", "TE"),
        ("fgfTf", "T?T"),
    ],
)  # fmt: skip
def test_the_mode_of_each_forward(told: str, expected: str) -> None:
    assert "".join({True: "T", False: "E", None: "?"}[mode] for _, mode, _ in modes(_events(told))) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("TFEfF", [Verdict.VIOLATED]),
        ("TFEfTF", [Verdict.HOLDS]),
        ("TFEf?F", [Verdict.UNKNOWN]),
        ("TFEfgF", [Verdict.UNKNOWN]),
        ("FEfFEfF", [Verdict.VIOLATED, Verdict.VIOLATED]),
        ("EFEF", []),
        ("TFEf", []),
        ("TFF", []),
    ],
)
def test_training_goes_on_in_train_mode(told: str, expected: list[Verdict]) -> None:
    assert [outcome.verdict for outcome in training_mode(_events(told))] == expected


KEPT = (
    HEAD
    + """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total, seen = 0.0, []
for epoch in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        {line}
    print(total)
"""
)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("total += loss", True),
        ("total = total + loss", True),
        ("total = loss * len(x) + total", True),
        ("seen.append(loss)", True),
        ("seen.append(model(x))", False),  # an evaluation of its own kind: no backward frees it, nothing says what for
        ("total += loss.item()", False),
        ("total += loss.detach()", False),
        ("total += float(loss)", False),
        ("total = loss", False),
        ("total -= 1", False),
        ("with torch.no_grad(): total += nn.functional.mse_loss(model(x), y)", False),
    ],
)
def test_graphs_that_are_kept(line: str, is_one: bool) -> None:
    assert found(KEPT.format(line=line), "loss-graph-accumulated") == ([14] if is_one else [])
