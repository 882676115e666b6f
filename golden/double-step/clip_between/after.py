"""A step was left in front of the clipping: the one behind it is meant."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(48, 4)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for start in range(0, 48, 8):
    rows = x[start:start + 8]
    optimizer.zero_grad()
    loss = (net(rows) - rows.sum(1, keepdim=True)).pow(2).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    print(loss.item())
