# optimizers are made in a loop over layers, long before the training loop
import torch
from torch import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 2))
opts = {}
rate = 0.01
for name, layer in net.named_children():
    if isinstance(layer, nn.Linear):
        opts[name] = optim.Adam(layer.parameters(), lr=rate)
        rate *= 2

x = torch.randn(200, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(5):
    for xb, yb in zip(x.split(25), y.split(25)):
        for o in opts.values():
            o.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        for o in opts.values():
            o.step()
    print(epoch, loss.item())
