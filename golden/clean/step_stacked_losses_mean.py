"""Losses of all items are collected in a list, one backward pass on their mean."""
import torch
import torch.nn as nn
import torch.optim as optim


class SetNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(2, 16), nn.ReLU())
        self.rho = nn.Linear(16, 1)

    def forward(self, points):
        return self.rho(self.phi(points).sum(0))


torch.manual_seed(0)
sets = [torch.randn(n, 2) for n in torch.randint(2, 9, (24,)).tolist()]
sizes = [s[:, :1].sum(0) for s in sets]
net = SetNet()
optimizer = optim.Adam(net.parameters(), lr=2e-2)

for epoch in range(25):
    per_item = []
    for points, size in zip(sets, sizes):
        per_item.append(nn.functional.l1_loss(net(points), size))
    loss = torch.stack(per_item).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 8 == 0:
        print(epoch, loss.item())
