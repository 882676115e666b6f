"""Warm restarts are told the epoch with its fraction, so they may move with each batch."""
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(1)
batches = [(torch.randn(8, 3), torch.randn(8, 1)) for _ in range(6)]
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
epochs = 4
scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=epochs)
for epoch in range(epochs):
    for i, (x, y) in enumerate(batches):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step(epoch + i / len(batches))
    print(epoch, loss.item(), optimizer.param_groups[0]["lr"])
