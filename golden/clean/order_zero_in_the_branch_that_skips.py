"""A batch whose gradients are not finite is dropped: emptied in one branch, applied in the other."""
import math

import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(60, 5)
y = (x.sum(1) > 0).long()
net = nn.Linear(5, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
dropped = 0
for rows in torch.arange(60).split(12):
    loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
    loss.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    if not math.isfinite(norm):
        optimizer.zero_grad()
        dropped += 1
    else:
        optimizer.step()
        optimizer.zero_grad()
    print(loss.item(), dropped)
