"""Leads: which files of a folder are read, and for what."""

from pathlib import Path

import pytest

from fixer.worth import Lead, lead

GOLDEN = Path(__file__).parent.parent / "golden"

TRAINING = {
    "a backward": "loss.backward()\n",
    "a backward that is handed on": "accelerator.backward(loss)\n",
    "a backward kept for later": "go = loss.backward\n",
    "a step of an optimizer": "self.optimizer.step()\n",
    "a step of one of several": "opts[0].step()\n",
    "a step of an optimizer by another name": "o = torch.optim.AdamW(net.parameters())\no.step()\n",
    "a method that a library calls": "class N(L.Module):\n def training_step(self, b):\n  return F.cross_entropy(b)\n",
    "a trainer's loss": "def compute_loss(self, model, inputs):\n return nn.CrossEntropyLoss()(model(inputs), 1)\n",
    "softmax into the loss": "def f(x, y):\n    return F.cross_entropy(F.softmax(x, dim=1), y)\n",
    "softmax by name": "def f(x, y):\n    p = x.softmax(dim=1)\n    return criterion(p, y)  # nn.CrossEntropyLoss\n",
    "softmax returned": "class N(nn.Module):\n def forward(self, x):\n  return F.softmax(x, 1)\nloss = nn.NLLLoss()\n",
    "softmax as a layer": "net = nn.Sequential(\n  nn.Linear(2, 3),\n  nn.Softmax(dim=1),\n)\nnn.CrossEntropyLoss()\n",
    "softmax under another name": "self.act = nn.Softmax(dim=1)\nself.loss = nn.CrossEntropyLoss()\n",
    "sigmoid before logits": "def f(x):\n    return BCEWithLogitsLoss()(torch.sigmoid(x), y)\n",
    "an evaluation that keeps the graph": "m.load_state_dict(s)\nm.eval()\nfor x, y in test_loader:\n    m(x)\n",
    "epochs that other files train": "opt = torch.optim.SGD(p, lr=1)\nfor epoch in range(9):\n    train(opt)\n",
    "samples that other files train on": "s = DistributedSampler(d)\nfor epoch in range(9):\n    train(s)\n",
    "a silencing comment": "x = 1  # fixer: ignore[missing-zero-grad]\n",
}
MODULES = {
    "dropout without a mode": "class N(nn.Module):\n    def forward(self, x):\n        return F.dropout(x, p=0.5)\n",
    "dropout over lines": "class N(nn.Module):\n  def forward(self, x):\n    return F.dropout(\n      x, 0.5)\n",
    "attention": "class N(Module):\n    y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p)\n",
    "a flag on a module": "class N(nn.Module):\n    def freeze(self):\n        self.backbone.requires_grad = False\n",
    "a misspelt flag": "class N(nn.Module):\n    def freeze(self, p):\n        p.require_grad = False\n",
    "a list of layers": "class N(nn.Module):\n    def __init__(self):\n        self.layers = [nn.Linear(2, 2)]\n",
    "a list that is filled": (
        "class N(nn.Module):\n    def __init__(self):\n        self.layers = []\n"
        "        self.layers.append(nn.Linear(2, 2))\n"
    ),
    "a list that is kept": (
        "class N(nn.Module):\n    def __init__(self):\n        many = []\n        many.append(Block(2))\n"
        "        self.many = many\n"
    ),
    "a layer made where it runs": "class N(nn.Module):\n    def forward(self, x):\n        return nn.Linear(2, 2)(x)\n",
}
NONE = {
    "nothing": "print('hello')\n",
    "an autograd function": "class F(torch.autograd.Function):\n    def backward(ctx, g):\n        return g\n",
    "an example of a docstring": '"""\n>>> loss.backward()\n"""\n',
    "an optimizer's class": "class Adam(Optimizer):  # from torch.optim, per epoch\n    pass\n",
    "an environment": "obs, reward, done, info = env.step(action)\n",
    "a pipeline": "latents = self.scheduler.step(noise, t, latents).prev_sample\n",
    "an attention": (
        "def attend(q, k, v):\n    w = nn.functional.softmax(q @ k, dim=-1)\n    return torch.matmul(w, v)\n"
        "def forward(self, x, labels):\n    return CrossEntropyLoss()(self.head(x), labels)\n"
    ),
    "an attention's layer": (
        "self.softmax = nn.Softmax(dim=-1)\nself.loss = nn.CrossEntropyLoss()\n"
        "def attend(s, q, k, v):\n    w = s.softmax(q @ k)\n    return w @ v, w\n"
    ),
    "dropout that heeds the mode": (
        "class N(nn.Module):\n    def forward(self, x):\n        return F.dropout(x, 0.5, training=self.training)\n"
    ),
    "dropout that heeds it over lines": (
        "class N(nn.Module):\n    def forward(self, x):\n        return F.dropout(\n"
        "            self.f(x),\n            training=self.training,\n        )\n"
    ),
    "a flag on parameters": "class N(nn.Module):\n for p in self.parameters():\n  p.requires_grad = False\n",
    "layers that are registered": (
        "class N(nn.Module):\n    def __init__(self):\n        many = []\n        many.append(nn.Linear(2, 2))\n"
        "        self.many = nn.Sequential(*many)\n"
    ),
    "an evaluation without the graph": (
        "m.load_state_dict(s)\nm.eval()\nwith torch.no_grad():\n    for x, y in test_loader:\n        m(x)\n"
    ),
}


@pytest.mark.parametrize("text", TRAINING.values(), ids=TRAINING.keys())
def test_training(text: str) -> None:
    assert lead(text.encode()) is Lead.TRAINING


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES.keys())
def test_how_modules_are_made(text: str) -> None:
    assert lead(text.encode()) is Lead.MODULES


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
def test_nothing_of_ours(text: str) -> None:
    assert lead(text.encode()) is Lead.NONE


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*/*/before.py")), ids=lambda path: "/".join(path.parts[-3:-1]))
def test_every_known_bug_is_read(path: Path) -> None:
    assert lead(path.read_bytes()) is Lead.TRAINING
