import torch
import torch.nn as nn
from torch import optim

torch.manual_seed(0)
backbone = nn.ModuleList([nn.Linear(10, 16), nn.Linear(16, 16), nn.Linear(16, 16)])
head = nn.Linear(16, 2)
x = torch.randn(200, 10)
y = (x[:, 0] > x[:, 1]).long()


def forward(inp):
    for layer in backbone:
        inp = torch.relu(layer(inp))
    return head(inp)


for p in backbone.parameters():
    p.requires_grad = False

for depth in reversed(range(len(backbone))):
    for p in backbone[depth].parameters():
        p.requires_grad = True
    trainable = [p for p in [*backbone.parameters(), *head.parameters()] if p.requires_grad]
    optimizer = optim.Adam(trainable, lr=1e-2)
    for step in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(forward(x), y)
        loss.backward()
        optimizer.step()
    print(f'unfrozen down to {depth}: {loss.item():.4f}')
