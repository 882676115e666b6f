"""Gradients are kept, emptied, and written back scaled before the step (a small gradient surgery)."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(48, 4)
y, z = x[:, :1], x[:, 1:2] * 2
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(8):
    rows = slice(6 * step, 6 * step + 6)
    out = net(x[rows])
    loss = (out[:, :1] - y[rows]).pow(2).mean() + (out[:, 1:] - z[rows]).pow(2).mean()
    loss.backward()
    kept = [p.grad.clone() for p in net.parameters()]
    optimizer.zero_grad()
    norm = torch.stack([g.norm() for g in kept]).norm()
    for p, g in zip(net.parameters(), kept):
        p.grad = g / (norm + 1e-6)
    optimizer.step()
    print(step, loss.item())
