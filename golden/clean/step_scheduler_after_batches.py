import argparse

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
    return total / len(loader.dataset)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--step-size", type=int, default=2)
    opts = parser.parse_args()
    torch.manual_seed(0)
    y = torch.randint(0, 4, (400,))
    x = torch.randn(4, 8)[y] * 1.5 + torch.randn(400, 8)
    train_loader = DataLoader(TensorDataset(x[:300], y[:300]), batch_size=30, shuffle=True)
    test_loader = DataLoader(TensorDataset(x[300:], y[300:]), batch_size=50)
    model = nn.Linear(8, 4)
    optimizer = optim.SGD(model.parameters(), lr=opts.lr)
    scheduler = StepLR(optimizer, step_size=opts.step_size, gamma=0.5)
    for epoch in range(1, opts.epochs + 1):
        loss = train_one_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer)
        acc = evaluate(model, test_loader)
        scheduler.step()
        print(f"{epoch}: loss={loss:.3f} acc={acc:.3f} lr={scheduler.get_last_lr()[0]:.3f}")


if __name__ == "__main__":
    main()
