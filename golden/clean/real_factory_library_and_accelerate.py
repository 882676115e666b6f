"""One factory, two trainings: what a library gives back for the first must not be mixed with the second."""
import importlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from accelerate import Accelerator
except ImportError:  # enough of it to run this script

    class Accelerator:
        def prepare(self, *things):
            return things

        def backward(self, loss):
            loss.backward()


library = importlib.import_module("copy")  # in earnest: a package for mixed precision


def utilities():
    net = nn.Linear(6, 3)
    x = torch.randn(48, 6)
    return net, torch.optim.AdamW(net.parameters()), DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8)


def train(net, opt, loader, accelerator):
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        accelerator.backward(loss)
        opt.step()
        opt.zero_grad()


def first():
    net, opt, loader = utilities()
    net, opt = library.copy([net, opt])
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        opt.zero_grad()


def second():
    accelerator = Accelerator()
    net, opt, loader = utilities()
    net, opt = accelerator.prepare(net, opt)
    train(net, opt, loader, accelerator)


first()
second()
