import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class ResidualMLP(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.inp = nn.Linear(6, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, classes)

    def forward(self, x):
        x = F.relu(self.inp(x))
        x = x + F.relu(self.mid(x))
        return self.out(x)


def train(model, loader, optimizer, scheduler, epochs, grad_accum):
    for epoch in range(epochs):
        model.train()
        optimizer.zero_grad()
        for step, (x, y) in enumerate(loader):
            should_step = (step + 1) % grad_accum == 0

            logits = model(x)
            loss = F.cross_entropy(logits, y)
            loss.backward()

            if should_step:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
                print(f"epoch {epoch} step {step + 1} loss {loss.item():.4f} lr {scheduler.get_last_lr()[0]:.4f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--grad-accum", type=int, default=6)
    args = parser.parse_args()
    torch.manual_seed(0)
    y = torch.randint(0, 4, (288,))
    x = torch.randn(288, 6) + 2 * F.one_hot(y, 6)
    loader = DataLoader(TensorDataset(x, y), batch_size=12, shuffle=True)
    model = ResidualMLP(24, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    updates = args.epochs * (len(loader) // args.grad_accum)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=updates)
    train(model, loader, optimizer, scheduler, args.epochs, args.grad_accum)


if __name__ == "__main__":
    main()
