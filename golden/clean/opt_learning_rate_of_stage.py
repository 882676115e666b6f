# Fine-tuning in stages, each with its own learning rate; the restart of Adam belongs to the recipe.
import torch
from torch import nn

STAGES = [('warm', 1e-4, 2), ('main', 1e-2, 6), ('cool', 1e-3, 3)]

torch.manual_seed(0)
x = torch.randn(240, 6)
y = torch.sin(x[:, :1]) + 0.5 * x[:, 1:2]
net = nn.Sequential(nn.Linear(6, 24), nn.GELU(), nn.Linear(24, 1))

for name, lr, epochs in STAGES:
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(epochs):
        for xb, yb in zip(x.split(40), y.split(40)):
            optimizer.zero_grad()
            loss = (net(xb) - yb).square().mean()
            loss.backward()
            optimizer.step()
    print(name, loss.item())
