"""Loops that end early under a test, on a trial run, or as soon as an attempt works."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader

parser = argparse.ArgumentParser()
parser.add_argument("--dry-run", action="store_true")
parser.add_argument("--most", type=int, default=4)
args = parser.parse_args()
torch.manual_seed(1)
loader = DataLoader(torch.randn(64, 5), batch_size=8)
model = nn.Linear(5, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def epoch():
    total = 0.0
    for i, x in enumerate(loader):
        for attempt in range(3):
            try:
                loss = (model(x) - x).pow(2).mean()
                break
            except RuntimeError:
                print("again", attempt)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        if args.dry_run or i + 1 >= args.most:
            break
    return total


def overfit(steps=5):
    losses = []
    for x in loader:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (model(x) - x).pow(2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        break
    return losses[-1]


print(epoch(), overfit())
