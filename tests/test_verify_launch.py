"""How a script is started: as a module, with relative imports, with data and arguments of the user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from verify_cases import job_for

pytest.importorskip("torch")

from typer.testing import CliRunner

from fixer.cli import app
from fixer.verify.client import Server
from fixer.verify.core import verify
from fixer.verify.job import Answer, Outcome

pytestmark = pytest.mark.slow

BATCHES = (
    "data = torch.utils.data.TensorDataset(torch.randn(60, 4), torch.randint(0, 3, (60,)))\n"
    "loader = torch.utils.data.DataLoader(data, batch_size=10, num_workers=2)\n"
)
LOOP = (
    "opt = torch.optim.SGD(net.parameters(), lr=0.01)\nfor epoch in range(3):\n    for x, y in loader:\n{zero}"
    "        loss = torch.nn.functional.cross_entropy(net(x), y)\n        loss.backward()\n        opt.step()\n"
)
TRAIN = "import torch\n" + BATCHES + "net = torch.nn.Linear(4, 3)\n" + LOOP.format(zero="")


def told(*args: str) -> dict[str, object]:
    """What ``fixer verify --format json`` answers."""
    result = CliRunner().invoke(app, ["verify", "--format", "json", "--device", "cpu", *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answer: dict[str, object] = json.loads(result.stdout) if result.stdout else {"error": result.stderr}
    return {**answer, "status": result.exit_code}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a training module that imports its neighbours."""
    folder = tmp_path / "lab" / "jobs"
    folder.mkdir(parents=True)
    (tmp_path / "lab" / "__init__.py").write_text("")
    (tmp_path / "lab" / "net.py").write_text("import torch\ndef make():\n    return torch.nn.Linear(4, 3)\n")
    (folder / "__init__.py").write_text("")
    (folder / "train.py").write_text(TRAIN.replace("import torch\n", "import torch, sys\nfrom ..net import make\n", 1))
    monkeypatch.chdir(tmp_path)
    return folder


def test_relative_imports_by_path(package: Path) -> None:
    answer = told("lab/jobs/train.py")
    assert (answer["verdict"], answer["tier"], answer["status"]) == ("confirmed", "user", 0), answer


def test_modules_by_name(package: Path) -> None:
    text = (package / "train.py").read_text() + "assert __name__ == '__main__' and sys.argv[1:] == ['--lr', '3']\n"
    text += "assert __spec__.name == 'lab.jobs.train' and __package__ == 'lab.jobs'\n"
    (package / "train.py").write_text(text)
    answer = told("-m", "lab.jobs.train", "--", "--lr", "3")
    assert (answer["verdict"], answer["path"]) == ("confirmed", "lab/jobs/train.py"), answer
    (package / "__main__.py").write_text(TRAIN)
    assert told("-m", "lab.jobs")["verdict"] == "confirmed"
    assert told("-m", "lab.nothing")["status"] == 2


def test_data_are_found_where_the_user_says(tmp_path: Path) -> None:
    data = tmp_path / "elsewhere" / "set"
    data.mkdir(parents=True)
    (data / "points.csv").write_text("".join(f"{n % 7},{n % 5},{n % 3}\n" for n in range(60)))
    project = tmp_path / "project"
    project.mkdir()
    text = (
        "import csv, os, torch\nrows = [[float(v) for v in r] for r in csv.reader(open('/kaggle/input/points.csv'))]\n"
        "assert len(rows) == 60 and os.listdir('/kaggle/input/set') == ['points.csv']\n"
        "t = torch.tensor(rows)\nloader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset("
        "t[:, :2], t[:, 2].long()), batch_size=10)\nnet = torch.nn.Linear(2, 3)\n" + LOOP.format(zero="")
    )
    (project / "train.py").write_text(text)
    answer = told("--data", str(data), str(project / "train.py"))
    assert (answer["verdict"], answer["tier"], answer["stand_ins"]) == ("confirmed", "user", []), answer
    assert sorted(p.name for p in project.iterdir()) == ["train.py"]
    assert told("--data", str(tmp_path / "none"), str(project / "train.py"))["status"] == 2


def check(server: Server, folder: Path, before: str, zero: str = "opt.zero_grad()") -> Answer:
    """Verify a script whose ``#zero`` is the place of a missing call."""
    texts = [before.replace("#zero", new) for new in ("pass", zero)]
    return verify(job_for(folder / "train.py", *texts), server)


def test_mixed_precision(server: Server, tmp_path: Path) -> None:
    text = (
        "import torch\nnet = torch.nn.Linear(4, 3)\nopt = torch.optim.SGD(net.parameters(), lr=0.01)\n"
        "scaler = torch.amp.GradScaler('cpu')\nfor n in range(20):\n"
        "    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))\n    #zero\n"
        "    with torch.autocast('cpu', dtype=torch.bfloat16):\n"
        "        loss = torch.nn.functional.cross_entropy(net(x), y)\n    scaler.scale(loss).backward()\n"
        "    scaler.unscale_(opt)\n    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n"
        "    scaler.step(opt)\n    scaler.update()\n"
    )
    answer = check(server, tmp_path, text)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason


def test_compiled_models_run_as_they_are(server: Server, tmp_path: Path) -> None:
    text = (
        "import torch\nnet = torch.compile(torch.nn.Linear(4, 3))\nopt = torch.optim.SGD(net.parameters(), lr=0.01)\n"
        "@torch.compile(mode='max-autotune')\ndef loss_of(x, y):\n"
        "    return torch.nn.functional.cross_entropy(net(x), y)\n"
        "for n in range(20):\n    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))\n    #zero\n"
        "    loss = loss_of(x, y)\n    loss.backward()\n    opt.step()\n"
    )
    answer = check(server, tmp_path, text)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("torch.compile" in what for what in answer.stand_ins)


def test_questions_are_answered(server: Server, tmp_path: Path) -> None:
    text = TRAIN.replace("import torch\n", "import torch\nassert int(input('epochs? ')) == 1\n")
    answer = check(server, tmp_path, text.replace("x, y in loader:\n", "x, y in loader:\n        #zero\n"))
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert any("keyboard" in what for what in answer.stand_ins)


def test_several_models_and_optimizers(server: Server, tmp_path: Path) -> None:
    text = (
        "import torch\na, b = torch.nn.Linear(4, 4), torch.nn.Linear(4, 3)\n"
        "opt, other = torch.optim.Adam(a.parameters()), torch.optim.SGD(b.parameters(), lr=0.1)\n"
        "for n in range(20):\n    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))\n    #zero\n"
        "    other.zero_grad()\n    loss = torch.nn.functional.cross_entropy(b(a(x)), y)\n    loss.backward()\n"
        "    opt.step()\n    other.step()\n"
    )
    answer = check(server, tmp_path, text)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason


def test_sharded_scripts_run_whole(server: Server, tmp_path: Path) -> None:
    text = (
        "import os, torch, torch.distributed as dist\n"
        "from torch.distributed.fsdp import FullyShardedDataParallel as FSDP\n"
        "dist.init_process_group('nccl')\nrank = int(os.environ['LOCAL_RANK'])\n"
        "net = FSDP(torch.nn.Linear(4, 3))\nopt = torch.optim.SGD(net.parameters(), lr=0.01)\n"
        "for n in range(20):\n    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))\n    #zero\n"
        "    loss = torch.nn.functional.cross_entropy(net(x), y)\n    loss.backward()\n    opt.step()\n"
    )
    answer = check(server, tmp_path, text)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
