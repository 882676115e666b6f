"""Joined columns, chunks as they came, and rows drawn in another order: none of these is sorted data."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
raw = torch.randn(60, 3)
labels = (raw.sum(1) > 0).long()
columns = torch.cat([torch.ones(60, 1), raw], dim=1)

chunks = []
for _ in range(6):
    chunks.append(torch.randn(10, 4))
rows = torch.cat(chunks)

drawn = torch.cat([torch.randn(30, 4) + 1, torch.randn(30, 4) - 1])
kinds = torch.cat([torch.zeros(30), torch.ones(30)]).long()
order = torch.rand(60).topk(60).indices
drawn, kinds = drawn[order], kinds[order]

alike = torch.cat([torch.zeros(30), torch.zeros(30)]).long()

first, second = DataLoader(TensorDataset(columns, labels), batch_size=10), DataLoader(TensorDataset(rows, labels), 10)
third, fourth = DataLoader(TensorDataset(drawn, kinds), batch_size=10), DataLoader(TensorDataset(rows, alike), 10)

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for a, b in first:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimizer.step()
for epoch in range(2):
    for a, b in second:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimizer.step()
for epoch in range(2):
    for a, b in third:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimizer.step()
for epoch in range(2):
    for a, b in fourth:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimizer.step()
