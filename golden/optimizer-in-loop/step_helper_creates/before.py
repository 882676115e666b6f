import torch
from torch import nn
from torch.optim import SGD

torch.manual_seed(0)


def update(net, loss, lr=0.05):
    """Apply one gradient step with momentum."""
    optimizer = SGD(net.parameters(), lr=lr, momentum=0.9)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


x = torch.rand(200, 2)
y = (x[:, :1] - x[:, 1:]).exp()
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
for epoch in range(10):
    for xb, yb in zip(x.split(25), y.split(25)):
        loss = (net(xb) - yb).pow(2).mean()
        update(net, loss)
    print(epoch, loss.item())
