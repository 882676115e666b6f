"""Clipping, stepping and the schedule all wait for a full window."""
import argparse

import torch
from torch import nn


def main(args):
    torch.manual_seed(args.seed)
    x = torch.rand(150, 4)
    y = x.max(1, keepdim=True).values
    data = torch.utils.data.TensorDataset(x, y)
    train_loader = torch.utils.data.DataLoader(data, batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 20), nn.Tanh(), nn.Linear(20, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)
    optimizer.zero_grad()
    for epoch in range(args.epochs):
        for i, (inputs, target) in enumerate(train_loader):
            update = (i + 1) % args.accumulate == 0 or i + 1 == len(train_loader)
            loss = nn.functional.mse_loss(model(inputs), target) / args.accumulate
            loss.backward()
            if update:
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                scheduler.step()
        print(epoch, loss.item() * args.accumulate)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=15)
    parser.add_argument("--accumulate", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    main(parser.parse_args())
