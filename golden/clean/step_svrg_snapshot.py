# stochastic variance reduced gradient: a full pass collects the anchor gradient, then single updates follow
import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(200, 6)
y = x @ torch.randn(6, 1)
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
net = nn.Linear(6, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
mse = nn.MSELoss()

for epoch in range(4):
    anchor = copy.deepcopy(net)
    anchor.zero_grad()
    for xb, yb in loader:
        (mse(anchor(xb), yb) / len(loader)).backward()
    mean = [p.grad.clone() for p in anchor.parameters()]

    for xb, yb in loader:
        optimizer.zero_grad()
        anchor.zero_grad()
        loss = mse(net(xb), yb)
        loss.backward()
        mse(anchor(xb), yb).backward()
        for p, a, m in zip(net.parameters(), anchor.parameters(), mean):
            p.grad += m - a.grad
        optimizer.step()
    print(epoch, loss.item())
