"""One pass before training fills caches; its gradients are emptied, and every update has gradients of its own."""
import torch
from torch import nn

torch.manual_seed(4)
net = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 1))
optimizer = torch.optim.RMSprop(net.parameters(), lr=0.01)
data = torch.randn(50, 6)
net(data[:2]).sum().backward()
optimizer.zero_grad()
for x in data.split(10):
    loss = (net(x) - x.mean(1, keepdim=True)).abs().mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    print(loss.item())
