"""Train a small classifier with simulated large batches."""
import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--accum", type=int, default=4, help="batches per update")
    parser.add_argument("--lr", type=float, default=0.05)
    return parser.parse_args()


def build_loader(batch_size):
    y = torch.randint(0, 5, (270,))
    x = torch.randn(270, 10) + 2.0 * F.one_hot(y, 10)
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)


def train_epoch(args, model, loader, optimizer):
    model.train()
    meter = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        meter += loss.item()
        # backward of this micro-batch
        (loss / args.accum).backward()
        if (i + 1) % args.accum == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return meter / len(loader)


def main():
    args = parse_args()
    torch.manual_seed(1)
    loader = build_loader(args.batch_size)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    for epoch in range(args.epochs):
        print("epoch", epoch, "train loss", train_epoch(args, model, loader, optimizer))


if __name__ == "__main__":
    main()
