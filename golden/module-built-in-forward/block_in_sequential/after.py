"""The blocks of a model stand in a Sequential; each makes itself a dropout whenever it runs."""
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, share):
        super().__init__()
        self.change = nn.Linear(width, width)
        self.share = share

    def forward(self, x):
        return x + F.dropout(F.gelu(self.change(x)), self.share, training=self.training)


class Stack(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(width, 0.2) for _ in range(depth)])
        self.end = nn.Linear(width, 2)

    def forward(self, x):
        return self.end(self.blocks(x))


torch.manual_seed(0)
model = Stack(6, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.randn(64, 6)
y = (x[:, 0] > 0).long()
for epoch in range(2):
    model.train()
    for rows in torch.randperm(64).split(16):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(epoch, (model(x).argmax(1) == y).float().mean().item())
