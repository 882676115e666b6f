"""Whichever network is chosen, the test after the first epoch leaves it in eval mode."""
import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--net", default="wide")
args = parser.parse_args([])


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))

    def forward(self, x):
        return self.layers(x)


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.Dropout(0.2), nn.Linear(8, 2))

    def forward(self, x):
        return self.layers(x)


def test(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def train(model, optimizer, x, y):
    model.train()
    for epoch in range(3):
        model.train()
        for i in range(0, 64, 16):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[i : i + 16]), y[i : i + 16])
            loss.backward()
            optimizer.step()
        print(epoch, test(model, x, y))


torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randint(0, 2, (64,))
if args.net == "wide":
    model = Wide()
else:
    model = Deep()
train(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y)
