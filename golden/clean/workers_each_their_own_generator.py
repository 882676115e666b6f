"""A transform's generator that each worker renews, and options that ask for no workers."""
import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Jitter:
    def __init__(self):
        self.draw = np.random.default_rng(0)

    def __call__(self, row):
        return row + float(self.draw.normal())


class Fresh(Jitter):
    def __call__(self, row):
        worker = get_worker_info()
        if worker is not None:
            self.draw = np.random.default_rng(worker.seed)
        return super().__call__(row)


class Rows(Dataset):
    def __init__(self, rows, change):
        self.rows, self.change = rows, change

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        return self.change(self.rows[number])


def renew(worker_id):
    worker = get_worker_info()
    worker.dataset.change.draw = np.random.default_rng([worker.seed % 2**32, worker_id])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(0)
    rows = torch.randn(16, 3)
    net = nn.Linear(3, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for loader in (
        DataLoader(Rows(rows, Jitter()), batch_size=8, num_workers=args.workers),
        DataLoader(Rows(rows, Jitter()), batch_size=8, num_workers=1, worker_init_fn=renew),
        DataLoader(Rows(rows, Fresh()), batch_size=8, num_workers=1),
    ):
        for x in loader:
            optimizer.zero_grad()
            loss = (net(x) - x).pow(2).mean()
            loss.backward()
            optimizer.step()
        print(loss.item())
