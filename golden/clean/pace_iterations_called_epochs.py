"""Whole-batch training: each pass of the only loop is an epoch and a step at once."""
import torch
from torch import nn

epochs = 20
torch.manual_seed(3)
x = torch.randn(50, 2)
y = (x[:, :1] + x[:, 1:]).tanh()
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
print(loss.item(), scheduler.get_last_lr())
