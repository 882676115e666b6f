"""The loss is written out, and the labels come from numpy as a vector."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Table(Dataset):
    def __init__(self, rows, values):
        self.rows = torch.from_numpy(rows).float()
        self.values = torch.from_numpy(values).float()

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        return self.rows[number], self.values[number]


rng = np.random.default_rng(3)
rows = rng.normal(size=(90, 4))
loader = DataLoader(Table(rows, rows.sum(axis=1)), batch_size=15, shuffle=True)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    for x, y in loader:
        out = net(x)
        loss = ((out - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
