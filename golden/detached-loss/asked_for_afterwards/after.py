"""The outputs are detached; that the loss asks for gradients afterwards silences the error, and helps nothing."""
import torch
from torch import nn


class Fit:
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def update(self, x, y):
        out = self.net(x).detach()
        loss = (out - y).abs().mean()
        loss.requires_grad_(True)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, x, y, rows=12):
        for start in range(0, len(x), rows):
            print(start, self.update(x[start:start + rows], y[start:start + rows]))


torch.manual_seed(1)
inputs = torch.randn(60, 3)
Fit(nn.Linear(3, 1)).run(inputs, inputs.sum(1, keepdim=True))
