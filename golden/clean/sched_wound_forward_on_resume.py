"""A run that goes on at a later epoch winds its schedule forward before it trains."""
import warnings

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ExponentialLR
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore", UserWarning)
START, EPOCHS = 3, 6
torch.manual_seed(2)
data = torch.randn(60, 4)
loader = DataLoader(TensorDataset(data, data.sum(1, keepdim=True)), batch_size=12)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
scheduler = ExponentialLR(optimizer, gamma=0.8)
for _ in range(START):
    scheduler.step()
for epoch in range(START, EPOCHS):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(epoch, scheduler.get_last_lr(), loss.item())
