"""Eval mode is set by a caller, by a helper, by the function that hands out the data, or by a flag."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
x = torch.randn(128, 4)
y = (x[:, 0] > 0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(x + 0.1, y), batch_size=64)
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.01)


def accuracy():
    right = 0
    with torch.no_grad():
        for a, b in val_loader:
            right += (model(a).argmax(1) == b).sum().item()
    return right / 128


def switch(training):
    for part in (model, opt):
        if isinstance(part, nn.Module):
            part.train(training)


def held_out():
    model.eval()
    yield from val_loader


for epoch in range(3):
    model.train()
    for a, b in loader:
        opt.zero_grad()
        F.cross_entropy(model(a), b).backward()
        opt.step()
    model.train(False)
    print(accuracy())
    model.train()
    switch(False)
    print(accuracy())
    switch(True)
    right = 0
    with torch.no_grad():
        for a, b in held_out():
            right += (model(a).argmax(1) == b).sum().item()
    print(right / 128)
