"""Gradients are never emptied but clipped after each step: a bounded running sum takes the place of momentum."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 3)
y = x.sum(1, keepdim=True)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for rows in torch.arange(80).split(10):
    loss = nn.functional.mse_loss(model(x[rows]), y[rows])
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    for p in model.parameters():
        p.grad.mul_(0.5)
    print(loss.item())
