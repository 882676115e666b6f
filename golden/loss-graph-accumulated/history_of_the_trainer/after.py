"""An autoencoder trained by a class that remembers all its losses."""
import torch
import torch.nn.functional as F
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, width, code):
        super().__init__()
        self.down, self.up = nn.Linear(width, code), nn.Linear(code, width)

    def forward(self, x):
        return self.up(torch.tanh(self.down(x)))


class Fitter:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        self.history = {"loss": []}

    def epoch(self, rows, size):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), size):
            part = rows[order[start:start + size]]
            self.opt.zero_grad()
            loss = F.mse_loss(self.net(part), part)
            loss.backward()
            self.opt.step()
            self.history["loss"].append(loss.item())

    def report(self, last):
        print(sum(self.history["loss"][-last:]) / last)


torch.manual_seed(2)
rows = torch.randn(120, 3) @ torch.randn(3, 10)
fitter = Fitter(AutoEncoder(10, 4))
for _ in range(4):
    fitter.epoch(rows, 30)
    fitter.report(4)
