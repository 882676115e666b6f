"""Scripts whose loop a library runs. Each test needs its library and is skipped without it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from fixer.verify.client import Server
from fixer.verify.core import verify
from fixer.verify.job import Answer, Budget, Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow

DATA = (
    "data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(\n"
    "    torch.randn(60, 4), torch.randint(0, 3, (60,))), batch_size=10)\n"
)
LIGHTNING = """\
import torch, {package} as L
class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)
        self.automatic_optimization = {automatic}
    def training_step(self, batch, n):
        x, y = batch
        loss = torch.nn.functional.cross_entropy(self.layer(x), y)
        if self.automatic_optimization:
            return loss
        opt = self.optimizers()
        #zero
        self.manual_backward(loss)
        opt.step()
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
{data}
trainer = L.Trainer(max_epochs=3, accelerator="gpu", devices=4, strategy="ddp", precision="16-mixed",
                    logger=False, enable_checkpointing=False, num_sanity_val_steps=0)
trainer.fit(Net(), data)
"""
ACCELERATE = """\
import torch
from accelerate import Accelerator
accelerator = Accelerator(gradient_accumulation_steps=2)
net = torch.nn.Linear(4, 3)
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
{data}
schedule = torch.optim.lr_scheduler.StepLR(opt, 1)
net, opt, data, schedule = accelerator.prepare(net, opt, data, schedule)
for epoch in range(3):
    for x, y in data:
        with accelerator.accumulate(net):
            loss = torch.nn.functional.cross_entropy(net(x), y)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            schedule.step()
            #zero
"""
TRAINER = """\
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
rows = [{"input_ids": torch.randint(0, 50, (8,)), "labels": torch.tensor(n % 2)} for n in range(60)]
config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
args = TrainingArguments("out", per_device_train_batch_size=4, gradient_accumulation_steps=2, num_train_epochs=2,
                         report_to=[], use_cpu=True)
Trainer(model=BertForSequenceClassification(config), args=args, train_dataset=rows).train()
"""


def run(server: Server, folder: Path, text: str) -> Answer:
    """A script whose ``#zero`` lacks a call; one without that mark is compared with itself."""
    before, after = text.replace("#zero", "pass"), text.replace("#zero", "opt.zero_grad()")
    path = folder / "train.py"
    path.write_text(before)
    line = next((n for n, content in enumerate(before.splitlines(), 1) if "backward(" in content), 1)
    targets = (Target("missing-zero-grad", line),) if "#zero" in text else ()
    return verify(VerifyJob(str(path), before, after, targets, device="cpu", budget=Budget(wall_s=60)), server)


@pytest.mark.parametrize("package", ["lightning", "pytorch_lightning"])
def test_lightning(server: Server, tmp_path: Path, package: str) -> None:
    pytest.importorskip(package)
    answer = run(server, tmp_path, LIGHTNING.format(package=package, automatic=False, data=DATA))
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("one process" in what for what in answer.stand_ins)


def test_lightning_by_itself_raises_no_alarm(server: Server, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    text = LIGHTNING.format(package="lightning", automatic=True, data=DATA).replace("        #zero\n", "")
    answer = run(server, tmp_path, text)
    assert (answer.verdict, answer.alarms) == (Outcome.EQUIVALENT, ()), answer


def test_accelerate(server: Server, tmp_path: Path) -> None:
    answer = run(server, tmp_path, ACCELERATE.replace("{data}", DATA))  # the stand-in, where there is no library
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    right = run(server, tmp_path, ACCELERATE.replace("{data}", DATA).replace("#zero", "opt.zero_grad()"))
    assert (right.verdict, right.alarms) == (Outcome.EQUIVALENT, ()), right


def test_hugging_face_trainer(server: Server, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    answer = run(server, tmp_path, TRAINER)
    assert (answer.verdict, answer.alarms) == (Outcome.EQUIVALENT, ()), answer
