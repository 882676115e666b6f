"""Gradients are averaged in place, right before the update."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)

K = 5
net = nn.Linear(8, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.3)

y = torch.randint(0, 3, (300,))
x = torch.randn(300, 8)
x[torch.arange(300), y] += 2.0

for epoch in range(4):
    losses = []
    opt.zero_grad()
    for n, idx in enumerate(torch.randperm(300).split(12), start=1):
        loss = F.cross_entropy(net(x[idx]), y[idx])
        loss.backward()
        losses.append(loss.item())
        if n % K == 0:
            for p in net.parameters():
                p.grad.mul_(1 / K)
            opt.step()
            opt.zero_grad()
    print(epoch, sum(losses) / len(losses))
