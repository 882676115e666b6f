"""The network goes back to train mode in other places than right behind the validation: all of these do."""
import contextlib

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 5)
y = (x.sum(1) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))

    def forward(self, a):
        return self.net(a)


def fit(model, opt):
    model.train()
    for i in range(0, 90, 30):
        opt.zero_grad()
        F.cross_entropy(model(x[i:i + 30]), y[i:i + 30]).backward()
        opt.step()


@torch.no_grad()
def accuracy(model):
    model.eval()
    return (model(x[90:]).argmax(1) == y[90:]).float().mean().item()


@torch.no_grad()
def accuracy_restoring(model):
    before = model.training
    model.eval()
    found = (model(x[90:]).argmax(1) == y[90:]).float().mean().item()
    model.train(before)
    return found


@contextlib.contextmanager
def evaluating(model):
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train()


def batches(model):
    model.train()
    for i in range(0, 90, 30):
        yield x[i:i + 30], y[i:i + 30]


model = Net()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(2):
    fit(model, opt)
    print(accuracy(model))

for epoch in range(2):
    for i in range(0, 90, 30):
        opt.zero_grad()
        F.cross_entropy(model(x[i:i + 30]), y[i:i + 30]).backward()
        opt.step()
    print(accuracy_restoring(model))

for epoch in range(2):
    for a, b in batches(model):
        opt.zero_grad()
        F.cross_entropy(model(a), b).backward()
        opt.step()
    print(accuracy(model))

model.train()
for epoch in range(2):
    for i in range(0, 90, 30):
        opt.zero_grad()
        F.cross_entropy(model(x[i:i + 30]), y[i:i + 30]).backward()
        opt.step()
    with evaluating(model):
        print((model(x[90:]).argmax(1) == y[90:]).float().mean().item())

for epoch in range(4):
    phase = ("train", "eval")[epoch % 2]
    getattr(model, phase)()
    for i in range(0, 90, 30):
        with torch.set_grad_enabled(phase == "train"):
            loss = F.cross_entropy(model(x[i:i + 30]), y[i:i + 30])
        if phase == "train":
            opt.zero_grad()
            loss.backward()
            opt.step()
print(accuracy(model))
