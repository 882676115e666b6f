"""Scripts and jobs that the verifier's tests share: the golden cases, and one training whose zero_grad is missing."""

from __future__ import annotations

import json
from pathlib import Path

from fixer import engine
from fixer.sources.python import decode
from fixer.verify.job import Budget, Target, VerifyJob

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


TRAINING = """\
import torch
torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randn(64, 1)
net = torch.nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
{setup}
for epoch in range(1000):
    for i in range(0, 64, 16):
        {zero}
        loss = torch.nn.functional.mse_loss(net(x[i:i + 16]), y[i:i + 16])
        loss.backward()
        opt.step()
        {extra}
"""


def job_for(
    path: Path,
    before: str,
    after: str,
    rule: str = "missing-zero-grad",
    args: tuple[str, ...] = (),
    budget: Budget | None = None,
) -> VerifyJob:
    """The job for a script that is written to ``path``: a repair whose finding stands at its first backward."""
    path.write_text(before)
    line = next(number for number, text in enumerate(before.splitlines(), 1) if "backward(" in text)
    limits = budget or Budget(wall_s=20)
    return VerifyJob(str(path), before, after, (Target(rule, line),), args, "cpu", budget=limits)


def text_of(path: Path) -> str:
    return decode(path.read_bytes()).text


def pairs() -> list[str]:
    """The cases with a repair, as "rule/case"."""
    found = []
    for before in sorted(GOLDEN.glob("*/*/before.py")):
        after = before.with_name("after.py")
        if after.exists() and after.read_bytes() != before.read_bytes():
            found.append(f"{before.parent.parent.name}/{before.parent.name}")
    return found


def job_of(case: str) -> VerifyJob:
    folder = GOLDEN / case
    before, after = text_of(folder / "before.py"), text_of(folder / "after.py")
    expected = folder / "expected.json"
    if expected.exists():
        targets = tuple(Target(f["rule"], f["line"]) for f in json.loads(expected.read_text())["findings"])
    else:
        targets = tuple(Target(f.rule, f.line) for f in engine.check(before, str(folder / "before.py")).findings)
    return VerifyJob(str(folder / "before.py"), before, after, targets, device="cpu")
