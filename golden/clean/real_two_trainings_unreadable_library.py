"""Two trainings side by side: the first one's optimizer comes back from a library that cannot be read."""
import importlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
LIBRARY = "copy"  # in earnest: a package for mixed precision


def make():
    net = nn.Linear(6, 3)
    x = torch.randn(48, 6)
    loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8)
    return net, torch.optim.AdamW(net.parameters(), lr=1e-2), loader


def prepared(net, optimizer):
    return importlib.import_module(LIBRARY).copy([net, optimizer])


def plain(level):
    net, optimizer, loader = make()
    net, optimizer = prepared(net, optimizer)
    net.train()
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


def train(net, optimizer, loader):
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


def reference(level):
    net, optimizer, loader = make()
    net, optimizer = prepared(net, optimizer)
    return train(net, optimizer, loader)


if __name__ == "__main__":
    for level in ("O1", "O2"):
        print(level, plain(level))
    for level in ("O1", "O2"):
        print(level, reference(level))
