"""Objects of the project with properties named train, eval, step and update: reading one does its work."""
import torch
from torch import nn


class Corpus:
    """Splits are cut when they are first asked for."""

    def __init__(self, n):
        self.rows = torch.randn(n, 3)
        self.parts = {}

    @property
    def train(self):
        self.parts.setdefault("train", self.rows[: len(self.rows) * 3 // 4])
        return self.parts["train"]

    @property
    def eval(self):
        self.parts.setdefault("eval", self.rows[len(self.rows) * 3 // 4:])
        return self.parts["eval"]


class Clock:
    count = 0

    @property
    def step(self):
        self.count += 1
        return self.count

    @property
    def update(self):
        print("round", self.count)


class Lazy(nn.Module):
    """A module whose ``backward`` is a property that turns the hook on."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.seen = 0

    @property
    def backward(self):
        self.fc.weight.register_hook(lambda g: g)
        return None

    def forward(self, x):
        return self.fc(x)


corpus, clock, model = Corpus(80), Clock(), Lazy()
corpus.train
corpus.eval
model.backward
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(4):
    clock.step
    clock.update
    optimizer.zero_grad()
    loss = (model(corpus.parts["train"]) - corpus.parts["train"].flip(1)).pow(2).mean()
    loss.backward()
    optimizer.step()
print(loss.item())
