"""Context managers of the project, ``finally`` and validation in the middle of an epoch: what is in force when."""

from __future__ import annotations

import textwrap

import pytest

from fixer import engine

HEAD = """
import contextlib
import torch
from torch import nn
from torch.utils.data import DataLoader

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))

    def forward(self, x):
        return self.layers(x)
"""
LOOP = """
def main(train_set, val_set, args):
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    train_loader, val_loader = DataLoader(train_set, 8, shuffle=True), DataLoader(val_set, 8)
    per_epoch = len(train_loader)
    net.train()
    step = 0
    for epoch in range(10):
        {head}
        for i, (x, y) in enumerate(train_loader):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
            step += 1
            {inside}
        {behind}
"""
COUNT = "sum((net(x).argmax(1) == y).sum().item() for x, y in loader)"
GENERATOR = """
@contextlib.contextmanager
def evaluating(net):
    net.eval()
    try:
        with torch.no_grad():
            yield {given}
    finally:
        {leave}
"""
CLASS = """
class evaluating:
    def __init__(self, net):
        self.net = net

    def __enter__(self):
        self.before = self.net.training
        self.net.eval()
        torch.set_grad_enabled(False)
        return self.net

    def __exit__(self, *error):
        torch.set_grad_enabled(True)
        {leave}
"""


def found(text: str) -> list[str]:
    return [finding.rule for finding in engine.check(text, "train.py").findings]


def evaluated(manager: str, body: str) -> str:
    """A program whose validation is ``body``."""
    function = "def evaluate(net, loader):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n"
    loop = LOOP.format(head="pass", inside="pass", behind="print(evaluate(net, val_loader))")
    return HEAD + manager + function + loop


BLOCKS = {
    "plain": f"""
        with evaluating(net):
            right = {COUNT}
        return right
    """,
    "bound": """
        right = 0
        with evaluating(net) as quiet:
            for x, y in loader:
                right += (quiet(x).argmax(1) == y).sum().item()
        return right
    """,
    "return inside": f"""
        with evaluating(net):
            return {COUNT}
    """,
    "break inside": """
        right = 0
        for x, y in loader:
            with evaluating(net):
                right += (net(x).argmax(1) == y).sum().item()
                if right > 10:
                    break
        return right
    """,
    "stack": f"""
        with contextlib.ExitStack() as stack:
            stack.enter_context(evaluating(net))
            right = {COUNT}
        return right
    """,
}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "manager",
    [GENERATOR.format(given="net", leave="net.train()"), CLASS.format(leave="self.net.train(self.before)")],
    ids=["generator", "class"],
)
def test_the_mode_is_taken_back_on_every_way_out(manager: str, block: str) -> None:
    assert found(evaluated(manager, BLOCKS[block])) == []


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "manager", [GENERATOR.format(given="net", leave="pass"), CLASS.format(leave="pass")], ids=["generator", "class"]
)
def test_a_context_that_forgets_to(manager: str, block: str) -> None:
    assert found(evaluated(manager, BLOCKS[block])) == ["model-left-in-eval"]


def test_one_of_two_contexts() -> None:
    body = f"""
        context = evaluating(net) if len(loader) > 3 else contextlib.nullcontext()
        with context, torch.no_grad():
            return {COUNT}
    """
    manager = GENERATOR.format(given="", leave="net.train()")
    assert found(evaluated(manager, body)) == []


def test_finally_runs_before_a_return_leaves() -> None:
    body = f"""
        net.eval()
        try:
            with torch.no_grad():
                return {COUNT}
        finally:
            {{leave}}
    """
    assert found(evaluated("", body.format(leave="net.train()"))) == []
    assert found(evaluated("", body.format(leave="print()"))) == ["model-left-in-eval"]


def test_the_update_happens_where_the_block_stands() -> None:
    """Emptied before the block, stepped behind it: nothing is missing, nothing is too early."""
    text = """
        @contextlib.contextmanager
        def updating(optimizer):
            {before}
            yield
            {behind}

        def fit(data):
            net = nn.Linear(3, 2)
            optimizer = torch.optim.SGD(net.parameters(), 0.1)
            for x, y in DataLoader(data, 8, shuffle=True):
                with updating(optimizer):
                    nn.functional.cross_entropy(net(x), y).backward()
    """
    head = HEAD + textwrap.dedent(text)
    assert found(head.format(before="optimizer.zero_grad()", behind="optimizer.step()")) == []
    assert found(head.format(before="pass", behind="optimizer.step()")) == ["missing-zero-grad"]
    early = head.format(before="pass", behind="optimizer.zero_grad(); optimizer.step()")
    assert found(early) == ["zero-grad-before-step"]


VALIDATE = "def evaluate(net, loader):\n    net.eval()\n    with torch.no_grad():\n        return " + COUNT + "\n"


@pytest.mark.parametrize(
    "test",
    [
        "i % 100 == 0",
        "(i + 1) % args.every == 0",
        "step % 500 == 0",
        "step % (per_epoch // 4) == 0",
        "args.rank == 0 and step % args.every == 0",
        "step % args.every == 0 or i == len(train_loader) - 1",
        "not i % 7",
    ],
)
def test_validation_in_the_middle_of_an_epoch(test: str) -> None:
    inside = f"if {test}: print(evaluate(net, val_loader))"
    text = HEAD + VALIDATE + LOOP.format(head="net.train()", inside=inside, behind="pass")
    assert found(text) == ["model-left-in-eval"]
    assert found(text.replace("evaluate(net, val_loader))", "evaluate(net, val_loader)); net.train()")) == []


@pytest.mark.parametrize(
    "test",
    [
        "i == len(train_loader) - 1",
        "i + 1 == per_epoch",
        "step % per_epoch == 0",
        "step % len(train_loader) == 0",
        "step % args.steps_per_epoch == 0",
        "finished(i)",
        "i == args.last and step % 5 == 0",
    ],
)
def test_validation_that_may_run_at_the_end_alone(test: str) -> None:
    inside = f"if {test}: print(evaluate(net, val_loader))"
    assert found(HEAD + VALIDATE + LOOP.format(head="net.train()", inside=inside, behind="pass")) == []
