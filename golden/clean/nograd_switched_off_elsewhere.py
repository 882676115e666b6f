"""Gradients are off in every evaluation here, by other means than a with statement around the loop."""
import contextlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
x = torch.randn(128, 3)
y = x.sum(1, keepdim=True)
train_loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(x, y), batch_size=64)
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)


def mean_loss():
    model.eval()
    total = 0.0
    for a, b in val_loader:
        total += criterion(model(a), b).item()
    model.train()
    return total / len(val_loader)


@torch.no_grad()
def by_decorator():
    return mean_loss()


@torch.inference_mode()
def by_inference_mode():
    return mean_loss()


@contextlib.contextmanager
def quiet():
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        yield
    finally:
        torch.set_grad_enabled(before)


def by_stack():
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        return mean_loss()


for epoch in range(2):
    for a, b in train_loader:
        optimizer.zero_grad()
        criterion(model(a), b).backward()
        optimizer.step()
    with torch.no_grad():
        print(mean_loss(), by_decorator(), by_inference_mode())
    with quiet():
        print(mean_loss())
    print(by_stack())
torch.set_grad_enabled(False)
total = 0.0
for a, b in val_loader:
    total += criterion(model(a), b).item()
print(total)
