"""Scripts that lack something run with it replaced, and the answer says what was."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("torch")

from fixer.verify.client import Server
from fixer.verify.core import verify
from fixer.verify.job import Answer, Budget, Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow

TAIL = """\
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(3):
    for data, target in loader:
        {zero}
        loss = F.cross_entropy(net(data), target)
        loss.backward()
        opt.step()
"""
HEAD = "import torch, torch.nn.functional as F\n"
TENSORS = (
    "loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset("
    "torch.randn(60, 4), torch.randint(0, 3, (60,))), batch_size=10)\nnet = torch.nn.Linear(4, 3)\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(device="cpu") as running:
        yield running


def check(server: Server, folder: Path, head: str, tail: str = TAIL) -> Answer:
    texts = [HEAD + head + tail.format(zero=zero) for zero in ("pass", "opt.zero_grad()")]
    path = folder / "train.py"
    path.write_text(texts[0])
    line = next(n for n, text in enumerate(texts[0].splitlines(), 1) if "loss.backward()" in text)
    job = VerifyJob(str(path), *texts, (Target("missing-zero-grad", line),), device="cpu", budget=Budget(wall_s=10))
    return verify(job, server)


def test_complete_scripts_need_no_stand_in(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path, TENSORS)
    assert (answer.verdict, answer.tier, answer.stand_ins) == (Outcome.CONFIRMED, "user", ())


def test_loggers_and_plots(server: Server, tmp_path: Path) -> None:
    head = (
        "import wandb, visdom\nfrom tensorboardX import SummaryWriter\nwriter = SummaryWriter('runs')\n"
        "run = wandb.init(project='x')\nfigure, (left, right) = visdom.subplots(1, 2)\n"
        "@wandb.watched\ndef twice(n):\n    return 2 * n\nassert twice(2) == 4\n"
    )
    tail = TAIL + "        writer.add_scalar('loss', loss.item(), epoch)\n        wandb.log({{'loss': loss.item()}})\n"
    answer = check(server, tmp_path, head + TENSORS, tail)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert answer.tier == "stand-ins"
    assert {"wandb", "visdom", "tensorboardX"} <= {what.split()[2] for what in answer.stand_ins}


@pytest.mark.skipif(find_spec("tqdm") is not None, reason="tqdm is installed")
def test_progress_bars_pass_the_items_on(server: Server, tmp_path: Path) -> None:
    tail = TAIL.replace("in loader", "in (bar := tqdm(loader, desc='x'))") + "        bar.set_postfix(loss=1)\n"
    answer = check(server, tmp_path, "from tqdm import tqdm, trange\n" + TENSORS, tail)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason


def test_cuda_scripts_run_without_a_gpu(server: Server, tmp_path: Path) -> None:
    head = TENSORS + (
        "net = net.cuda()\nnet.to('cuda:0')\nw = torch.ones(3, device='cuda').to(torch.device('cuda', 0))\n"
        "assert (w.cuda() + torch.zeros(3, device='cuda')).sum() == 3\ntorch.cuda.synchronize()\n"
    )
    tail = TAIL.replace("        {zero}", "        data, target = data.cuda(), target.to('cuda')\n        {zero}")
    answer = check(server, tmp_path, head, tail)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("CUDA" in what for what in answer.stand_ins)


@pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is installed")
def test_torchvision_data(server: Server, tmp_path: Path) -> None:
    head = (
        "import torchvision\nfrom torchvision import datasets, transforms\n"
        "import torchvision.transforms as T\n"
        "t = transforms.Compose([T.Resize(28), T.ToTensor(), T.Normalize((0.5,), (0.5,))])\n"
        "data = datasets.MNIST('data', train=True, download=True, transform=t)\n"
        "assert len(data) == 60000 and data[5][0].shape == (1, 28, 28) and data.data.shape == (60000, 28, 28)\n"
        "assert torchvision.datasets.CIFAR10('x', train=False).data.shape == (10000, 32, 32, 3)\n"
        "loader = torch.utils.data.DataLoader(data, 8, shuffle=True, num_workers=2)\n"
        "net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))\n"
    )
    answer = check(server, tmp_path, head)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("torchvision" in what for what in answer.stand_ins)


def test_required_arguments_are_guessed(server: Server, tmp_path: Path) -> None:
    head = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--size', type=int, required=True)\n"
        "p.add_argument('--kind', choices=['a', 'b'], required=True)\np.add_argument('--lr', type=float, default=3.0)\n"
        "a = p.parse_args()\nassert a.size > 0 and a.kind == 'a' and a.lr == 3\n"
    )
    answer = check(server, tmp_path, head + TENSORS)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("--size" in what for what in answer.stand_ins)


def test_writes_outside_the_project_go_to_scratch(server: Server, tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (project / "big.bin").write_bytes(bytes(5 * 2**20))
    head = (
        "import os\nopen('big.bin', 'r+b').write(b'changed')\nassert open('big.bin', 'rb').read(7) == b'changed'\n"
        "fd = os.open('big.bin', os.O_WRONLY)\nos.write(fd, b'again')\ntorch.save({}, 'big.bin')\n"
    )
    answer = check(server, project, head + TENSORS)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert (project / "big.bin").read_bytes() == bytes(5 * 2**20)
    assert [p.name for p in outside.iterdir()] == ["kept.txt"]


def test_absolute_paths_are_redirected(server: Server, tmp_path: Path) -> None:
    target = Path.home() / "fixer-test-of-redirection" / "model.pt"
    head = (
        f"import os\nos.makedirs({str(target.parent)!r}, exist_ok=True)\ntorch.save({{'a': 1}}, {str(target)!r})\n"
        f"assert torch.load({str(target)!r}) == {{'a': 1}}\n"
        f"open({str(target.parent / 'log.txt')!r}, 'w').write('x')\n"
        f"assert open({str(target.parent / 'log.txt')!r}).read() == 'x'\n"
    )
    answer = check(server, tmp_path, head + TENSORS)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert not target.parent.exists()
    assert any("scratch" in what for what in answer.stand_ins)
