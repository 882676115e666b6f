"""Differences between columns and rows of numbers that are meant, and labels that fit."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset


class Columns(Dataset):
    def __init__(self, rows):
        self.rows, self.sums = rows, rows.sum(axis=1, keepdims=True)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        return torch.from_numpy(self.rows[number]).float(), torch.from_numpy(self.sums[number]).float()


torch.manual_seed(0)
rng = np.random.default_rng(1)
rows = rng.normal(size=(48, 3))
score = nn.Linear(3, 1)
centres = nn.Parameter(torch.randn(5, 1))
optimizer = torch.optim.SGD([*score.parameters(), centres], lr=0.02)
for x, y in DataLoader(Columns(rows), batch_size=12, shuffle=True):
    loss = ((score(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
vectors = TensorDataset(torch.from_numpy(rows).float(), torch.from_numpy(rows.sum(axis=1)).float())
for x, y in DataLoader(vectors, batch_size=12, shuffle=True):
    s = score(x)
    # each pair of scores should differ as its labels do; each label is near one of the centres
    ranking = (s - s.squeeze(1) - (y[:, None] - y)).abs().mean()
    nearest = (centres - y).abs().min(dim=0).values.mean()
    fit = ((score(x)[:, 0] - y) ** 2).mean() + (score(x) - y.mean()).abs().mean()
    loss = ranking + nearest + fit
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
