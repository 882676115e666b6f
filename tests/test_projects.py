"""Findings that one file of a project shows of another: where they are reported, which files their repair changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from typer.testing import CliRunner, Result

from fixer.cli import app

NET = """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)  # probabilities
"""
TRAIN = """\
import torch
from torch import nn

from models import Net


def train(loader):
    model = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
"""
PREDICT = """\
import torch
from models import Net

model = Net()
probs = model(torch.randn(1, 4))
if probs.max() > 0.5:
    print(probs)
"""
STEP = """\
def train_step(model, criterion, optimizer, x, y):
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()
"""
LOOP = """\
import torch
from torch import nn

from step import train_step

model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    train_step(model, nn.CrossEntropyLoss(), optimizer, x, y)
"""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Writes files below a project's folder, which becomes the working directory; names are written ``models/net``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")

    def files(texts: dict[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")
        return tmp_path

    return files


def fixer(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def found(*words: str) -> list[tuple[str, int, str]]:
    answer = json.loads(fixer("check", "--format", "json", *words).stdout)
    assert answer["errors"] == []
    return [(f["path"], f["line"], f["rule"]) for f in answer["findings"]]


def project(make: Make, net: str = NET, **more: str) -> Path:
    return make({"models/net": net, "models/__init__": "from .net import Net\n", "train": TRAIN, **more})


@pytest.mark.parametrize("named", [["."], ["train.py"], ["models/net.py"], ["train.py", "models/net.py"]])
def test_it_is_reported_where_it_must_be_repaired(make: Make, named: list[str]) -> None:
    project(make)
    assert found(*named) == [("models/net.py", 11, "redundant-softmax")]


def test_the_path_leads_through_both_files(make: Make) -> None:
    project(make)
    answer = json.loads(fixer("check", "--format", "json", ".").stdout)
    assert [(s.get("path"), s["line"]) for s in answer["findings"][0]["path_shown"]] == [(None, 11), ("train.py", 13)]
    assert answer["files_checked"] == 3


def test_the_right_file_is_rewritten(make: Make) -> None:
    folder = project(make)
    assert fixer("apply", "--unsafe", ".").exit_code == 0
    assert (folder / "models/net.py").read_text() == NET.replace("F.softmax(self.fc(x), dim=1)", "self.fc(x)")
    assert (folder / "train.py").read_text() == TRAIN
    assert found(".") == []


@pytest.mark.parametrize("named", ["train.py", "models/net.py"])
def test_a_file_that_was_not_named_is_left_alone(make: Make, named: str) -> None:
    folder = project(make, predict=PREDICT)
    answer = fixer("apply", "--unsafe", named)
    assert answer.exit_code == 1
    assert "not named: name" in answer.stdout and "--project" in answer.stdout
    assert (folder / "models/net.py").read_text() == NET
    assert (folder / "predict.py").read_text() == PREDICT


@pytest.mark.parametrize("named", ["train.py", "models/net.py"])
def test_the_whole_project_is_changed_on_an_explicit_yes(make: Make, named: str) -> None:
    folder = project(make, predict=PREDICT)
    assert fixer("apply", "--unsafe", "--project", named).exit_code == 0
    assert "return self.fc(x)  # probabilities" in (folder / "models/net.py").read_text()
    changed = PREDICT.replace("model(torch.randn(1, 4))", "model(torch.randn(1, 4)).softmax(dim=1)")
    assert (folder / "predict.py").read_text() == changed


def test_check_says_that_the_file_was_not_named(make: Make) -> None:
    project(make)
    assert "models/net.py was not named" in fixer("check", "train.py").stdout.replace("\n", " ")
    assert "was not named" not in fixer("check", ".").stdout


def test_the_diff_is_what_apply_writes(make: Make) -> None:
    folder = project(make, predict=PREDICT)
    patch = fixer("diff", "--unsafe", ".").stdout
    assert patch.count("--- a/") == 2 and "--- a/models/net.py" in patch and "--- a/predict.py" in patch
    assert (folder / "predict.py").read_text() == PREDICT


def test_an_unsafe_repair_waits_for_a_word(make: Make) -> None:
    folder = project(make)
    answer = fixer("apply", ".")
    assert answer.exit_code == 1 and "its fix is unsafe" in answer.stdout
    assert (folder / "models/net.py").read_text() == NET


def test_a_helper_is_repaired_where_it_stands(make: Make) -> None:
    folder = make({"step": STEP, "loop": LOOP})
    assert found(".") == [("step.py", 3, "missing-zero-grad")]
    assert fixer("apply", ".").exit_code == 0
    assert (folder / "step.py").read_text().splitlines()[1] == "    optimizer.zero_grad()"
    assert (folder / "loop.py").read_text() == LOOP
    assert found(".") == []


def test_two_scripts_show_one_finding(make: Make) -> None:
    folder = project(make, again=TRAIN)
    assert found(".") == [("models/net.py", 11, "redundant-softmax")]
    assert fixer("apply", "--unsafe", ".").exit_code == 0
    assert (folder / "again.py").read_text() == TRAIN


def test_a_sampler_is_told_the_epoch_in_another_file(make: Make) -> None:
    engine = """\
def train_one_epoch(model, criterion, loader, optimizer, epoch):
    {told}
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
"""
    main = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

from engine import train_one_epoch

data = TensorDataset(torch.randn(64, 4), torch.randint(0, 2, (64,)))
loader = DataLoader(data, batch_size=8, sampler=DistributedSampler(data))
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(5):
    train_one_epoch(model, nn.CrossEntropyLoss(), loader, optimizer, epoch)
"""
    make({"engine": engine.format(told="loader.sampler.set_epoch(epoch)"), "main": main})
    assert found(".") == []
    make({"engine": engine.format(told="model.train()")})
    assert found(".") == [("main.py", 12, "missing-set-epoch")]


def test_each_script_shows_a_finding_of_its_own(make: Make) -> None:
    other = STEP.replace("train_step", "other_step")
    folder = make({"step": STEP + other, "loop": LOOP, "more": LOOP.replace("train_step", "other_step")})
    assert found(".") == [("step.py", 3, "missing-zero-grad"), ("step.py", 8, "missing-zero-grad")]
    assert fixer("apply", ".").exit_code == 0
    assert (folder / "step.py").read_text().count("    optimizer.zero_grad()\n") == 2
    assert found(".") == []


def test_a_comment_in_the_other_file_silences(make: Make) -> None:
    text = NET.replace("# probabilities", "# fixer: ignore[redundant-softmax]")
    folder = project(make, text)
    for named in (".", "train.py", "models/net.py"):
        assert found(named) == []
    assert fixer("apply", "--unsafe", ".").exit_code == 0
    assert (folder / "models/net.py").read_text() == text


def test_settings_of_the_other_file_count(make: Make) -> None:
    folder = project(make)
    (folder / "pyproject.toml").write_text('[tool.fixer.per-file-ignores]\n"models/*" = ["redundant-softmax"]\n')
    assert found(".") == []


def test_line_ends_and_encoding_of_the_other_file_stay(make: Make) -> None:
    folder = project(make)
    text = "# -*- coding: latin-1 -*-\n# é\n" + NET
    (folder / "models/net.py").write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    assert fixer("apply", "--unsafe", ".").exit_code == 0
    new = text.replace("F.softmax(self.fc(x), dim=1)", "self.fc(x)").replace("\n", "\r\n").encode("latin-1")
    assert (folder / "models/net.py").read_bytes() == new


def test_a_consumer_that_cannot_be_read_keeps_the_softmax(make: Make) -> None:
    folder = project(make, predict="from models import Net\nprint Net()\n")
    answer = json.loads(fixer("check", "--format", "json", "train.py").stdout)
    assert [f["fix"]["applicability"] for f in answer["findings"]] == ["none"]
    assert fixer("apply", "--unsafe", "--project", "train.py").exit_code == 1
    assert (folder / "models/net.py").read_text() == NET


def test_a_method_that_nobody_calls_is_a_consumer(make: Make) -> None:
    more = "\ndef predict(self, x):\n    return self(x)\n"
    folder = project(make, NET + indent(more, "    "))
    assert fixer("apply", "--unsafe", ".").exit_code == 0
    assert "return self(x).softmax(dim=1)" in (folder / "models/net.py").read_text()


DATA = """\
from torch.utils.data import DataLoader, TensorDataset

train(DataLoader(TensorDataset(torch.randn(64, 4), torch.randint(0, 3, (64,))), batch_size=8))
"""


def test_verify_trains_with_the_repair_of_the_other_file(make: Make) -> None:
    folder = project(make, train=TRAIN + "\n\n" + DATA)
    answer = json.loads(fixer("verify", "--format", "json", "train.py").stdout)
    assert answer["verdict"] == "confirmed"
    target = answer["targets"][0]
    assert (target["path"], target["line"], target["rule"]) == ("models/net.py", 11, "redundant-softmax")
    assert target["before"]["bad"] == target["before"]["of"] > 0 == target["after"]["bad"]
    assert (folder / "models/net.py").read_text() == NET


def test_what_a_training_confirms_is_written_in_both_files(make: Make) -> None:
    folder = project(make, train=TRAIN + "\n\n" + DATA, predict=PREDICT)
    assert fixer("apply", "--verify", ".").exit_code == 0
    assert "return self.fc(x)  # probabilities" in (folder / "models/net.py").read_text()
    assert ".softmax(dim=1)" in (folder / "predict.py").read_text()


def test_without_a_script_that_trains_nothing_is_written(make: Make) -> None:
    folder = project(make)
    answer = fixer("apply", "--verify", "models/net.py")
    assert answer.exit_code == 1 and "no script that trains with it was named" in answer.stdout
    assert (folder / "models/net.py").read_text() == NET


MIXIN = """\
class Loop:
    def run(self, loader):
        for batch in loader:
            self.train_step(batch)
"""
SOLVER = """\
import torch
import torch.nn.functional as F

from loop import Loop


class Solver(Loop):
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.AdamW(net.parameters())

    def train_step(self, batch):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y)
        loss.backward()
        self.optimizer.step()
"""


def test_a_base_class_in_another_file_holds_the_loop(make: Make) -> None:
    folder = make({"loop": MIXIN, "solver": SOLVER})
    assert found(".") == [("solver.py", 15, "missing-zero-grad")]
    assert found("solver.py") == [("solver.py", 15, "missing-zero-grad")]
    assert fixer("apply", ".").exit_code == 0
    assert (folder / "loop.py").read_text() == MIXIN
    assert found(".") == []


def test_a_base_class_that_clears_is_right(make: Make) -> None:
    make({"loop": MIXIN + "            self.optimizer.zero_grad()\n", "solver": SOLVER})
    assert found(".") == []


CALLS = """\
import torch
from torch import nn

from step import Stepper

net = nn.Linear(4, 3)
stepper = Stepper(net, torch.optim.SGD(net.parameters(), 0.1))
for x, y in loader:
    stepper(x, y)
"""
STEPPER = """\
import torch.nn.functional as F


class Stepper:
    def __init__(self, net, opt):
        self.net = net
        self.opt = opt

    def __call__(self, x, y):
        F.cross_entropy(self.net(x), y).backward()
        self.opt.step()
"""


@pytest.mark.parametrize("named", [["."], ["main.py"], ["step.py"]])
def test_a_loop_that_says_nothing_of_training(make: Make, named: list[str]) -> None:
    make({"main": CALLS, "step": STEPPER})
    assert found(*named) == [("step.py", 10, "missing-zero-grad")]


def test_a_loop_that_clears_what_the_step_leaves(make: Make) -> None:
    make({"main": CALLS + "    net.zero_grad()\n", "step": STEPPER})
    assert found(".") == []


REGISTRY = """\
MODELS = {}


def register(name):
    def add(cls):
        MODELS[name] = cls
        return cls

    return add


def build(name):
    return MODELS[name]()
"""


def test_a_registry_filled_by_decorators(make: Make) -> None:
    net = NET.replace("class Net", '@register("net")\nclass Net').replace(
        "import torch.nn as nn", "import torch.nn as nn\nfrom registry import register"
    )
    train = TRAIN.replace("from models import Net", "import models\nfrom registry import build")
    project(make, net, registry=REGISTRY, train=train.replace("Net()", 'build("net")'))
    assert found(".") == [("models/net.py", 13, "redundant-softmax")]


@pytest.mark.parametrize(
    "folder",
    [
        '"../lib"',
        'os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")',
        'str(Path(__file__).resolve().parent.parent / "lib")',
        'str(Path(__file__).parents[1].joinpath("lib"))',
    ],
)
def test_a_folder_put_on_the_path(make: Make, folder: str) -> None:
    head = f"import os\nimport sys\nfrom pathlib import Path\nsys.path.insert(0, {folder})\n"
    make({"lib/nets/small": NET, "scripts/train": head + TRAIN.replace("from models", "from nets.small")})
    assert found(".") == [("lib/nets/small.py", 11, "redundant-softmax")]


def test_an_exported_model_keeps_its_softmax(make: Make) -> None:
    folder = project(make, export="import torch\nfrom models import Net\n\ntorch.onnx.export(Net(), x, 'net.onnx')\n")
    answer = json.loads(fixer("check", "--format", "json", ".").stdout)
    assert [f["fix"]["applicability"] for f in answer["findings"]] == ["none"]
    assert "exported in export.py, line 4" in answer["findings"][0]["fix"]["reason"]
    assert fixer("apply", "--unsafe", ".").exit_code == 1
    assert (folder / "models/net.py").read_text() == NET


def test_a_folder_without_marks_is_not_searched_as_a_whole(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(make, **{"a/b/c/deep": PREDICT})
    (folder / "pyproject.toml").unlink()
    assert found("models/net.py") == [("models/net.py", 11, "redundant-softmax")]
    fixer("apply", "--unsafe", "--project", "models/net.py")
    assert (folder / "a/b/c/deep.py").read_text() == PREDICT
