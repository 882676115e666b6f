# Ordinary training; the counter decides about evaluation and checkpoints only.
import copy

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(320, 4)
y = (x * torch.tensor([1.0, -1.0, 2.0, 0.5])).sum(1, keepdim=True)
train_loader = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=16, shuffle=True)
valid_loader = DataLoader(TensorDataset(x[256:], y[256:]), batch_size=64)

model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.MSELoss()
eval_steps, step = 8, 0
best, best_state = float("inf"), None

for epoch in range(4):
    for xb, yb in train_loader:
        model.train()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        if step % eval_steps == 0:
            model.eval()
            with torch.no_grad():
                valid = sum(criterion(model(a), b).item() for a, b in valid_loader) / len(valid_loader)
            if valid < best:
                best, best_state = valid, copy.deepcopy(model.state_dict())
            print(step, valid)
