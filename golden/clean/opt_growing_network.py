import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 4)
y = torch.cos(2 * x[:, :1]) * x[:, 1:2]

layers = nn.ModuleList([nn.Linear(4, 16)])
out = nn.Linear(16, 1)


def net(h):
    for layer in layers:
        h = torch.relu(layer(h))
    return out(h)


for size in range(3):
    # new parameters have joined, so the optimizer is rebuilt over all of them
    optimizer = torch.optim.Adam([*layers.parameters(), *out.parameters()], lr=1e-2)
    for _ in range(30):
        loss = (net(x) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(len(layers), 'hidden layers:', loss.item())
    layers.append(nn.Linear(16, 16))
