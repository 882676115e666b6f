import argparse
import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--max-iters", type=int, default=120)
    p.add_argument("--iter-size", type=int, default=4)
    return p.parse_args()


def main():
    opts = parse()
    torch.manual_seed(0)
    x = torch.rand(160, 2) * 4 - 2
    y = torch.exp(-(x ** 2).sum(1, keepdim=True))
    stream = itertools.cycle(DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True))

    net = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    criterion = nn.MSELoss()

    net.zero_grad()
    iteration = 0
    smoothed = None
    while iteration < opts.max_iters:
        xb, yb = next(stream)
        loss = criterion(net(xb), yb)
        loss.backward()
        iteration += 1

        smoothed = loss.item() if smoothed is None else 0.9 * smoothed + 0.1 * loss.item()
        if iteration % opts.iter_size == 0:
            optimizer.step()
            net.zero_grad()
        if iteration % 40 == 0:
            print("iteration", iteration, "loss", smoothed)


if __name__ == "__main__":
    main()
