"""Batches never end: the run is as long as its number of updates, so no window stays open."""
import itertools

import torch
from torch import nn


def forever(data, size):
    while True:
        yield from data[torch.randperm(len(data))].split(size)


torch.manual_seed(3)
model = nn.Linear(5, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
k, updates = 3, 0
for i, x in enumerate(itertools.islice(forever(torch.randn(64, 5), 8), 30)):
    loss = (model(x) - x.sum(1, keepdim=True)).pow(2).mean() / k
    loss.backward()
    if (i + 1) % k == 0:
        optimizer.step()
        optimizer.zero_grad()
        updates += 1
print(updates, loss.item() * k)
