"""Fits a small regressor; the optimizer comes from a factory that picks its class by name."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SETTINGS = {"optimizer": "AdamW", "lr": 3e-3, "decay": 0.01}


def build_optimizer(settings, model):
    params = [p for p in model.parameters() if p.requires_grad]
    kind = getattr(torch.optim, settings["optimizer"])
    return kind(params, lr=settings["lr"], weight_decay=settings["decay"])


def fit(model, loader, epochs):
    loss_fn = nn.SmoothL1Loss()
    # one optimizer for this epoch
    optimizer = build_optimizer(SETTINGS, model)
    for epoch in range(epochs):
        running = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch}: {running / len(loader):.4f}")


if __name__ == "__main__":
    torch.manual_seed(3)
    inputs = torch.randn(96, 6)
    targets = inputs.sum(1, keepdim=True).tanh()
    fit(nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1)), DataLoader(TensorDataset(inputs, targets), 16), 3)
