"""A library re-binds model and optimizer in one training; the other prepares its own with Accelerate."""
import sys
import types

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class _Accelerator:
    def prepare(self, *things):
        return things

    def backward(self, loss):
        loss.backward()


for name, members in {
    "mixed_precision": {"initialize": lambda net, opt: (net, opt)},
    "model_hub": {"from_pretrained": lambda name: nn.Linear(6, 3)},
    "accelerate": {"Accelerator": _Accelerator},
}.items():  # stand for packages that are not part of the project
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)

import mixed_precision
import model_hub
from accelerate import Accelerator

torch.manual_seed(0)


def utilities(name, accelerator=None):
    net = model_hub.from_pretrained(name)
    x = torch.randn(48, 6)
    opt = torch.optim.AdamW(params=net.parameters(), lr=1e-3)
    return net, opt, DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8)


def baseline():
    net, opt, loader = utilities("small")
    net, opt = mixed_precision.initialize(net, opt)
    net.train()
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
    return loss.item()


def integration():
    accelerator = Accelerator()
    net, opt, loader = utilities("small", accelerator=accelerator)
    net, opt = accelerator.prepare(net, opt)
    net.train()
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        accelerator.backward(loss)
        opt.step()
        opt.zero_grad()
    return loss.item()


if __name__ == "__main__":
    for level in ("O1", "O2"):
        print(level, baseline(), integration())
