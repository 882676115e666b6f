"""Layers in a plain list, which a class that is derived from theirs hands to the optimizer itself."""
import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = [nn.Linear(width, width) for _ in range(2)]
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.out(x)


class Trained(Tower):
    def __init__(self, width):
        super().__init__(width)
        self.layers = list(self.layers)

    def weights(self):
        for layer in (*self.layers, self.out):
            yield layer.weight
            yield layer.bias


torch.manual_seed(0)
model = Trained(3)
optimizer = torch.optim.SGD(model.weights(), lr=0.05)
x = torch.randn(40, 3)
for epoch in range(2):
    for rows in x.split(10):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(rows), rows.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
