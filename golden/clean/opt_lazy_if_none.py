import torch
from torch import nn


def train(loader, steps):
    net, opt = None, None
    seen = 0
    while seen < steps:
        for x, y in loader:
            if net is None:
                net = nn.Linear(x.size(1), y.size(1))  # sizes are known from the first batch only
            if opt is None:
                opt = torch.optim.Adam(net.parameters(), lr=0.05)
            opt.zero_grad()
            loss = nn.functional.mse_loss(net(x), y)
            loss.backward()
            opt.step()
            seen += 1
    return net, loss.item()


torch.manual_seed(0)
x = torch.randn(160, 7)
loader = list(zip(x.split(32), (x @ torch.randn(7, 2)).split(32)))
net, last = train(loader, steps=40)
print(net, last)
