"""A transform of the data set holds the generator; how many workers there are is an option."""
import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Blank:
    def __init__(self, width):
        self.width, self.draw = width, np.random.RandomState(7)

    def __call__(self, row):
        start = self.draw.randint(0, len(row) - self.width)
        row = row.clone()
        row[start:start + self.width] = 0
        return row


class Rows(Dataset):
    def __init__(self, rows, change):
        self.rows = rows
        self.change = change

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        return self.change(self.rows[number])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--num-workers", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(0)
    loader = DataLoader(Rows(torch.randn(32, 10), Blank(3)), batch_size=8, num_workers=args.num_workers)
    net = nn.Linear(10, 10)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(2):
        for x in loader:
            optimizer.zero_grad()
            loss = (net(x) - x).pow(2).mean()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
