import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class MLP(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.l1 = nn.Linear(n_in, n_hidden)
        self.l2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.l2(F.relu(self.l1(x)))


def train(model, loader, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        out = model(x)
        # multi-class problem
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", default=6, type=int)
    parser.add_argument("--lr", default=0.1, type=float)
    args = parser.parse_args()

    torch.manual_seed(0)
    y = torch.randint(0, 6, (300,))
    x = torch.randn(300, 12) + 2 * F.one_hot(y, 12)
    loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)

    model = MLP(12, 32, 6)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    for epoch in range(1, args.epochs + 1):
        loss = train(model, loader, optimizer)
        print(f"{epoch:02d} loss {loss:.4f} acc {accuracy(model, loader):.3f}")


if __name__ == "__main__":
    main()
