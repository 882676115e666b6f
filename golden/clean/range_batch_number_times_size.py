import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 5)
y = x[:, :1] - x[:, 1:2]
batch_size = 8

net = nn.Linear(5, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)

for epoch in range(3):
    for i in range(0, len(x) // batch_size):
        xb = x[i * batch_size:(i + 1) * batch_size]
        yb = y[i * batch_size:(i + 1) * batch_size]
        loss = nn.functional.mse_loss(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
