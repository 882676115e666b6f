"""Fits a small regression net; the schedule is opened at the head of each epoch's function."""

import torch
from torch import nn
from torch.optim import Adam
from torch.optim.lr_scheduler import MultiStepLR
from torch.utils.data import DataLoader, TensorDataset


def make_data(count=160):
    x = torch.rand(count, 3) * 2 - 1
    y = x[:, :1] * x[:, 1:2] + 0.1 * x[:, 2:]
    return DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)


def run_epoch(model, loader, opt, sched, loss_fn):
    model.train()
    seen = 0.0
    for x, y in loader:
        opt.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        opt.step()
        seen += loss.item()
    # a new epoch, a new learning rate
    sched.step()
    return seen / len(loader)


def main():
    torch.manual_seed(3)
    loader = make_data()
    model = nn.Sequential(nn.Linear(3, 24), nn.Tanh(), nn.Linear(24, 1))
    opt = Adam(model.parameters(), lr=0.02)
    sched = MultiStepLR(opt, milestones=[2, 4], gamma=0.3)
    for epoch in range(5):
        print(f"epoch {epoch}: loss {run_epoch(model, loader, opt, sched, nn.MSELoss()):.4f}")


if __name__ == "__main__":
    main()
