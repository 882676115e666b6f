import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = (x.sum(1, keepdim=True) > 0).float()
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    for xb, yb in zip(x.split(20), y.split(20)):
        optimizer.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
    print(loss.item())
