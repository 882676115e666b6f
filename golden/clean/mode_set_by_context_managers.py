"""Evaluation within context managers of the project, which set the mode on the way in and take it back on any way out."""
import contextlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Evaluating:
    def __init__(self, net):
        self.net = net

    def __enter__(self):
        self.before = self.net.training
        self.net.eval()
        return self.net

    def __exit__(self, *error):
        self.net.train(self.before)


class Phase:
    """Runs one callable on the way in and another on the way out."""

    def __init__(self, enter, leave):
        self.enter, self.leave = enter, leave

    def __enter__(self):
        self.enter()

    def __exit__(self, *error):
        self.leave()


@contextlib.contextmanager
def measuring(net):
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        net.train()


def by_class(net, loader):
    with Evaluating(net) as quiet, torch.no_grad():
        return sum((quiet(x).argmax(1) == y).sum().item() for x, y in loader)


def by_callables(net, loader):
    right = 0
    with Phase(net.eval, net.train), torch.no_grad():
        for x, y in loader:
            right += (net(x).argmax(1) == y).sum().item()
    return right


def by_generator(net, loader):
    right = 0
    with measuring(net):
        for x, y in loader:
            right += (net(x).argmax(1) == y).sum().item()
        return right


def by_stack(net, loader):
    right = 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(measuring(net))
        for x, y in loader:
            right += (net(x).argmax(1) == y).sum().item()
    return right


def by_finally(net, loader):
    net.eval()
    right = 0
    try:
        with torch.no_grad():
            for x, y in loader:
                right += (net(x).argmax(1) == y).sum().item()
                if right > 40:
                    return right
        return right
    finally:
        net.train()


torch.manual_seed(0)
x = torch.randn(96, 5)
y = (x[:, 0] > 0).long()
train_loader = DataLoader(TensorDataset(x[:64], y[:64]), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(x[64:], y[64:]), batch_size=16)
for evaluate in (by_class, by_callables, by_generator, by_stack, by_finally):
    net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net.train()
    for epoch in range(2):
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(inputs), labels)
            loss.backward()
            optimizer.step()
        print(evaluate.__name__, epoch, evaluate(net, val_loader))
