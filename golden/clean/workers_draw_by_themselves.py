import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Plain(Dataset):
    """Draws from torch and from Python, and once when it is made."""

    def __init__(self, n):
        rng = np.random.default_rng(0)
        self.offset = float(rng.normal())
        self.x = torch.randn(n, 3)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i] + torch.randn(3) * 0.1 + random.random() + np.random.rand() + self.offset


class ByIndex(Plain):
    def __getitem__(self, i):
        return self.x[i] + float(np.random.default_rng(i).normal())


class Held(Plain):
    def __init__(self, n):
        super().__init__(n)
        self.rng = np.random.default_rng(1)

    def __getitem__(self, i):
        return self.x[i] + float(self.rng.normal())


def seed_worker(worker_id):
    seed = torch.initial_seed() % 2**32
    torch.utils.data.get_worker_info().dataset.rng = np.random.default_rng(seed)


if __name__ == "__main__":
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loaders = (
        DataLoader(Plain(16), batch_size=8, num_workers=1),
        DataLoader(ByIndex(16), batch_size=8, num_workers=1),
        DataLoader(Held(16), batch_size=8),
    )
    for loader in loaders:
        for x in loader:
            loss = model(x).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(loss.item())
    seeded = DataLoader(Held(16), batch_size=8, num_workers=1, worker_init_fn=seed_worker)
    for x in seeded:
        loss = model(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
