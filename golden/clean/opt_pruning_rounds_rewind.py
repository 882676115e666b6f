"""Iterative magnitude pruning: each round rewinds the surviving weights and trains again."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 20)
y = (x[:, 0] - x[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(20, 40), nn.ReLU(), nn.Linear(40, 2))
start = {k: v.clone() for k, v in net.state_dict().items()}
mask = torch.ones_like(net[0].weight)

for rnd in range(4):
    net.load_state_dict(start)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    for _ in range(20):
        with torch.no_grad():
            net[0].weight.mul_(mask)
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    alive = net[0].weight.detach().abs()[mask.bool()]
    threshold = alive.quantile(0.3)
    mask *= (net[0].weight.detach().abs() > threshold)
    print(f'round {rnd}: loss {loss.item():.4f}, {int(mask.sum())} weights left')
