"""With an averaged copy, that is what the shared test function switches to eval mode; the model itself only without."""
import argparse
import copy

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--average", action="store_true", default=True)
parser.add_argument("--wide", action="store_true")
args = parser.parse_args([])


def test(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randint(0, 2, (64,))
if args.wide:
    model = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
else:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
if args.average:
    averaged = copy.deepcopy(model)

model.train()
for epoch in range(3):
    for i in range(0, 64, 16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[i : i + 16]), y[i : i + 16])
        loss.backward()
        optimizer.step()
        if args.average:
            for old, new in zip(averaged.parameters(), model.parameters(), strict=True):
                old.data.mul_(0.9).add_(new.data, alpha=0.1)
    if args.average:
        tested = averaged
    else:
        tested = model
    print(epoch, test(tested, x, y))
