import argparse

import torch
import torch.nn as nn
import torch.optim as optim


def train(args):
    torch.manual_seed(args.seed)
    x = torch.randn(128, 5)
    y = (x.prod(1) > 0).long()
    model = nn.Sequential(nn.Linear(5, 40), nn.Tanh(), nn.Linear(40, 2))
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=0.5)
    scaler = torch.amp.GradScaler("cpu")
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        for rows in torch.randperm(128).split(args.batch_size):
            with torch.amp.autocast("cpu", dtype=torch.bfloat16):
                loss = criterion(model(x[rows]), y[rows])
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        print(f"epoch {epoch} loss {loss.item():.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--seed", type=int, default=2)
    train(parser.parse_args())
