import torch
from torch import nn

torch.manual_seed(2)
inputs = torch.randn(90, 3)
labels = torch.randn(90) * 0.1 + 1.0
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
l1 = nn.L1Loss()
optimizer = torch.optim.Adam(net.parameters(), 0.01)

step = 0
for epoch in range(3):
    for i in range(0, 90, 30):
        prediction = net(inputs[i:i + 30])
        error = l1(prediction, labels[i:i + 30].view_as(prediction))
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        step += 1
    print(step, error.item())
