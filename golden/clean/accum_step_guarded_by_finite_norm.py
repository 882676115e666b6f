import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, optimizer, loss_fn, max_norm=5.0):
    skipped = 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        if math.isfinite(norm):
            optimizer.step()
        else:
            skipped += 1
    return loss.item(), skipped


torch.manual_seed(0)
x = torch.randn(240, 4)
y = x.prod(dim=1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(5):
    print(epoch, train(model, loader, optimizer, nn.HuberLoss()))
