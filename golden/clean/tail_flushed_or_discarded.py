"""What is left over is applied behind the loop, or thrown away on purpose when the next epoch begins."""
import torch
from torch import nn
from torch.utils.data import DataLoader


def flushing(model, loader, k, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(epochs):
        for i, x in enumerate(loader, 1):
            (model(x).pow(2).mean() / k).backward()
            if i % k == 0:
                optimizer.step()
                optimizer.zero_grad()
        if i % k != 0:
            optimizer.step()
            optimizer.zero_grad()


def discarding(model, loader, k, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(epochs):
        optimizer.zero_grad()  # a fresh start
        for i, x in enumerate(loader, 1):
            (model(x).pow(2).mean() / k).backward()
            if i % k == 0:
                optimizer.step()
                optimizer.zero_grad()


torch.manual_seed(2)
loader = DataLoader(torch.randn(55, 4), batch_size=5)
for train in (flushing, discarding):
    model = nn.Linear(4, 4)
    train(model, loader, 3, 3)
    print(model.weight.norm().item())
