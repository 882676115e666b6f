"""Snippets that cannot run as they are: a harness, then the order of the calls, each named and worth what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from verify_cases import job_for

pytest.importorskip("torch")

from fixer import engine
from fixer.findings import Applicability, Finding, Fix, Span
from fixer.verify.client import Server
from fixer.verify.command import confirm_fixes
from fixer.verify.core import verify
from fixer.verify.job import Answer, Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow

POST = """\
for epoch in range(num_epochs):
    model.train()
    for i, (images, labels) in enumerate(train_loader):
        images = images.to(device)
        outputs = model(images)
        loss = criterion(outputs, labels)
        #zero
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(epoch, running_loss / len(train_loader), get_accuracy(model, test_loader))
"""
FUNCTION = """\
import torch

class Settings:
    rate = 0.1

def fit(model, optimizer, epochs):
    for epoch in range(epochs):
        for x, y in batches("train"):
            #zero
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
"""
METHOD = """\
class Trainer(secret_library.Base):
    def fit(self):
        for epoch in range(self.epochs):
            for batch in self.batches:
                loss = self.model.loss_of(self.collate(batch, secret_library.KIND))
                #zero
                loss.backward()
                self.optimizer.step()

Trainer(secret_library.read("settings")).fit()
"""


def check(server: Server, folder: Path, text: str, call: str, rule: str = "missing-zero-grad") -> Answer:
    """Verify a text whose ``#zero`` becomes a call of an optimizer."""
    before, after = text.replace("#zero", "pass"), text.replace("#zero", call)
    return verify(job_for(folder / "post.py", before, after, rule), server)


@pytest.mark.parametrize("text", [POST, FUNCTION], ids=["statements", "function"])
def test_harness(server: Server, tmp_path: Path, text: str) -> None:
    answer = check(server, tmp_path, text, "optimizer.zero_grad()")
    assert (answer.verdict, answer.tier) == (Outcome.CONFIRMED, "harness"), answer
    assert "harness" in answer.reason
    assert any("made up" in what for what in answer.stand_ins)
    assert check(server, tmp_path, text, "optimizer.state_dict()").verdict is Outcome.REFUTED


def test_order_of_calls_alone(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path, METHOD, "self.optimizer.zero_grad()")
    assert (answer.verdict, answer.tier) == (Outcome.CONFIRMED, "mock"), answer
    assert "order of the calls" in answer.reason and "'secret_library' is not defined" in answer.reason
    assert check(server, tmp_path, METHOD, "self.optimizer.state_dict()").verdict is Outcome.REFUTED


def test_nothing_is_written_on_the_order_of_calls_alone(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(METHOD)
    lines = METHOD.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "backward()" in line)
    space = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    after = "".join([*lines[:at], f"{space}self.optimizer.zero_grad()\n", *lines[at:]])
    fix = Fix(Applicability.SAFE, "call zero_grad")
    found = Finding("missing-zero-grad", str(path), Span(at + 1, 1, at + 1, 2), "never cleared", (), fix)
    done = confirm_fixes(str(path), METHOD, after, [found])
    assert (done.text, done.confirmed, done.answers[0].tier) == (None, (), "mock")
    assert "too little to write on" in done.others[0][1]


def test_order_shows_other_faults(server: Server, tmp_path: Path) -> None:
    """An optimizer made in the loop, and an update behind the loop."""
    head = "def train(net):\n    data = secret.load()\n"
    text = head + (
        "    for epoch in range(9):\n        for x, y in data:\n            opt = secret.optim.Adam(net.parameters())\n"
        "            opt.zero_grad()\n            loss = secret.loss(net(x), y)\n            loss.backward()\n"
        "            opt.step()\ntrain(secret.Net())\n"
    )
    right = text.replace("            opt = secret.optim.Adam(net.parameters())\n", "").replace(
        "    for epoch", "    opt = secret.optim.Adam(net.parameters())\n    for epoch"
    )
    path = tmp_path / "train.py"
    path.write_text(text)
    answer = verify(VerifyJob(str(path), text, right, (Target("optimizer-in-loop", 5),), device="cpu"), server)
    assert (answer.verdict, answer.tier) == (Outcome.CONFIRMED, "mock"), answer
    text = right.replace(
        "            loss.backward()\n            opt.step()\n", "        loss.backward()\n        opt.step()\n"
    )
    path.write_text(text)
    line = text.splitlines().index("        loss.backward()") + 1
    answer = verify(VerifyJob(str(path), text, right, (Target("step-outside-batch-loop", line),), device="cpu"), server)
    assert (answer.verdict, answer.tier) == (Outcome.CONFIRMED, "mock"), answer


def test_a_harness_proves_nothing_about_the_model(server: Server, tmp_path: Path) -> None:
    text = POST.replace("        #zero\n", "        optimizer.zero_grad()\n")
    before = text.replace("model(images)", "torch.softmax(model(images), 1)").replace("criterion(", "F.cross_entropy(")
    path = tmp_path / "post.py"
    path.write_text(before)
    targets = (Target("redundant-softmax", 5),)
    answer = verify(VerifyJob(str(path), before, text.replace("criterion(", "F.cross_entropy("), targets), server)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert "name" in answer.reason


def test_scripts_that_run_never_fall_back(server: Server, tmp_path: Path) -> None:
    """A repair after which the script fails is refuted, whatever a weaker tier would say."""
    text = (
        "import torch\nnet = torch.nn.Linear(2, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for n in range(9):\n    #zero\n    loss = net(torch.ones(3, 2)).mean()\n    loss.backward()\n    opt.step()\n"
    )
    answer = check(server, tmp_path, text, "opt.zero_grad(); undefined_name")
    assert (answer.verdict, answer.tier) == (Outcome.REFUTED, "user"), answer


def test_the_engines_own_repair_of_a_post(server: Server, tmp_path: Path) -> None:
    text = POST.replace("        #zero\n", "").replace("optimizer.step", "optim.step")
    text = (
        "import torch\noptim = torch.optim.Adam(model.parameters())\ncriterion = torch.nn.CrossEntropyLoss()\n" + text
    )
    path = tmp_path / "post.py"
    path.write_text(text)
    repaired = engine.repair(text, str(path), unsafe=True)
    assert repaired.applied
    targets = tuple(Target(f.rule, f.line) for f in repaired.applied)
    answer = verify(VerifyJob(str(path), text, repaired.text, targets, device="cpu"), server)
    assert (answer.verdict, answer.tier) == (Outcome.CONFIRMED, "harness"), answer


def test_scripts_that_lack_something_else_get_the_reason(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path, "import no_such_module\n" + POST, "optimizer.zero_grad()")
    assert (answer.verdict, answer.tier) == (Outcome.COULD_NOT_RUN, "user"), answer
    assert "no_such_module is missing" in answer.reason
