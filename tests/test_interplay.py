"""Rules together: every pair of bugs in one loop, and all at once, end in the right script.

Each bug is planted into a right script. The repair must leave nothing to report, and the repaired script must train to
the same weights as the right one, bit for bit: both are run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from fixer import engine

torch = pytest.importorskip("torch")

PLAIN = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 3
torch.manual_seed(0)
x = torch.randn(60, 4)
y = (x[:, 0] > x[:, 1]).long()
loader = DataLoader(TensorDataset(x[:48], y[:48]), batch_size=8)
held_out = DataLoader(TensorDataset(x[48:], y[48:]), batch_size=6)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x))))


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
for epoch in range(EPOCHS):
    model.train()
    total = 0.0
    for step, (inputs, labels) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    model.eval()
    right = 0
    with torch.no_grad():
        for inputs, labels in held_out:
            right += (model(inputs).argmax(1) == labels).sum().item()
"""
WINDOWED = """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, ACCUMULATE = 3, 3
torch.manual_seed(1)
x = torch.randn(80, 5)
y = (x[:, 0] * x[:, 1] > 0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=8)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 2))

    def forward(self, x):
        return self.layers(x)


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=EPOCHS // 2, gamma=0.5)
scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
for epoch in range(EPOCHS):
    total = 0.0
    for i, (inputs, labels) in enumerate(loader):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = criterion(model(inputs), labels)
        scaler.scale(loss / ACCUMULATE).backward()
        total += loss.item()
        if (i + 1) % ACCUMULATE == 0 or i + 1 == len(loader):
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    scheduler.step()
"""

Plant = Callable[[str], str]


def swap(*pairs: tuple[str, str]) -> Plant:
    """A bug as replacements of text; each must be there exactly once."""

    def plant(text: str) -> str:
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    return plant


ZERO, BACK, STEP = "        optimizer.zero_grad()\n", "        loss.backward()\n", "        optimizer.step()\n"
CLIP = "        nn.utils.clip_grad_norm_(model.parameters(), 0.5)\n"
SUM, MOVE = "        total += loss.item()\n", "    scheduler.step()\n"
HEAD = "    model.train()\n"
IN_PLAIN: dict[str, Plant] = {
    "missing-zero-grad": swap((ZERO, "")),
    "zero-grad-before-step": swap((ZERO, ""), (BACK, BACK + ZERO)),
    "clip-after-step": swap((CLIP, ""), (STEP, STEP + CLIP)),
    "double-step": swap((STEP, STEP + "        # once more\n" + STEP)),
    "redundant-softmax": swap(
        (
            "self.out(self.drop(torch.relu(self.hidden(x))))",
            "torch.softmax(self.out(self.drop(torch.relu(self.hidden(x)))), dim=1)",
        )
    ),
    "scheduler-before-optimizer": swap((MOVE, ""), (HEAD, MOVE + HEAD)),
    "epoch-scheduler-per-batch": swap((MOVE, ""), (SUM, "        scheduler.step()\n" + SUM)),
    "return-inside-batch-loop": swap((SUM, SUM + "        break\n")),
    "uncalled-method": swap(("    model.eval()\n", "    model.eval\n")),
    "eval-without-no-grad": swap(
        (
            "    with torch.no_grad():\n        for inputs, labels in held_out:\n            right",
            "    for inputs, labels in held_out:\n        right",
        )
    ),
}
INNER = "    " + CLIP
WINDOW = "        if (i + 1) % ACCUMULATE == 0 or i + 1 == len(loader):\n"
IN_WINDOW: dict[str, Plant] = {
    "missing-zero-grad": swap(("            optimizer.zero_grad()\n", "")),
    "zero-grad-before-step": swap(
        ("            optimizer.zero_grad()\n", ""),
        (INNER, "            optimizer.zero_grad(set_to_none=False)\n" + INNER),
    ),
    "unscaled-accumulation": swap(("scaler.scale(loss / ACCUMULATE)", "scaler.scale(loss)")),
    "dropped-accumulation-tail": swap((WINDOW, "        if (i + 1) % ACCUMULATE == 0:\n")),
    "clip-without-unscale": swap(("            scaler.unscale_(optimizer)\n", "")),
    "amp-raw-step": swap(
        ("            scaler.unscale_(optimizer)\n", ""),
        ("            scaler.step(optimizer)\n            scaler.update()\n", "            optimizer.step()\n"),
    ),
    "redundant-softmax": swap(("return self.layers(x)", "return torch.softmax(self.layers(x), dim=-1)")),
    "scheduler-before-optimizer": swap((MOVE, ""), ("    total = 0.0\n", MOVE + "    total = 0.0\n")),
    "epoch-scheduler-per-batch": swap(
        (MOVE, ""),
        ("            optimizer.zero_grad()\n", "            optimizer.zero_grad()\n            scheduler.step()\n"),
    ),
}
# Bugs that cannot stand in one script: each is the absence or the place of the same line.
EXCLUSIVE = [
    {"missing-zero-grad", "zero-grad-before-step"},
    {"scheduler-before-optimizer", "epoch-scheduler-per-batch"},
    {"amp-raw-step", "clip-without-unscale"},
]


def trained(text: str) -> dict[str, list[float]]:
    """Run a script; its weights and learning rate at the end."""
    torch.set_num_threads(1)
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(text, "script.py", "exec"), names)
    model, optimizer = names["model"], names["optimizer"]
    weights = {key: value.flatten().tolist() for key, value in model.state_dict().items()}  # type: ignore[attr-defined]
    return {**weights, "lr": [group["lr"] for group in optimizer.param_groups]}  # type: ignore[attr-defined]


def pairs(plants: dict[str, Plant]) -> list[tuple[str, str]]:
    every = itertools.combinations(sorted(plants), 2)
    return [pair for pair in every if not any(set(pair) == both for both in EXCLUSIVE)]


RIGHT: dict[str, dict[str, list[float]]] = {}


def mended(right: str, broken: str, bugs: tuple[str, ...]) -> None:
    """The broken script has its bugs; repaired it has none and trains like the right one."""
    found = {finding.rule for finding in engine.check(broken, "script.py").findings}
    assert found and found <= set(bugs), found
    repaired = engine.repair(broken, "script.py", unsafe=True)
    assert not repaired.kept, [(kept.finding.rule, kept.why) for kept in repaired.kept]
    applied = {finding.rule for finding in repaired.applied}
    # Where the scaler does not step yet, clipping that needs unscale_ is told later.
    assert applied - {"clip-without-unscale"} == set(bugs) - {"clip-without-unscale"}
    if right not in RIGHT:
        RIGHT[right] = trained(right)
    assert trained(repaired.text) == RIGHT[right], repaired.text


@pytest.mark.parametrize("right", [PLAIN, WINDOWED], ids=["plain", "windowed"])
def test_the_right_scripts_have_no_finding(right: str) -> None:
    assert engine.check(right, "script.py").findings == ()


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), pairs(IN_PLAIN))
def test_two_bugs_in_a_plain_loop(first: str, second: str) -> None:
    mended(PLAIN, both(PLAIN, IN_PLAIN, first, second), (first, second))


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), pairs(IN_WINDOW))
def test_two_bugs_in_a_window_with_scaler_and_clipping(first: str, second: str) -> None:
    mended(WINDOWED, both(WINDOWED, IN_WINDOW, first, second), (first, second))


def both(right: str, plants: dict[str, Plant], *bugs: str) -> str:
    text = right
    for bug in bugs:
        text = plants[bug](text)
    return text


@pytest.mark.slow
def test_all_bugs_at_once_in_a_plain_loop() -> None:
    bugs = tuple(sorted(set(IN_PLAIN) - {"zero-grad-before-step", "epoch-scheduler-per-batch"}))
    mended(PLAIN, both(PLAIN, IN_PLAIN, *bugs), bugs)


@pytest.mark.slow
def test_all_bugs_at_once_in_a_window() -> None:
    bugs = tuple(
        sorted(set(IN_WINDOW) - {"zero-grad-before-step", "scheduler-before-optimizer", "clip-without-unscale"})
    )
    mended(WINDOWED, both(WINDOWED, IN_WINDOW, *bugs), bugs)
