"""Gradients of four batches make one update."""
import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, args):
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    loss_fn = nn.BCEWithLogitsLoss()
    for epoch in range(args.epochs):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = loss_fn(model(x).squeeze(1), y)
            total += loss.item()
            (loss / args.accum).backward()
            if (i + 1) % args.accum == 0 or i + 1 == len(loader):
                optimizer.zero_grad()
                optimizer.step()
        print(epoch, total / len(loader))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--accum", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.5)
    args = parser.parse_args()
    torch.manual_seed(4)
    x = torch.randn(160, 6)
    y = (x @ torch.randn(6) > 0).float()
    train(nn.Linear(6, 1), DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True), args)
