"""Scripts that lack something run with it replaced, and the answer says what was."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from verify_cases import job_for

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


def check(server: Server, folder: Path, head: str, tail: str = TAIL) -> Answer:
    texts = [HEAD + head + tail.format(zero=zero) for zero in ("pass", "opt.zero_grad()")]
    return verify(job_for(folder / "train.py", *texts, budget=Budget(wall_s=10)), server)


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


def alone(server: Server, folder: Path, text: str) -> Answer:
    """Run a script as it is."""
    path = folder / "train.py"
    path.write_text(HEAD + text + TAIL.format(zero="opt.zero_grad()"))
    whole = path.read_text()
    return verify(VerifyJob(str(path), whole, whole, device="cpu", budget=Budget(wall_s=15)), server)


def missing(*names: str) -> pytest.MarkDecorator:
    found = [n for n in names if find_spec(n) is not None]
    return pytest.mark.skipif(bool(found), reason=f"installed: {', '.join(found)}")


@missing("torchvision")
def test_torchvision_models_are_tiny_and_prove_nothing_about_the_model(server: Server, tmp_path: Path) -> None:
    head = (
        "from torchvision import models, transforms\nfrom torchvision.models import ResNet18_Weights\n"
        "net = models.resnet18(weights=ResNet18_Weights.DEFAULT)\nassert net.fc.in_features == 512\n"
        "net.fc = torch.nn.Linear(net.fc.in_features, 3)\n"
        "v = models.vgg16(pretrained=True)\nassert len(v.features) == 31 and v.classifier[6].in_features == 4096\n"
        "assert v(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)\n"
        "for name in ('alexnet', 'densenet121', 'mobilenet_v2', 'squeezenet1_0', 'efficientnet_b0', 'vit_b_16',\n"
        "             'convnext_tiny', 'swin_t', 'inception_v3'):\n"
        "    m = getattr(models, name)(num_classes=7).eval()\n"
        "    assert m(torch.zeros(2, 3, 224, 224)).shape == (2, 7), name\n"
        "loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset("
        "torch.randn(30, 3, 64, 64), torch.randint(0, 3, (30,))), batch_size=5)\n"
    )
    tail = TAIL.format(zero="opt.zero_grad()").replace("net(data)", "net(data){}")
    path = tmp_path / "train.py"
    texts = [HEAD + head + tail.format(end) for end in (".softmax(1)", "")]
    path.write_text(texts[0])
    line = texts[0].splitlines().index("        loss = F.cross_entropy(net(data).softmax(1), target)") + 1
    answer = verify(VerifyJob(str(path), *texts, (Target("redundant-softmax", line),), device="cpu"), server)
    assert answer.verdict is Outcome.INCONCLUSIVE, answer.reason
    assert "resnet18" in answer.reason and "stand-in" in answer.reason
    assert check(server, tmp_path, head).verdict is Outcome.CONFIRMED  # a rule of the loop is proven


@missing("torchvision", "PIL")
def test_pictures_and_transforms(server: Server, tmp_path: Path) -> None:
    head = (
        "import numpy as np\nfrom PIL import Image\nfrom torchvision import datasets, transforms as T, utils\n"
        "from torchvision.transforms import v2\n"
        "Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save('a.png')\n"
        "im = Image.open('a.png')\nassert im.size == (8, 8) and np.array(im)[1, 2, 0] == 30\n"
        "assert im.convert('L').resize((4, 6)).size == (4, 6)\n"
        "t = T.Compose([T.Resize(40), T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ColorJitter(0.2),\n"
        "    T.RandomRotation(10), T.RandomResizedCrop(24), T.Grayscale(3), T.ToTensor(),\n"
        "    T.Normalize([0.5] * 3, [0.5] * 3)])\nx = t(im)\nassert x.shape == (3, 24, 24) and x.min() >= -1\n"
        "y = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])(im)\nassert y.max() <= 1\n"
        "assert utils.make_grid(torch.rand(5, 1, 6, 6), nrow=3).shape == (3, 18, 26)\n"
        "d = datasets.ImageFolder('photos/train', T.Compose([T.Resize((8, 8)), T.ToTensor()]))\n"
        "assert len(d.classes) == 2\n"
        "loader = torch.utils.data.DataLoader(d, 8)\n"
        "net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3))\n"
    )
    answer = alone(server, tmp_path, head)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason


def test_missing_files_are_made_up(server: Server, tmp_path: Path) -> None:
    head = (
        "import csv, glob, os, numpy as np\n"
        "rows = list(csv.DictReader(open('../input/train.csv')))\n"
        "data = [[float(r['age']), float(r['fare'])] for r in rows]\nlabels = [int(r['label']) for r in rows]\n"
        "assert set(labels) == {0, 1}\n"
        "xy = np.loadtxt('numbers.csv.gz', delimiter=',') if False else np.loadtxt('numbers.txt', delimiter=',')\n"
        "words = open('data/corpus.txt', encoding='utf-8').read().split()\nassert len(words) > 500\n"
        "x = np.load('features.npy')\nassert x.shape[1] == 2\n"
        "assert len(glob.glob('pictures/*.jpg')) > 5 and len(os.listdir('others')) > 5\n"
        "checkpoint = torch.load('missing.pt')\nnet = torch.nn.Linear(2, 3)\nnet.load_state_dict(checkpoint['model'])\n"
        "loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset("
        "torch.tensor(data), torch.tensor(labels)), batch_size=10)\n"
    )
    answer = alone(server, tmp_path, head)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason
    assert any("train.csv" in what and "--data" in what for what in answer.stand_ins)
    assert any("missing.pt" in what for what in answer.stand_ins)


def test_files_that_a_script_expects_to_miss_stay_missing(server: Server, tmp_path: Path) -> None:
    head = TENSORS + (
        "try:\n    open('state.json')\n    found = True\nexcept OSError:\n    found = False\nassert not found\n"
        "try:\n    import wandb\n    found = True\nexcept ImportError:\n    found = False\nassert not found\n"
    )
    answer = alone(server, tmp_path, head)
    assert (answer.verdict, answer.stand_ins) == (Outcome.EQUIVALENT, ())


@missing("gym", "gymnasium")
@pytest.mark.parametrize("name", ["gym", "gymnasium"])
def test_environments(server: Server, tmp_path: Path, name: str) -> None:
    pytest.importorskip("numpy")
    many = ("s, info", "s, r, done, cut, info") if name == "gymnasium" else ("s", "s, r, done, info")
    text = (
        f"import torch, {name} as gym\nenv = gym.make('CartPole-v1')\n"
        "net = torch.nn.Linear(env.observation_space.shape[0], env.action_space.n)\n"
        "opt = torch.optim.Adam(net.parameters())\n"
        f"for episode in range(20):\n    {many[0]} = env.reset()\n    done, losses = False, []\n    while not done:\n"
        "        d = torch.distributions.Categorical(logits=net(torch.from_numpy(s)))\n        a = d.sample()\n"
        f"        {many[1]} = env.step(a.item())\n        losses.append(-d.log_prob(a) * r)\n"
        "    loss = torch.stack(losses).sum()\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\n"
    )
    path = tmp_path / "train.py"
    path.write_text(text)
    answer = verify(VerifyJob(str(path), text, text, device="cpu"), server)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason
    assert answer.alarms == ()


@missing("sklearn")
def test_scikit_learn(server: Server, tmp_path: Path) -> None:
    head = (
        "from sklearn.datasets import load_iris, make_moons\nfrom sklearn.metrics import accuracy_score, f1_score\n"
        "from sklearn.model_selection import train_test_split, StratifiedKFold\n"
        "from sklearn.preprocessing import StandardScaler, LabelEncoder\n"
        "x, y = load_iris(return_X_y=True)\na, b, c, d = train_test_split(x, y, test_size=0.2, stratify=y)\n"
        "assert a.shape == (120, 4) and sorted(set(d)) == [0, 1, 2]\n"
        "a = StandardScaler().fit_transform(a)\nassert abs(a.mean()) < 1e-6\n"
        "assert accuracy_score([1, 0, 1], [1, 1, 1]) == 2 / 3 and abs(f1_score([1, 0, 1], [1, 1, 1]) - 0.8) < 1e-9\n"
        "assert list(LabelEncoder().fit_transform(['b', 'a', 'b'])) == [1, 0, 1]\n"
        "assert len(list(StratifiedKFold(3).split(x, y))) == 3 and make_moons(50)[0].shape == (50, 2)\n"
        "loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset("
        "torch.tensor(a).float(), torch.tensor(c)), batch_size=10)\nnet = torch.nn.Linear(4, 3)\n"
    )
    answer = alone(server, tmp_path, head)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason


def test_scripts_for_several_processes_run_as_one(server: Server, tmp_path: Path) -> None:
    text = (
        "import os, torch, torch.distributed as dist, torch.multiprocessing as mp, torch.nn.functional as F\n"
        "from torch.nn.parallel import DistributedDataParallel as DDP\n"
        "def train(rank, size):\n    dist.init_process_group('nccl', rank=rank, world_size=size)\n"
        "    net = DDP(torch.nn.Linear(4, 3))\n    opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "    for n in range(20):\n        x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))\n"
        "        loss = F.cross_entropy(net(x), y)\n        loss.backward()\n        opt.step()\n"
        "        dist.all_reduce(loss.detach())\n"
        "    dist.destroy_process_group()\n"
        "if __name__ == '__main__':\n    mp.spawn(train, args=(4,), nprocs=4)\n"
    )
    path = tmp_path / "train.py"
    path.write_text(text)
    repaired = text.replace("        loss.backward()", "        opt.zero_grad()\n        loss.backward()")
    line = text.splitlines().index("        loss.backward()") + 1
    job = VerifyJob(str(path), text, repaired, (Target("missing-zero-grad", line),), device="cpu")
    answer = verify(job, server)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("4 processes" in what for what in answer.stand_ins)


def test_scripts_for_older_libraries(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path, TENSORS, TAIL + "        total = loss.data[0] + torch.tensor(1.0)\n")
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("older libraries" in what for what in answer.stand_ins)


@missing("transformers", "datasets")
def test_hugging_face(server: Server, tmp_path: Path) -> None:
    text = (
        "import torch\nfrom datasets import load_dataset\n"
        "from transformers import (AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding,\n"
        "    get_linear_schedule_with_warmup)\n"
        "tok = AutoTokenizer.from_pretrained('bert-base-uncased')\n"
        "raw = load_dataset('glue', 'mrpc')\n"
        "data = raw.map(lambda b: tok(b['sentence1'], b['sentence2'], truncation=True), batched=True)\n"
        "data = data.remove_columns(['sentence1', 'sentence2', 'idx']).rename_column('label', 'labels')\n"
        "data.set_format('torch')\n"
        "loader = torch.utils.data.DataLoader(data['train'], batch_size=8, shuffle=True,\n"
        "    collate_fn=DataCollatorWithPadding(tok))\n"
        "net = AutoModelForSequenceClassification.from_pretrained('bert-base-uncased', num_labels=2)\n"
        "opt = torch.optim.AdamW(net.parameters(), lr=1e-3)\n"
        "schedule = get_linear_schedule_with_warmup(opt, num_warmup_steps=2, num_training_steps=20)\n"
        "for epoch in range(3):\n    for batch in loader:\n        loss = net(**batch).loss\n"
        "        opt.zero_grad()\n        loss.backward()\n        opt.step()\n        schedule.step()\n"
    )
    path = tmp_path / "train.py"
    path.write_text(text)
    answer = verify(VerifyJob(str(path), text, text, device="cpu"), server)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason
    assert any("mrpc" in what for what in answer.stand_ins)
